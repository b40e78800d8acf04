"""Call-backs are written from what happens, survive a death at any moment, and each is one person's at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from line102.board import Board
from line102.broadcast import Broadcast
from line102.call_backs import CallBack, Within
from line102.call_backs_keeper import CallBacks
from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.calls import CallId, OperatorId
from line102.errors import Gone, Refused, Unreachable
from line102.events import (
    CallBackDone,
    CallBackHeard,
    CallBackNeeded,
    CallBackTaken,
    CallBackTried,
    CallCategorised,
    CourseEvent,
    Entry,
    LedgerEvent,
    TranscriptCompleted,
)
from line102.journal import FileJournal
from line102.restore import restore
from line102.scribe import Scribe
from line102.words import Label
from tests.call_stories import OP1, OP2, abandoned, ago, answered, ended, offered, picked
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import MemoryJournal

A, B = CallId("a"), CallId("b")


@dataclass
class Telephone:
    """Remembers whom it was asked to call."""

    refuses: str = ""
    rung: list[tuple[CallId, str, OperatorId]] = field(default_factory=list)

    async def call_back(self, call_id: CallId, number: str, operator: OperatorId) -> None:
        if self.refuses:
            raise Refused(f"phone of {operator}", self.refuses)
        self.rung.append((call_id, number, operator))


class Line:
    """A scribe, a board and the keeper; ``journal`` may be any."""

    def __init__(self, journal: Any = None, ledger: MemoryLedger | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.ledger = ledger or MemoryLedger()
        self.broadcast = Broadcast(Board("test"))
        self.scribe = Scribe(self.journal, self.broadcast)
        self.phone = Telephone()
        if isinstance(self.journal, FileJournal):
            restore(self.broadcast.board, self.journal.lines())
        self.keeper = CallBacks(self.scribe, self.broadcast, self.ledger, self._settled, Within(), self.phone)

    async def _settled(self) -> None:
        if self.ledger.away:
            raise Unreachable("ledger", self.ledger.away)

    def happen(self, events: Sequence[LedgerEvent]) -> None:
        for event in events:
            self.scribe.write(event)

    def task(self, call_id: CallId = A) -> CallBack:
        task = self.broadcast.board.call_backs.task(call_id)
        assert task is not None
        return task

    def how(self, call_id: CallId = A) -> tuple[str, CallBackHow] | None:
        done = self.task(call_id).done
        return (done.by, done.how) if done else None

    def written(self, kind: type) -> list[Any]:
        return [entry.event for entry in self.journal.read(0) if isinstance(entry.event, kind)]


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[Line]:
    task = asyncio.create_task(line.keeper.run())
    try:
        yield line
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def line() -> Line:
    return Line()


def test_an_abandoned_call_is_a_task_at_once_and_once(line: Line) -> None:
    course = abandoned("a", at=ago(30))
    line.happen([*course, course[-1], TranscriptCompleted(call_id=A, at=ago(1))])
    task = line.task()
    assert (task.why, task.number, task.owner, task.done) == (CallBackWhy.ABANDONED, "87011234567", None, None)
    assert len(line.written(CallBackNeeded)) == 1


def test_an_answered_call_is_none(line: Line) -> None:
    line.happen(answered("a", at=ago(90)))
    assert line.written(CallBackNeeded) == []


def test_who_calls_again_is_shown_at_once_and_done_when_a_person_answers(line: Line) -> None:
    line.happen([*abandoned("a", at=ago(60)), *abandoned("b", at=ago(50), number="+77011234567")])
    line.happen(offered("c", "77011234567", at=ago(10)))
    assert [line.task(i).called_again for i in (A, B)] == ["c", "c"]
    assert [line.how(i) for i in (A, B)] == [None, None], "nobody has spoken with them yet"
    line.happen([picked("c", at=ago(5))])
    assert [line.how(i) for i in (A, B)] == [("line102", CallBackHow.CALLED_AGAIN)] * 2


def test_a_second_unanswered_call_closes_nothing(line: Line) -> None:
    line.happen([*abandoned("a", at=ago(60)), *abandoned("b", at=ago(40))])
    assert (line.how(A), line.how(B)) == (None, None)
    assert line.task(A).called_again == "b"


def test_after_a_gap_calls_are_told_in_any_order(line: Line) -> None:
    """The later call was answered before the ledger learnt of the earlier one's end."""
    line.happen(answered("b", at=ago(60)))
    line.happen(abandoned("a", at=ago(120)))
    assert line.how(A) == ("line102", CallBackHow.CALLED_AGAIN)
    assert line.task(A).called_again == "b"


def test_a_call_of_before_closes_nothing(line: Line) -> None:
    line.happen([*answered("b", at=ago(600)), *abandoned("a", at=ago(60))])
    assert line.how(A) is None


