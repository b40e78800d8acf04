"""From the PBX's events to the ledger, across every gap: after each connect, complete from Asterisk's records."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.aftercare import Aftercare
from line102.board import Lamp, Light
from line102.broadcast import Broadcast
from line102.calls import CallId, CallRecord
from line102.completion import complete, repeats
from line102.errors import Unreachable
from line102.events import CallBackTried, CallOffered, CourseEvent, GapFound, Link
from line102.live import LiveCalls
from line102.ports import (
    CallBackLegGone,
    KeyPressed,
    LinkDown,
    LinkUp,
    MemberSeen,
    Pbx,
    PbxEvent,
    PbxRecords,
    SelfServiceReached,
    Unrecognised,
)
from line102.scribe import Scribe

MARGIN = timedelta(seconds=30)  # read Asterisk's records from this long before the gap: a dead link is noticed late
SNAPSHOT_WITHIN = timedelta(seconds=2)  # a call offered this shortly before may be missing in the snapshot
FIRST_LOOK = timedelta(hours=12)  # at the very first start, only calls that are still on the PBX are taken from them
RETRY = timedelta(seconds=2)  # between attempts to read records that could not be read
HELD = 10_000  # events kept back while records are owed; when full the oldest go: the records tell them

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """A connect whose calls are still to be completed from Asterisk's records."""

    link: LinkUp
    first_start: bool


class Places(Protocol):
    """Operators' places; told what the PBX says of them."""

    def link(self, *, up: bool) -> None: ...

    def member(self, member: MemberSeen) -> None: ...

    def notice(self, event: CourseEvent) -> None: ...

    def called_back(self, tried: CallBackTried) -> None: ...

    def call_back_gone(self, attempt: CallId) -> None: ...


class Guide(Protocol):
    """Decides about calls; told what happened to them."""

    def notice(self, event: CourseEvent) -> None: ...

    def pressed(self, pressed: KeyPressed) -> None: ...

    def serve(self, call_id: CallId) -> None: ...


