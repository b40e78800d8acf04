"""After a call: its recording is taken in, and what was missed live is transcribed from it.

Never given up: a full disk or a dead recogniser means again later, with the recording where Asterisk wrote it.
A call whose aftercare was cut off by a crash is found again at the next start (``Board.unfinished``).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.assess import Assess, reassess
from line102.calls import CallId, CallRecord
from line102.coverage import replaced_by, within
from line102.errors import Refused, Unreachable
from line102.events import RecordingSetAside, RecordingStored, SegmentHeard, TranscriptCompleted
from line102.ports import CallStory, CatchUp
from line102.scribe import Scribe
from line102.supervise import guarded
from line102.words import Segment

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)

log = structlog.get_logger()


class Ingest(Protocol):
    """Takes a finished recording in. Raises Unreachable (disk full): the files stay where they are."""

    async def ingest(self, record: CallRecord) -> RecordingStored | RecordingSetAside | None: ...


class Aftercare:
    """One call at a time: live words come first, and a recording does not run away."""

    def __init__(self, ingest: Ingest, catch_up: CatchUp, assess: Assess, scribe: Scribe) -> None:
        self._ingest = ingest
        self._catch_up = catch_up
        self._assess = assess
        self._scribe = scribe
        self._due: dict[CallId, datetime] = {}
        self._pauses: dict[CallId, timedelta] = {}
        self._wake = asyncio.Event()
        self.held_up: str = ""  # why the last recording could not be taken in; "" when it could

    @property
    def pending(self) -> int:
        return len(self._due)

    def add(self, call_id: CallId) -> None:
        """Look after this ended call soon."""
        self._due.setdefault(call_id, datetime.now(UTC))
        self._wake.set()

    async def run(self) -> None:
        while True:
            call_id = self._next_due()
            if call_id is None:
                await self._rest()
                continue
            broke = await guarded(f"aftercare of {call_id}", lambda c=call_id: self._look_after(c))  # type: ignore[misc]
            if broke is not None:
                self._later(call_id)

    async def _look_after(self, call_id: CallId) -> None:
        story = self._scribe.story(call_id)
        try:
            if story is not None:
                await self._recording(story)
                await self._transcript(call_id)
        except Unreachable as error:
            log.warning("aftercare_held_up", call_id=call_id, why=str(error))
            self._later(call_id)
            return
        self._due.pop(call_id, None)
        self._pauses.pop(call_id, None)

    async def _recording(self, story: CallStory) -> None:
        if story.recording is None:
            await self._take(story.record)

    async def _take(self, record: CallRecord) -> None:
        try:
            taken = await self._ingest.ingest(record)
        except Unreachable as error:
            self.held_up = str(error)
            raise
        self.held_up = ""
        if taken is None:
            taken = RecordingSetAside(
                call_id=record.call_id, at=datetime.now(UTC), path="", reason="no recording was found"
            )
        self._scribe.write(taken)

    async def _transcript(self, call_id: CallId) -> None:
        story = self._scribe.story(call_id)
        if story is None or story.recording is None or story.recording.path is None or story.transcript_complete:
            return
        missed = within(story.missed, story.recording.duration)
        if missed:
            try:
                again = await self._catch_up.transcribe(call_id, story.recording.path, missed, story.language)
            except Refused as error:  # the playable copy is damaged or gone: made again from what Asterisk wrote
                await self._take(story.record)
                raise Unreachable(error.what, error.why) from error
            for segment in replaced_by(again, story.segments):
                self._scribe.write(SegmentHeard(call_id=call_id, at=datetime.now(UTC), segment=segment))
            for segment in again:
                newer = replace(segment, revision=_next_revision(story, segment))
                self._scribe.write(SegmentHeard(call_id=call_id, at=datetime.now(UTC), segment=newer))
        reassess(self._scribe, self._assess, call_id)
        self._scribe.write(TranscriptCompleted(call_id=call_id, at=datetime.now(UTC)))

    def _later(self, call_id: CallId) -> None:
        pause = min(self._pauses.get(call_id, FIRST_PAUSE / 2) * 2, LONGEST_PAUSE)
        self._pauses[call_id] = pause
        self._due[call_id] = datetime.now(UTC) + pause

    def _next_due(self) -> CallId | None:
        now = datetime.now(UTC)
        due = [(at, call_id) for call_id, at in self._due.items() if at <= now]
        return min(due)[1] if due else None

    async def _rest(self) -> None:
        self._wake.clear()
        pause = FIRST_PAUSE.total_seconds() / 4 if self._due else None
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass


def _next_revision(story: CallStory, new: Segment) -> int:
    same = [old.revision for old in story.segments if (old.side, old.start) == (new.side, new.start)]
    return max(same, default=-1) + 1
