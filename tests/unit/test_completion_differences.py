from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from line102.calls import Answer, CallId, CallRecord, OperatorId, Outcome, QueueName, QueueStay, StayEnd
from line102.completion import complete, differences, differences_with_cdr
from line102.events import CallLost

T = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)
QUEUE = QueueName("102")


def s(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


STAY = QueueStay(queue=QUEUE, joined_at=s(1), position=1, left_at=s(5), end=StayEnd.ANSWERED)
ANSWER = Answer(operator_id=OperatorId("op1"), at=s(5), queue=QUEUE, ended_at=s(60))
CALL = CallRecord(
    call_id=CallId("line102-1.1"),
    offered_at=T,
    number="+77010000001",
    recording_began_at=s(0.5),
    stays=(STAY,),
    answers=(ANSWER,),
    ended_at=s(60),
    hangup_cause=16,
    outcome=Outcome.ANSWERED,
)


@dataclass(frozen=True)
class Span:
    started_at: datetime
    ended_at: datetime | None


@pytest.mark.parametrize(
    ("ours", "what"),
    [
        (replace(CALL, outcome=Outcome.ABANDONED), "outcome"),
        (replace(CALL, offered_at=s(0.6)), "offered"),
        (replace(CALL, recording_began_at=s(1.1)), "recording began"),
        (replace(CALL, recording_began_at=None), "recording began"),
        (replace(CALL, ended_at=s(60.6)), "ended"),
        (replace(CALL, stays=()), "stays in the queue"),
        (replace(CALL, stays=(replace(STAY, end=StayEnd.TIMEOUT),)), "stay 1: end"),
        (replace(CALL, stays=(replace(STAY, joined_at=s(2.6)),)), "stay 1: joined"),
        (replace(CALL, stays=(replace(STAY, left_at=s(6.6)),)), "stay 1: left"),
        (replace(CALL, answers=()), "answers"),
        (replace(CALL, answers=(replace(ANSWER, operator_id=OperatorId("op2")),)), "answer 1: operator"),
        (replace(CALL, answers=(replace(ANSWER, at=s(6.6)),)), "answer 1: at"),
        (replace(CALL, answers=(replace(ANSWER, queue=None),)), "answer 1: queue"),
    ],
)
def test_each_difference_is_named_once(ours: CallRecord, what: str) -> None:
    assert [found.what for found in differences(ours, CALL)] == [what]
    assert [found.what for found in differences(CALL, ours)] == [what]


def test_times_within_what_whole_seconds_allow_are_no_difference() -> None:
    near = replace(
        CALL,
        offered_at=s(0.4),
        ended_at=s(60.4),
        stays=(replace(STAY, joined_at=s(2.4), left_at=s(6.4)),),
        answers=(replace(ANSWER, at=s(6.4)),),
    )
    assert differences(near, CALL) == []


def test_an_overflow_answer_is_compared_exactly() -> None:
    overflow = replace(CALL, answers=(replace(ANSWER, queue=None),))
    late = replace(CALL, answers=(replace(ANSWER, queue=None, at=s(5.6)),))
    assert [found.what for found in differences(late, overflow)] == ["answer 1: at"]


def test_a_call_on_one_side_only_is_a_difference() -> None:
    assert [(found.ours, found.theirs) for found in differences(CALL, None)] == [("recorded", "no such call")]
    assert [(found.ours, found.theirs) for found in differences(None, CALL)] == [("no such call", "recorded")]
    assert differences(None, None) == []


def test_no_difference_shows_the_callers_number() -> None:
    shown = str(differences(CALL, None)) + str(differences(replace(CALL, offered_at=s(9)), CALL))
    assert "7701" not in shown


def test_open_here_and_ended_there_is_a_difference() -> None:
    running = replace(CALL, ended_at=None, outcome=None, hangup_cause=None)
    assert "ended" in [found.what for found in differences(running, CALL)]
    assert differences(running, running) == []


@pytest.mark.parametrize(
    ("span", "what"),
    [
        (Span(s(0), s(60)), []),
        (Span(s(-0.4), s(60.4)), []),
        (Span(s(0), s(61)), ["ended (CDR)"]),
        (Span(s(0), None), ["ended (CDR)"]),
        (Span(s(1), s(60)), ["offered (CDR)"]),
        (None, ["call in CDR"]),
    ],
)
def test_against_the_second_witness(span: Span | None, what: list[str]) -> None:
    assert [found.what for found in differences_with_cdr(CALL, span, CALL.call_id)] == what


def test_cdr_knows_a_call_that_the_ledger_does_not() -> None:
    assert [found.what for found in differences_with_cdr(None, Span(T, s(1)), CALL.call_id)] == ["call in CDR"]


def test_an_interrupted_call_needs_no_cdr() -> None:
    cut = replace(CALL, outcome=Outcome.INTERRUPTED, hangup_cause=None, answers=())
    assert differences_with_cdr(cut, None, CALL.call_id) == []


def test_a_call_still_on_the_pbx_is_not_ended() -> None:
    ours = replace(CALL, ended_at=None, outcome=None, hangup_cause=None, answers=(replace(ANSWER, ended_at=None),))
    assert complete(ours, CALL, present=True) == []


def test_a_call_in_the_ledger_only_and_gone_is_lost() -> None:
    ours = CallRecord(call_id=CALL.call_id, offered_at=T)
    assert complete(ours, None, present=False) == [CallLost(call_id=CALL.call_id, at=T)]
    assert complete(ours, None, present=True) == []
    assert complete(None, None, present=False) == []


def test_what_we_saw_more_exactly_stays() -> None:
    exact = replace(STAY, joined_at=s(1.234567), left_at=None, end=None)
    ours = CallRecord(call_id=CALL.call_id, offered_at=s(0.1), stays=(exact,))
    added = complete(ours, CALL, present=False)
    assert [type(event).__name__ for event in added] == ["RecordingBegan", "CallAnswered", "CallEnded"]


def test_what_is_added_never_goes_back_before_what_we_saw() -> None:
    """Whole seconds: their answer seems to come before the join that we saw exactly."""
    ours = CallRecord(
        call_id=CALL.call_id, offered_at=T, stays=(replace(STAY, joined_at=s(5.9), left_at=None, end=None),)
    )
    added = complete(ours, replace(CALL, recording_began_at=None), present=True)
    assert [event.at for event in added] == [s(5.9)]
