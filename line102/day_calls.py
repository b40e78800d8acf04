"""One call as the wallboard counts it: from its record while it goes on, from its facts once it is over. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from line102.call_facts import CallFacts, SentEnd, facts_of
from line102.calls import HELP_LINE, CallId, CallRecord, Outcome
from line102.decisions import NOTHING_DECIDED

_AT_102 = frozenset({Outcome.ANSWERED, Outcome.OVERFLOW_ANSWERED})
_UNSEEN = frozenset({Outcome.INTERRUPTED, Outcome.UNOBSERVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCall:
    call_id: CallId
    offered_at: datetime
    waited_ms: int | None  # from the offer to the first human, else to the end; None: waits still
    answered: bool  # by a human at 102
    abandoned: bool  # ended before any human answered, by the caller
    unseen: bool  # interrupted, or nobody saw its end
    deflected: bool  # sent to the help line, and a person or the self-service there answered
    over: bool


def day_call(record: CallRecord) -> DayCall:
    """As it stands now."""
    facts = facts_of(record, NOTHING_DECIDED, language="", called_back=None)
    if facts is not None:
        return ended_call(facts)
    first = record.first_answer
    return DayCall(
        call_id=record.call_id,
        offered_at=record.offered_at,
        waited_ms=whole_ms(record.waited(first.at)) if first else None,
        answered=any(answer.queue != HELP_LINE for answer in record.answers),
        abandoned=False,
        unseen=False,
        deflected=_is_deflected(record),
        over=False,
    )


def ended_call(facts: CallFacts) -> DayCall:
    return DayCall(
        call_id=facts.call_id,
        offered_at=facts.offered_at,
        waited_ms=whole_ms(facts.waited),
        answered=facts.outcome in _AT_102,
        abandoned=facts.outcome is Outcome.ABANDONED,
        unseen=facts.outcome in _UNSEEN,
        deflected=facts.sent_end in (SentEnd.HELPED, SentEnd.SELF_SERVED),
        over=True,
    )


def whole_ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def _is_deflected(record: CallRecord) -> bool:
    """Of a call that goes on: whether it would count so if it ended now, at the help line."""
    if record.sent_at is None or not record.at_help_line:
        return False
    helped = any(answer.queue == HELP_LINE and answer.at >= record.sent_at for answer in record.answers)
    return helped or (record.served_at is not None and record.served_at >= record.sent_at)
