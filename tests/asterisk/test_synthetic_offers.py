"""Synthetic callers who are asked while they wait, on the real Asterisk, with the real service: the demo's own path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ivr.prompt_files import PromptFiles
from line102.calls import OperatorId
from synthetic.grammar import Matter, load_grammar
from synthetic.people import OperatorSeat, run_people
from synthetic.script import Manners, calls
from synthetic.summary import CallEnd
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings
from tests.asterisk.test_interventions import free_port
from tests.asterisk.test_synthetic_people import MODEL, settings_for

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]

ASKED = Manners(calls_per_minute=60, gives_up=0, silent=0, asks_waiting=1, presses_1=1, helper_answers=1)
ANSWERED = {"Как получить справку о несудимости?", "Соттылық туралы анықтаманы қайдан аламын."}


@pytest.fixture
async def service(pbx: Any, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """The service beside this PBX, as in the demo: gates open, mode offer for Russian and Kazakh."""
    port = free_port()
    PromptFiles(pbx.embedded.sounds).make_missing()
    seen = pbx.embedded.root.data_as_seen(pbx.embedded.instance)
    sounds = f'sounds_folder = "{pbx.embedded.sounds}"\nsounds_seen = "{seen}/sounds"'
    gates = "[deflection]\naudited_flags = 0\n"
    settings = write_settings(pbx, tmp_path, web_port=port, pbx_extra=sounds, extra=gates)
    async with service_process(settings, port) as running:
        for language in ("ru", "kk"):
            status = await running.post("/api/modes", language=language, mode="offer", reason="test")
            assert status == 204
        yield running


def seat(pbx: Any, name: str) -> OperatorSeat:
    return OperatorSeat(operator_id=OperatorId(name), password=pbx.password_of(name), helps=name.startswith("help"))


def seed_of_an_asker(manners: Manners) -> int:
    """Of a run whose first caller has an emergency and takes the only operator, and whose second one asks."""
    grammar = load_grammar(MODEL / "recipe/grammar.py")
    for seed in range(10_000):
        busy, asker = islice(calls(seed, manners, grammar), 2)
        soon = asker.operator_answers_after < timedelta(seconds=2.3)  # the test PBX's help line rings for 3 s
        if busy.matter is Matter.EMERGENCY and asker.waiting[:1] and asker.waiting[0].text in ANSWERED and soon:
            return seed
    raise AssertionError("no such run")


async def test_a_caller_who_accepts_the_offer_is_helped(pbx: Any, tmp_path: Path, service: ServiceProcess) -> None:
    seats = (seat(pbx, "op1"), seat(pbx, "help1"))
    seed = seed_of_an_asker(ASKED)
    async with asyncio.timeout(120):
        run = settings_for(pbx, tmp_path, operators=seats, max_calls=2, manners=ASKED, seed=seed)
        _, asker = sorted((await run_people(run)).calls, key=lambda call: call.script.number)
    assert (asker.replied, asker.end, asker.operator_id) == (True, CallEnd.FINISHED, "help1")
    told = await service.until_call(asker.script.number, lambda call: bool(call["outcome"]))
    assert (told["outcome"], told["offer"]["how"], told["offer"]["words"]) == ("helped", "accepted", "1")


async def test_a_caller_who_says_yes_asks_the_robot_and_hangs_up_served(
    pbx: Any, tmp_path: Path, service: ServiceProcess
) -> None:
    manners = replace(ASKED, presses_1=0, says_yes=1)
    async with asyncio.timeout(180):
        run = settings_for(
            pbx, tmp_path, operators=(seat(pbx, "op1"),), max_calls=2, manners=manners, seed=seed_of_an_asker(manners)
        )
        _, asker = sorted((await run_people(run)).calls, key=lambda call: call.script.number)
    assert (asker.replied, asker.end, asker.operator_id) == (True, CallEnd.SERVED, None)
    told = await service.until_call(asker.script.number, lambda call: bool(call["outcome"]))
    assert (told["outcome"], told["offer"]["how"]) == ("self_served", "accepted")
    assert {turn["topic"] for turn in told["turns"]} == {"criminal-record-certificate"}
