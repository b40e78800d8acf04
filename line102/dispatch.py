"""From the PBX's events to the ledger, across every gap: after each connect, complete from Asterisk's records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from line102.aftercare import Aftercare
from line102.board import Lamp, Light
from line102.broadcast import Broadcast
from line102.calls import CallRecord
from line102.completion import complete, repeats
from line102.errors import Unreachable
from line102.events import CourseEvent, GapFound, Link
from line102.live import LiveCalls
from line102.ports import LinkDown, LinkUp, MemberSeen, Pbx, PbxRecords, Unrecognised
from line102.scribe import Scribe

MARGIN = timedelta(seconds=10)  # read Asterisk's records from this long before the gap: its times are whole seconds
SNAPSHOT_WITHIN = timedelta(seconds=2)  # a call offered this shortly before may be missing in the snapshot
FIRST_LOOK = timedelta(hours=12)  # at the very first start, only calls that are still on the PBX are taken from them

log = structlog.get_logger()


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
    ) -> None:
        """``last_alive``: the last moment before this start at which the line was seen; None at the very first."""
        self._pbx = pbx
        self._records = records
        self._scribe = scribe
        self._broadcast = broadcast
        self._live = live
        self._aftercare = aftercare
        self._dark_since = last_alive
        self._dark_reason = "the service was not running"
        self._records_read_at: datetime | None = None
        self.up = False
        self.unrecognised: dict[str, int] = {}

    async def run(self) -> None:
        async for event in self._pbx.events():
            match event:
                case LinkUp():
                    await self._found(event)
                case LinkDown(last_seen=last_seen, reason=reason):
                    self._lost(last_seen, reason)
                case MemberSeen():
                    self._broadcast.member(event)
                case Unrecognised(name=name):
                    self.unrecognised[name] = self.unrecognised.get(name, 0) + 1
                case _:
                    if not self._told_by_records(event):
                        self._happened(event)

    def _happened(self, event: CourseEvent) -> None:
        self._scribe.write(event)
        self._live.notice(event)

    def _told_by_records(self, event: CourseEvent) -> bool:
        """Whether an event that waited while Asterisk's records were read tells what they told already."""
        if self._records_read_at is None or event.at > self._records_read_at:
            return False
        story = self._scribe.story(event.call_id)
        return story is not None and repeats(story.record, event)

    def _lost(self, last_seen: datetime, reason: str) -> None:
        self.up = False
        if self._dark_since is None:
            self._dark_since, self._dark_reason = last_seen, reason
        self._light(up=False, why=reason)

    async def _found(self, link: LinkUp) -> None:
        """After every connect: complete what the gap hid, write the gap down, hear the calls that are on."""
        theirs = await self._their_calls(link.at)
        if theirs is not None:
            self._complete(theirs, link)
        if self._dark_since is not None:
            gap = GapFound(at=link.at, link=Link.AMI, began=self._dark_since, reason=self._dark_reason)
            self._scribe.write(gap)
        for call_id in self._broadcast.board.live_calls():
            if call_id in link.present:
                self._live.follow(call_id, self._dark_reason)
        for call_id in self._broadcast.board.unfinished():
            if not self._live.follows(call_id):
                self._aftercare.add(call_id)
        self._dark_since = None
        self.up = True
        if theirs is not None:
            self._light(up=True)

    async def _their_calls(self, now: datetime) -> Sequence[CallRecord] | None:
        """Asterisk's records since the gap or the oldest open call began; None when they cannot be read."""
        board = self._broadcast.board
        stories = [story for call_id in board.live_calls() if (story := board.story(call_id))]
        since = min([self._dark_since or now - FIRST_LOOK, *(story.record.offered_at for story in stories)]) - MARGIN
        try:
            theirs = await self._records.calls(since)
            self._records_read_at = datetime.now(UTC)
            return theirs
        except Unreachable as error:
            log.error("records_unreadable", why=str(error))
            self._light(up=False, why=f"{error}; calls of the gap stay open until it can be read")
            return None

    def _complete(self, theirs: Sequence[CallRecord], link: LinkUp) -> None:
        board = self._broadcast.board
        first_start = self._dark_since is None and not board.live_calls()
        for their in theirs:
            story = board.story(their.call_id)
            present = their.call_id in link.present or their.offered_at >= link.at - SNAPSHOT_WITHIN
            if story is None and (board.has_forgotten(their.call_id) or (first_start and not present)):
                continue  # it ended before, and is finished; or it ended before this ledger began
            self._catch_up(story.record if story else None, their, present=present)
        known = {their.call_id for their in theirs}
        for call_id in board.live_calls():
            story = board.story(call_id)
            if story is not None and call_id not in known:
                present = call_id in link.present or story.record.offered_at >= link.at - SNAPSHOT_WITHIN
                self._catch_up(story.record, None, present=present)

    def _catch_up(self, ours: CallRecord | None, theirs: CallRecord | None, *, present: bool) -> None:
        for event in complete(ours, theirs, present=present):
            self._happened(event)

    def _light(self, *, up: bool, why: str = "") -> None:
        self._broadcast.light(Light(lamp=Lamp.PBX, up=up, since=datetime.now(UTC), why=why))
