"""After every gap the ledger is completed from Asterisk's records; what nobody saw is said to be unobserved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

import line102.dispatch as dispatch_module
from line102.board import Lamp
from line102.call_backs_kinds import CallBackResult, CallBackWhy
from line102.calls import CallId, CallRecord, OperatorId, Outcome, QueueName
from line102.dispatch import Dispatch
from line102.events import (
    CallAnswered,
    CallBackNeeded,
    CallBackTried,
    CallEnded,
    CallerJoined,
    CallOffered,
    CourseEvent,
    GapFound,
    Link,
    OperatorLeft,
)
from line102.history import fold
from line102.ports import CallBackLegGone, LinkDown, LinkUp, MemberSeen, PbxEvent, Unrecognised
from line102.supervise import guarded
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
            self.pbx, self.records, self.scribe, self.broadcast, self.live, self.aftercare, last_alive, self.guide
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


async def test_what_came_of_call_backs_in_a_gap_is_learnt_from_the_records_once() -> None:
    need = CallBackNeeded(
        call_id=A, at=at(0), number="7701", offered_at=at(-9), why=CallBackWhy.ABANDONED, urgent=False, deadline=at(300)
    )
    tried = [
        CallBackTried(call_id=A, at=at(n), by=OP, attempt=CallId(f"t{n}"), result=result, talked=timedelta(seconds=n))
        for n, result in ((5, CallBackResult.BUSY), (50, CallBackResult.TALKED))
    ]
    async with centre(last_alive=at(0)) as it:
        it.scribe.write(need)
        it.records.tried = tried
        await it.see(up(60), *tried, CallBackLegGone(attempt=CallId("t50")))
        await it.see(LinkDown(link=Link.AMI, last_seen=at(61), reason="test"), up(62), tried[1])
        task = it.broadcast.board.call_backs.task(A)
    assert task is not None and [one.attempt for one in task.tries] == ["t5", "t50"]
    assert len([e for e in it.journal.read(0) if isinstance(e.event, CallBackTried)]) == 2


async def test_records_that_cannot_be_read_close_nothing_and_say_so() -> None:
    async with centre() as it:
        await it.see(up(0), CallOffered(call_id=A, at=at(1), number="7701", dialled="102"))
        it.records.away = True
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20))
        assert it.outcome(A) is None
        (light,) = it.broadcast.board.snapshot(at(21)).lights
        assert not light.up
        assert "queue_log" in light.why


async def test_records_that_can_be_read_later_complete_the_gap_without_another_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A came and went in the dark; B stood in it, was answered there, and goes on after it."""
    monkeypatch.setattr(dispatch_module, "RETRY", timedelta(milliseconds=5))
    async with centre() as it:
        await it.see(up(0), CallOffered(call_id=B, at=at(1), number="7701", dialled="102"))
        it.records.away = True
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20, B))
        late = OperatorLeft(call_id=B, at=at(25), operator_id=OP), CallEnded(call_id=B, at=at(30), hangup_cause=16)
        await it.see(*late)
        assert it.outcome(B) is None, "its past is owed: an end now would guess that nobody answered"
        assert not it.dispatch.up, "killed now, the next start must read the records from before the gap"
        it.records.theirs = [course(B, 1, answered=8), course(A, 6, ended=9)]
        it.records.away = False
        async with asyncio.timeout(5):
            while it.outcome(B) is None:
                await asyncio.sleep(0.005)
        assert it.dispatch.up
        assert it.outcome(B) is Outcome.ANSWERED
        assert it.outcome(A) is Outcome.ABANDONED
        story = it.scribe.story(B)
        assert story is not None
        assert story.record.ended_at == at(30)
        assert [light.up for light in it.broadcast.board.snapshot(at(31)).lights if light.lamp is Lamp.PBX] == [True]


async def test_while_records_are_owed_new_calls_are_seen_as_ever() -> None:
    async with centre(last_alive=at(0)) as it:
        it.records.away = True
        await it.see(up(20), CallOffered(call_id=A, at=at(21), number="7701", dialled="102"))
        await it.see(CallAnswered(call_id=A, at=at(22), operator_id=OP, queue=QUEUE), CallEnded(call_id=A, at=at(23)))
        assert it.outcome(A) is Outcome.ANSWERED


async def test_what_one_connect_owes_the_next_one_pays() -> None:
    async with centre(last_alive=at(0)) as it:
        it.records.away = True
        await it.see(up(20), LinkDown(link=Link.AMI, last_seen=at(25), reason="reset"))
        it.records.away = False
        it.records.theirs = [course(A, 5, ended=9)]
        await it.see(up(60))
        assert it.outcome(A) is Outcome.ABANDONED


async def test_a_call_offered_and_ended_just_before_the_connect_does_not_stay_open() -> None:
    async with centre(last_alive=at(0)) as it:
        it.records.theirs = [course(A, 58.5, ended=59)]
        await it.see(up(60))
        assert it.outcome(A) is Outcome.ABANDONED


async def test_a_dispatch_that_broke_finds_the_calls_it_missed_when_it_runs_again() -> None:
    it = Centre()
    it.attach(at(0))
    it.records.theirs = [course(A, 5, answered=8, ended=30)]
    it.records.broken = True
    it.pbx.script.put_nowait(up(60))
    assert "ExceptionGroup" in str(await guarded("dispatch", it.dispatch.run))
    assert not it.dispatch.up
    it.records.broken = False
    it.pbx.script.task_done()  # the event that broke it
    async with asyncio.TaskGroup() as parts:
        run = parts.create_task(it.dispatch.run())
        await it.see(up(61))
        run.cancel()
    assert it.outcome(A) is Outcome.ANSWERED


async def test_a_finished_call_that_left_the_board_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with centre() as it:
        await it.see(up(0))
        monkeypatch.setattr(it.broadcast.board, "has_forgotten", lambda call_id: call_id == A)
        it.records.theirs = [course(A, 1, ended=3)]
        await it.see(LinkDown(link=Link.AMI, last_seen=at(5), reason="reset"), up(20))
        assert it.scribe.story(A) is None


async def test_what_a_dead_service_left_unfinished_is_finished_though_the_pbx_is_away() -> None:
    it = Centre()
    it.attach(at(0))
    it.scribe.write(CallOffered(call_id=A, at=at(-20), number="7701", dialled="102"))
    it.scribe.write(CallEnded(call_id=A, at=at(-5)))
    async with asyncio.TaskGroup() as parts:
        run = parts.create_task(it.dispatch.run())
        await it.see(LinkDown(link=Link.AMI, last_seen=at(1), reason="refused"))
        assert it.aftercare.pending == 1
        run.cancel()


async def test_unknown_events_are_counted_and_seats_are_shown() -> None:
    async with centre() as it:
        await it.see(up(0), Unrecognised(name="NewThing"), Unrecognised(name="NewThing"))
        member = MemberSeen(operator_id=OP, queue=QUEUE, status="free", paused=False)
        await it.see(member)
        assert it.dispatch.unrecognised == {"NewThing": 2}
        assert it.broadcast.board.snapshot(at(1)).members == (member,)
