"""Every second of speech in a recording ends as text, as suppressed text or as a visible gap: overload, dead workers.

The listener, the worker process, the demo model and the recording are real; the call is a dialogue of two voices.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
from numpy.typing import NDArray

from line102.aftercare import Aftercare
from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId, CallRecord, Side
from line102.coverage import unexplained
from line102.errors import Refused, Unreachable
from line102.events import (
    CallEnded,
    CallOffered,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
    TranscriptRevised,
)
from line102.ports import CallStory, Recognised, Standing, Window
from line102.scribe import Scribe
from line102.second_pass import SecondPass
from line102.words import Heard, Segment, Stretch
from tests.fakes.scripted import MemoryJournal, assess
from tests.speech import (
    DEMO_MODEL,
    LINE_OPENED,
    LINE_RATE_HZ,
    Spoken,
    demo_pool,
    on_the_line,
    sentences,
    silence,
    word_errors,
)
from transcription.catch_up import GENEROUS, RecordingCatchUp, second_pass
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.pressure import Pressure
from transcription.scan import Recording
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_process import WorkerSettings

SPEECH = SpeechModel()
CALL = CallId("c1")


class Dialogue:
    """Two people in turns, as a stereo recording and as the audio of each side."""

    def __init__(self, folder: Path, turns: int = 10, seed: int = 21) -> None:
        spoken = [*sentences("ru", turns // 2, seed=seed), *sentences("kk", turns - turns // 2, seed=seed)]
        self.turns: Sequence[tuple[Side, Spoken]] = [
            (Side.CALLER if number % 2 == 0 else Side.OPERATOR, one) for number, one in enumerate(spoken)
        ]
        tracks: dict[Side, list[NDArray[np.int16]]] = {side: [silence(1, seed=len(side))] for side in Side}
        for side, one in self.turns:
            for track in Side:
                quiet = silence(len(one.samples) / LINE_RATE_HZ + 0.01)[: len(one.samples)]
                tracks[track] += [one.samples if track is side else quiet, silence(0.9)]
        self.audio = {side: np.concatenate(parts) for side, parts in tracks.items()}
        stereo = np.stack([self.audio[Side.CALLER], self.audio[Side.OPERATOR]], axis=1)
        self.duration = timedelta(seconds=len(stereo) / LINE_RATE_HZ)
        soundfile.write(folder / "call.wav", stereo, LINE_RATE_HZ)

    async def live(self, pool: WorkerPool, pressure: Pressure, pace: float | None) -> list[Segment | Stretch]:
        """Both sides at once, an operator talks with the caller."""

        async def hear(side: Side) -> list[Segment | Stretch]:
            listener = StreamListener(pool, SPEECH, ListenerSettings(), pressure)
            audio = on_the_line(self.audio[side], times_real_time=pace)
            return [i async for i in listener.listen(CALL, side, audio, LINE_OPENED, Standing(answered=True))]

        heard = await asyncio.gather(*(hear(side) for side in Side))
        return [item for items in heard for item in items if isinstance(item, Stretch) or item.final]

    def errors(self, segments: Sequence[Segment]) -> float:
        """Share of words that are wrong, of both sides."""
        wrong = of = 0
        for side in Side:
            heard = " ".join(s.text for s in segments if s.side is side and s.suppressed is None)
            said = " ".join(one.text for who, one in self.turns if who is side)
            wrong, of = wrong + word_errors(heard, said)[0], of + word_errors(heard, said)[1]
        return wrong / of


@dataclass
class Stored:
    """The recording is there already."""

    duration: timedelta

    async def ingest(self, record: CallRecord) -> RecordingStored:
        return RecordingStored(
            call_id=record.call_id,
            at=datetime.now(UTC),
            path="call.wav",
            duration=self.duration,
            sha256="",
            repaired=False,
            short_by=timedelta(0),
        )


class Desk:
    """Aftercare at work on one call that ended."""

    def __init__(
        self, dialogue: Dialogue, live: Sequence[Segment | Stretch], catch_up: RecordingCatchUp,
        second: SecondPass | None = None
    ) -> None:  # fmt: skip
        self.journal = MemoryJournal()
        self.scribe = Scribe(self.journal, Broadcast(Board("test")))
        self.catch_up = catch_up
        self.aftercare = Aftercare(Stored(dialogue.duration), catch_up, assess, self.scribe, second=second)
        self.scribe.write(CallOffered(call_id=CALL, at=LINE_OPENED, number="", dialled="102"))
        for item in live:
            if isinstance(item, Stretch):
                self.scribe.write(StretchMissed(call_id=CALL, at=LINE_OPENED, stretch=item))
            else:
                self.scribe.write(SegmentHeard(call_id=CALL, at=LINE_OPENED, segment=item))
        self.scribe.write(CallEnded(call_id=CALL, at=LINE_OPENED + dialogue.duration))
        self.aftercare.add(CALL)

    @property
    def story(self) -> CallStory:
        story = self.scribe.story(CALL)
        assert story is not None
        return story

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.aftercare.run())
            yield
            running.cancel()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(120):
            while not holds():
                await asyncio.sleep(0.01)

    async def finish(self) -> None:
        async with self.working():
            await self.until(lambda: self.journal.of(TranscriptCompleted) != [])

    async def assert_accounted_for(self) -> None:
        speech = await self.catch_up.speech("call.wav")
        assert unexplained(self.story, speech) == ()
        assert len(self.story.coverage) == len(Side)
        for side in self.story.coverage:
            assert side.speech == side.text + side.suppressed + side.missing
            assert side.speech > timedelta(seconds=1)


def overloaded() -> Pressure:
    pressure = Pressure(LINE_OPENED)
    pressure.observe_oldest(timedelta(seconds=60), LINE_OPENED)
    assert pressure.state.level == 4
    return pressure


async def test_what_overload_left_to_the_recording_is_all_there_afterwards(tmp_path: Path) -> None:
    dialogue = Dialogue(tmp_path)
    async with demo_pool(tmp_path) as pool:
        normal = await dialogue.live(pool, Pressure(LINE_OPENED), 8)
        deferred = await dialogue.live(pool, overloaded(), 8)
        assert {item.reason for item in deferred if isinstance(item, Stretch)} == {"overload"}
        assert [item for item in deferred if isinstance(item, Segment) and item.text] == []
        desk = Desk(dialogue, deferred, RecordingCatchUp(pool, SPEECH, tmp_path))
        await desk.finish()
    await desk.assert_accounted_for()
    assert sum((side.missing for side in desk.story.coverage), timedelta(0)) == timedelta(0)
    live_errors = dialogue.errors([item for item in normal if isinstance(item, Segment)])
    assert dialogue.errors(desk.story.segments) <= live_errors + 0.03


@pytest.mark.realtime
async def test_a_call_heard_whole_is_left_as_it_was_heard(tmp_path: Path) -> None:
    """Voice activity is asked more generously for the recording, and still finds next to nothing that live lacks."""
    dialogue = Dialogue(tmp_path)
    async with demo_pool(tmp_path) as pool:
        live = await dialogue.live(pool, Pressure(LINE_OPENED), 8)
        desk = Desk(dialogue, live, RecordingCatchUp(pool, SPEECH, tmp_path))
        await desk.finish()
    await desk.assert_accounted_for()
    heard_live = dialogue.errors([item for item in live if isinstance(item, Segment)])
    assert abs(dialogue.errors(desk.story.segments) - heard_live) <= 0.01
    again = [s for s in desk.story.segments if s.heard is Heard.RECORDING]
    assert len(again) <= 1


async def test_a_worker_killed_in_the_middle_of_catch_up_costs_time_and_no_words(tmp_path: Path) -> None:
    dialogue = Dialogue(tmp_path, turns=14)
    missed = [Stretch(side=side, start=timedelta(0), end=dialogue.duration, reason="worker lost") for side in Side]
    async with demo_pool(tmp_path) as pool:
        whole = Desk(dialogue, missed, RecordingCatchUp(pool, SPEECH, tmp_path))
        await whole.finish()
        desk = Desk(dialogue, missed, RecordingCatchUp(pool, SPEECH, tmp_path))
        async with desk.working():
            for _ in range(3):
                await pool.ready()
                asked = pool.counters.windows
                await desk.until(lambda asked=asked: pool.counters.windows > asked or desk.story.transcript_complete)  # type: ignore[misc]
                kill_workers()
                await desk.until(lambda: not pool.state.up)
            await desk.until(lambda: desk.story.transcript_complete)
    await desk.assert_accounted_for()
    assert [(s.side, s.start, s.text) for s in desk.story.segments] == [
        (s.side, s.start, s.text) for s in whole.story.segments
    ]


async def test_a_second_pass_with_a_padded_model_revises_the_transcript(tmp_path: Path) -> None:
    dialogue = Dialogue(tmp_path, turns=4)
    padded = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path / "second", dynamic_context=False, nice=10)
    async with demo_pool(tmp_path) as pool, demo_pool(tmp_path, local=padded) as bigger:
        live = await dialogue.live(pool, Pressure(LINE_OPENED), 8)
        again = RecordingCatchUp(bigger, SPEECH, tmp_path, second_pass(), longest_s=lambda: bigger.state.longest_s)
        second = SecondPass(catch_up=again, model=lambda: bigger.state.model)
        desk = Desk(dialogue, live, RecordingCatchUp(pool, SPEECH, tmp_path), second)
        await desk.finish()
        before = dialogue.errors(desk.story.segments)
        async with desk.working():
            desk.aftercare.revise(desk.story)
            await desk.until(lambda: desk.journal.of(TranscriptRevised) != [])
        identity = bigger.state.model
    assert desk.story.revised_by == identity
    await desk.assert_accounted_for()
    assert dialogue.errors(desk.story.segments) <= before + 0.05
    assert any(s.revision >= 2000 and s.suppressed is None for s in desk.story.segments)


def kill_workers() -> None:
    for child in psutil.Process(os.getpid()).children(recursive=True):
        if "transcription.worker" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)


class Looping:
    """A recogniser that repeats itself, as Whisper does."""

    async def recognise(self, window: Window) -> Recognised:
        text = "спасибо " * 40
        return Recognised(
            text=text, language="ru", confidence=0.9, no_speech=0.0, model="m", suppressed="repeats itself"
        )


async def test_a_model_that_loops_leaves_a_marked_text_and_no_gap(tmp_path: Path) -> None:
    dialogue = Dialogue(tmp_path, turns=4)
    missed = [Stretch(side=side, start=timedelta(0), end=dialogue.duration, reason="late") for side in Side]
    desk = Desk(dialogue, missed, RecordingCatchUp(Looping(), SPEECH, tmp_path))
    await desk.finish()
    await desk.assert_accounted_for()
    assert {side.suppressed for side in desk.story.coverage} == {side.speech for side in desk.story.coverage}


class Away:
    async def recognise(self, window: Window) -> Recognised:
        raise Unreachable("worker", "away")


@pytest.mark.parametrize("kind", ["quiet", "noisy", "empty"])
async def test_recordings_without_speech_have_nothing_to_account_for(kind: str, tmp_path: Path) -> None:
    seconds = 20 * LINE_RATE_HZ
    one = silence(20) if kind == "quiet" else np.zeros(seconds, np.int16)
    if kind == "noisy":
        one = (np.random.default_rng(5).standard_normal(seconds) * 200).astype(np.int16)
    soundfile.write(tmp_path / "call.wav", np.stack([one, np.zeros(seconds, np.int16)], axis=1), LINE_RATE_HZ)
    catch_up = RecordingCatchUp(Away(), SPEECH, tmp_path)
    assert list(await catch_up.speech("call.wav")) == []
    assert list(await catch_up.transcribe(CALL, "call.wav", [], None)) == []


async def test_speech_of_a_recording_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(b"RIFF" + bytes(range(200)))
    with pytest.raises(Refused):
        await RecordingCatchUp(Away(), SPEECH, tmp_path).speech("call.wav")


@pytest.mark.parametrize(("rate", "subtype"), [(16_000, "PCM_16"), (8_000, "ALAW"), (44_100, "FLOAT")])
async def test_speech_is_found_at_the_same_place_at_any_rate(rate: int, subtype: str, tmp_path: Path) -> None:
    spoken = sentences("ru", 1, seed=4)[0].samples
    whole = np.concatenate([silence(3), spoken, silence(2)]).astype(np.float32) / 32768
    positions = np.arange(0, len(whole) - 1, LINE_RATE_HZ / rate)
    wide = np.interp(positions, np.arange(len(whole)), whole)
    file = tmp_path / "call.wav"
    soundfile.write(file, np.stack([wide, np.zeros_like(wide)], axis=1), rate, subtype=subtype)
    scan = Recording(file).scan(SPEECH, GENEROUS)
    assert scan[Side.OPERATOR].utterances == []
    first, last = scan[Side.CALLER].speech[0], scan[Side.CALLER].speech[-1]
    assert first[0] / 16_000 == pytest.approx(3, abs=0.25)
    assert last[1] / 16_000 == pytest.approx(3 + len(spoken) / LINE_RATE_HZ, abs=0.35)
    utterance = scan[Side.CALLER].utterances[0]
    audio = Recording(file).audio(Side.CALLER, utterance.start, utterance.end)
    assert len(audio) == utterance.end - utterance.start
    assert np.abs(audio).max() > 3000


def test_an_hour_is_heard_in_bounded_memory(tmp_path: Path) -> None:
    spoken = sentences("ru", 1, seed=4)[0].samples
    minute = np.zeros((60 * LINE_RATE_HZ, 2), np.int16)
    minute[5 * LINE_RATE_HZ :][: len(spoken), 0] = spoken
    minute[22 * LINE_RATE_HZ :][: len(spoken), 1] = spoken
    short, hour = _written(tmp_path / "minute.wav", minute, 1), _written(tmp_path / "hour.wav", minute, 60)
    alone = get_context("spawn")  # a process of its own: the threads of other tests take memory meanwhile
    with ProcessPoolExecutor(1, mp_context=alone) as process:
        utterances, grown_mib = process.submit(_grown, short, hour).result()
    assert utterances == dict.fromkeys(Side, 60)
    assert grown_mib < 30, "the file is 110 MiB, as 16 kHz audio 220 MiB"


def _grown(first: Path, second: Path) -> tuple[dict[Side, int], float]:
    """→ the utterances heard in the second, and by how many MiB it raised the process's peak."""
    Recording(first).scan(SPEECH, GENEROUS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scan = Recording(second).scan(SPEECH, GENEROUS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {side: len(found.utterances) for side, found in scan.items()}, (peak - before) / 1024


def _written(file: Path, minute: NDArray[np.int16], times: int) -> Path:
    with soundfile.SoundFile(file, "w", LINE_RATE_HZ, 2, "PCM_16") as out:
        for _ in range(times):
            out.write(minute)
    return file
