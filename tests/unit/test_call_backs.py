"""Who must be called back, by when, and that a task is lost by nothing but its being done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.board import Board
from line102.call_backs import (
    LOOKED_BACK,
    CallBack,
    Within,
    advance,
    in_order,
    is_settled_by,
    need_of,
    needed,
    reached_too,
    same_caller,
)
from line102.call_backs_book import DONE_KEPT, CallBackBook
from line102.call_backs_kinds import CallBackHow, CallBackWhy
from line102.calls import CallId, CallRecord, OperatorId, Outcome, Side
from line102.decisions import Decisions
from line102.events import (
    CallBackDone,
    CallBackEvent,
    CallBackGivenBack,
    CallBackNeeded,
    CallBackTaken,
    CallCategorised,
    CallEvent,
    UrgencyRaised,
)
from line102.ports import CallStory
from line102.words import Label, Segment, Urgency
from tests.call_stories import OP1, OP2, abandoned, answered
from tests.ledger_events import NOON, STRATEGIES

A, B = CallId("a"), CallId("b")
ENDED = NOON + timedelta(seconds=20)


def told(*events: CallEvent) -> CallStory:
    board = Board("test")
    for event in events:
        board.apply(event)
    (story,) = board.stories()
    return story


def category(label: Label, call_id: CallId = A) -> CallCategorised:
    return CallCategorised(call_id=call_id, at=NOON, by=OP1, label=label, category="")


def word(text: str, side: Side = Side.CALLER, **more: object) -> Segment:
    start = timedelta(seconds=1)
    spoken = Segment(side=side, start=start, end=start, text=text, language="ru", confidence=0.9, model="m")
    return replace(spoken, **more)  # type: ignore[arg-type]


UNHEARD = replace(told(*answered("a", at=NOON)), transcript_complete=True)


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome.ABANDONED, CallBackWhy.ABANDONED),
        (Outcome.INTERRUPTED, CallBackWhy.CUT_OFF),
        (Outcome.UNOBSERVED, CallBackWhy.CUT_OFF),
        (Outcome.SELF_SERVED, None),
        (None, None),
    ],
)
def test_whoever_no_person_answered_is_called_back(outcome: Outcome | None, why: CallBackWhy | None) -> None:
    story = told(*abandoned("a", at=NOON))
    story = replace(story, record=replace(story.record, outcome=outcome))
    assert need_of(story) is why


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.OVERFLOW_ANSWERED, Outcome.HELPED])
@pytest.mark.parametrize(
    ("complete", "words", "said", "why"),
    [
        (True, (), None, CallBackWhy.SILENT),
        (False, (), None, None),  # what was missed live may still be read from the recording
        (True, (word("помогите"),), None, None),
        (True, (word("субтитры", suppressed="noise"),), None, CallBackWhy.SILENT),
        (True, (word("алло слушаю", Side.OPERATOR),), None, CallBackWhy.SILENT),
        (True, (), Label.NUISANCE, None),  # a person heard a pocket
        (False, (word("алло"),), Label.SILENT_OR_UNCLEAR, CallBackWhy.SILENT),
    ],
)
def test_an_answered_call_is_called_back_if_nobody_knows_what_it_was(
    outcome: Outcome, complete: bool, words: tuple[Segment, ...], said: Label | None, why: CallBackWhy | None
) -> None:
    story = replace(
        UNHEARD,
        record=replace(UNHEARD.record, outcome=outcome),
        transcript_complete=complete,
        segments=words,
        decisions=Decisions(category=category(said) if said else None),
    )
    assert need_of(story) is why


@pytest.mark.parametrize(("urgency", "minutes"), [(Urgency.NORMAL, 5), (Urgency.UNCLEAR, 5), (Urgency.DANGER, 1)])
def test_words_of_danger_hurry(urgency: Urgency, minutes: int) -> None:
    raised = UrgencyRaised(call_id=A, at=NOON, urgency=urgency, words="нож")
    course = abandoned("a", at=NOON)
    event = needed(told(*course[:-1], raised, course[-1]), Within(), ENDED)
    assert event is not None
    assert (event.deadline - ENDED, event.urgent) == (timedelta(minutes=minutes), urgency is Urgency.DANGER)


@pytest.mark.parametrize(("late", "made"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_a_call_of_long_ago_makes_no_task(late: timedelta, made: bool) -> None:
    event = needed(told(*abandoned("a", at=NOON)), Within(), ENDED + LOOKED_BACK + late)
    assert (event is not None) is made


def test_a_call_that_goes_on_makes_no_task() -> None:
    assert needed(told(*abandoned("a", at=NOON)[:-1]), Within(), NOON) is None


# ------------------------------------------------------------ the fold

task_events: st.SearchStrategy[CallBackEvent] = st.one_of(
    *(STRATEGIES[cls] for cls in (CallBackNeeded, CallBackTaken, CallBackGivenBack, CallBackDone))  # type: ignore[arg-type]
)


def of(call_id: CallId) -> st.SearchStrategy[list[CallBackEvent]]:
    return st.lists(task_events.map(lambda event: replace(event, call_id=call_id)), max_size=12)


def fold(events: list[CallBackEvent]) -> CallBack | None:
    task: CallBack | None = None
    for event in events:
        task = advance(task, event)
    return task


@given(of(A))
def test_a_task_begins_once_ends_once_and_never_vanishes(events: list[CallBackEvent]) -> None:
    task: CallBack | None = None
    begun = False
    for event in events:
        before, task = task, advance(task, event)
        begun = begun or isinstance(event, CallBackNeeded)
        assert (task is not None) is begun
        if before is not None:
            assert task is not None
            assert (task.number, task.why, task.deadline) == (before.number, before.why, before.deadline)
            if before.done is not None:
                assert task is before
        assert advance(task, event) is task, "the same fact twice changes nothing"


@given(st.lists(st.one_of(task_events), max_size=40))
def test_the_book_is_the_fold_of_each_call(events: list[CallBackEvent]) -> None:
    book = CallBackBook()
    for event in events:
        book.take(event)
    for call_id in {event.call_id for event in events}:
        alone = fold([event for event in events if event.call_id == call_id])
        assert book.task(call_id) == alone
        assert book.has_known(call_id) is (alone is not None)
    assert {task.call_id for task in book.open()} == {t.call_id for t in book.shown() if t.done is None}


def need(call_id: str, number: str = "87011234567", second: float = 0, **more: object) -> CallBackNeeded:
    at = NOON + timedelta(seconds=second)
    event = CallBackNeeded(
        call_id=CallId(call_id),
        at=at,
        number=number,
        offered_at=at,
        why=CallBackWhy.ABANDONED,
        urgent=False,
        deadline=at + timedelta(minutes=5),
    )
    return replace(event, **more)  # type: ignore[arg-type]


def done(call_id: str, second: float = 60) -> CallBackDone:
    at = NOON + timedelta(seconds=second)
    return CallBackDone(call_id=CallId(call_id), at=at, by=OP1, how=CallBackHow.REACHED)


def test_open_tasks_have_no_limit_and_done_ones_do() -> None:
    book = CallBackBook()
    for n in range(DONE_KEPT + 30):
        book.take(need(f"open-{n}"))
        book.take(need(f"done-{n}"))
        book.take(done(f"done-{n}", n))
    assert len(book.open()) == DONE_KEPT + 30
    assert len(book.shown()) == DONE_KEPT + 30 + DONE_KEPT
    assert book.task(CallId("done-0")) is None
    assert book.has_known(CallId("done-0"))
    assert book.take(need("done-0")) is None, "what was done and put away is not begun again"
    assert not book.recall(task_of(need("done-0")))


def test_the_store_tells_only_of_tasks_that_are_not_known() -> None:
    book = CallBackBook()
    book.take(need("a"))
    book.take(CallBackTaken(call_id=A, at=NOON, by=OP1))
    assert not book.recall(task_of(need("a")))
    assert book.recall(task_of(need("b")))
    assert {task.call_id: task.owner for task in book.open()} == {A: OP1, B: None}


def task_of(event: CallBackNeeded) -> CallBack:
    task = advance(None, event)
    assert task is not None
    return task


# ------------------------------------------------------------ the same caller, and the order


def record(number: str, offered_at: datetime) -> CallRecord:
    return CallRecord(call_id=CallId("later"), offered_at=offered_at, number=number)


@pytest.mark.parametrize(
    ("first", "again", "second", "same"),
    [
        ("87011234567", "+77011234567", 1, True),
        ("87011234567", "87011234567", 0, False),  # the very call itself
        ("87011234567", "87011234567", -1, False),  # a call of before
        ("87011234567", "87011234568", 1, False),
        ("", "", 1, False),
        ("anonymous", "anonymous", 1, False),
    ],
)
def test_a_later_call_of_the_number_is_the_same_caller(first: str, again: str, second: float, same: bool) -> None:
    task = task_of(need("a", first))
    found = same_caller([task], record(again, NOON + timedelta(seconds=second)))
    assert found == ([task] if same else [])


def test_who_was_reached_was_reached_about_all_their_calls() -> None:
    tasks = [task_of(need(*of_number)) for of_number in (("a", "87011234567"), ("b", "+77011234567"), ("c", "8702"))]
    hidden = [task_of(need("d", "")), task_of(need("e", ""))]
    assert [task.call_id for task in reached_too([*tasks, *hidden], tasks[0])] == ["b"]
    assert reached_too([*tasks, *hidden], hidden[0]) == []


def test_the_urgent_come_first_then_by_deadline_then_what_is_done() -> None:
    soon, late = NOON + timedelta(minutes=1), NOON + timedelta(minutes=9)
    tasks = [
        task_of(need("usual", deadline=soon)),
        task_of(need("urgent", deadline=late, urgent=True)),
        task_of(need("later", deadline=late)),
    ]
    over = [advance(task_of(need(name)), done(name, second)) for name, second in (("first", 1), ("last", 2))]
    in_which = in_order([*(task for task in over if task), *tasks])
    assert [task.call_id for task in in_which] == ["urgent", "usual", "later", "last", "first"]


@pytest.mark.parametrize(
    ("why", "owner", "label", "settled"),
    [
        (CallBackWhy.SILENT, None, Label.NUISANCE, True),
        (CallBackWhy.SILENT, None, Label.SILENT_OR_UNCLEAR, False),
        (CallBackWhy.SILENT, OP2, Label.NUISANCE, False),  # a colleague is at it
        (CallBackWhy.ABANDONED, None, Label.NUISANCE, False),
    ],
)
def test_a_category_settles_a_silent_call_only(
    why: CallBackWhy, owner: OperatorId | None, label: Label, settled: bool
) -> None:
    story = replace(UNHEARD, decisions=Decisions(category=category(label)))
    assert is_settled_by(story, replace(task_of(need("a", why=why)), owner=owner)) is settled
