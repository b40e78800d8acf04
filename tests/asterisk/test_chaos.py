"""The service is killed again and again while calls come and go: afterwards every call is whole, and in the ledger."""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.asterisk.line import EMERGENCY, finished, length_s, reconcile, spoken, wer, words_of
from tests.asterisk.service_process import ServiceProcess, write_settings
from tests.asterisk.sip_callers import Sipp, caller, phone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(300)]

CALLS = 8
KILLS = 5
A_WORD_CUT = 2 / 11


@pytest.mark.parametrize("seed", [102, 911])
async def test_killed_at_random_moments(pbx: Any, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = ServiceProcess(write_settings(pbx, tmp_path, web_port=port), port)
    numbers = [f"7701{seed:04d}{n:03d}" for n in range(CALLS)]
    await service.start()
    try:
        async with AsyncExitStack() as line:
            for name in ("op1", "op2", "op3"):
                await line.enter_async_context(phone(pbx, name, answers_after_s=1))
            async with asyncio.TaskGroup() as both:
                both.create_task(kill_again_and_again(service, rng))
                for number in numbers:
                    sipp = await line.enter_async_context(
                        caller(pbx, audio=said, talk_s=rng.uniform(11, 14), number=number)
                    )
                    both.create_task(through(sipp))
                    await asyncio.sleep(rng.uniform(1, 6))
        heard: list[float] = []
        for number in numbers:
            call = await service.until_call(number, finished, within_s=90)
            assert call["outcome"] == "answered", call
            assert abs(length_s(call) - call["recording"]["duration_s"]) <= 1.5
            heard.append(wer(words_of(call, "caller"), words))
            # A kill in the middle of a word has it read in two pieces: of eleven words, it and its neighbour.
            assert heard[-1] <= 0.25 + A_WORD_CUT, words_of(call, "caller")
        assert mean(heard) <= 0.2, heard  # nobody else pays for it
        assert len((await service.live())["gaps"]) == KILLS
        await reconcile(service)
    finally:
        await service.close()


async def kill_again_and_again(service: ServiceProcess, rng: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(rng.uniform(0.5, 6))
        await service.kill()
        await asyncio.sleep(rng.uniform(0, 3))
        await service.start()


async def through(sipp: Sipp) -> None:
    assert await sipp.ended(within_s=60) == 0, sipp.screen
