"""Who moves ahead, who is a question, who may be asked: the decisions, each with its reason. Pure and total.

The model scores, this decides, and doubt goes to a person. Nothing here lowers an urgency or sends anybody away: the
most that is ever decided without a person is to *ask* a caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from line102.words import Assessment, Label, Mode, Urgency

SILENT_AFTER = timedelta(seconds=15)  # of listening without one understood word: doubt
PRIORITY = {Urgency.NORMAL: 0, Urgency.UNCLEAR: 5, Urgency.DANGER: 10}  # of the queue: the highest is answered first


@dataclass(frozen=True, slots=True)
class Raise:
    """``words`` are the caller's own; "" when it was their silence."""

    urgency: Urgency
    words: str


def raise_of(known: Urgency, assessment: Assessment | None, *, listened: timedelta) -> Raise | None:
    """How far to raise a caller; None: not at all. ``listened``: how long their side was heard so far.

    Never lowers (promise 3). Silence and speech that nobody understands count as urgent.
    """
    if assessment is None or not assessment.text:
        unclear = listened >= SILENT_AFTER and known < Urgency.UNCLEAR
        return Raise(Urgency.UNCLEAR, "") if unclear else None
    if assessment.urgency <= known:
        return None
    words = "; ".join(e.words for e in assessment.evidence if e.label is Label.EMERGENCY)
    return Raise(assessment.urgency, words or assessment.text[-80:])


class Unflagged(StrEnum):
    """Why a call is not, or no longer, treated as a question."""

    URGENT = "urgent"
    VETO = "veto"
    NOT_A_QUESTION = "not a question any more"
    URGENT_EARLIER = "an earlier call of this number today was urgent"
    LANGUAGE = "the language is not certain"


def why_not_flagged(
    assessment: Assessment, urgency: Urgency, *, is_question: bool, urgent_earlier: bool
) -> Unflagged | None:
    """The first reason against; None: it may be flagged. ``is_question``: ``flagging.may_flag``."""
    if urgency is Urgency.DANGER or assessment.urgency is Urgency.DANGER:
        return Unflagged.URGENT
    if assessment.vetoes:
        return Unflagged.VETO
    if not is_question:
        return Unflagged.NOT_A_QUESTION
    if urgent_earlier:
        return Unflagged.URGENT_EARLIER
    if not assessment.language:
        return Unflagged.LANGUAGE
    return None


def mode_for(language: str, modes: dict[str, Mode]) -> Mode:
    """The mode of a call in ``language``. Mixed speech is understood only where both languages are; else shadow."""
    order = list(Mode)
    if language == "mix":
        return min((modes.get(name, Mode.SHADOW) for name in ("ru", "kk")), key=order.index)
    return modes.get(language, Mode.SHADOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known about a flagged caller and the line at one moment."""

    mode: Mode  # of this language now, not when the flag was raised
    flag_is_open: bool
    waits: bool  # in the queue of 102, no phone rings for them
    waited: timedelta
    free_operators: int
    help_line_takes_calls: bool  # a person there is free, or the self-service answers
    offered_before: bool


OFFER_AFTER = timedelta(seconds=5)  # waiting: an operator who is just getting free should have the caller


def may_offer(now: Situation) -> bool:
    """Whether a waiting caller may be asked. Only while nobody is free, only once a call, only in mode ``offer``."""
    return (
        now.mode is Mode.OFFER
        and now.flag_is_open
        and now.waits
        and now.waited >= OFFER_AFTER
        and now.free_operators == 0
        and now.help_line_takes_calls
        and not now.offered_before
    )
