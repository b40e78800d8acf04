"""One side of one call while it is heard: its whole state, from audio chunks to ordered segments and stretches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from line102.errors import Line102Error, Refused, Unreachable
from line102.ports import AudioChunk, Recognised
from line102.words import Heard, Segment, Stretch
from transcription.ear import Ear
from transcription.ear import Heard as Sound
from transcription.guesses import Early, Guesses
from transcription.outbox import Outbox
from transcription.pressure import Plan, Pressure
from transcription.segmenter import SAMPLE_RATE_HZ, ClickHeard, Limits, PartialDue, PauseHeard, UtteranceEnded
from transcription.speaker import Speaker
from transcription.voice_activity import SpeechModel
from transcription.wording import Utterance, click, segment
from transcription.worker_link import Busy

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    limits: Limits = field(default_factory=Limits)
    late_after: timedelta = timedelta(seconds=20)  # from the end of an utterance to its words; then it is a stretch
    hole: timedelta = timedelta(milliseconds=200)  # a jump of AudioChunk.at beyond this is lost audio
    waiting: int = 8  # utterances of one stream that may wait for the recogniser; then the oldest becomes a stretch
    busy_pause: timedelta = timedelta(milliseconds=200)  # before a final that was turned away asks again; doubles


@dataclass(frozen=True, slots=True)
class _Due:
    """A whole utterance that waits for its words. ``since``: loop time of its end."""

    utterance: Utterance
    samples: NDArray[np.int16]
    revision: int
    since: float
    early: Early | None


class Stream:
    """Feed it with ``run``; read ``outbox`` until it is closed."""

    def __init__(
        self,
        speaker: Speaker,
        recording_began_at: datetime,
        speech: SpeechModel,
        pressure: Pressure,
        settings: ListenerSettings,
    ) -> None:
        self.outbox = Outbox()
        self._speaker = speaker
        self._recording_began_at = recording_began_at
        self._speech = speech
        self._pressure = pressure
        self._settings = settings
        self._ear: Ear | None = None
        self._run_began = ZERO  # offset of the ear's first sample
        self._heard_until = ZERO
        self._due: deque[_Due | Segment | Stretch | None] = deque()  # None: the end
        self._arrived = asyncio.Semaphore(0)
        self._answering = False
        self._guesses: Guesses | None = None  # of the current utterance

    async def run(self, audio: AsyncIterator[AudioChunk]) -> None:
        """Until the audio ends and everything heard is in the outbox. Raises what the audio raised, afterwards."""
        broken: Line102Error | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._answer())
                try:
                    async for chunk in audio:
                        self._take(chunk, tasks)
                        await asyncio.sleep(0)  # audio that is all there at once must not keep everybody waiting
                except Line102Error as error:
                    broken = error
                self._end_run(tasks)
                self._put(None)
        finally:
            await self.outbox.close()
        if broken is not None:
            raise broken

    def _take(self, chunk: AudioChunk, tasks: asyncio.TaskGroup) -> None:
        if not len(chunk.samples):
            return
        at = max(chunk.at - self._recording_began_at, ZERO)
        if self._ear is None:
            self._begin_run(at, chunk.sample_rate_hz)
        elif at - self._heard_until > self._settings.hole:
            self._end_run(tasks)
            self._put(self._missed(self._heard_until, at, "audio lost"))
            self._begin_run(at, chunk.sample_rate_hz)
        elif chunk.sample_rate_hz != self._ear.sample_rate_hz:
            self._end_run(tasks)
            self._begin_run(self._heard_until, chunk.sample_rate_hz)
        assert self._ear is not None
        self._heard_until += timedelta(seconds=len(chunk.samples) / chunk.sample_rate_hz)
        self._sort(self._ear.hear(chunk.samples), tasks)

    def _begin_run(self, at: timedelta, sample_rate_hz: int) -> None:
        self._ear = Ear(self._speech, self._settings.limits, sample_rate_hz)
        self._run_began = self._heard_until = at

    def _end_run(self, tasks: asyncio.TaskGroup) -> None:
        if self._ear is not None:
            self._sort(self._ear.finish(), tasks)

    def _sort(self, sounds: Iterable[Sound], tasks: asyncio.TaskGroup) -> None:
        for sound in sounds:
            utterance = self._utterance(sound)
            match sound.event:
                case PartialDue():
                    self._guess(tasks).partial(utterance, sound.samples, self._guess_plan)
                case PauseHeard():
                    self._guess(tasks).pause(utterance, sound.samples, self._guess_plan)
                case UtteranceEnded():
                    early, revision = self._guess(tasks).end(utterance.end)
                    since = asyncio.get_running_loop().time()
                    self._guesses = None
                    self._put(self._due_or_deferred(_Due(utterance, sound.samples, revision, since, early)))
                case ClickHeard():
                    self._put(click(utterance, heard=Heard.LIVE))

    def _guess(self, tasks: asyncio.TaskGroup) -> Guesses:
        if self._guesses is None:
            self._guesses = Guesses(self._speaker, self.outbox, self._pressure, tasks)
        return self._guesses

    @property
    def _plan(self) -> Plan:
        return self._pressure.plan(self._speaker.side, self._speaker.standing.answered)

    @property
    def _guess_plan(self) -> Plan:
        """While words of before are awaited the capacity is theirs."""
        return Plan(partial_every=None) if self._due or self._answering else self._plan

    def _due_or_deferred(self, due: _Due) -> _Due | Stretch:
        if due.early is not None or not self._plan.defer:
            return due
        start, end = due.utterance.start, due.utterance.end
        self._pressure.deferred(self._speaker.side, end - start)
        return self._missed(start, end, "overload")

    def _utterance(self, sound: Sound) -> Utterance:
        event = sound.event
        start, end = self._offset(event.start), self._offset(event.end)
        end = max(start, min(end, self._heard_until))  # the last chunk of a run is filled up with silence
        return Utterance(
            side=self._speaker.side,
            start=start,
            end=end,
            speech=event.speech if isinstance(event, UtteranceEnded | ClickHeard) else 1.0,
            by_loudness=isinstance(event, UtteranceEnded) and event.by_loudness,
        )

    def _offset(self, sample: int) -> timedelta:
        return self._run_began + timedelta(seconds=sample / SAMPLE_RATE_HZ)

    def _missed(self, start: timedelta, end: timedelta, reason: str) -> Stretch:
        return Stretch(side=self._speaker.side, start=start, end=end, reason=reason)

    def _put(self, item: _Due | Segment | Stretch | None) -> None:
        """Into the line for the recogniser. When too many utterances wait, the oldest becomes a stretch in its
        place.
        """
        self._due.append(item)
        waiting = [place for place, due in enumerate(self._due) if isinstance(due, _Due)]
        if len(waiting) > self._settings.waiting:
            oldest = self._due[waiting[0]]
            assert isinstance(oldest, _Due)
            self._due[waiting[0]] = self._missed(oldest.utterance.start, oldest.utterance.end, "late")
        self._arrived.release()

    async def _answer(self) -> None:
        """Finals and stretches, in order of time."""
        while True:
            await self._arrived.acquire()
            item = self._due.popleft()
            if item is None:
                return
            self._answering = True
            result = await self._final(item) if isinstance(item, _Due) else item
            if result is not None:
                await self.outbox.put(result)
            self._answering = False

    async def _final(self, asked: _Due) -> Segment | Stretch | None:
        due = self._due_or_deferred(asked)  # the level may have risen while it waited
        if isinstance(due, Stretch):
            return due
        utterance = due.utterance
        try:
            async with asyncio.timeout_at(due.since + self._settings.late_after.total_seconds()):
                words = await self._words(due)
        except (TimeoutError, Busy):
            return self._missed(utterance.start, utterance.end, "late")
        except Unreachable:
            return self._missed(utterance.start, utterance.end, "worker lost")
        except Refused:
            return self._missed(utterance.start, utterance.end, "recognition failed")
        made = segment(utterance, words, revision=due.revision, final=True, heard=Heard.LIVE)
        if made is not None and made.suppressed is None:
            self._speaker.spoke(made.language)
        return made

    async def _words(self, due: _Due) -> Recognised:
        """Again and again while the workers have no room."""
        early = await due.early.answer if due.early is not None else None
        pause = self._settings.busy_pause.total_seconds()
        while early is None:
            try:
                return await self._speaker.ask(due.utterance, due.samples, due.revision, final=True)
            except Busy:
                await asyncio.sleep(pause)
                pause *= 2
        return early
