"""Properties of the one fold: whatever arrives, in whatever order, as often as it likes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from line102.calls import HELP_LINE, CallId, CallRecord, CallState, OperatorId, Outcome, QueueName, StayEnd
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallInterrupted,
    CallLost,
    CallOffered,
    CourseEvent,
    OperatorLeft,
    OperatorRung,
    RingNoAnswer,
    SelfServed,
    SentToHelpLine,
)
from line102.history import advance, fold
from tests.ledger_events import NOON, STRATEGIES, course_events

CALL = CallId("line102-1789.0")
QUEUE = QueueName("102")
OP1, OP2 = OperatorId("op1"), OperatorId("op2")
one_call = st.lists(course_events, min_size=1, max_size=15).map(
    lambda es: [e for e in es if e.call_id == es[0].call_id]
)
ends = st.one_of(STRATEGIES[CallEnded], STRATEGIES[CallInterrupted], STRATEGIES[CallLost])


def at(seconds: float) -> dict[str, object]:
    return {"call_id": CALL, "at": NOON + timedelta(seconds=seconds)}


@given(events=one_call)
def test_each_event_twice_in_a_row_equals_once(events: list[CourseEvent]) -> None:
    assert fold([event for event in events for _ in range(2)]) == fold(events)


def test_a_refusal_told_twice_is_one_refusal() -> None:
    refused = CallerRefused(**at(1), queue=QUEUE, reason=StayEnd.FULL)  # type: ignore[arg-type]
    assert fold([refused, refused]) == fold([refused])


def test_a_whole_course_told_again_changes_nothing() -> None:
    course: list[CourseEvent] = [
        CallOffered(**at(0), number="7701", dialled="102"),  # type: ignore[arg-type]
        CallerJoined(**at(1), queue=QUEUE, position=1),  # type: ignore[arg-type]
        OperatorRung(**at(2), queue=QUEUE, operator_id=OP1),  # type: ignore[arg-type]
        CallAnswered(**at(4), operator_id=OP1, queue=QUEUE),  # type: ignore[arg-type]
        OperatorLeft(**at(9), operator_id=OP1),  # type: ignore[arg-type]
    ]
    assert fold([*course, *course]) == fold(course)


@given(events=one_call, end=ends)
@settings(max_examples=300)
def test_after_an_end_there_is_exactly_one_outcome_and_it_is_final(events: list[CourseEvent], end: CourseEvent) -> None:
    end = replace(end, call_id=events[0].call_id)
    record = None
    for event in [*events, end]:
        record = advance(record, event)
        assert (record.outcome is None) == (record.ended_at is None)
    assert record is not None
    assert record.outcome in set(Outcome)
    assert record.state is CallState.ENDED
    for late in events:
        after = advance(record, late)
        assert (after.outcome, after.ended_at, after.answers, after.stays) == (
            record.outcome,
            record.ended_at,
            record.answers,
            record.stays,
        )


@given(events=one_call)
def test_nobody_waits_less_than_nothing(events: list[CourseEvent]) -> None:
    record = fold(events)
    assert record is not None
    assert record.waited(NOON) >= timedelta(0)
    assert record.waited(NOON + timedelta(days=1)) >= timedelta(0)


@given(events=one_call)
def test_an_ended_call_has_no_open_stay_and_no_open_answer(events: list[CourseEvent]) -> None:
    record = fold([*events, CallEnded(call_id=events[0].call_id, at=NOON)])
    assert record is not None
    assert all(stay.left_at is not None and stay.end is not None for stay in record.stays)
    assert all(answer.ended_at is not None for answer in record.answers)


@given(events=one_call)
def test_stays_and_answers_are_only_ever_added_or_the_last_one_changed(events: list[CourseEvent]) -> None:
    """The store writes only what changed, and relies on this."""
    before: CallRecord | None = None
    for event in events:
        after = advance(before, event)
        if before is not None:
            assert after.stays[: len(before.stays) - 1] == before.stays[: max(len(before.stays) - 1, 0)]
            assert after.answers[: len(before.answers) - 1] == before.answers[: max(len(before.answers) - 1, 0)]
            assert len(after.stays) >= len(before.stays)
            assert len(after.answers) >= len(before.answers)
        before = after


def test_an_answered_call_goes_through_its_states() -> None:
    steps: list[tuple[CourseEvent, CallState]] = [
        (CallOffered(**at(0), number="", dialled="102"), CallState.OFFERED),  # type: ignore[arg-type]
        (CallerJoined(**at(1), queue=QUEUE, position=1), CallState.WAITING),  # type: ignore[arg-type]
        (OperatorRung(**at(2), queue=QUEUE, operator_id=OP1), CallState.RINGING),  # type: ignore[arg-type]
        (RingNoAnswer(**at(7), operator_id=OP1), CallState.WAITING),  # type: ignore[arg-type]
        (OperatorRung(**at(8), queue=QUEUE, operator_id=OP2), CallState.RINGING),  # type: ignore[arg-type]
        (CallAnswered(**at(9), queue=QUEUE, operator_id=OP2), CallState.TALKING),  # type: ignore[arg-type]
        (CallEnded(**at(60), hangup_cause=16), CallState.ENDED),  # type: ignore[arg-type]
    ]
    record = None
    for event, state in steps:
        record = advance(record, event)
        assert record.state is state, event
    assert record is not None
    assert record.outcome is Outcome.ANSWERED
    assert record.waited(NOON) == timedelta(seconds=9)
    assert record.talked(NOON) == timedelta(seconds=51)
    assert record.stays[0].end is StayEnd.ANSWERED


def test_the_outcomes() -> None:
    offered = CallOffered(**at(0), number="", dialled="102")  # type: ignore[arg-type]
    joined = CallerJoined(**at(1), queue=QUEUE, position=1)  # type: ignore[arg-type]
    timeout = CallerLeftQueue(**at(30), queue=QUEUE, reason=StayEnd.TIMEOUT)  # type: ignore[arg-type]
    answered = CallAnswered(**at(5), queue=QUEUE, operator_id=OP1)  # type: ignore[arg-type]
    overflow = CallAnswered(**at(40), queue=None, operator_id=OP1)  # type: ignore[arg-type]
    withdrawn = CallerLeftQueue(**at(10), queue=QUEUE, reason=StayEnd.WITHDRAWN)  # type: ignore[arg-type]
    sent, served = (
        SentToHelpLine(**at(11), by="caller"),  # type: ignore[arg-type]
        SelfServed(**at(20)),  # type: ignore[arg-type]
    )
    helped = CallAnswered(**at(15), queue=HELP_LINE, operator_id=OP2)  # type: ignore[arg-type]
    again = CallerJoined(**at(30), queue=QUEUE, position=1)  # type: ignore[arg-type]
    ended, interrupted, lost = (cls(**at(50)) for cls in (CallEnded, CallInterrupted, CallLost))  # type: ignore[arg-type]
    expected: list[tuple[list[CourseEvent], Outcome]] = [
        ([offered, joined, answered, ended], Outcome.ANSWERED),
        ([offered, joined, timeout, overflow, ended], Outcome.OVERFLOW_ANSWERED),
        ([offered, joined, ended], Outcome.ABANDONED),
        ([offered, joined, timeout, ended], Outcome.ABANDONED),
        ([offered, joined, interrupted], Outcome.INTERRUPTED),
        ([offered, joined, lost], Outcome.UNOBSERVED),
        ([offered, joined, answered, lost], Outcome.ANSWERED),
        ([offered, joined, answered, interrupted], Outcome.ANSWERED),
        ([offered, joined, withdrawn, sent, helped, ended], Outcome.HELPED),
        ([offered, joined, withdrawn, sent, served, ended], Outcome.SELF_SERVED),
        ([offered, joined, withdrawn, sent, ended], Outcome.ABANDONED),
        ([offered, joined, withdrawn, sent, served, again, ended], Outcome.ABANDONED),
        ([offered, joined, answered, sent, ended], Outcome.ANSWERED),
        ([offered, joined, answered, sent, helped, ended], Outcome.ANSWERED),
    ]
    for events, outcome in expected:
        record = fold(events)
        assert record is not None
        assert record.outcome is outcome, events
    assert {outcome for _, outcome in expected} == set(Outcome)


def test_an_operator_who_leaves_and_another_who_answers_are_two_answers() -> None:
    record = fold(
        [
            CallOffered(**at(0), number="", dialled="102"),  # type: ignore[arg-type]
            CallAnswered(**at(5), queue=QUEUE, operator_id=OP1),  # type: ignore[arg-type]
            OperatorLeft(**at(20), operator_id=OP1),  # type: ignore[arg-type]
            CallAnswered(**at(25), queue=None, operator_id=OP2),  # type: ignore[arg-type]
            CallEnded(**at(30)),  # type: ignore[arg-type]
        ]
    )
    assert record is not None
    assert [a.operator_id for a in record.answers] == [OP1, OP2]
    assert record.talked(NOON) == timedelta(seconds=20)
    assert record.outcome is Outcome.ANSWERED
