"""What the reports count of one call, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from line102.call_facts import SentBy, SentEnd, caller_key, facts_of
from line102.calls import HELP_LINE, CallId, OperatorId, Outcome, QueueName, StayEnd
from line102.decisions import Decisions, decide
from line102.events import (
    CallAnswered,
    CallCategorised,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallFlagged,
    CallOffered,
    CourseEvent,
    DecisionEvent,
    FlagDecided,
    OfferEnded,
    OfferMade,
    OperatorLeft,
    SelfServed,
    SentToHelpLine,
)
from line102.history import fold
from line102.operator_hours import by_hour
from line102.words import Label, Mode, OfferEnd

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CALL = CallId("line102-1789.1")
QUEUE = QueueName("102")
OP1, HELPER = OperatorId("op1"), OperatorId("help1")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def answered(seconds: float, operator: OperatorId, queue: QueueName | None) -> CallAnswered:
    return CallAnswered(call_id=CALL, at=at(seconds), operator_id=operator, queue=queue)


BEGAN: list[CourseEvent] = [
    CallOffered(call_id=CALL, at=at(0), number="8 701 123 45 67", dialled="102"),
    CallerJoined(call_id=CALL, at=at(2), queue=QUEUE, position=1),
]
SENT: list[CourseEvent] = [
    answered(7, OP1, QUEUE),
    SentToHelpLine(call_id=CALL, at=at(27), by="op1"),
    CallerJoined(call_id=CALL, at=at(28), queue=HELP_LINE, position=1),
]
FLAGGED: list[DecisionEvent] = [
    CallFlagged(
        call_id=CALL, at=at(20), mode=Mode.ASSIST, language="ru", confidence=0.9, words="адрес отдела", assessor="x@1"
    ),
    FlagDecided(call_id=CALL, at=at(26), by=OP1, accepted=True, reason=""),
]


def decided(events: list[DecisionEvent]) -> Decisions:
    known = Decisions()
    for event in events:
        known = decide(known, event)
    return known


def ended(seconds: float) -> CallEnded:
    return CallEnded(call_id=CALL, at=at(seconds), hangup_cause=16)


def test_a_call_that_goes_on_is_not_counted() -> None:
    record = fold([*BEGAN, answered(7, OP1, QUEUE)])
    assert record is not None
    assert facts_of(record, Decisions(), language="ru", called_back=None) is None


def test_an_answered_call() -> None:
    record = fold([*BEGAN, answered(7, OP1, QUEUE), ended(67)])
    assert record is not None
    said = CallCategorised(call_id=CALL, at=at(80), by=OP1, label=Label.NON_URGENT, category="noise")
    facts = facts_of(record, decided([said]), language="kk", called_back=None)
    assert facts is not None
    assert (facts.outcome, facts.queue, facts.operator_id) == (Outcome.ANSWERED, QUEUE, OP1)
    assert (facts.waited, facts.talked, facts.helped) == (timedelta(seconds=7), timedelta(seconds=60), timedelta(0))
    assert (facts.label, facts.category, facts.audited, facts.language) == ("NON_URGENT", "noise", False, "kk")
    assert (facts.flag, facts.sent_by, facts.sent_end) == ("", None, None)


@pytest.mark.parametrize(
    ("then", "end", "helped_s", "outcome"),
    [
        ([answered(33, HELPER, HELP_LINE), ended(93)], SentEnd.HELPED, 60, Outcome.ANSWERED),
        ([ended(50)], SentEnd.GAVE_UP, 0, Outcome.ANSWERED),
        ([SelfServed(call_id=CALL, at=at(40)), ended(45)], SentEnd.SELF_SERVED, 0, Outcome.ANSWERED),
        (
            [
                CallerLeftQueue(call_id=CALL, at=at(48), queue=HELP_LINE, reason=StayEnd.TIMEOUT),
                CallerJoined(call_id=CALL, at=at(48), queue=QUEUE, position=1),
                answered(50, OP1, QUEUE),
                OperatorLeft(call_id=CALL, at=at(70), operator_id=OP1),
                ended(70),
            ],
            SentEnd.RETURNED,
            0,
            Outcome.ANSWERED,
        ),
    ],
)
def test_where_a_confirmed_question_ended(
    then: list[CourseEvent], end: SentEnd, helped_s: int, outcome: Outcome
) -> None:
    record = fold([*BEGAN, *SENT, *then])
    assert record is not None
    facts = facts_of(record, decided(FLAGGED), language="ru", called_back=None)
    assert facts is not None
    assert (facts.sent_by, facts.sent_end, facts.outcome) == (SentBy.FLAG, end, outcome)
    assert facts.helped == timedelta(seconds=helped_s)
    assert (facts.flag, facts.flag_accepted, facts.flag_dropped) == ("assist", True, False)
    assert facts.talked == timedelta(seconds=40 if end is SentEnd.RETURNED else 20)


def test_a_caller_who_chose_the_self_service_was_never_at_102() -> None:
    offer: list[DecisionEvent] = [
        OfferMade(call_id=CALL, at=at(9), language="ru"),
        OfferEnded(call_id=CALL, at=at(14), how=OfferEnd.ACCEPTED, words="да"),
    ]
    left = CallerLeftQueue(call_id=CALL, at=at(15), queue=QUEUE, reason=StayEnd.WITHDRAWN)
    sent = SentToHelpLine(call_id=CALL, at=at(15), by="caller")
    record = fold([*BEGAN, left, sent, SelfServed(call_id=CALL, at=at(40)), ended(55)])
    assert record is not None
    facts = facts_of(record, decided(offer), language="ru", called_back=None)
    assert facts is not None
    assert (facts.outcome, facts.sent_by, facts.sent_end) == (
        Outcome.SELF_SERVED,
        SentBy.CALLER,
        SentEnd.SELF_SERVED,
    )
    assert (facts.helped, facts.talked, facts.operator_id) == (timedelta(seconds=40), timedelta(0), None)
    assert facts.waited == timedelta(seconds=55)


def test_a_caller_is_one_in_every_spelling_and_withheld_is_nobody() -> None:
    same = {caller_key(number) for number in ("87011234567", "+77011234567", "8 701 123 45 67")}
    assert len(same) == 1
    assert 0 < same.pop() < 2**63
    assert caller_key("") == caller_key("anonymous") == 0
    assert caller_key("87011234568") != caller_key("87011234567")


def test_a_spell_is_cut_at_each_hour() -> None:
    cut = list(by_hour(at(3540), at(3600 + 3600 + 90)))
    assert cut == [(NOON, 60.0), (at(3600), 3600.0), (at(7200), 90.0)]
    assert list(by_hour(at(10), at(10))) == []
    assert list(by_hour(at(10), at(5))) == []
