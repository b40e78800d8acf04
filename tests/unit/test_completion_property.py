"""Whatever stretch of a call we did not see: completed from Asterisk's records, the ledger agrees with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from line102.calls import HELP_LINE, CallId, CallRecord, OperatorId, Outcome, QueueName, StayEnd
from line102.completion import complete, course_of, differences, last_known, repeats
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallInterrupted,
    CallOffered,
    CourseEvent,
    OperatorLeft,
    OperatorRung,
    RecordingBegan,
    RingNoAnswer,
    SelfServed,
    SentToHelpLine,
)
from line102.history import advance, fold

CALL = CallId("line102-1789.1")
QUEUE = QueueName("102")
START = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)
OPERATORS = st.sampled_from([OperatorId("op1"), OperatorId("op2"), OperatorId("op3")])
REFUSED = st.sampled_from([StayEnd.FULL, StayEnd.NOBODY, StayEnd.UNKNOWN_QUEUE])
WAY_OUT = st.sampled_from([StayEnd.TIMEOUT, StayEnd.WITHDRAWN, StayEnd.EMPTIED, StayEnd.LEFT])


@st.composite
def courses(draw: st.DrawFn) -> list[CourseEvent]:
    """A call as Asterisk can play it: stays, rings, overflow answers, ended or cut off at any point."""
    now = START
    events: list[CourseEvent] = [CallOffered(call_id=CALL, at=now, number="+77010000001", dialled="102")]

    def later(least: float = 2.0) -> datetime:  # seconds; two of a kind are further apart than two tellings of one
        nonlocal now
        now += timedelta(seconds=draw(st.floats(least, 20.0)))
        return now

    def talk(operator: OperatorId, queue: QueueName | None) -> None:
        events.append(CallAnswered(call_id=CALL, at=later(), operator_id=operator, queue=queue))
        events.append(OperatorLeft(call_id=CALL, at=later(), operator_id=operator))

    if draw(st.booleans()):
        events.append(RecordingBegan(call_id=CALL, at=later(0.01)))

    def help_line() -> None:
        """Sent there; a person, or the self-service, or nobody; what follows in the course is 102 again."""
        events.append(SentToHelpLine(call_id=CALL, at=later(), by="caller"))
        if draw(st.booleans()):
            events.append(SelfServed(call_id=CALL, at=later()))
        if draw(st.booleans()):
            events.append(CallerRefused(call_id=CALL, at=later(), queue=HELP_LINE, reason=draw(REFUSED)))
        elif draw(st.booleans()):
            events.append(CallerJoined(call_id=CALL, at=later(), queue=HELP_LINE, position=1))
            if draw(st.booleans()):
                talk(draw(OPERATORS), HELP_LINE)
            else:
                events.append(CallerLeftQueue(call_id=CALL, at=later(), queue=HELP_LINE, reason=draw(WAY_OUT)))

    for _ in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            events.append(CallerRefused(call_id=CALL, at=later(), queue=QUEUE, reason=draw(REFUSED)))
        else:
            events.append(CallerJoined(call_id=CALL, at=later(), queue=QUEUE, position=draw(st.integers(1, 9))))
            for _ in range(draw(st.integers(0, 3))):
                ringing = draw(OPERATORS)
                events.append(OperatorRung(call_id=CALL, at=later(), queue=QUEUE, operator_id=ringing))
                events.append(RingNoAnswer(call_id=CALL, at=later(), operator_id=ringing))
            if draw(st.booleans()):
                talk(draw(OPERATORS), QUEUE)
                if draw(st.booleans()):  # the operator sends them on: the talk ends with that
                    events.pop()
                    help_line()
            else:
                events.append(CallerLeftQueue(call_id=CALL, at=later(), queue=QUEUE, reason=draw(WAY_OUT)))
                if draw(st.booleans()):
                    help_line()
        if draw(st.booleans()):
            talk(draw(OPERATORS), None)
    events = events[: draw(st.integers(1, len(events)))]
    now = events[-1].at
    if draw(st.booleans()):
        return [*events, CallEnded(call_id=CALL, at=later(), hangup_cause=16)]
    return [*events, CallInterrupted(call_id=CALL, at=later())]


@st.composite
def written(draw: st.DrawFn, course: list[CourseEvent]) -> list[CourseEvent]:
    """The same course as queue_log can tell it: its own lines are up to half a second off, some rings are not told."""
    told: list[CourseEvent] = []
    for event in course:
        exact = isinstance(event, CallOffered | RecordingBegan | CallEnded | SentToHelpLine | SelfServed) or (
            isinstance(event, CallAnswered) and event.queue is None
        )
        off = timedelta(0) if exact else timedelta(seconds=draw(st.floats(-0.5, 0.5)))
        told.append(replace(event, at=max(event.at + off, told[-1].at if told else event.at)))
    return told


def gap(draw: st.DataObject, course: list[CourseEvent]) -> tuple[int, int]:
    first = draw.draw(st.integers(0, len(course)), label="first event not seen")
    return first, draw.draw(st.integers(first, len(course)), label="first event seen again")


def record_of(events: list[CourseEvent]) -> CallRecord:
    record = fold(events)
    assert record is not None
    return record


def joined(ours: CallRecord | None, events: list[CourseEvent]) -> CallRecord | None:
    for event in events:
        ours = advance(ours, event)
    return ours


@settings(max_examples=400, deadline=None)
@given(courses(), st.data())
def test_a_gap_anywhere_leaves_no_difference(course: list[CourseEvent], data: st.DataObject) -> None:
    first, again = gap(data, course)
    told = data.draw(written(course))
    over = again == len(course)
    ours = fold(course[:first])
    theirs = fold(told[:again])
    completed = joined(ours, complete(ours, theirs, present=not over))
    if theirs is not None and not over:
        assert completed is None or completed.ended_at is None
    final = joined(completed, course[again:])
    assert differences(final, record_of(told)) == []


@settings(max_examples=400, deadline=None)
@given(courses(), st.data())
def test_events_that_were_told_twice_change_nothing(course: list[CourseEvent], data: st.DataObject) -> None:
    """The records were read a little later than the link came up: what was buffered meanwhile is in them already."""
    first, again = gap(data, course)
    again = min(again, len(course) - 1)  # the call is still there when the link comes up
    first = min(first, again)
    read_until = data.draw(st.integers(again, len(course)), label="first event not yet written when read")
    told = data.draw(written(course))
    ours = fold(course[:first])
    record = joined(ours, complete(ours, fold(told[:read_until]), present=True))
    for event in course[again:]:
        if record is None or not repeats(record, event):
            record = advance(record, event)
    assert differences(record, record_of(told)) == []


@settings(max_examples=200, deadline=None)
@given(courses(), st.data())
def test_completing_twice_adds_nothing(course: list[CourseEvent], data: st.DataObject) -> None:
    first, again = gap(data, course)
    theirs = fold(data.draw(written(course))[:again])
    present = data.draw(st.booleans())
    ours = fold(course[:first])
    once = joined(ours, complete(ours, theirs, present=present))
    assert complete(once, theirs, present=present) == []


@settings(max_examples=200, deadline=None)
@given(courses(), st.data())
def test_what_nobody_saw_end_is_lost_not_guessed(course: list[CourseEvent], data: st.DataObject) -> None:
    seen = data.draw(st.integers(1, len(course) - 1))
    half = record_of(course[:seen])
    for theirs in (half, None):
        record = joined(half, complete(half, theirs, present=False))
        assert record is not None
        assert record.outcome is (Outcome.UNOBSERVED if not half.answers else half_outcome(half))
        assert record.ended_at == max(event.at for event in course[:seen])


def half_outcome(record: CallRecord) -> Outcome:
    if all(answer.queue == HELP_LINE for answer in record.answers):
        return Outcome.HELPED
    if record.answers[0].queue == HELP_LINE:
        record = replace(record, answers=tuple(a for a in record.answers if a.queue != HELP_LINE))
    return Outcome.ANSWERED if record.answers[0].queue is not None else Outcome.OVERFLOW_ANSWERED


@settings(max_examples=200, deadline=None)
@given(courses())
def test_a_record_gives_back_its_course(course: list[CourseEvent]) -> None:
    record = record_of(course)
    assert record_of(course_of(record)) == record


@settings(max_examples=200, deadline=None)
@given(courses(), st.data())
def test_what_is_added_never_goes_back_in_time(course: list[CourseEvent], data: st.DataObject) -> None:
    first, again = gap(data, course)
    ours, theirs = fold(course[:first]), fold(data.draw(written(course))[:again])
    added = complete(ours, theirs, present=data.draw(st.booleans()))
    times = [event.at for event in added if not isinstance(event, CallOffered | RecordingBegan)]
    assert times == sorted(times)
    assert ours is None or all(at >= last_known(ours) for at in times)