def test_silence_is_a_task_when_the_whole_recording_was_read(line: Line) -> None:
    line.happen(answered("a", at=ago(90)))
    line.happen([TranscriptCompleted(call_id=A, at=ago(1))])
    assert line.task().why is CallBackWhy.SILENT
    label = CallCategorised(call_id=A, at=ago(0), by=OP2, label=Label.NUISANCE, category="")
    line.happen([label])
    assert line.how() == ("op2", CallBackHow.NOT_NEEDED)


def test_more_calls_at_once_than_the_board_holds(line: Line) -> None:
    """The records of a long gap: each is told, and looked at, before the next."""
    for n in range(700):
        line.happen(abandoned(f"call-{n}", f"8701{n:07}", at=ago(3600)))
    assert len(line.broadcast.board.stories()) < 700
    assert len(line.broadcast.board.call_backs.open()) == 700


# ------------------------------------------------------------ people


def test_one_takes_it_and_no_other(line: Line) -> None:
    line.happen(abandoned("a", at=ago(30)))
    line.keeper.take(A, by=OP1)
    line.keeper.take(A, by=OP1)
    assert len(line.written(CallBackTaken)) == 1
    for act in (
        lambda: line.keeper.take(A, by=OP2),
        lambda: line.keeper.give_back(A, by=OP2),
        lambda: line.keeper.done(A, by=OP2, how=CallBackHow.REACHED),
    ):
        with pytest.raises(Refused, match="op1 has it"):
            act()
    assert line.task().owner == OP1
    line.keeper.take(A, by=OP2, over_others=True)
    assert line.task().owner == OP2
    line.keeper.give_back(A, by=OP2)
    assert line.task().owner is None


def test_it_is_done_once_and_saying_so_twice_is_no_error(line: Line) -> None:
    line.happen(abandoned("a", at=ago(30)))
    line.keeper.done(A, by=OP1, how=CallBackHow.NO_ANSWER)
    line.keeper.done(A, by=OP1, how=CallBackHow.NO_ANSWER)
    with pytest.raises(Refused, match="no_answer"):
        line.keeper.done(A, by=OP1, how=CallBackHow.REACHED)
    with pytest.raises(Refused):
        line.keeper.take(A, by=OP2)
    assert len(line.written(CallBackDone)) == 1


@pytest.mark.parametrize(
    ("how", "other"),
    [
        (CallBackHow.REACHED, ("op1", CallBackHow.REACHED)),
        (CallBackHow.NO_ANSWER, None),
        (CallBackHow.NOT_NEEDED, None),
    ],
)
def test_who_is_reached_is_reached_about_all(line: Line, how: CallBackHow, other: object) -> None:
    line.happen([*abandoned("a", at=ago(60)), *abandoned("b", at=ago(30))])
    line.keeper.done(A, by=OP1, how=how)
    assert line.how(B) == other


def test_what_is_not_there_is_gone(line: Line) -> None:
    line.happen(answered("a", at=ago(90)))
    with pytest.raises(Gone):
        line.keeper.take(A, by=OP1)


async def test_the_telephone_is_asked_once_and_the_task_is_taken(line: Line) -> None:
    line.happen(abandoned("a", at=ago(30)))
    await line.keeper.call(A, by=OP1)
    assert line.phone.rung == [(A, "87011234567", OP1)]
    assert line.task().owner == OP1
    with pytest.raises(Refused):
        await line.keeper.call(A, by=OP2)
    assert len(line.phone.rung) == 1


async def test_a_withheld_number_cannot_be_called_and_stays_a_task(line: Line) -> None:
    line.happen(abandoned("a", "", at=ago(30)))
    with pytest.raises(Refused, match="withheld"):
        await line.keeper.call(A, by=OP1)
    assert (line.task().owner, line.task().done) == (None, None)


async def test_a_phone_that_is_away_leaves_the_task_to_who_took_it(line: Line) -> None:
    line.happen(abandoned("a", at=ago(30)))
    line.phone.refuses = "it is not registered"
    with pytest.raises(Refused, match="not registered"):
        await line.keeper.call(A, by=OP1)
    assert (line.task().owner, line.task().done) == (OP1, None)


class FullJournal(MemoryJournal):
    def append(self, event: LedgerEvent) -> Entry:
        if isinstance(event, CallBackTaken):
            raise Unreachable("journal", "no space left")
        return super().append(event)


def test_what_could_not_be_kept_is_not_said_to_be_taken() -> None:
    line = Line(FullJournal())
    line.happen(abandoned("a", at=ago(30)))
    with pytest.raises(Unreachable):
        line.keeper.take(A, by=OP1)
    assert line.task().owner is None, "nor shown"


# ------------------------------------------------------------ death and absence


