"""What ``line102 call`` says of decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from line102.calls import CallId, CallRecord, OperatorId
from line102.cli.decided import moments, standing
from line102.decisions import NOTHING_DECIDED, decide
from line102.events import (
    CallFlagged,
    DecisionEvent,
    FlagDecided,
    FlagDropped,
    HelpLineLeft,
    OfferEnded,
    OfferMade,
    PlacesFound,
    QuestionAnswered,
    UrgencyRaised,
)
from line102.ports import CallStory
from line102.words import Mode, OfferEnd, PlaceCandidate, Urgency

ID = CallId("one.1")
BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def flagged(mode: Mode = Mode.OFFER) -> CallFlagged:
    return CallFlagged(
        call_id=ID, at=at(4), mode=mode, language="ru", confidence=0.97, words="справку", assessor="phrases@2"
    )


def story(*events: DecisionEvent, sent_s: float | None = None, served_s: float | None = None) -> CallStory:
    decided = NOTHING_DECIDED
    for event in events:
        decided = decide(decided, event)
    record = CallRecord(
        call_id=ID,
        offered_at=BEGAN,
        sent_at=None if sent_s is None else at(sent_s),
        served_at=None if served_s is None else at(served_s),
    )
    return CallStory(
        record=record,
        segments=(),
        missed=(),
        assessment=None,
        recording=None,
        transcript_complete=False,
        decisions=decided,
    )


def test_an_offer_and_the_self_service_are_told_in_their_order() -> None:
    told = story(
        flagged(),
        OfferMade(call_id=ID, at=at(6), language="ru"),
        OfferEnded(call_id=ID, at=at(13), how=OfferEnd.ACCEPTED, words="Хорошо."),
        QuestionAnswered(call_id=ID, at=at(30), heard="Как оплатить штраф?", topic="fines", score=0.9),
        QuestionAnswered(call_id=ID, at=at(50), heard="Сколько лет?", topic=None, score=0.0),
        HelpLineLeft(call_id=ID, at=at(60), why="unanswered"),
        sent_s=14,
        served_s=45,
    )
    assert [(when - BEGAN).total_seconds() for when, _ in sorted(moments(told))] == [4, 6, 13, 14, 30, 45, 50, 60]
    assert [what for _, what in sorted(moments(told))] == [
        "flagged a question",
        "was offered the help line, in ru",
        "offer ended: accepted «Хорошо.»",
        "sent to the help line",
        "self-service heard «Как оплатить штраф?»: fines",
        "heard a whole answer",
        "self-service heard «Сколько лет?»: nothing fits",
        "back to 102: unanswered",
    ]


def test_an_operators_decision_stands_with_name_and_reason() -> None:
    refused = FlagDecided(call_id=ID, at=at(9), by=OperatorId("op1"), accepted=False, reason="urgent")
    assert (at(9), "op1 refused the flag: urgent") in list(moments(story(flagged(), refused)))
    accepted = FlagDecided(call_id=ID, at=at(9), by=OperatorId("op1"), accepted=True, reason="")
    assert (at(9), "op1 accepted the flag") in list(moments(story(flagged(), accepted)))


def test_urgency_places_and_the_mode_of_a_flag_hold_of_the_call_as_a_whole() -> None:
    place = PlaceCandidate(
        name="улица Абая", house="20", score=0.93, words="Абая двадцать", start=0, end=5, kind="street"
    )
    told = story(
        UrgencyRaised(call_id=ID, at=at(3), urgency=Urgency.DANGER, words="ножом"),
        PlacesFound(call_id=ID, at=at(3), places=(place,)),
        flagged(Mode.SHADOW),
        FlagDropped(call_id=ID, at=at(8), because="urgent"),
    )
    assert list(standing(told)) == [
        "urgency   danger because of «ножом»; priority 0",
        "flagged   a question, 0.97 in ru (shadow: recorded only); dropped: urgent",
        "place     улица Абая 20  0.93 because of «Абая двадцать»",
    ]
    silent = story(UrgencyRaised(call_id=ID, at=at(15), urgency=Urgency.UNCLEAR, words=""))
    assert list(standing(silent)) == ["urgency   unclear because nobody spoke; priority 0"]


def test_of_a_call_without_decisions_nothing_is_said() -> None:
    assert list(standing(story())) == []
    assert list(moments(story())) == []
