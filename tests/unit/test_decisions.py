"""What was decided about a call, folded: whatever comes in whatever order, the ratchet holds."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from line102.decisions import Decisions, decide
from line102.events import CallCategorised, CallFlagged, DecisionEvent, FlagDecided, FlagDropped, OfferEnded, OfferMade
from line102.words import Label, Mode, OfferEnd
from tests.ledger_events import NOON, STRATEGIES

CALL, OP = "line102-1789.0", "op1"
decisions = st.lists(st.one_of(*(STRATEGIES[cls] for cls in get_args(DecisionEvent))), max_size=30)


@given(decisions)
def test_urgency_never_falls_and_a_flag_never_comes_back(told: list[DecisionEvent]) -> None:
    known = Decisions()
    for event in told:
        after = decide(known, event)
        assert after.urgency >= known.urgency
        if known.flag is not None:
            assert after.flag is not None
            assert after.flag.at == known.flag.at
            assert known.flag.is_open or after.flag == known.flag
        if known.category is not None and known.category.audit:
            assert after.category is not None
            assert after.category.audit, "an operator's word does not undo what a supervisor heard"
        known = after


@given(decisions)
def test_the_same_telling_twice_changes_nothing(told: list[DecisionEvent]) -> None:
    known = Decisions()
    for event in told:
        once = decide(known, event)
        assert decide(once, event) == once
        known = once


def test_a_flag_is_open_until_it_is_dropped_or_decided() -> None:
    flagged = CallFlagged(
        call_id=CALL, at=NOON, mode=Mode.ASSIST, language="ru", confidence=0.9, words="адрес", assessor="t@1"
    )
    known = decide(Decisions(), flagged)
    assert known.flag is not None
    assert known.flag.is_open
    dropped = decide(known, FlagDropped(call_id=CALL, at=NOON, because="нож"))
    late = decide(dropped, FlagDecided(call_id=CALL, at=NOON, by=OP, accepted=True, reason=""))
    assert late.flag is not None
    assert (late.flag.dropped, late.flag.decided) == ("нож", None), "nobody confirms a flag that is gone"


def test_an_offer_ends_once() -> None:
    known = decide(Decisions(), OfferMade(call_id=CALL, at=NOON, language="kk"))
    known = decide(known, OfferEnded(call_id=CALL, at=NOON, how=OfferEnd.SILENCE, words=""))
    known = decide(known, OfferEnded(call_id=CALL, at=NOON, how=OfferEnd.ACCEPTED, words="иә"))
    assert known.offer is not None
    assert known.offer.ended is not None
    assert known.offer.ended.how is OfferEnd.SILENCE


def test_a_supervisors_word_stands() -> None:
    audit = CallCategorised(call_id=CALL, at=NOON, by=OP, label=Label.EMERGENCY, category="", audit=True)
    later = CallCategorised(call_id=CALL, at=NOON, by=OP, label=Label.NUISANCE, category="")
    assert decide(decide(Decisions(), audit), later).category == audit
