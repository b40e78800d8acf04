"""What was said in call-backs: the two files of each attempt become one playable recording, as a call's, then words.

Nothing is remembered: an attempt's name says when it was and so where its recording lies. What a death left in
Asterisk's folder is found there at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from line102.call_backs import began_at, is_attempt, recording_of
from line102.call_backs_book import CallBackBook
from line102.calls import CallId, CallRecord
from line102.coverage import parts
from line102.errors import Refused, Unreachable
from line102.events import CallBackHeard, CallBackTried, LedgerEvent, RecordingSetAside, RecordingStored
from line102.ports import CatchUp
from line102.scribe import Scribe
from line102.words import Segment

RETRY = timedelta(seconds=20)  # a full disk, or a talk that is still on

log = structlog.get_logger()


class Ingest(Protocol):
    """As ``telephony.recording.RecordingIngest``."""

    async def ingest(self, record: CallRecord) -> RecordingStored | RecordingSetAside | None: ...

    async def leftovers(self, known: Settled) -> Sequence[CallId]: ...


class Settled:
    """The names in Asterisk's folder that are not waiting for us: calls', and attempts whose recording is there."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def __contains__(self, name: object) -> bool:
        return not isinstance(name, str) or not is_attempt(name) or self.has(CallId(name))

    def has(self, attempt: CallId) -> bool:
        return (self._recordings / recording_of(attempt)).exists()


class CallBackRecordings:
    """One per service. Told of each attempt by the scribe; what is still owed waits in Asterisk's folder.

    ``may_work``: whether live calls leave the recogniser room now; asked before each piece.
    """

    def __init__(
        self,
        ingest: Ingest,
        catch_up: CatchUp,
        recordings: Path,
        scribe: Scribe,
        book: CallBackBook,
        *,
        may_work: Callable[[], bool],
    ) -> None:
        self._ingest = ingest
        self._catch_up = catch_up
        self._settled = Settled(recordings)
        self._scribe = scribe
        self._book = book
        self._may_work = may_work
        self._wake = asyncio.Event()
        scribe.listen(self._notice)

    async def run(self) -> None:
        """Until cancelled: at the start, after each attempt, and again while something is owed."""
        while True:
            self._wake.clear()
            taken_in = await self._take_in()
            heard = await self._hear()
            try:
                async with asyncio.timeout(None if taken_in and heard else RETRY.total_seconds()):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _take_in(self) -> bool:
        """False when something could not be taken in yet."""
        try:
            waiting = await self._ingest.leftovers(self._settled)
        except Unreachable as error:
            log.warning("call_back_recordings_not_listed", why=str(error))
            return False
        whole = True
        for attempt in waiting:
            try:
                await self._ingest.ingest(CallRecord(call_id=attempt, offered_at=began_at(attempt)))
            except Unreachable as error:  # one that cannot be read is set aside, and gone from the folder
                log.warning("call_back_recording_held_up", attempt=attempt, why=str(error))
                whole = False
        return whole

    async def _hear(self) -> bool:
        """The words of every talk whose recording is there; False when some are owed still."""
        whole = True
        for task in self._book.shown():
            for one in task.tries:
                if one.talked and not one.heard and is_attempt(one.attempt) and self._settled.has(one.attempt):
                    whole &= await self._hear_one(task.call_id, one.attempt)
        return whole

    async def _hear_one(self, call_id: CallId, attempt: CallId) -> bool:
        path = recording_of(attempt)
        segments: list[Segment] = []
        try:
            speech = await self._catch_up.speech(path)
            for piece in parts(speech, speech):
                if not self._may_work():
                    return False
                segments += await self._catch_up.transcribe(attempt, path, piece, None)
        except Unreachable as error:
            log.warning("call_back_words_held_up", attempt=attempt, why=str(error))
            return False
        except Refused as error:  # nobody can read it: what is known is that there are no words
            log.warning("call_back_not_readable", attempt=attempt, why=str(error))
        whole = tuple(sorted(segments, key=lambda one: (one.start, one.side)))
        self._scribe.write(CallBackHeard(call_id=call_id, at=datetime.now(UTC), attempt=attempt, segments=whole))
        return True

    def _notice(self, event: LedgerEvent) -> None:
        if isinstance(event, CallBackTried):
            self._wake.set()
