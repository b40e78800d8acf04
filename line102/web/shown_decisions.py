"""From what was decided about a call to the API's models. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from line102.decisions import Flag, Offer
from line102.events import CallCategorised, HelpLineLeft, QuestionAnswered
from line102.modes import LanguageMode
from line102.web import decision_schemas as schemas
from line102.words import Mode, PlaceCandidate, Urgency

URGENCY: dict[Urgency, schemas.UrgencyName] = {
    Urgency.NORMAL: "normal",
    Urgency.UNCLEAR: "unclear",
    Urgency.DANGER: "danger",
}


def place(found: PlaceCandidate) -> schemas.PlaceOut:
    return schemas.PlaceOut(
        name=found.name,
        house=found.house,
        score=_share(found.score),
        words=found.words,
        start=found.start,
        end=found.end,
        kind=found.kind,
    )


def flag(raised: Flag | None, *, shadow: bool) -> schemas.FlagOut | None:
    """A flag of mode shadow leaves the server only when ``shadow`` flags are shown."""
    if raised is None or (raised.mode is Mode.SHADOW and not shadow):
        return None
    by = raised.decided
    return schemas.FlagOut(
        at=raised.at,
        mode=raised.mode,
        language=raised.language,
        confidence=_share(raised.confidence),
        words=raised.words,
        dropped=raised.dropped,
        decided=schemas.FlagDecidedOut(at=by.at, by=by.by, accepted=by.accepted, reason=by.reason) if by else None,
    )


def offer(made: Offer | None) -> schemas.OfferOut | None:
    if made is None:
        return None
    ended = made.ended
    return schemas.OfferOut(
        at=made.at,
        language=made.language,
        ended_at=ended.at if ended else None,
        how=ended.how if ended else None,
        words=ended.words if ended else "",
    )


def turn(answered: QuestionAnswered) -> schemas.TurnOut:
    return schemas.TurnOut(at=answered.at, heard=answered.heard, topic=answered.topic, score=_share(answered.score))


def help_line_left(left: HelpLineLeft | None) -> schemas.HelpLineLeftOut | None:
    return schemas.HelpLineLeftOut(at=left.at, why=left.why) if left else None


def category(told: CallCategorised | None) -> schemas.CategoryOut | None:
    if told is None:
        return None
    return schemas.CategoryOut(at=told.at, by=told.by, label=told.label, category=told.category, audit=told.audit)


def modes(table: Sequence[LanguageMode]) -> schemas.ModesOut:
    return schemas.ModesOut([_mode(row) for row in table])


def _mode(row: LanguageMode) -> schemas.ModeOut:
    changed = row.changed
    return schemas.ModeOut(
        queue=row.queue,
        language=row.language,
        mode=row.mode,
        audited=row.gate.audited,
        needed=row.gate.needed,
        missed=row.gate.missed,
        gate_open=row.gate.is_open,
        miss_rate_below=_share(row.gate.miss_rate_below),
        changed_at=changed.at if changed else None,
        changed_by=changed.by if changed else None,
        reason=changed.reason if changed else None,
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
