"""When the recogniser cannot keep up, calls do not notice, pages are told, and no word is lost."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.asterisk.line import EMERGENCY, OPERATOR, QUESTION, finished, reconcile, spoken, talks, waits, wer, words_of
from tests.asterisk.service_process import ServiceProcess, line102, service_process, write_settings
from tests.asterisk.sip_callers import caller, phone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]

TALKING, WAITING = "77010000051", "77010000052"


async def level(service: ServiceProcess) -> int:
    shown = (await service.live())["recognition"]
    return int(shown["level"]) if shown else 0


async def test_a_recogniser_that_stands_still_is_told_of_and_made_up_for(pbx: Any, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=2)
    asked, question = spoken(tmp_path, "waiting", QUESTION, lead_s=3)
    answer, _ = spoken(tmp_path, "operator", OPERATOR)
    async with service_process(write_settings(pbx, tmp_path, web_port=port), port) as service:
        (worker,) = [
            child for child in psutil.Process(service.pid).children() if "transcription.worker" in child.cmdline()
        ]
        async with (
            phone(pbx, "op1", answers_after_s=1, audio=answer),
            caller(pbx, audio=said, talk_s=40, number=TALKING) as first,
        ):
            await service.until_call(TALKING, talks)
            async with caller(pbx, audio=asked, talk_s=35, number=WAITING) as second:
                await service.until_call(WAITING, waits)
                worker.send_signal(signal.SIGSTOP)
                try:
                    await service.until(lambda: _at_least(service, 3), within_s=15)
                    assert talks(await _call(service, TALKING)), "calls do not notice"
                    assert waits(await _call(service, WAITING))
                finally:
                    worker.send_signal(signal.SIGCONT)
                await service.until(lambda: _calm(service), within_s=60)
                assert await first.ended(within_s=60) == 0
                assert await second.ended(within_s=60) == 0
        calls = [await service.until_call(number, finished, within_s=60) for number in (TALKING, WAITING)]
        await reconcile(service)
        account = await line102(service.settings, "coverage")
    assert account.code == 0, account
    assert wer(words_of(calls[0], "caller"), words) <= 0.25
    assert wer(words_of(calls[1], "caller"), question) <= 0.25
    assert {stretch["state"] for call in calls for stretch in call["missed"]} <= {"recovered"}


async def _call(service: ServiceProcess, number: str) -> dict[str, Any]:
    call = await service.call_of(number)
    assert call is not None
    return call


async def _at_least(service: ServiceProcess, wanted: int) -> bool:
    return await level(service) >= wanted


async def _calm(service: ServiceProcess) -> bool:
    return await level(service) == 0
