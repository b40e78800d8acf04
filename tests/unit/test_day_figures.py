"""The wallboard's figures: by hand, and against a plain computation over what the reports count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from line102.call_facts import CallFacts, facts_of
from line102.calls import HELP_LINE, CallId, CallRecord, OperatorId, Outcome, QueueName
from line102.day_calls import day_call, ended_call
from line102.day_figures import Day, WindowFigures, Within
from line102.decisions import NOTHING_DECIDED
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallInterrupted,
    CallLost,
    CallOffered,
    CourseEvent,
    GapFound,
    Link,
    OperatorLeft,
    SelfServed,
    SentToHelpLine,
)
from line102.history import advance, fold
from line102.targets import ShareTarget, Targets

ALMATY = ZoneInfo("Asia/Almaty")
NOON = datetime(2026, 11, 24, 7, 10, tzinfo=UTC)  # 12:10 in Almaty
SHARES = tuple(ShareTarget(within=timedelta(seconds=s), share=share) for s, share in ((10, 0.9), (20, 0.98)))
TARGETS = Targets(mean=timedelta(seconds=8), shares=SHARES)
QUEUE, OP1 = QueueName("102"), OperatorId("op1")


def day() -> Day:
    return Day(ALMATY, TARGETS)


def record(
    number: int,
    at: datetime,
    *,
    answered: float | None = None,
    queue: QueueName | None = QUEUE,
    ended: float | None = None,
    sent: bool = False,
    served: bool = False,
    end: type[CallEnded] | type[CallInterrupted] | type[CallLost] = CallEnded,
) -> CallRecord:
    """Offered at ``at``; seconds count from there."""
    call = CallId(f"n-{number}")

    def later(seconds: float) -> datetime:
        return at + timedelta(seconds=seconds)

    events: list[CourseEvent] = [
        CallOffered(call_id=call, at=at, number="", dialled="102"),
        CallerJoined(call_id=call, at=at, queue=QUEUE, position=1),
    ]
    if sent:
        events.append(SentToHelpLine(call_id=call, at=later(0.5), by="caller"))
        events.append(CallerJoined(call_id=call, at=later(0.6), queue=HELP_LINE, position=1))
    if served:
        events.append(SelfServed(call_id=call, at=later(0.9)))
    if answered is not None:
        events.append(CallAnswered(call_id=call, at=later(answered), operator_id=OP1, queue=queue))
    if ended is not None:
        if answered is not None:
            events.append(OperatorLeft(call_id=call, at=later(ended), operator_id=OP1))
        more = {"hangup_cause": 16} if end is CallEnded else {}
        events.append(end(call_id=call, at=later(ended), **more))  # type: ignore[arg-type]
    told = fold(events)
    assert told is not None
    return told


def shares(figures: WindowFigures) -> list[tuple[int, int]]:
    return [(one.answered, one.of) for one in figures.within]


def test_an_empty_day_has_no_share_and_no_mean() -> None:
    figures = day().figures(NOON)
    assert (figures.today.offered, figures.today.mean_wait) == (0, None)
    assert [one.share for one in figures.now.within] == [None, None]
    assert not figures.whole


def test_a_day_by_hand() -> None:
    line = day()
    told = [
        record(1, NOON - timedelta(minutes=3), answered=4, ended=60),
        record(2, NOON - timedelta(minutes=4), answered=10, ended=60),  # ten seconds are within ten
        record(3, NOON - timedelta(minutes=5), answered=15, ended=60),
        record(4, NOON - timedelta(minutes=6), ended=4.999),  # short: apart
        record(5, NOON - timedelta(minutes=7), ended=5),
        record(6, NOON - timedelta(minutes=8), sent=True, served=True, ended=30),
        record(7, NOON - timedelta(minutes=9), ended=9, end=CallLost),
        record(8, NOON - timedelta(seconds=12)),  # too late for ten seconds, not yet for twenty
        record(9, NOON - timedelta(seconds=2)),
    ]
    for one in told:
        line.take(day_call(one))
    today = line.figures(NOON).today
    assert (today.offered, today.answered, today.abandoned, today.short) == (9, 3, 1, 1)
    assert (today.elsewhere, today.unseen, today.waiting, today.deflected) == (1, 1, 2, 1)
    assert today.mean_wait == timedelta(seconds=29) / 3
    assert shares(today) == [(2, 7), (3, 6)]
    assert today.longest_wait == timedelta(seconds=30)


def test_who_waits_is_late_only_after_the_limit() -> None:
    line = day()
    line.take(day_call(record(1, NOON)))
    for seconds, expected in ((10, 0), (10.001, 1), (20.001, 1)):
        assert line.figures(NOON + timedelta(seconds=seconds)).now.within[0].of == expected
    line.take(day_call(record(1, NOON, answered=9)))  # told late
    assert shares(line.figures(NOON + timedelta(seconds=25)).now) == [(1, 1), (1, 1)]


def test_windows_end_at_the_centres_own_midnight_and_hour() -> None:
    midnight = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 00:00 in Almaty
    line = day()
    line.take(day_call(record(1, midnight - timedelta(milliseconds=1), answered=1, ended=9)))
    line.take(day_call(record(2, midnight, answered=1, ended=9)))
    figures = line.figures(midnight + timedelta(minutes=5))
    assert (figures.now.offered, figures.hour.offered, figures.today.offered) == (2, 1, 1)
    figures = line.figures(midnight + timedelta(hours=23, minutes=59))
    assert (figures.now.offered, figures.hour.offered, figures.today.offered) == (0, 0, 1)
    assert line.figures(midnight + timedelta(hours=24)).today.offered == 0


def test_an_end_is_final_and_what_is_newer_stands() -> None:
    line = day()
    line.take(day_call(record(1, NOON, answered=3, ended=9)))
    line.take(day_call(record(1, NOON)))
    line.fill([ended_call(facts(record(1, NOON, ended=9)))], [])
    figures = line.figures(NOON + timedelta(seconds=30))
    assert (figures.today.answered, figures.today.waiting, figures.whole) == (1, 0, True)


def test_a_gap_is_told_in_each_window_that_it_reaches_into() -> None:
    gap = GapFound(at=NOON - timedelta(minutes=20), link=Link.AMI, began=NOON - timedelta(minutes=21), reason="away")
    line = day()
    line.take_gap(gap)
    line.fill([], [gap])
    figures = line.figures(NOON)
    assert (figures.now.gaps, figures.hour.gaps, figures.today.gaps) == ((), (), (gap,))


def facts(told: CallRecord) -> CallFacts:
    made = facts_of(told, NOTHING_DECIDED, language="", called_back=None)
    assert made is not None
    return made


ended_records = st.builds(
    lambda s, answered, queue, extra, sent, served, end: (s, answered, queue, extra, sent, served, end),
    st.floats(0, 86_000),
    st.none() | st.floats(0, 60),
    st.sampled_from([QUEUE, None, HELP_LINE]),
    st.floats(0, 90),
    st.booleans(),
    st.booleans(),
    st.sampled_from([CallEnded, CallInterrupted, CallLost]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ended_records, max_size=25), st.floats(0, 86_399))
def test_what_is_over_counts_as_the_reports_count_it(drawn: list[tuple], asked_s: float) -> None:  # type: ignore[type-arg]
    midnight = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
    now = midnight + timedelta(seconds=asked_s)
    told = [
        record(i, midnight + timedelta(seconds=s), answered=a, queue=q, ended=(a or 0) + more, sent=x, served=v, end=e)
        for i, (s, a, q, more, x, v, e) in enumerate(drawn)
    ]
    line = day()
    for one in told:
        line.take(day_call(one))
    filled = day()
    filled.fill([ended_call(facts(one)) for one in told], [])
    figures = line.figures(now)
    assert filled.figures(now).today == figures.today
    for window in (figures.now, figures.hour, figures.today):
        inside = [facts(one) for one in told if one.offered_at >= window.began]
        assert window.within == naive(inside)
        assert window.deflected == sum(f.sent_end in ("helped", "self_served") for f in inside)
        parts = (window.answered, window.abandoned, window.short, window.elsewhere, window.unseen, window.waiting)
        assert sum(parts) == window.offered == len(inside)
        assert window.short == sum(is_short(f) for f in inside)


def naive(inside: list[CallFacts]) -> tuple[Within, ...]:
    answered = [f for f in inside if f.outcome in (Outcome.ANSWERED, Outcome.OVERFLOW_ANSWERED)]
    counted = [f for f in inside if not is_short(f)]
    return tuple(
        Within(within=t.within, answered=sum(ms(f.waited) <= ms(t.within) for f in answered), of=len(counted))
        for t in SHARES
    )


def is_short(f: CallFacts) -> bool:
    return f.outcome is Outcome.ABANDONED and ms(f.waited) < 5000


def ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def test_a_call_told_step_by_step_moves_from_waiting_to_answered_to_over() -> None:
    line, known = day(), None
    at = NOON - timedelta(seconds=30)
    call = CallId("n-1")
    steps: list[tuple[CourseEvent, tuple[int, int]]] = [
        (CallOffered(call_id=call, at=at, number="", dialled="102"), (1, 0)),
        (CallAnswered(call_id=call, at=at + timedelta(seconds=3), operator_id=OP1, queue=QUEUE), (0, 1)),
        (CallEnded(call_id=call, at=at + timedelta(seconds=9), hangup_cause=16), (0, 1)),
    ]
    for event, (waiting, answered) in steps:
        known = advance(known, event)
        line.take(day_call(known))
        today = line.figures(NOON).today
        assert (today.waiting, today.answered) == (waiting, answered)