def begun(folder: Path, events: Sequence[LedgerEvent]) -> None:
    """A service that dies after these, with nobody to make tasks."""
    with FileJournal(folder, "almaty") as journal:
        for event in events:
            journal.append(event)


COURSE: list[CourseEvent] = abandoned("a", at=ago(60))


@pytest.mark.parametrize("died_after", range(len(COURSE) + 1))
async def test_it_may_die_after_any_line(tmp_path: Path, died_after: int) -> None:
    """Killed anywhere in the call: the next one learns the rest from Asterisk's records, and the task is made once."""
    begun(tmp_path, COURSE[:died_after])
    with FileJournal(tmp_path, "almaty") as journal:
        async with running(Line(journal)) as line:
            await asyncio.wait_for(line.keeper.remembered.wait(), 5)
            line.happen(COURSE[died_after:])
            assert line.task().done is None
            assert len(line.written(CallBackNeeded)) == 1


async def test_tasks_survive_a_restart_with_the_database_away(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        first = Line(journal)
        for name in ("a", "b", "c"):
            first.happen(abandoned(name, f"8701{ord(name):07}", at=ago(300)))
        first.keeper.take(A, by=OP1)
        first.keeper.done(B, by=OP2, how=CallBackHow.NO_ANSWER)
        for n in range(60):  # the calls themselves leave the board
            first.happen(answered(f"later-{n}", f"8702{n:07}", at=ago(200)))
            first.happen([TranscriptCompleted(call_id=CallId(f"later-{n}"), at=ago(1))])
        told = first.broadcast.board.call_backs.shown()
    ledger = MemoryLedger()
    ledger.away = "the test took it away"
    with FileJournal(tmp_path, "almaty") as journal:
        async with running(Line(journal, ledger)) as again:
            await asyncio.sleep(0)
            assert again.broadcast.board.call_backs.shown() == told
            assert again.task(A).owner == OP1
            assert not again.keeper.remembered.is_set()
            again.keeper.done(A, by=OP1, how=CallBackHow.REACHED)
            assert again.how(A) == ("op1", CallBackHow.REACHED)


async def test_what_is_older_than_the_journal_comes_from_the_ledger(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Line()
    old.happen([*abandoned("a", at=ago(7000)), *abandoned("b", "8702", at=ago(6000))])
    old.keeper.done(B, by=OP1, how=CallBackHow.REACHED)
    await line.ledger.apply(old.journal.read(0))
    monkeypatch.setattr("line102.call_backs_keeper.RETRY", type(ago(0) - ago(0))(milliseconds=1))
    line.ledger.away = "not yet"
    async with running(line):
        with line.broadcast.subscribe() as page:
            line.ledger.away = ""
            await asyncio.wait_for(line.keeper.remembered.wait(), 5)
            assert line.task(A) == old.task(A)
            assert line.broadcast.board.call_backs.task(B) is None
            assert (await page.next()).task == old.task(A)  # type: ignore[union-attr]
    line.happen([ended("x", at=ago(0))])


def tried(result: CallBackResult, call_id: CallId = A, attempt: str = "t1") -> CallBackTried:
    talked = timedelta(seconds=40 if result is CallBackResult.TALKED else 0)
    return CallBackTried(call_id=call_id, at=ago(0), by=OP1, attempt=CallId(attempt), result=result, talked=talked)


async def test_who_was_called_and_talked_with_is_done_with_all_their_calls(line: Line) -> None:
    line.happen([*abandoned("a", at=ago(90)), *abandoned("b", "+7 701 123 45 67", at=ago(60))])
    line.happen([tried(CallBackResult.TALKED), tried(CallBackResult.TALKED)])
    assert line.how(A) == line.how(B) == ("op1", CallBackHow.CALLED_BACK)
    assert len(line.written(CallBackDone)) == 2, "told twice, done once"
    assert [one.result for one in line.task(A).tries] == [CallBackResult.TALKED]
    heard = CallBackHeard(call_id=A, at=ago(0), attempt=CallId("t1"), segments=())
    line.happen([heard, heard, replace(heard, attempt=CallId("another"))])
    assert [one.heard for one in line.task(A).tries] == [True], "words come after the end"
    assert line.how(A) == ("op1", CallBackHow.CALLED_BACK)


@pytest.mark.parametrize("result", [one for one in CallBackResult if one is not CallBackResult.TALKED])
async def test_an_attempt_that_was_no_talk_is_noted_and_the_task_stays(line: Line, result: CallBackResult) -> None:
    line.happen(abandoned("a", at=ago(30)))
    await line.keeper.call(A, by=OP1)
    line.happen([tried(result), tried(result), tried(result, attempt="t2")])
    assert (line.task().owner, line.how()) == (OP1, None)
    assert [(one.attempt, one.result) for one in line.task().tries] == [("t1", result), ("t2", result)]
