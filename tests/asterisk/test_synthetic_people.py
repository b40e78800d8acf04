"""Synthetic people on the real Asterisk: what they say is recorded; a run ends by itself and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from line102.calls import OperatorId, Side
from line102.errors import BadSetting
from routing.tokens import tokenise
from synthetic.people import OperatorSeat, PeopleSettings, run_people
from synthetic.script import Conduct, Manners
from synthetic.speech import Speech
from synthetic.summary import CallEnd, PlayedCall, Said

pytestmark = pytest.mark.asterisk

PROJECT = Path(__file__).resolve().parents[2]
MODEL = PROJECT / "transcription/demo_model"
OPERATORS = ("op1", "op2", "op3")
HALF_A_CORE = 0.5
AROUND = timedelta(seconds=0.35)  # silence left around a sentence when it is cut out of the recording


@dataclass(frozen=True, slots=True)
class Logged:
    """One call as queue_log tells it."""

    call_id: str
    began_recording: datetime
    events: tuple[str, ...]


def settings_for(pbx: Any, folder: Path, **changed: Any) -> PeopleSettings:
    chosen: dict[str, Any] = {
        "sip_host": pbx.values.sip_bind,
        "sip_port": pbx.values.sip_port,
        "operators": tuple(
            OperatorSeat(operator_id=OperatorId(name), password=pbx.password_of(name)) for name in OPERATORS
        ),
        "trunk_host": pbx.trunk_address,
        "speech_folder": folder,
        "grammar": MODEL / "recipe/grammar.py",
        "max_calls": 4,
        "manners": Manners(calls_per_minute=120, silent=0.0, gives_up=0.0),
    }
    return PeopleSettings(**(chosen | changed))


async def test_what_people_say_is_what_the_pbx_records(pbx: Any, tmp_path: Path) -> None:
    own = psutil.Process()
    before, began = own.cpu_times(), datetime.now(UTC)
    async with asyncio.timeout(120):
        summary = await run_people(settings_for(pbx, tmp_path))
    after, took = own.cpu_times(), datetime.now(UTC) - began
    cores = (after.user + after.system - before.user - before.system) / took.total_seconds()

    assert [call.end for call in summary.calls] == [CallEnd.FINISHED] * 4
    assert {call.operator_id for call in summary.calls} <= set(OPERATORS)
    assert cores < HALF_A_CORE
    errors = words = 0
    model = WhisperModel(str(MODEL), device="cpu", compute_type="int8", cpu_threads=1)
    for call in summary.calls:
        logged = await logged_of(pbx.queue_log, call)
        assert set(logged.events[-2:]) in ({"COMPLETECALLER", "ENDED"}, {"COMPLETEAGENT", "ENDED"})
        for said in call.said:
            assert said.whole
            heard = await transcribed(model, pbx, logged, said, call, tmp_path)
            spoken = [token.word for token in tokenise(said.text)]
            errors += Levenshtein.distance(spoken, heard)
            words += len(spoken)
    print(f"{words} words, word error rate {errors / words:.3f}, {cores:.2f} cores over {took.total_seconds():.0f} s")
    assert words > 60
    assert errors / words <= 0.12  # measured 0.02-0.06; the model itself: 0.003-0.02


async def test_callers_give_up_and_keep_silent(pbx: Any, tmp_path: Path) -> None:
    async with asyncio.timeout(60):
        gave_up = await run_people(
            settings_for(pbx, tmp_path, max_calls=1, manners=Manners(calls_per_minute=60, gives_up=1, silent=0), seed=5)
        )
        silent = await run_people(
            settings_for(pbx, tmp_path, max_calls=1, manners=Manners(calls_per_minute=60, silent=1, gives_up=0))
        )
    (quiet,) = silent.calls
    assert (quiet.script.conduct, quiet.end) == (Conduct.SILENT, CallEnd.FINISHED)
    assert quiet.words_of(Side.CALLER) == ""
    assert len(quiet.words_of(Side.OPERATOR).split()) > 2
    assert samples_of(pbx, await logged_of(pbx.queue_log, quiet), Side.CALLER).max() < 50
    (impatient,) = gave_up.calls
    logged = await logged_of(pbx.queue_log, impatient)
    if impatient.end is CallEnd.GAVE_UP:
        assert "ABANDON" in logged.events
        assert impatient.operator_id is None
    else:
        assert "CONNECT" in logged.events


async def test_without_operators_everybody_gives_up(pbx: Any, tmp_path: Path) -> None:
    manners = Manners(calls_per_minute=120, gives_up=1, silent=0)
    async with asyncio.timeout(60):
        summary = await run_people(settings_for(pbx, tmp_path, operators=(), max_calls=2, manners=manners))
    assert summary.count(CallEnd.GAVE_UP) == 2
    for call in summary.calls:
        assert "CONNECT" not in (await logged_of(pbx.queue_log, call)).events


async def test_a_cancelled_run_hangs_up_and_signs_off(pbx: Any, tmp_path: Path) -> None:
    ended: list[PlayedCall] = []
    async with asyncio.TaskGroup() as group:
        run = group.create_task(run_people(settings_for(pbx, tmp_path), ended.append))
        await channels(pbx, lambda count: count >= 2)
        run.cancel()
    assert ended
    async with asyncio.timeout(3):
        await channels(pbx, lambda count: count == 0)
    assert "@127.0.0.1" not in await pbx.cli("pjsip show contacts")


async def test_the_command_ends_on_sigterm(pbx: Any, tmp_path: Path) -> None:
    toml = tmp_path / "pbx.toml"
    operators = "".join(f'{name} = "{pbx.password_of(name)}"\n' for name in OPERATORS)
    toml.write_text(f'sip_host = "127.0.0.1"\nsip_port = {pbx.values.sip_port}\n[operators]\n{operators}')
    options = ("--pbx", str(toml), "--speech", str(tmp_path), "--trunk-host", pbx.trunk_address)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "synthetic", *options, "--calls-per-minute", "60"),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    async with asyncio.timeout(40):
        await channels(pbx, lambda count: count >= 2)
        process.send_signal(signal.SIGTERM)
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert b'"number": "77000000001"' in out
    async with asyncio.timeout(3):
        await channels(pbx, lambda count: count == 0)


async def test_a_wrong_operator_password_is_named(pbx: Any, tmp_path: Path) -> None:
    seat = OperatorSeat(operator_id=OperatorId("op1"), password="wrong")
    with pytest.raises(BadSetting, match="password of op1"):
        await run_people(settings_for(pbx, tmp_path, operators=(seat,)))


async def channels(pbx: Any, wanted: Any) -> None:
    """Return when the number of active channels is ``wanted``."""
    async with asyncio.timeout(20):
        while not wanted(int((await pbx.cli("core show channels count")).split(" active channel")[0].split()[-1])):
            await asyncio.sleep(0.05)


async def logged_of(queue_log: Path, call: PlayedCall) -> Logged:
    """The last call from this caller's number, once queue_log knows that it ended; COMPLETE… may stand after ENDED."""
    async with asyncio.timeout(5):
        while not _is_over((logged := _logged_of(queue_log, call)).events):
            await asyncio.sleep(0.02)
    return logged


