"""What a call is: the one definition of its facts and its outcome. Pure.

A call's record is folded from events (``events.py``) by ``history.advance``; the live board, the store and
``line102 reconcile`` all use that one fold, so they cannot disagree about what an outcome is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

CallId = NewType("CallId", str)  # Asterisk's Uniqueid of the caller's channel, e.g. "line102-1789.12"
OperatorId = NewType("OperatorId", str)  # the operator's name in the settings, e.g. "op1"; not a channel, not an agent
QueueName = NewType("QueueName", str)
HELP_LINE = QueueName("help")  # the help line's own queue; every other queue is one of 102


class Side(StrEnum):
    """Who is heard: what the caller says, or what the caller hears (ringing, prompts, then the operator)."""

    CALLER = "caller"
    OPERATOR = "operator"


class StayEnd(StrEnum):
    """Why one stay in a queue ended, or why it never began (the last three)."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    WITHDRAWN = "withdrawn"
    EMPTIED = "emptied"  # joined, then the last member left
    LEFT = "left"  # left the queue into the dialplan for another reason (key pressed, continue)
    INTERRUPTED = "interrupted"  # the PBX stopped under the caller
    UNOBSERVED = "unobserved"
    FULL = "full"
    NOBODY = "nobody"  # joinempty: no member could take the call
    UNKNOWN_QUEUE = "unknown_queue"


class Outcome(StrEnum):
    """How a call ended, as the ledger says it. Exactly one per call."""

    ANSWERED = "answered"  # an operator answered from the queue
    OVERFLOW_ANSWERED = "overflow_answered"  # somebody answered the overflow ring
    HELPED = "helped"  # never answered at 102: chose the help line, and a person there answered
    SELF_SERVED = "self_served"  # chose the help line, heard an answer from its self-service, and hung up there
    ABANDONED = "abandoned"  # the caller ended before a human answered
    INTERRUPTED = "interrupted"  # the PBX stopped before a human answered
    UNOBSERVED = "unobserved"  # neither we nor Asterisk's records saw the end: shown as a gap, never guessed


class CallState(StrEnum):
    OFFERED = "offered"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    OVERFLOW = "overflow"
    HELP_LINE = "help_line"  # with the help line's prompts or self-service, between two queues
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One operator's phone rung for a waiting caller."""

    operator_id: OperatorId
    at: datetime
    unanswered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStay:
    """One stay of a call in a queue, from join to leave. A refused join has ``left_at == joined_at``."""

    queue: QueueName
    joined_at: datetime
    position: int | None = None  # as joined; 1 is next
    left_at: datetime | None = None
    end: StayEnd | None = None
    rings: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One human who answered. ``queue`` is None when it was the overflow ring."""

    operator_id: OperatorId
    at: datetime
    queue: QueueName | None
    ended_at: datetime | None = None
    lost: bool = False  # their leg died: nobody hung up, the caller was back at the head of the queue
    put_to: str = ""  # whom they put the caller through to at its end: "duty", an operator, a number


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """Everything the ledger holds about the course of one call. Times are aware UTC."""

    call_id: CallId
    offered_at: datetime  # the network offered the call; every wait counts from here
    number: str = ""  # the caller's, as the trunk gave it; "" when withheld
    dialled: str = ""
    seen_from_start: bool = True  # False: first seen in mid-call and not completed from Asterisk's records
    recording_began_at: datetime | None = None
    stays: tuple[QueueStay, ...] = ()
    answers: tuple[Answer, ...] = ()
    priority: int = 0
    sent_at: datetime | None = None  # last left 102 for the help line, by the caller's or an operator's choice
    served_at: datetime | None = None  # last heard a whole answer from the help line's self-service
    ended_at: datetime | None = None
    hangup_cause: int | None = None  # Q.850
    outcome: Outcome | None = None  # set exactly when ended

    @property
    def state(self) -> CallState:
        if self.ended_at is not None:
            return CallState.ENDED
        if self.answers and self.answers[-1].ended_at is None:
            return CallState.TALKING
        if self.stays and self.stays[-1].left_at is None:
            ringing = any(ring.unanswered_at is None for ring in self.stays[-1].rings)
            return CallState.RINGING if ringing else CallState.WAITING
        if self.at_help_line:
            return CallState.HELP_LINE
        return CallState.OVERFLOW if self.stays else CallState.OFFERED

    @property
    def at_help_line(self) -> bool:
        """Whether the call was sent to the help line and has not joined 102 again since."""
        if self.sent_at is None:
            return False
        return not any(stay.queue != HELP_LINE and stay.joined_at >= self.sent_at for stay in self.stays)

    @property
    def first_answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    def waited(self, now: datetime) -> timedelta:
        """From the network's offer to the first human, else to the end of the call, else to ``now``."""
        until = self.first_answer.at if self.first_answer else (self.ended_at or now)
        return max(until - self.offered_at, timedelta(0))

    def talked(self, now: datetime) -> timedelta:
        """Sum over all humans who answered."""
        spans = ((answer.ended_at or self.ended_at or now) - answer.at for answer in self.answers)
        return sum((max(span, timedelta(0)) for span in spans), timedelta(0))

    def with_stay(self, stay: QueueStay) -> CallRecord:
        """The record with its last stay replaced."""
        return replace(self, stays=(*self.stays[:-1], stay))


def outcome_of(record: CallRecord, *, interrupted: bool) -> Outcome:
    """The outcome of a call that ends now: whether a human answered, and where; who ended it; whether it was served.

    ``QueueCallerAbandon`` plays no part: Asterisk sends it on withdraw and timeout too (app_queue.c).
    """
    at_102 = [answer for answer in record.answers if answer.queue != HELP_LINE]
    if at_102:
        return Outcome.ANSWERED if at_102[0].queue is not None else Outcome.OVERFLOW_ANSWERED
    if record.answers:
        return Outcome.HELPED
    if interrupted:
        return Outcome.INTERRUPTED
    served = record.served_at is not None and record.at_help_line
    return Outcome.SELF_SERVED if served else Outcome.ABANDONED