class Dispatch:
    """Owns no call and decides nothing about one: it sees, writes down, and tells the others."""

    def __init__(
        self,
        pbx: Pbx,
        records: PbxRecords,
        scribe: Scribe,
        broadcast: Broadcast,
        live: LiveCalls,
        aftercare: Aftercare,
        last_alive: datetime | None,
        guide: Guide,
        places: Places | None = None,
    ) -> None:
        """``last_alive``: the last moment before this start at which the line was seen; None at the very first."""
        self._pbx = pbx
        self._places = places
        self._records = records
        self._scribe = scribe
        self._broadcast = broadcast
        self._live = live
        self._aftercare = aftercare
        self._guide = guide
        self._dark_since = last_alive  # no longer seen since then; None while the link is up
        self._dark_reason = "the service was not running"
        self._unread_since = last_alive  # Asterisk's records are not read from there on; None when nothing is owed
        self._owed: _Owed | None = None
        self._held: deque[CourseEvent] = deque(maxlen=HELD)
        self._records_read_at: datetime | None = None
        self._linked = False
        self._tried: deque[CallId] = deque(maxlen=1000)  # a task that is done keeps no attempts
        self.unrecognised: dict[str, int] = {}

    @property
    def up(self) -> bool:
        """Whether everything up to now is in the ledger: not while records of an earlier gap are owed."""
        return self._linked and self._owed is None

    async def run(self) -> None:
        """See until cancelled. Broken and started again, it finds in Asterisk's records what it missed."""
        try:
            async with aclosing(self._pbx.events()) as events, asyncio.TaskGroup() as parts:
                parts.create_task(self._read_later(), name="owed records")
                self._finish_ended()  # also while the PBX is away
                async for event in events:
                    await self._see(event)
        finally:
            self._lost(datetime.now(UTC), "the service stopped looking")

    async def _see(self, event: PbxEvent) -> None:
        match event:
            case LinkUp():
                await self._found(event)
            case LinkDown(last_seen=last_seen, reason=reason):
                self._lost(last_seen, reason)
            case MemberSeen():
                self._broadcast.member(event)
                if self._places is not None:
                    self._places.member(event)
            case KeyPressed():
                self._guide.pressed(event)
            case SelfServiceReached(call_id=call_id):
                self._guide.serve(call_id)
            case CallBackTried():
                self._called_back(event)
            case CallBackLegGone(attempt=attempt):
                if self._places is not None:
                    self._places.call_back_gone(attempt)
            case Unrecognised(name=name):
                self.unrecognised[name] = self.unrecognised.get(name, 0) + 1
            case _:
                if self._stood_in_the_dark(event):
                    self._held.append(event)
                elif not self._told_by_records(event):
                    self._happened(event)

    def _happened(self, event: CourseEvent) -> None:
        self._scribe.write(event)
        self._live.notice(event)
        self._guide.notice(event)
        if self._places is not None:
            self._places.notice(event)

    def _called_back(self, tried: CallBackTried) -> None:
        """Told by AMI, by Asterisk's records, or by both: written once. Of a task done long ago, nothing is."""
        task = self._broadcast.board.call_backs.task(tried.call_id)
        if task is None or tried.attempt in self._tried or any(one.attempt == tried.attempt for one in task.tries):
            return
        self._tried.append(tried.attempt)
        self._scribe.write(tried)
        if self._places is not None:
            self._places.called_back(tried)

    def _stood_in_the_dark(self, event: CourseEvent) -> bool:
        """Whether the call's past is still owed: what comes now must wait for it, or its course would be guessed."""
        if self._owed is None or isinstance(event, CallOffered):
            return False
        story = self._scribe.story(event.call_id)
        if story is None or not story.record.seen_from_start:
            return not self._broadcast.board.has_forgotten(event.call_id)
        return story.record.ended_at is None and story.record.offered_at < self._owed.link.at

    def _told_by_records(self, event: CourseEvent) -> bool:
        """Whether an event that waited while Asterisk's records were read tells what they told already."""
        if self._records_read_at is None or event.at > self._records_read_at:
            return False
        story = self._scribe.story(event.call_id)
        return story is not None and repeats(story.record, event)

    def _lost(self, last_seen: datetime, reason: str) -> None:
        self._linked = False
        if self._places is not None:
            self._places.link(up=False)
        self._owed = None
        self._held.clear()
        if self._dark_since is None:
            self._dark_since, self._dark_reason = last_seen, reason
        if self._unread_since is None:
            self._unread_since = last_seen
        self._light(up=False, why=reason)

    async def _found(self, link: LinkUp) -> None:
        """After every connect: complete what the gap hid, write the gap down, hear the calls that are on."""
        first_start = self._unread_since is None and not self._broadcast.board.live_calls()
        self._owed = _Owed(link=link, first_start=first_start)
        complete = await self._read(self._owed)
        if self._dark_since is not None:
            gap = GapFound(at=link.at, link=Link.AMI, began=self._dark_since, reason=self._dark_reason)
            self._scribe.write(gap)
        self._look_after(link)
        self._dark_since = None
        self._linked = True
        if self._places is not None:
            self._places.link(up=True)
        if complete:
            self._light(up=True)

    async def _read_later(self) -> None:
        """Records that could not be read at the connect are tried again until they can, or the link is lost."""
        while True:
            await asyncio.sleep(RETRY.total_seconds())
            if self._linked and self._owed is not None:
                link = self._owed.link
                if await self._read(self._owed):
                    self._look_after(link)
                    self._light(up=True)

    async def _read(self, owed: _Owed) -> bool:
        """Complete the ledger from Asterisk's records; False when they cannot be read, or the link is another."""
        theirs = await self._their_calls(owed.link.at)
        tried = await self._their_call_backs()
        if theirs is None or tried is None or self._owed is not owed:
            return False
        self._owed = None
        self._unread_since = None
        self._complete(theirs, owed)
        for one in tried:
            self._called_back(one)
        while self._held:
            event = self._held.popleft()
            if not self._told_by_records(event):
                self._happened(event)
        return True

    def _look_after(self, link: LinkUp) -> None:
        for call_id in self._broadcast.board.live_calls():
            if call_id in link.present:
                self._live.follow(call_id, self._dark_reason)
        self._finish_ended()

    def _finish_ended(self) -> None:
        for call_id in self._broadcast.board.unfinished():
            if not self._live.follows(call_id):
                self._aftercare.add(call_id)

    async def _their_calls(self, now: datetime) -> Sequence[CallRecord] | None:
        """Asterisk's records since the gap or the oldest open call began; None when they cannot be read."""
        board = self._broadcast.board
        stories = [story for call_id in board.live_calls() if (story := board.story(call_id))]
        since = min([self._unread_since or now - FIRST_LOOK, *(story.record.offered_at for story in stories)]) - MARGIN
        try:
            theirs = await self._records.calls(since)
        except Unreachable as error:
            log.error("records_unreadable", why=str(error))
            self._light(up=False, why=f"{error}; calls of the gap stay open until it can be read")
            return None
        self._records_read_at = datetime.now(UTC)
        return theirs

    async def _their_call_backs(self) -> Sequence[CallBackTried] | None:
        """What came of call-backs since the gap began; None when it cannot be read."""
        if self._unread_since is None:
            return []  # the very first start: no task of ours is older
        try:
            return await self._records.call_backs(self._unread_since - MARGIN)
        except Unreachable as error:
            log.error("records_unreadable", why=str(error))
            return None

    def _complete(self, theirs: Sequence[CallRecord], owed: _Owed) -> None:
        board = self._broadcast.board
        for their in theirs:
            story = board.story(their.call_id)
            present = _is_present(their, owed.link)
            if story is None and (board.has_forgotten(their.call_id) or (owed.first_start and not present)):
                continue  # it ended before, and is finished; or it ended before this ledger began
            self._catch_up(story.record if story else None, their, present=present)
        known = {their.call_id for their in theirs}
        for call_id in board.live_calls():
            story = board.story(call_id)
            if story is not None and call_id not in known:
                self._catch_up(story.record, None, present=_is_present(story.record, owed.link))

    def _catch_up(self, ours: CallRecord | None, theirs: CallRecord | None, *, present: bool) -> None:
        for event in complete(ours, theirs, present=present):
            self._happened(event)

    def _light(self, *, up: bool, why: str = "") -> None:
        self._broadcast.light(Light(lamp=Lamp.PBX, up=up, since=datetime.now(UTC), why=why))


def _is_present(record: CallRecord, link: LinkUp) -> bool:
    """Whether the call's own end is still to be told: it was on the PBX at the snapshot, or began after it."""
    if record.call_id in link.present:
        return True
    return record.ended_at is None and record.offered_at >= link.at - SNAPSHOT_WITHIN
