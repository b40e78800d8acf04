"""What the reports count of one call that is over: a narrow row, made whole from what the ledger holds. Pure.

One row per call that ended, made anew whenever something later is told of the call (its category, a call-back), so
that any figure over a year reads narrow rows and no events. Definitions: docs/figures.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from line102.calls import HELP_LINE, CallId, CallRecord, OperatorId, Outcome, QueueName
from line102.decisions import Decisions
from line102.numbers import is_withheld, plain
from line102.words import OfferEnd


class SentBy(StrEnum):
    """By whose choice a caller went to the help line, the last time."""

    CALLER = "caller"  # accepted the offer while waiting
    FLAG = "flag"  # an operator confirmed the flag
    OPERATOR = "operator"  # an operator sent them without a flag


class SentEnd(StrEnum):
    """Where a caller who was sent to the help line ended."""

    HELPED = "helped"  # a person there answered
    SELF_SERVED = "self_served"  # heard an answer from the self-service and hung up there
    RETURNED = "returned"  # was back in 102
    GAVE_UP = "gave_up"  # hung up there unanswered
    UNKNOWN = "unknown"  # nobody saw, or the PBX stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """Times are aware UTC; "" and None: there was none."""

    call_id: CallId
    offered_at: datetime
    ended_at: datetime
    caller: int  # the number, hashed to 63 bits, so that repeat calls can be counted; 0 for a withheld one
    queue: QueueName  # that the call joined first, "" for none
    language: str  # "ru", "kk", "mix" or ""
    outcome: Outcome
    seen_from_start: bool
    waited: timedelta  # from the network's offer to the first human, else to the end
    talked: timedelta  # with people at 102
    helped: timedelta  # at the help line: with people, or with the self-service that answered
    operator_id: OperatorId | None  # who answered first at 102
    lost_legs: int  # talks that broke off because a leg died
    urgency: int  # words.Urgency, the highest it came to
    label: str  # words.Label, by a person; "" while nobody said
    category: str
    audited: bool  # a supervisor listened and said the label
    flag: str  # words.Mode in which the call was flagged; "" for never
    flag_dropped: bool
    flag_accepted: bool | None  # None: nobody decided
    offer: str  # words.OfferEnd of the last offer; "" for none
    sent_by: SentBy | None
    sent_end: SentEnd | None  # None exactly when sent_by is
    called_back: bool | None  # the call-back is done; None: none was needed


def facts_of(record: CallRecord, decisions: Decisions, *, language: str, called_back: bool | None) -> CallFacts | None:
    """None while the call goes on. ``language``: the newest one heard, or the one that an operator chose."""
    if record.ended_at is None or record.outcome is None:
        return None
    flag, category = decisions.flag, decisions.category
    at_102 = [answer for answer in record.answers if answer.queue != HELP_LINE]
    return CallFacts(
        call_id=record.call_id,
        offered_at=record.offered_at,
        ended_at=record.ended_at,
        caller=caller_key(record.number),
        queue=record.stays[0].queue if record.stays else QueueName(""),
        language=language,
        outcome=record.outcome,
        seen_from_start=record.seen_from_start,
        waited=record.waited(record.ended_at),
        talked=_spent(record, help_line=False),
        helped=_helped(record),
        operator_id=at_102[0].operator_id if at_102 else None,
        lost_legs=sum(answer.lost for answer in record.answers),
        urgency=int(decisions.urgency),
        label=category.label.value if category else "",
        category=category.category if category else "",
        audited=category.audit if category else False,
        flag=flag.mode.value if flag else "",
        flag_dropped=flag is not None and flag.dropped is not None,
        flag_accepted=flag.decided.accepted if flag and flag.decided else None,
        offer=decisions.offer.ended.how.value if decisions.offer and decisions.offer.ended else "",
        sent_by=_sent_by(record, decisions),
        sent_end=_sent_end(record),
        called_back=called_back,
    )


def caller_key(number: str) -> int:
    """The same for each way of writing a number; never 0 but for a withheld one."""
    if is_withheld(number):
        return 0
    digest = blake2b(plain(number).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1


def _spent(record: CallRecord, *, help_line: bool) -> timedelta:
    spans = (
        (answer.ended_at or answer.at) - answer.at
        for answer in record.answers
        if (answer.queue == HELP_LINE) is help_line
    )
    return sum((max(span, timedelta(0)) for span in spans), timedelta(0))


def _helped(record: CallRecord) -> timedelta:
    with_people = _spent(record, help_line=True)
    if record.outcome is Outcome.SELF_SERVED and record.sent_at and record.ended_at:
        return with_people + max(record.ended_at - record.sent_at, timedelta(0))
    return with_people


def _sent_by(record: CallRecord, decisions: Decisions) -> SentBy | None:
    if record.sent_at is None:
        return None
    offer, flag = decisions.offer, decisions.flag
    if offer and offer.ended and offer.ended.how is OfferEnd.ACCEPTED:
        return SentBy.CALLER
    return SentBy.FLAG if flag and flag.decided and flag.decided.accepted else SentBy.OPERATOR


def _sent_end(record: CallRecord) -> SentEnd | None:
    if record.sent_at is None:
        return None
    if not record.at_help_line:
        return SentEnd.RETURNED
    if any(answer.queue == HELP_LINE and answer.at >= record.sent_at for answer in record.answers):
        return SentEnd.HELPED
    if record.served_at is not None and record.served_at >= record.sent_at:
        return SentEnd.SELF_SERVED
    return SentEnd.UNKNOWN if record.outcome in _UNSEEN else SentEnd.GAVE_UP


_UNSEEN = (Outcome.INTERRUPTED, Outcome.UNOBSERVED)
