"""Hearing the calls while they last: one coroutine a call, two ears each, words to the scribe, phrases to the assessor.

Nothing here can hurt a call: taps are copies. What could not be heard is written down as a missed stretch and made
from the recording afterwards (``aftercare``).

Each call has one ``Standing``, the same object for both of its ears: whether somebody talks with the caller, and the
language an operator chose. The ledger knows both, so a restart loses neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.aftercare import Aftercare
from line102.assess import Assess, reassess
from line102.calls import CallId, CallState, Side
from line102.coverage import first_audible, hole, offset, unheard_since_last_words
from line102.errors import Gone, Refused, Unreachable
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerRefused,
    CallInterrupted,
    CallLost,
    CourseEvent,
    LanguageChosen,
    RecordingBegan,
    SegmentHeard,
    StretchMissed,
)
from line102.ports import AudioChunk, CallStory, Listener, Standing, Taps
from line102.scribe import Scribe
from line102.supervise import guarded
from line102.words import Segment, Stretch

CAPACITY = 1000  # calls that may wait for their coroutine; beyond it a call is transcribed from its recording only
RETRY = timedelta(seconds=1)  # between attempts to open a tap
LAST_WORDS = timedelta(seconds=15)  # after the end of a call its last utterance may still be at the recogniser

log = structlog.get_logger()


class Hearer(Protocol):
    """Acts on words as they come (``Guide``)."""

    def heard(self, call_id: CallId, segment: Segment) -> None: ...

    def assessed(self, call_id: CallId) -> None: ...


class _Signals:
    """What the coroutine of one call waits for."""

    def __init__(self, reason: str) -> None:
        self.reason = reason  # why its beginning may be missing
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.standing = Standing()

    def follow(self, story: CallStory) -> None:
        """Bring the standing to where the ledger is."""
        self.standing.answered = story.record.state is CallState.TALKING
        self.standing.language = story.language


class LiveCalls:
    def __init__(
        self, taps: Taps, listener: Listener, assess: Assess, scribe: Scribe, aftercare: Aftercare, hearer: Hearer
    ) -> None:
        self._taps = taps
        self._listener = listener
        self._assess = assess
        self._scribe = scribe
        self._aftercare = aftercare
        self._hearer = hearer
        self._arrivals: asyncio.Queue[CallId] = asyncio.Queue(CAPACITY)
        self._signals: dict[CallId, _Signals] = {}

    @property
    def followed(self) -> int:
        return len(self._signals)

    def follows(self, call_id: CallId) -> bool:
        return call_id in self._signals

    def notice(self, event: CourseEvent) -> None:
        """Told after each event of a call's course has been written."""
        self._keep_standing(event.call_id)
        match event:
            case RecordingBegan(call_id=call_id) | CallerJoined(call_id=call_id) | CallerRefused(call_id=call_id):
                self.follow(call_id, "the tap was not open yet")
            case CallAnswered(call_id=call_id) if call_id in self._signals:
                self._signals[call_id].answered.set()
            case CallEnded(call_id=call_id) | CallInterrupted(call_id=call_id) | CallLost(call_id=call_id):
                if call_id in self._signals:
                    self._signals[call_id].ended.set()
                else:
                    self._missed_whole(call_id, "the service did not see this call live")
            case _:
                pass

    def follow(self, call_id: CallId, reason: str) -> None:
        """Hear this call from now on; what was said before and not heard is missed for ``reason``."""
        if call_id in self._signals:
            return
        if self._arrivals.full():
            log.error("call_not_followed", call_id=call_id)  # its end makes the transcript from the recording
            return
        self._signals[call_id] = _Signals(reason)
        self._arrivals.put_nowait(call_id)

    def choose_language(self, call_id: CallId, language: str | None) -> None:
        """An operator says in which language both sides speak; None gives the choice back to the recogniser.

        Words from here on are read so. Raises Gone for a call that is not on the line, Refused for one that ended.
        """
        story = self._scribe.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        if story.record.state is CallState.ENDED:
            raise Refused(f"call {call_id}", "it has ended")
        if story.language != language:
            self._scribe.write(LanguageChosen(call_id=call_id, at=datetime.now(UTC), language=language))
            self._keep_standing(call_id)
            log.info("language_chosen", call_id=call_id, language=language)

    async def run(self) -> None:
        """Serve the calls. A call's coroutine that breaks costs that call its live words only."""
        async with asyncio.TaskGroup() as calls:
            while True:
                call_id = await self._arrivals.get()
                calls.create_task(self._whole_call(call_id), name=f"call {call_id}")

    async def _whole_call(self, call_id: CallId) -> None:
        signals = self._signals[call_id]
        broke = await guarded(f"live call {call_id}", lambda: self._both_sides(call_id, signals))
        await signals.ended.wait()
        del self._signals[call_id]
        self._aftercare.add(call_id)  # before anything that may break: a recording waits for it
        await guarded(f"end of call {call_id}", lambda: self._close(call_id, broke))

    async def _close(self, call_id: CallId, broke: str | None) -> None:
        if broke:
            self._missed_whole(call_id, "live transcription broke")
        else:
            self._assess_silence(call_id)

    async def _both_sides(self, call_id: CallId, signals: _Signals) -> None:
        story = self._scribe.story(call_id)
        if story is None:
            return
        signals.follow(story)
        if story.record.first_answer is not None:
            signals.answered.set()
        if story.record.state is CallState.ENDED:
            signals.ended.set()
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as sides:
            ears = [
                sides.create_task(self._caller_side(call_id, signals)),
                sides.create_task(self._operator_side(call_id, signals)),
            ]
            await signals.ended.wait()
            limit.reschedule(asyncio.get_running_loop().time() + LAST_WORDS.total_seconds())
            await asyncio.wait(ears)

    async def _caller_side(self, call_id: CallId, signals: _Signals) -> None:
        await self._hear(call_id, Side.CALLER, signals)

    async def _operator_side(self, call_id: CallId, signals: _Signals) -> None:
        async with asyncio.TaskGroup() as waits:
            answered = waits.create_task(signals.answered.wait())
            ended = waits.create_task(signals.ended.wait())
            await asyncio.wait([answered, ended], return_when=asyncio.FIRST_COMPLETED)
            answered.cancel()
            ended.cancel()
        if signals.answered.is_set():
            await self._hear(call_id, Side.OPERATOR, signals)

    async def _hear(self, call_id: CallId, side: Side, signals: _Signals) -> None:
        """One side until the call ends, through as many taps as it takes."""
        story = self._scribe.story(call_id)
        assert story is not None, call_id
        zero = story.record.recording_began_at or story.record.offered_at
        ear = _Ear(covered=self._already_heard(call_id, side))
        reason = signals.reason
        while not signals.ended.is_set():
            try:
                async with self._taps.open(call_id, side) as audio:
                    self._note_hole(call_id, side, ear.covered, offset(story.record, datetime.now(UTC)), reason)
                    words = self._listener.listen(call_id, side, ear.tracking(audio, zero), zero, signals.standing)
                    async with aclosing(words) as heard:
                        async for item in heard:
                            self._heard(call_id, item)
                reason = "the tap ended early"
            except Gone:
                break
            except (Unreachable, Refused) as error:
                reason = f"the tap was lost: {error}"
                log.warning("tap_lost", call_id=call_id, side=side, why=str(error))
            await _until(signals.ended, RETRY)
        await signals.ended.wait()  # a tap may know of the hang-up before the ledger does
        story = self._scribe.story(call_id)
        if story is not None and story.record.ended_at is not None:
            self._note_hole(call_id, side, ear.covered, offset(story.record, story.record.ended_at), reason)

    def _keep_standing(self, call_id: CallId) -> None:
        story = self._scribe.story(call_id)
        if story is not None and call_id in self._signals:
            self._signals[call_id].follow(story)

    def _already_heard(self, call_id: CallId, side: Side) -> timedelta:
        story = self._scribe.story(call_id)
        assert story is not None, call_id
        begin = first_audible(story.record, side) or timedelta(0)
        missed = unheard_since_last_words(story, side, timedelta.max, "")
        return missed.start if missed else begin

    def _heard(self, call_id: CallId, item: Segment | Stretch) -> None:
        now = datetime.now(UTC)
        if isinstance(item, Stretch):
            self._scribe.write(StretchMissed(call_id=call_id, at=now, stretch=item))
        elif item.final:
            self._scribe.write(SegmentHeard(call_id=call_id, at=now, segment=item))
            if item.side is Side.CALLER and item.suppressed is None:
                reassess(self._scribe, self._assess, call_id)
                self._hearer.assessed(call_id)
            self._hearer.heard(call_id, item)
        else:
            self._scribe.show(SegmentHeard(call_id=call_id, at=now, segment=item))
            self._hearer.heard(call_id, item)

    def _assess_silence(self, call_id: CallId) -> None:
        story = self._scribe.story(call_id)
        if story is not None and story.assessment is None and not story.missed:
            reassess(self._scribe, self._assess, call_id)

    def _note_hole(self, call_id: CallId, side: Side, start: timedelta, end: timedelta, reason: str) -> None:
        stretch = hole(side, start, end, reason)
        if stretch is not None:
            self._scribe.write(StretchMissed(call_id=call_id, at=datetime.now(UTC), stretch=stretch))

    def _missed_whole(self, call_id: CallId, reason: str) -> None:
        """An ended call that nobody followed to its end: what was not heard is missed, and made afterwards."""
        story = self._scribe.story(call_id)
        if story is None or story.record.ended_at is None:
            return
        length = offset(story.record, story.record.ended_at)
        for side in Side:
            stretch = unheard_since_last_words(story, side, length, reason)
            if stretch is not None:
                self._scribe.write(StretchMissed(call_id=call_id, at=datetime.now(UTC), stretch=stretch))
        self._aftercare.add(call_id)


class _Ear:
    """How far one side has been heard, counted on the recording's time line."""

    def __init__(self, covered: timedelta) -> None:
        self.covered = covered

    async def tracking(self, audio: AsyncIterator[AudioChunk], zero: datetime) -> AsyncIterator[AudioChunk]:
        async for chunk in audio:
            seconds = len(chunk.samples) / chunk.sample_rate_hz
            self.covered = max(self.covered, chunk.at - zero + timedelta(seconds=seconds))
            yield chunk


async def _until(event: asyncio.Event, limit: timedelta) -> None:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await event.wait()
    except TimeoutError:
        pass
