"""One side of one call while it is heard: its whole state, from audio chunks to ordered segments and stretches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.errors import Line102Error, Refused, Unreachable
from line102.ports import AudioChunk, Recognised, Recogniser, Window
from line102.words import Heard, Segment, Stretch
from transcription.ear import Ear
from transcription.ear import Heard as Sound
from transcription.outbox import Outbox
from transcription.segmenter import SAMPLE_RATE_HZ, Limits, PartialDue, UtteranceEnded
from transcription.voice_activity import SpeechModel
from transcription.wording import Utterance, segment
from transcription.worker_link import Busy

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    limits: Limits = field(default_factory=Limits)
    late_after: timedelta = timedelta(seconds=20)  # from the end of an utterance to its words; then it is a stretch
    hole: timedelta = timedelta(milliseconds=200)  # a jump of AudioChunk.at beyond this is lost audio
    waiting: int = 8  # utterances of one stream that may wait for the recogniser; then the oldest becomes a stretch


@dataclass(frozen=True, slots=True)
class _Due:
    """A whole utterance that waits for its words. ``since``: loop time of its end."""

    utterance: Utterance
    samples: NDArray[np.int16]
    revision: int
    since: float


class Stream:
    """Feed it with ``run``; read ``outbox`` until it is closed."""

    def __init__(
        self,
        call_id: CallId,
        side: Side,
        recording_began_at: datetime,
        recogniser: Recogniser,
        speech: SpeechModel,
        settings: ListenerSettings,
    ) -> None:
        self.outbox = Outbox()
        self.call_id = call_id
        self.side = side
        self._recording_began_at = recording_began_at
        self._recogniser = recogniser
        self._speech = speech
        self._settings = settings
        self._ear: Ear | None = None
        self._run_began = ZERO  # offset of the ear's first sample
        self._heard_until = ZERO
        self._due: deque[_Due | Stretch | None] = deque()  # None: the end
        self._arrived = asyncio.Semaphore(0)
        self._answering = False
        self._newest: Sound | None = None  # the partial to send next
        self._guessing: asyncio.Task[None] | None = None
        self._revision = 0  # of the last partial of the current utterance

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
            if isinstance(sound.event, PartialDue):
                self._newest = sound
                if self._guessing is None and not self._due and not self._answering:
                    self._guessing = tasks.create_task(self._guess())
                continue
            self._newest = None
            if self._guessing is not None:
                self._guessing.cancel()  # the final overtakes it
                self._guessing = None
            since = asyncio.get_running_loop().time()
            self._put(_Due(self._utterance(sound.event), sound.samples, self._revision + 1, since))
            self._revision = 0

    def _utterance(self, event: PartialDue | UtteranceEnded) -> Utterance:
        start, end = self._offset(event.start), self._offset(event.end)
        end = max(start, min(end, self._heard_until))  # the last chunk of a run is filled up with silence
        if isinstance(event, PartialDue):
            return Utterance(side=self.side, start=start, end=end, speech=1.0, by_loudness=False)
        return Utterance(side=self.side, start=start, end=end, speech=event.speech, by_loudness=event.by_loudness)

    def _offset(self, sample: int) -> timedelta:
        return self._run_began + timedelta(seconds=sample / SAMPLE_RATE_HZ)

    def _missed(self, start: timedelta, end: timedelta, reason: str) -> Stretch:
        return Stretch(side=self.side, start=start, end=end, reason=reason)

    def _put(self, item: _Due | Stretch | None) -> None:
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
            result = item if isinstance(item, Stretch) else await self._final(item)
            if result is not None:
                await self.outbox.put(result)
            self._answering = False

    async def _final(self, due: _Due) -> Segment | Stretch | None:
        utterance = due.utterance
        try:
            async with asyncio.timeout_at(due.since + self._settings.late_after.total_seconds()):
                words = await self._recognise(utterance, due.samples, due.revision, final=True)
        except (TimeoutError, Busy):
            return self._missed(utterance.start, utterance.end, "late")
        except Unreachable:
            return self._missed(utterance.start, utterance.end, "worker lost")
        except Refused:
            return self._missed(utterance.start, utterance.end, "recognition failed")
        return segment(utterance, words, revision=due.revision, final=True, heard=Heard.LIVE)

    async def _guess(self) -> None:
        """Partials: one window at a time, always the newest."""
        while self._newest is not None:
            sound, self._newest = self._newest, None
            self._revision += 1
            revision, utterance = self._revision, self._utterance(sound.event)
            try:
                words = await self._recognise(utterance, sound.samples, revision, final=False)
            except (Unreachable, Refused):
                continue  # the next partial or the final tells
            partial = segment(utterance, words, revision=revision, final=False, heard=Heard.LIVE)
            if partial is not None and partial.suppressed is None:  # a doubtful guess is worth nothing; the final tells
                await self.outbox.offer(partial)
        self._guessing = None

    async def _recognise(
        self, utterance: Utterance, samples: NDArray[np.int16], revision: int, *, final: bool
    ) -> Recognised:
        window = Window(
            call_id=self.call_id,
            side=self.side,
            start=utterance.start,
            end=utterance.end,
            revision=revision,
            final=final,
            language=None,
            samples=samples,
        )
        return await self._recogniser.recognise(window)
