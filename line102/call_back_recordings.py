"""Takes in what was recorded of call-backs: the two files of each attempt become one playable recording, as a call's.

Nothing is remembered: an attempt's name says when it was and so where its recording lies. What a death left in
Asterisk's folder is found there at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from line102.call_backs import began_at, is_attempt, recording_of
from line102.calls import CallId, CallRecord
from line102.errors import Unreachable
from line102.events import CallBackTried, LedgerEvent, RecordingSetAside, RecordingStored
from line102.scribe import Scribe

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
    """One per service. Told of each attempt by the scribe; what is still owed waits in Asterisk's folder."""

    def __init__(self, ingest: Ingest, recordings: Path, scribe: Scribe) -> None:
        self._ingest = ingest
        self._settled = Settled(recordings)
        self._wake = asyncio.Event()
        scribe.listen(self._notice)

    async def run(self) -> None:
        """Until cancelled: at the start, after each attempt, and again while something is owed."""
        while True:
            self._wake.clear()
            owed = await self._take_in()
            try:
                async with asyncio.timeout(RETRY.total_seconds() if owed else None):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _take_in(self) -> bool:
        """Whether something could not be taken in yet."""
        try:
            waiting = await self._ingest.leftovers(self._settled)
        except Unreachable as error:
            log.warning("call_back_recordings_not_listed", why=str(error))
            return True
        owed = False
        for attempt in waiting:
            try:
                await self._ingest.ingest(CallRecord(call_id=attempt, offered_at=began_at(attempt)))
            except Unreachable as error:  # one that cannot be read is set aside, and gone from the folder
                log.warning("call_back_recording_held_up", attempt=attempt, why=str(error))
                owed = True
        return owed

    def _notice(self, event: LedgerEvent) -> None:
        if isinstance(event, CallBackTried):
            self._wake.set()
