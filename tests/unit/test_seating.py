"""Operators' places: said to Asterisk until it is so, shown as Asterisk has it, written down, found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId, OperatorId, QueueName
from line102.desk_kinds import DeskState, Phone, WhyNoCall
from line102.desks import DeskView, Off, Paused, Ready
from line102.errors import Gone, Refused, Unreachable
from line102.events import (
    CallAnswered,
    CallEvent,
    CallOffered,
    LegLost,
    OperatorLeft,
    OperatorStateChanged,
    RingNoAnswer,
)
from line102.ports import MemberSeen
from line102.scribe import Scribe
from line102.seating import Seated, Seating
from tests.fakes.scripted import MemoryJournal

OP, CALL = OperatorId("op1"), CallId("pbx-1.1")
QUEUE = QueueName("102")


@dataclass
class Pbx:
    """Two queue members of one seat; each pause is told back, as Asterisk does."""

    told: list[tuple[Phone, bool, str]] = field(default_factory=list)
    fails: int = 0
    members: dict[Phone, MemberSeen] = field(default_factory=dict)
    seating: Seating | None = None

    def has(self, phone: Phone, status: str = "free") -> None:
        before = self.members.get(phone)
        paused, reason = (before.paused, before.reason) if before else (False, "")
        self._tell(_seen(phone, status, paused, reason))

    async def pause(self, operator_id: OperatorId, phone: Phone, *, paused: bool, reason: str) -> None:
        assert operator_id == OP
        if self.fails:
            self.fails -= 1
            raise Unreachable("AMI", "the test took it away")
        self.told.append((phone, paused, reason))
        self._tell(_seen(phone, self.members[phone].status, paused, reason))

    async def drop_legs(self, operator_id: OperatorId, *, but: frozenset[CallId]) -> int:
        return 0 if CALL in but else 1

    def _tell(self, member: MemberSeen) -> None:
        self.members[member.phone] = member
        assert self.seating is not None
        self.seating.member(member)


def _seen(phone: Phone, status: str, paused: bool, reason: str) -> MemberSeen:
    return MemberSeen(operator_id=OP, queue=QUEUE, status=status, paused=paused, phone=phone, reason=reason)


@dataclass
class Room:
    pbx: Pbx
    board: Board
    journal: MemoryJournal
    seating: Seating
    scribe: Scribe

    async def shows(self, state: DeskState, *why: WhyNoCall) -> DeskView:
        async with asyncio.timeout(5):
            while True:
                view = self.board._desks.get(OP)
                if view is not None and view.state is state and (not why or view.why == why):
                    return view
                await asyncio.sleep(0.005)

    def happens(self, event: CallEvent) -> None:
        self.scribe.write(event)
        self.seating.notice(event)  # type: ignore[arg-type]


@asynccontextmanager
async def room(
    wrap_up: timedelta = timedelta(seconds=20), board: Board | None = None, linked: bool = True
) -> AsyncIterator[Room]:
    broadcast = Broadcast(board or Board("test"))
    journal = MemoryJournal()
    scribe = Scribe(journal, broadcast)
    pbx = Pbx()
    seating = Seating(scribe, broadcast, pbx, [OP], lambda _: Seated("Айгуль", Phone.WEB), wrap_up)
    pbx.seating = seating
    running = asyncio.create_task(seating.run())
    seating.link(up=linked)
    pbx.has(Phone.DESK, "unreachable")
    pbx.has(Phone.WEB)
    yield Room(pbx, broadcast.board, journal, seating, scribe)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def talk(room: Room) -> None:
    now = datetime.now(UTC)
    room.happens(CallOffered(call_id=CALL, at=now, number="7701", dialled="102"))
    room.happens(CallAnswered(call_id=CALL, at=now, operator_id=OP, queue=QUEUE))
    room.pbx.has(Phone.WEB, "talking")


async def test_who_never_said_anything_is_left_to_asterisk_and_not_written() -> None:
    async with room() as desk:
        await desk.shows(DeskState.READY, WhyNoCall.NOBODY_WAITS)
        assert desk.pbx.told == [] and desk.journal.of(OperatorStateChanged) == []


async def test_what_is_wanted_is_said_to_both_phones_and_written_once() -> None:
    async with room() as desk:
        desk.seating.wish(OP, Paused("обед"), by="aigul")
        view = await desk.shows(DeskState.PAUSED, WhyNoCall.PAUSED)
        assert (view.reason, view.name) == ("обед", "Айгуль")
        assert sorted(desk.pbx.told) == [(Phone.DESK, True, "other phone"), (Phone.WEB, True, "обед")]
        desk.seating.wish(OP, Ready(), by="aigul")
        await desk.shows(DeskState.READY)
        assert desk.pbx.told[-1] == (Phone.WEB, False, "")
        states = [e for e in desk.journal.of(OperatorStateChanged) if isinstance(e, OperatorStateChanged)]
        assert {e.by for e in states} == {"aigul"}
        assert [(e.state, e.wish) for e in states][-1] == (DeskState.READY, "ready")


async def test_what_could_not_be_said_is_said_again() -> None:
    async with room() as desk:
        desk.pbx.fails = 1
        desk.seating.wish(OP, Off(), by="aigul")
        await desk.shows(DeskState.OFF)
        assert (Phone.WEB, True, "off") in desk.pbx.told


async def test_nothing_is_said_into_a_dead_link_and_all_of_it_afterwards() -> None:
    async with room(linked=False) as desk:
        desk.seating.wish(OP, Off(), by="aigul")
        await desk.shows(DeskState.READY, WhyNoCall.PBX_DOWN)
        assert desk.pbx.told == []
        desk.seating.link(up=True)
        await desk.shows(DeskState.OFF)


async def test_after_a_talk_comes_a_wrap_up_that_ends_by_itself() -> None:
    async with room(timedelta(seconds=0.3)) as desk:
        desk.seating.wish(OP, Ready(), by="aigul")
        await desk.shows(DeskState.READY)
        talk(desk)
        assert (await desk.shows(DeskState.TALKING)).call_id == CALL
        desk.happens(OperatorLeft(call_id=CALL, at=datetime.now(UTC), operator_id=OP))
        desk.pbx.has(Phone.WEB)
        assert (await desk.shows(DeskState.WRAP_UP)).until is not None
        await desk.shows(DeskState.READY)


async def test_a_wrap_up_is_extended_and_ended() -> None:
    async with room(timedelta(seconds=0.5)) as desk:
        desk.seating.wish(OP, Ready(), by="aigul")
        with pytest.raises(Refused):
            desk.seating.extend_wrap_up(OP, timedelta(seconds=30), who="aigul")
        talk(desk)
        desk.happens(OperatorLeft(call_id=CALL, at=datetime.now(UTC), operator_id=OP))
        desk.pbx.has(Phone.WEB)
        until = (await desk.shows(DeskState.WRAP_UP)).until
        desk.seating.extend_wrap_up(OP, timedelta(seconds=30), who="aigul")
        await asyncio.sleep(0.7)
        view = await desk.shows(DeskState.WRAP_UP)
        assert until is not None and view.until == until + timedelta(seconds=30)
        desk.seating.extend_wrap_up(OP, timedelta(0), who="aigul")
        await desk.shows(DeskState.READY)


async def test_a_talk_that_nobody_ended_is_not_wrapped_up() -> None:
    """The caller waits at the head, and this operator may be the only one who can answer."""
    async with room() as desk:
        desk.seating.wish(OP, Ready(), by="aigul")
        talk(desk)
        now = datetime.now(UTC)
        desk.happens(OperatorLeft(call_id=CALL, at=now, operator_id=OP))
        desk.happens(LegLost(call_id=CALL, at=now))
        desk.pbx.has(Phone.WEB)
        await desk.shows(DeskState.READY)


async def test_a_ring_in_vain_is_told_and_pauses_nobody() -> None:
    async with room() as desk:
        desk.seating.wish(OP, Ready(), by="aigul")
        at = datetime.now(UTC)
        desk.happens(CallOffered(call_id=CALL, at=at, number="7701", dialled="102"))
        desk.happens(RingNoAnswer(call_id=CALL, at=at, operator_id=OP))
        async with asyncio.timeout(5):
            while (await desk.shows(DeskState.READY)).unanswered_at != at:
                await asyncio.sleep(0.005)
        desk.seating.wish(OP, Ready(), by="aigul")
        async with asyncio.timeout(5):
            while (await desk.shows(DeskState.READY)).unanswered_at is not None:
                await asyncio.sleep(0.005)


async def test_a_new_page_is_not_rung_before_its_operator_says_ready() -> None:
    async with room() as desk:
        desk.seating.arrived(OP, by="aigul")
        await desk.shows(DeskState.OFF)
        desk.seating.wish(OP, Ready(), by="aigul")
        await desk.shows(DeskState.READY)
        desk.seating.arrived(OP, by="aigul")  # the page was loaded again
        await asyncio.sleep(0.05)
        await desk.shows(DeskState.READY)


async def test_a_new_start_wants_what_was_wanted() -> None:
    board = Board("test")
    async with room(board=board) as desk:
        desk.seating.wish(OP, Paused("обед"), by="aigul")
        await desk.shows(DeskState.PAUSED)
    async with room(board=board) as again:
        async with asyncio.timeout(5):
            while (Phone.WEB, True, "обед") not in again.pbx.told:
                await asyncio.sleep(0.005)


async def test_a_seat_that_is_not_there_is_gone() -> None:
    async with room() as desk:
        with pytest.raises(Gone):
            desk.seating.wish(OperatorId("op9"), Ready(), by="aigul")
        assert await desk.seating.holds(OP, frozenset({CALL})) == 0
        assert await desk.seating.holds(OP, frozenset()) == 1
