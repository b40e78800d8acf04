"""After every gap the ledger is completed from Asterisk's records; what nobody saw is said to be unobserved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from line102.board import Lamp
from line102.calls import CallId, CallRecord, OperatorId, Outcome, QueueName
from line102.dispatch import Dispatch
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallOffered,
    CourseEvent,
    GapFound,
    Link,
)
from line102.history import fold
from line102.ports import LinkDown, LinkUp, MemberSeen, PbxEvent, Unrecognised
from tests.fakes.scripted import ScriptedPbx, ScriptedRecords, at
from tests.unit.test_live_calls import Line

A, B = CallId("pbx-1.1"), CallId("pbx-1.2")
QUEUE, OP = QueueName("102"), OperatorId("op1")


def course(call_id: CallId, begin: float, *, answered: float | None = None, ended: float | None = None) -> CallRecord:
    events: list[CourseEvent] = [
        CallOffered(call_id=call_id, at=at(begin), number="7701", dialled="102"),
        CallerJoined(call_id=call_id, at=at(begin), queue=QUEUE, position=1),
    ]
    if answered is not None:
        events.append(CallAnswered(call_id=call_id, at=at(answered), operator_id=OP, queue=QUEUE))
    if ended is not None:
        events.append(CallEnded(call_id=call_id, at=at(ended)))
    record = fold(events)
    assert record is not None
    return record


def up(second: float, *present: CallId) -> LinkUp:
    return LinkUp(link=Link.AMI, at=at(second), present=frozenset(present), pbx_started_at=None)


class Centre(Line):
    """A Line with a dispatch in front."""

    def attach(self, last_alive: datetime | None) -> None:
        self.pbx = ScriptedPbx()
        self.records = ScriptedRecords()
        self.dispatch = Dispatch(
            self.pbx, self.records, self.scribe, self.broadcast, self.live, self.aftercare, last_alive
        )

    async def see(self, *events: PbxEvent) -> None:
        for event in events:
            self.pbx.script.put_nowait(event)
        await asyncio.wait_for(self.pbx.script.join(), 5)

    def outcome(self, call_id: CallId) -> Outcome | None:
        story = self.scribe.story(call_id)
        assert story is not None, call_id
        return story.record.outcome


@asynccontextmanager
async def centre(last_alive: datetime | None = None) -> AsyncIterator[Centre]:
    it = Centre()
    it.attach(last_alive)
    async with asyncio.TaskGroup() as parts:
        task = parts.create_task(it.dispatch.run())
        yield it
        task.cancel()


async def test_a_first_start_has_no_gap_and_takes_only_calls_that_are_on() -> None:
    async with centre() as it:
        it.records.theirs = [course(A, -100, answered=-90, ended=-50), course(B, -20, answered=-10)]
        await it.see(up(0, B))
        assert it.scribe.story(A) is None, "it ended before this ledger began"
        assert it.scribe.story(B) is not None
        assert it.journal.of(GapFound) == []


async def test_a_call_that_came_and_went_while_the_service_was_dead_is_in_the_ledger() -> None:
    async with centre(last_alive=at(0)) as it:
        it.records.theirs = [course(A, 5, answered=8, ended=30), course(B, 10, ended=14)]
        await it.see(up(60))
        assert it.outcome(A) is Outcome.ANSWERED
        assert it.outcome(B) is Outcome.ABANDONED
        (gap,) = it.journal.of(GapFound)
        assert isinstance(gap, GapFound)
        assert (gap.began, gap.at) == (at(0), at(60))


async def test_a_gap_of_the_link_ends_what_ended_and_leaves_what_goes_on() -> None:
    async with centre() as it:
        await it.see(up(0))
        for call_id in (A, B):
            await it.see(CallOffered(call_id=call_id, at=at(1), number="7701", dialled="102"))
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"))
        assert not it.broadcast.board.snapshot(at(6)).lights[0].up
        it.records.theirs = [course(A, 1, ended=8), course(B, 1, answered=9)]
        await it.see(up(20, B))
        assert it.outcome(A) is Outcome.ABANDONED
        assert it.outcome(B) is None
        lights = it.broadcast.board.snapshot(at(21)).lights
        assert [light.up for light in lights if light.lamp is Lamp.PBX] == [True]


async def test_what_nobody_saw_is_unobserved_not_guessed() -> None:
    async with centre() as it:
        await it.see(up(0), CallOffered(call_id=A, at=at(1), number="7701", dialled="102"))
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20))
        assert it.outcome(A) is Outcome.UNOBSERVED


async def test_records_that_cannot_be_read_close_nothing_and_say_so() -> None:
    async with centre() as it:
        await it.see(up(0), CallOffered(call_id=A, at=at(1), number="7701", dialled="102"))
        it.records.away = True
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20))
        assert it.outcome(A) is None
        (light,) = it.broadcast.board.snapshot(at(21)).lights
        assert not light.up
        assert "queue_log" in light.why


async def test_a_finished_call_that_left_the_board_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with centre() as it:
        await it.see(up(0))
        monkeypatch.setattr(it.broadcast.board, "has_forgotten", lambda call_id: call_id == A)
        it.records.theirs = [course(A, 1, ended=3)]
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20))
        assert it.scribe.story(A) is None


async def test_unknown_events_are_counted_and_seats_are_shown() -> None:
    async with centre() as it:
        await it.see(up(0), Unrecognised(name="NewThing"), Unrecognised(name="NewThing"))
        member = MemberSeen(operator_id=OP, queue=QUEUE, status="free", paused=False)
        await it.see(member)
        assert it.dispatch.unrecognised == {"NewThing": 2}
        assert it.broadcast.board.snapshot(at(1)).members == (member,)
