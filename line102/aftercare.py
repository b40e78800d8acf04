"""After a call: its recording is taken in, what was missed live is transcribed from it, and perhaps all of it again.

Never given up: a full disk or a dead recogniser means again later, with the recording where Asterisk wrote it.
A call whose aftercare was cut off by a crash is found again at the next start (``Board.unfinished``, ``Backlog``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.assess import Assess
from line102.calls import CallId, CallRecord
from line102.catching_up import CatchingUp, MayWork
from line102.errors import Refused, Unreachable
from line102.events import RecordingSetAside, RecordingStored
from line102.notes import Notes
from line102.ports import CallStory, CatchUp
from line102.scribe import Scribe
from line102.second_pass import Revision, SecondPass
from line102.supervise import guarded

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)

log = structlog.get_logger()


class Ingest(Protocol):
    """Takes a finished recording in. Raises Unreachable (disk full): the files stay where they are."""

    async def ingest(self, record: CallRecord) -> RecordingStored | RecordingSetAside | None: ...


def always() -> bool:
    return True


class Aftercare:
    """One thing at a time: live words come first, and a recording does not run away.

    Recordings are always taken in; words from them wait while ``may_work`` says that live calls need the recogniser.
    The second pass waits for everything else.
    """

    def __init__(
        self,
        ingest: Ingest,
        catch_up: CatchUp,
        assess: Assess,
        scribe: Scribe,
        *,
        may_work: MayWork = always,
        second: SecondPass | None = None,
    ) -> None:
        self._ingest = ingest
        self._catching_up = CatchingUp(catch_up, assess, may_work)
        self._assess = assess
        self._scribe = scribe
        self._may_work = may_work
        self._second = second
        self._due: dict[CallId, datetime] = {}
        self._pauses: dict[CallId, timedelta] = {}
        self._revisions: deque[Revision] = deque()
        self._revisions_paused_until = datetime.min.replace(tzinfo=UTC)
        self._not_revised: set[CallId] = set()  # could not be, by an error of ours: not again before a restart
        self._wake = asyncio.Event()
        self.held_up: str = ""  # why the last recording could not be taken in; "" when it could

    @property
    def pending(self) -> int:
        return len(self._due)

    @property
    def revising(self) -> int:
        """Calls that wait for their second pass, as far as they are known here."""
        return len(self._revisions)

    @property
    def second_model(self) -> str:
        """Whose second pass calls are to get now; "" for none."""
        return self._second.model() if self._second is not None else ""

    def add(self, call_id: CallId) -> None:
        """Look after this ended call soon."""
        self._due.setdefault(call_id, datetime.now(UTC))
        self._wake.set()

    def revise(self, story: CallStory) -> None:
        """Give this finished call its second pass when there is nothing else to do."""
        known = {revision.notes.call_id for revision in self._revisions} | self._not_revised
        if self._second is not None and story.record.call_id not in known:
            self._revisions.append(Revision(Notes(story, self._scribe), self._second, self._assess))
            self._wake.set()

    async def run(self) -> None:
        while True:
            call_id = self._next_due()
            if call_id is not None:
                broke = await guarded(f"aftercare of {call_id}", lambda c=call_id: self._look_after(c))  # type: ignore[misc]
                if broke is not None:
                    self._later(call_id)
            elif self._revisions and self._may_work() and datetime.now(UTC) >= self._revisions_paused_until:
                await self._revise_a_part(self._revisions[0])
            else:
                await self._rest()

    async def _look_after(self, call_id: CallId) -> None:
        story = self._scribe.story(call_id)
        try:
            if story is not None:
                await self._recording(story)
                if not await self._transcript(Notes(story, self._scribe)):
                    self._due[call_id] = datetime.now(UTC) + FIRST_PAUSE
                    return
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

    async def _transcript(self, notes: Notes) -> bool:
        try:
            return await self._catching_up.complete(notes)
        except Refused as error:  # the playable copy is damaged or gone: made again from what Asterisk wrote
            await self._take(notes.story.record)
            raise Unreachable(error.what, error.why) from error

    async def _revise_a_part(self, revision: Revision) -> None:
        call_id = revision.notes.call_id
        broke = await guarded(f"second pass of {call_id}", lambda: self._step(revision))
        if broke is not None:
            self._not_revised.add(call_id)
            self._revisions.popleft()

    async def _step(self, revision: Revision) -> None:
        try:
            if await revision.step():
                self._revisions.popleft()
        except Refused as error:  # the transcript stands without it
            log.warning("second_pass_refused", call_id=revision.notes.call_id, why=str(error))
            self._not_revised.add(revision.notes.call_id)
            self._revisions.popleft()
        except Unreachable as error:
            log.warning("second_pass_held_up", call_id=revision.notes.call_id, why=str(error))
            self._revisions_paused_until = datetime.now(UTC) + LONGEST_PAUSE / 4

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
        pause = FIRST_PAUSE.total_seconds() / 4 if self._due or self._revisions else None
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass
