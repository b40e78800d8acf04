"""Twenty calls at once for a minute, three operators: nothing is lost, and the ledger agrees with Asterisk."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.line import EMERGENCY, OPERATOR, Script, finished, length_s, reconcile, spoken, wer, words_of
from tests.asterisk.service_process import service_process, write_settings
from tests.asterisk.sip_callers import caller, phone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(400)]

CALLS = 20
TALK_S = 60.0
SAID: list[Script] = [
    EMERGENCY,
    ("kk", "m1", ["Анықтаманы қалай алуға болады.", "Мекенжайым Абай көшесі жиырма үй."]),
    ("ru", "f1", ["Пришлите полицию пожалуйста.", "Как подать заявление о краже."]),
]


async def test_twenty_calls_at_once_for_a_minute(pbx: Any, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    voices = [spoken(tmp_path, f"caller{n}", script, lead_s=2 + n) for n, script in enumerate(SAID)]
    answer, _ = spoken(tmp_path, "operator", OPERATOR)
    async with (
        service_process(write_settings(pbx, tmp_path, web_port=port), port) as service,
        AsyncExitStack() as line,
    ):
        for name in ("op1", "op2", "op3"):
            await line.enter_async_context(phone(pbx, name, answers_after_s=2, audio=answer, talk_s=12))
        numbers = [f"770100002{n:02d}" for n in range(CALLS)]
        sipps = [
            await line.enter_async_context(caller(pbx, audio=voices[n % len(voices)][0], talk_s=TALK_S, number=number))
            for n, number in enumerate(numbers)
        ]
        await asyncio.gather(*(sipp.ended(within_s=100) for sipp in sipps))
        calls = [await service.until_call(number, finished, within_s=120) for number in numbers]
        await reconcile(service)

    outcomes = [call["outcome"] for call in calls]
    print(f"outcomes {sorted(outcomes)}, longest wait {max(call['waited_s'] for call in calls):.1f} s")
    assert len({call["id"] for call in calls}) == CALLS
    assert set(outcomes) <= {"answered", "abandoned"}
    assert outcomes.count("answered") >= 6, "three operators, twelve seconds a call, one minute"
    for n, call in enumerate(calls):
        assert abs(length_s(call) - call["recording"]["duration_s"]) <= 0.5
        assert call["recording"]["short_by_s"] <= 0.5
        language = SAID[n % len(SAID)][0]
        heard_s = length_s(call)
        if heard_s > 12:  # those answered early are hung up on before they have said everything
            assert wer(words_of(call, "caller"), voices[n % len(voices)][1]) <= 0.35, call["id"]
            assert {s["language"] for s in call["segments"] if s["side"] == "caller"} == {language}
    late = [stretch for call in calls for stretch in call["missed"]]
    print(f"{len(late)} stretches made from recordings: {sorted({stretch['reason'] for stretch in late})}")
    assert {stretch["state"] for stretch in late} <= {"recovered"}
