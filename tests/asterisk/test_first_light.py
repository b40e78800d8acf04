"""The main job on the real thing: real SIP calls, real Asterisk, the real recogniser, the service as a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile

from tests.asterisk.conftest import TestPbx
from tests.asterisk.line import (
    EMERGENCY,
    OPERATOR,
    QUESTION,
    finished,
    length_s,
    reconcile,
    spoken,
    talks,
    waits,
    wer,
    words_of,
)
from tests.asterisk.service_process import ServiceProcess, line102
from tests.asterisk.shared_service import for_a_test, service_of_a_module
from tests.asterisk.sip_callers import NEVER_S, caller, phone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def running(pbx_session: TestPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    yield from service_of_a_module(pbx_session, tmp_path_factory.mktemp("service"))


@pytest.fixture
async def service(pbx: TestPbx, running: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    async with for_a_test(running):
        yield running


async def test_a_call_is_answered_recorded_transcribed_flagged_and_in_the_ledger(
    pbx: Any, service: ServiceProcess, tmp_path: Path
) -> None:
    said, words = spoken(tmp_path, "caller", EMERGENCY)
    answered, operators_words = spoken(tmp_path, "operator", OPERATOR)
    async with phone(pbx, "op1", answers_after_s=3, audio=answered):
        async with caller(pbx, audio=said, talk_s=16, number="77010000011") as sipp:
            live = await service.until_call("77010000011", talks)
            assert live["answers"][0]["operator"] == "op1"
            await service.until_call("77010000011", lambda c: "ножом" in words_of(c, "caller"))
            assert await sipp.ended(within_s=30) == 0
    call = await service.until_call("77010000011", finished)

    assert call["outcome"] == "answered"
    assert 2.5 < call["waited_s"] < 5
    assert wer(words_of(call, "caller"), words) <= 0.25
    assert wer(words_of(call, "operator"), operators_words) <= 0.35
    assert call["missed"] == []
    assert {segment["language"] for segment in call["segments"]} == {"ru"}
    assert call["assessment"]["label"] == "EMERGENCY"
    assert any("угрожает" in evidence["words"] for evidence in call["assessment"]["evidence"])

    recording = call["recording"]
    assert abs(length_s(call) - recording["duration_s"]) <= 0.5
    audio = tmp_path / "recording.wav"
    audio.write_bytes(await service.bytes(f"/api/calls/{call['id']}/recording"))
    samples, rate = soundfile.read(audio)
    assert rate == 8000
    assert samples.shape[1] == 2
    assert abs(len(samples) / rate - recording["duration_s"]) < 0.01
    assert_loud(samples[:, 0], rate, from_s=0.5)
    assert_loud(samples[:, 1], rate, from_s=3.5)

    await reconcile(service)
    shown = await line102(service.settings, "call", call["id"])
    assert "answered" in shown.out
    assert "ножом" in shown.out


def assert_loud(samples: Any, rate: int, *, from_s: float) -> None:
    """Somebody speaks within the six seconds after ``from_s``."""
    part = samples[int(from_s * rate) : int((from_s + 6) * rate)]
    assert np.sqrt(np.mean(part**2)) > 0.01


async def test_a_question_in_kazakh_is_heard_as_kazakh(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "caller", QUESTION)
    async with phone(pbx, "op1", answers_after_s=2), caller(pbx, audio=said, talk_s=12, number="77010000012") as sipp:
        await sipp.ended(within_s=30)
    call = await service.until_call("77010000012", finished)
    assert wer(words_of(call, "caller"), words) <= 0.25
    assert {s["language"] for s in call["segments"] if s["side"] == "caller"} == {"kk"}
    assert call["assessment"]["label"] != "EMERGENCY"


async def test_kill_9_of_the_service_in_mid_call(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=5)
    known = (await service.live())["gaps"]
    async with phone(pbx, "op1", answers_after_s=1), phone(pbx, "op2", answers_after_s=1):
        async with caller(pbx, audio=said, talk_s=18, number="77010000021") as first:
            await service.until_call("77010000021", talks)
            await service.kill()
            async with caller(pbx, audio=said, talk_s=14, number="77010000022") as second:
                assert await second.ended(within_s=30) == 0, second.screen
            assert await first.ended(within_s=30) == 0, first.screen
    await service.start()
    for number in ("77010000021", "77010000022"):
        call = await service.until_call(number, finished, within_s=60)
        assert call["outcome"] == "answered", call
        assert call["missed"], "what the dead service did not hear is shown"
        assert {stretch["state"] for stretch in call["missed"]} == {"recovered"}
        assert wer(words_of(call, "caller"), words) <= 0.25
        assert {s["heard"] for s in call["segments"] if s["side"] == "caller"} == {"recording"}
        assert abs(length_s(call) - call["recording"]["duration_s"]) <= 1.5
    gaps = [gap for gap in (await service.live())["gaps"] if gap not in known]
    assert len(gaps) == 1
    assert timedelta(seconds=gaps[0]["length_s"]) > timedelta(seconds=10)
    await reconcile(service)


async def test_the_service_comes_back_while_the_call_goes_on(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=12)
    async with phone(pbx, "op1", answers_after_s=1):
        async with caller(pbx, audio=said, talk_s=28, number="77010000023") as sipp:
            await service.until_call("77010000023", talks)
            await service.kill()
            await service.start()
            call = await service.until_call("77010000023", talks)
            assert call["seen_from_start"]
            assert await sipp.ended(within_s=40) == 0
    call = await service.until_call("77010000023", finished, within_s=60)
    assert call["outcome"] == "answered"
    assert wer(words_of(call, "caller"), words) <= 0.25
    heard = {s["heard"] for s in call["segments"] if s["side"] == "caller"}
    assert "live" in heard, "it listens again after its restart"
    assert call["missed"]
    await reconcile(service)


def written(monitor: Path) -> list[Path]:
    """Callers' recordings of which more than the header is on the disk."""
    return [path for path in monitor.glob("*-in.wav") if path.stat().st_size > 16_000]  # a second of speech


