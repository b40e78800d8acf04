"""How good triage has been, by hand-checked calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from line102.calls import CallId, OperatorId
from line102.events import (
    CallCategorised,
    CallFlagged,
    CallOffered,
    FlagDropped,
    LedgerEvent,
    RecordingBegan,
    SentToHelpLine,
    UrgencyRaised,
)
from line102.words import Label, Mode, Urgency
from reporting.triage_quality import courses, report
from tests.ledger_events import NOON


def at(seconds: float) -> Any:
    return NOON + timedelta(seconds=seconds)


def call(number: int, *more: LedgerEvent, begin: float = 0, caller: str = "") -> list[tuple[str, LedgerEvent]]:
    call_id = CallId(f"c{number}")
    told: list[LedgerEvent] = [
        CallOffered(call_id=call_id, at=at(begin), number=caller or f"77{number}", dialled="102"),
        RecordingBegan(call_id=call_id, at=at(begin + 1)),
        *more,
    ]
    return [(caller or f"77{number}", event) for event in told]


def flagged(number: int, second: float) -> CallFlagged:
    return CallFlagged(
        call_id=CallId(f"c{number}"),
        at=at(second),
        mode=Mode.SHADOW,
        language="ru",
        confidence=0.9,
        words="справка",
        assessor="t",
    )


def truth(number: int, label: Label, *, audit: bool = False) -> CallCategorised:
    return CallCategorised(
        call_id=CallId(f"c{number}"), at=at(500), by=OperatorId("op1"), label=label, category="", audit=audit
    )


def half(events: int, trials: int) -> tuple[float, float]:
    return 0.0, 1.0


def test_flags_misses_and_near_misses_are_told_apart() -> None:
    events = [
        *call(1, flagged(1, 6), truth(1, Label.INFORMATIONAL)),
        *call(2, truth(2, Label.INFORMATIONAL)),
        *call(3, flagged(3, 5), truth(3, Label.EMERGENCY)),
        *call(4, flagged(4, 5), FlagDropped(call_id=CallId("c4"), at=at(9), because="нож"), truth(4, Label.EMERGENCY)),
        *call(
            5,
            UrgencyRaised(call_id=CallId("c5"), at=at(4), urgency=Urgency.DANGER, words="нож"),
            truth(5, Label.EMERGENCY),
        ),
        *call(6, flagged(6, 9)),
    ]
    figures: Any = report(courses(events), half)["all"]
    assert figures["categorised"] == 5
    assert figures["flagged"] == 3
    assert (figures["questions_flagged"]["events"], figures["questions_flagged"]["of"]) == (1, 2)
    assert (figures["flags_that_were_questions"]["events"], figures["flags_that_were_questions"]["of"]) == (1, 2)
    assert figures["misses"] == ["c3"]
    assert figures["near_misses"] == ["c4"]
    assert (figures["emergencies_raised"]["events"], figures["emergencies_raised"]["of"]) == (1, 3)
    assert figures["seconds_to_raise"] == {"median": 3.0, "p95": 3.0}


def test_a_supervisors_audit_stands_over_an_operators_word() -> None:
    events = call(1, flagged(1, 5), truth(1, Label.EMERGENCY, audit=True), truth(1, Label.INFORMATIONAL))
    figures: Any = report(courses(events), half)["all"]
    assert figures["misses"] == ["c1"]
    assert figures["audited"] == 1


def test_who_calls_again_is_counted_and_an_emergency_among_them_is_a_miss() -> None:
    def sent(number: int, second: float) -> SentToHelpLine:
        return SentToHelpLine(call_id=CallId(f"c{number}"), at=at(second), by="caller")

    events = [
        *call(1, sent(1, 20), caller="7701"),
        *call(2, truth(2, Label.EMERGENCY), begin=20 + 9 * 60, caller="7701"),
        *call(3, sent(3, 20), caller="7702"),
        *call(4, begin=20 + 45 * 60, caller="7702"),
        *call(5, sent(5, 20), caller=""),
        *call(6, sent(6, 20), caller="7703"),
        *call(7, begin=20 + 61 * 60, caller="7703"),
    ]
    deflected: Any = report(courses(events), half)["deflected"]
    assert deflected["sent"] == 4
    assert deflected["again_within_10_minutes"] == 1
    assert deflected["again_within_30_minutes"] == 1
    assert deflected["again_within_60_minutes"] == 2
    assert deflected["misses_by_repeat_calls"] == ["c1"]


def test_nothing_is_told_of_nothing() -> None:
    figures: Any = report([], half)["all"]
    assert figures["questions_flagged"] is None
    assert figures["misses"] == []
