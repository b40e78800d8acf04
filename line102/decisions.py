"""What was decided about one call so far, and because of which words. Pure: folded from ``events.DecisionEvent``.

The ratchet lives here too: whatever order events come in, ``urgency`` never falls and a dropped flag stays dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from line102.events import (
    CallCategorised,
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
from line102.words import Mode, PlaceCandidate, Urgency

TURNS_KEPT = 20  # of the self-service, newest kept; the ledger has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A call that looks like a question. It is open until it was dropped or decided."""

    at: datetime
    mode: Mode
    language: str
    confidence: float  # 0.0-1.0
    words: str
    dropped: str | None = None  # why
    decided: FlagDecided | None = None

    @property
    def is_open(self) -> bool:
        return self.dropped is None and self.decided is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The last offer that the caller heard."""

    at: datetime
    language: str
    ended: OfferEnded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    places: tuple[PlaceCandidate, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    urgent_words: str = ""  # that raised it
    flag: Flag | None = None
    offer: Offer | None = None
    turns: tuple[QuestionAnswered, ...] = ()
    help_line_left: HelpLineLeft | None = None
    category: CallCategorised | None = None


NOTHING_DECIDED = Decisions()


def decide(known: Decisions, event: DecisionEvent) -> Decisions:
    """What is known after ``event``. Total and idempotent."""
    match event:
        case PlacesFound(places=places):
            return replace(known, places=places)
        case UrgencyRaised(urgency=urgency, words=words):
            return replace(known, urgency=urgency, urgent_words=words) if urgency > known.urgency else known
        case CallFlagged():
            return _flagged(known, event)
        case FlagDropped(because=because):
            return replace(known, flag=replace(known.flag, dropped=because)) if _open(known) and known.flag else known
        case FlagDecided():
            return replace(known, flag=replace(known.flag, decided=event)) if _open(known) and known.flag else known
        case OfferMade(at=at, language=language):
            return replace(known, offer=Offer(at=at, language=language))
        case OfferEnded():
            ended = known.offer is not None and known.offer.ended is None
            return replace(known, offer=replace(known.offer, ended=event)) if ended and known.offer else known
        case QuestionAnswered():
            return replace(known, turns=(*known.turns, event)[-TURNS_KEPT:]) if event not in known.turns else known
        case HelpLineLeft():
            return replace(known, help_line_left=event)
        case CallCategorised():
            audited = known.category is not None and known.category.audit and not event.audit
            return known if audited else replace(known, category=event)
        case _:
            assert_never(event)


def _open(known: Decisions) -> bool:
    return known.flag is not None and known.flag.is_open


def _flagged(known: Decisions, event: CallFlagged) -> Decisions:
    """A flag that was dropped or decided never comes back: a veto does not disappear."""
    if known.flag is not None:
        return known
    flag = Flag(at=event.at, mode=event.mode, language=event.language, confidence=event.confidence, words=event.words)
    return replace(known, flag=flag)