def _is_over(events: Sequence[str]) -> bool:
    completed = any(event.startswith("COMPLETE") for event in events)
    return "ENDED" in events and (completed or "CONNECT" not in events)


def _logged_of(queue_log: Path, call: PlayedCall) -> Logged:
    lines = [line.split("|") for line in queue_log.read_text().splitlines()]
    call_id = next(
        fields[1] for fields in reversed(lines) if fields[4] == "OFFERED" and fields[6] == call.script.number
    )
    own = [fields for fields in lines if fields[1] == call_id]
    recording = next(fields[5] for fields in own if fields[4] == "RECORDING")
    return Logged(call_id, datetime.fromtimestamp(float(recording), UTC), tuple(fields[4] for fields in own))


def samples_of(pbx: Any, logged: Logged, side: Side) -> NDArray[np.int16]:
    name = f"{logged.call_id}-{'in' if side is Side.CALLER else 'out'}.wav"
    with wave.open(str(pbx.recordings / name), "rb") as file:
        assert file.getframerate() == 8000
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


async def transcribed(
    model: WhisperModel, pbx: Any, logged: Logged, said: Said, call: PlayedCall, speech: Path
) -> list[str]:
    """The words that the demo model hears at the place in the recording where the sentence was said."""
    turn = next(t for t in (*call.script.waiting, *call.script.talk) if t.text == said.text)
    length = len(await Speech(speech).say(turn.text, turn.voice)) / 8000
    start = (said.at - logged.began_recording - AROUND).total_seconds()
    recording = samples_of(pbx, logged, said.side)
    cut = recording[int(max(0.0, start) * 8000) : int((start + length + 2 * AROUND.total_seconds()) * 8000)]
    wide = np.interp(np.arange(2 * len(cut)) / 2, np.arange(len(cut)), cut).astype(np.float32) / 32768
    segments, _ = model.transcribe(wide, language=call.script.language, beam_size=1)
    return [token.word for token in tokenise(" ".join(segment.text for segment in segments))]