async def test_asterisk_dies_under_the_service(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, _ = spoken(tmp_path, "caller", EMERGENCY)
    earlier = set(written(pbx.recordings))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=1))
        await stack.enter_async_context(caller(pbx, audio=said, talk_s=90, number="77010000031"))
        await service.until_call("77010000031", talks)
        await stack.enter_async_context(caller(pbx, audio=said, talk_s=90, number="77010000032"))
        await service.until_call("77010000032", lambda c: c["state"] in ("waiting", "overflow", "offered"))
        # MixMonitor writes every 2 s: speech of both that must survive in the unfinished recordings
        async with asyncio.timeout(20):
            while len(set(written(pbx.recordings)) - earlier) < 2:
                await asyncio.sleep(0.05)
        await pbx.embedded.restart(kill=True)
        talking = await service.until_call("77010000031", finished, within_s=60)
        waiting = await service.until_call("77010000032", finished, within_s=60)
    assert talking["outcome"] == "answered", "a human had answered"
    assert waiting["outcome"] == "interrupted"
    for call in (talking, waiting):
        assert call["recording"]["playable"]
        assert call["recording"]["repaired"]
    await service.until(lambda: service.lit("pbx"))
    async with phone(pbx, "op1", answers_after_s=1), caller(pbx, audio=said, talk_s=4, number="77010000033") as sipp:
        await sipp.ended(within_s=30)
    call = await service.until_call("77010000033", finished)
    assert call["outcome"] == "answered"
    await reconcile(service)


async def test_the_worker_is_killed_in_mid_call(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=3)
    async with phone(pbx, "op1", answers_after_s=1), caller(pbx, audio=said, talk_s=18, number="77010000041") as sipp:
        await service.until_call("77010000041", talks)
        workers = [p for p in psutil.Process(service.pid).children(True) if "transcription.worker" in p.cmdline()]
        assert len(workers) == 1
        workers[0].kill()
        assert await sipp.ended(within_s=40) == 0
    call = await service.until_call("77010000041", finished, within_s=60)
    assert call["outcome"] == "answered"
    assert wer(words_of(call, "caller"), words) <= 0.25
    await service.until(lambda: service.lit("recognition"))
    await reconcile(service)


@pytest.mark.parametrize(
    ("dialled", "number", "ends"),
    [
        ("102empty", "77010000051", ["nobody"]),
        ("102absent", "77010000052", ["unknown_queue"]),
        ("102brief", "77010000053", ["timeout"]),
    ],
)
async def test_a_queue_that_cannot_serve_rings_somebody_else(
    pbx: Any, service: ServiceProcess, dialled: str, number: str, ends: Sequence[str]
) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "duty", answers_after_s=1))
        if dialled == "102brief":
            await stack.enter_async_context(phone(pbx, "op1", answers_after_s=NEVER_S))
        sipp = await stack.enter_async_context(caller(pbx, dialled, talk_s=12, number=number))
        await sipp.ended(within_s=40)
    call = await service.until_call(number, finished)
    assert call["outcome"] == "overflow_answered"
    assert call["answers"][0]["operator"] == "duty"
    assert [stay["end"] for stay in call["stays"]][: len(ends)] == list(ends)
    await reconcile(service)


async def test_a_full_queue_rings_somebody_else(pbx: Any, service: ServiceProcess) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), phone(pbx, "duty", answers_after_s=1):
        async with caller(pbx, "102small", talk_s=14, number="77010000061"):
            await service.until_call("77010000061", waits)
            async with caller(pbx, "102small", talk_s=8, number="77010000062") as second:
                await second.ended(within_s=30)
            call = await service.until_call("77010000062", finished)
            assert call["stays"][0]["end"] == "full"
            assert call["outcome"] == "overflow_answered"
    call = await service.until_call("77010000061", finished)
    assert call["outcome"] == "abandoned"
    await reconcile(service)


async def test_a_caller_who_hangs_up_while_the_phone_rings_has_abandoned(pbx: Any, service: ServiceProcess) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S):
        async with caller(pbx, talk_s=4, number="77010000071") as sipp:
            await service.until_call("77010000071", lambda c: c["state"] == "ringing")
            await sipp.ended(within_s=20)
        call = await service.until_call("77010000071", finished)
    assert call["outcome"] == "abandoned"
    assert call["stays"][0]["end"] == "abandoned"
    assert call["answers"] == []
    await reconcile(service)
