"""The one fold: how a call's record follows from its events. Pure, total, idempotent.

Idempotent because after a gap the same fact may arrive twice: once live, once from Asterisk's records.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from line102.calls import Answer, CallRecord, Outcome, QueueName, QueueStay, Ring, StayEnd, outcome_of
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallInterrupted,
    CallLost,
    CallOffered,
    CourseEvent,
    LegLost,
    OperatorLeft,
    OperatorRung,
    PriorityChanged,
    PutThrough,
    RecordingBegan,
    RingNoAnswer,
    SelfServed,
    SentToHelpLine,
)


def advance(record: CallRecord | None, event: CourseEvent) -> CallRecord:
    """The record after ``event``. A first event other than CallOffered marks the record as not seen from its start."""
    if record is not None and record.ended_at is not None:
        return record  # the end is final; late lines of the same call change nothing
    if isinstance(event, CallOffered):
        return _offered(record, event)
    if record is None:
        record = CallRecord(call_id=event.call_id, offered_at=event.at, seen_from_start=False)
    match event:
        case RecordingBegan(at=at):
            return replace(record, recording_began_at=record.recording_began_at or at)
        case CallerJoined() | CallerRefused():
            return _joined(record, event)
        case OperatorRung(at=at, queue=queue, operator_id=operator_id):
            return _rung(record, queue, Ring(operator_id=operator_id, at=at))
        case RingNoAnswer():
            return _unanswered(record, event)
        case CallAnswered():
            return _answered(record, event)
        case OperatorLeft(at=at, operator_id=operator_id):
            late = record.answers and record.answers[-1].operator_id != operator_id  # of an earlier talk
            return record if late else _operator_left(record, at)
        case LegLost(at=at):
            return _with_last_answer(_operator_left(record, at), lost=True)
        case PutThrough(at=at, to=to):
            return _with_last_answer(_operator_left(record, at), put_to=to)
        case CallerLeftQueue(at=at, queue=queue, reason=reason):
            return _left(record, queue, at, reason)
        case PriorityChanged(priority=priority):
            return replace(record, priority=priority)
        case SentToHelpLine(at=at):
            return replace(_operator_left(record, at), sent_at=at)
        case SelfServed(at=at):
            return replace(record, served_at=at)
        case CallEnded(at=at, hangup_cause=cause):
            return _ended(record, at, outcome_of(record, interrupted=False), StayEnd.ABANDONED, cause)
        case CallInterrupted(at=at):
            return _ended(record, at, outcome_of(record, interrupted=True), StayEnd.INTERRUPTED, None)
        case CallLost(at=at):
            lost = outcome_of(record, interrupted=True) if record.answers else Outcome.UNOBSERVED
            return _ended(record, at, lost, StayEnd.UNOBSERVED, None)
        case _:
            assert_never(event)


def fold(events: list[CourseEvent]) -> CallRecord | None:
    record: CallRecord | None = None
    for event in events:
        record = advance(record, event)
    return record


def _offered(record: CallRecord | None, event: CallOffered) -> CallRecord:
    if record is None:
        return CallRecord(call_id=event.call_id, offered_at=event.at, number=event.number, dialled=event.dialled)
    if record.seen_from_start:
        return record
    return replace(record, offered_at=event.at, number=event.number, dialled=event.dialled, seen_from_start=True)


def _joined(record: CallRecord, event: CallerJoined | CallerRefused) -> CallRecord:
    if any(stay.left_at is None or (stay.queue, stay.joined_at) == (event.queue, event.at) for stay in record.stays):
        return record
    if isinstance(event, CallerRefused):
        stay = QueueStay(queue=event.queue, joined_at=event.at, left_at=event.at, end=event.reason)
    else:
        stay = QueueStay(queue=event.queue, joined_at=event.at, position=event.position)
    return replace(record, stays=(*record.stays, stay))


def _rung(record: CallRecord, queue: QueueName, ring: Ring) -> CallRecord:
    stay = record.stays[-1] if record.stays else None
    if stay is None:  # first seen while ringing
        return replace(record, stays=(QueueStay(queue=queue, joined_at=ring.at, rings=(ring,)),))
    if stay.left_at is not None or any((r.operator_id, r.at) == (ring.operator_id, ring.at) for r in stay.rings):
        return record
    if any(r.operator_id == ring.operator_id and r.unanswered_at is None for r in stay.rings):
        return record
    return record.with_stay(replace(stay, rings=(*stay.rings, ring)))


def _unanswered(record: CallRecord, event: RingNoAnswer) -> CallRecord:
    if not record.stays:
        return record
    stay = record.stays[-1]
    rings = tuple(
        replace(r, unanswered_at=event.at) if r.operator_id == event.operator_id and r.unanswered_at is None else r
        for r in stay.rings
    )
    return record.with_stay(replace(stay, rings=rings))


def _answered(record: CallRecord, event: CallAnswered) -> CallRecord:
    told = [(answer.operator_id, answer.at) for answer in record.answers]
    if (event.operator_id, event.at) in told or (record.answers and record.answers[-1].ended_at is None):
        return record
    answer = Answer(operator_id=event.operator_id, at=event.at, queue=event.queue)
    record = replace(record, answers=(*record.answers, answer))
    if event.queue is None:
        return record
    return _left(record, event.queue, event.at, StayEnd.ANSWERED)


def _operator_left(record: CallRecord, at: datetime) -> CallRecord:
    """An operator who sends a caller on does not talk with them any more."""
    if not record.answers or record.answers[-1].ended_at is not None:
        return record
    last = replace(record.answers[-1], ended_at=at)
    return replace(record, answers=(*record.answers[:-1], last))


def _with_last_answer(record: CallRecord, *, lost: bool = False, put_to: str = "") -> CallRecord:
    if not record.answers:
        return record
    last = record.answers[-1]
    last = replace(last, lost=lost or last.lost, put_to=put_to or last.put_to)
    return replace(record, answers=(*record.answers[:-1], last))


def _left(record: CallRecord, queue: QueueName, at: datetime, reason: StayEnd) -> CallRecord:
    if not record.stays:  # first seen at its end
        return replace(record, stays=(QueueStay(queue=queue, joined_at=at, left_at=at, end=reason),))
    stay = record.stays[-1]
    if stay.left_at is not None:
        return record
    return record.with_stay(replace(stay, left_at=at, end=reason))


def _ended(record: CallRecord, at: datetime, outcome: Outcome, stay_end: StayEnd, cause: int | None) -> CallRecord:
    if record.stays and record.stays[-1].left_at is None:
        record = record.with_stay(replace(record.stays[-1], left_at=at, end=stay_end))
    if record.answers and record.answers[-1].ended_at is None:
        last = replace(record.answers[-1], ended_at=at)
        record = replace(record, answers=(*record.answers[:-1], last))
    return replace(record, ended_at=at, outcome=outcome, hangup_cause=cause)
