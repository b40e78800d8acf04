"""Calls as tests of what comes after a call need them: few words, one line each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from line102.calls import CallId, OperatorId, QueueName
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallOffered,
    CourseEvent,
    OperatorLeft,
    RecordingBegan,
)

QUEUE = QueueName("102")
OP1, OP2 = OperatorId("op1"), OperatorId("op2")


def offered(call_id: str, number: str = "87011234567", *, at: datetime) -> list[CourseEvent]:
    call = CallId(call_id)
    return [
        CallOffered(call_id=call, at=at, number=number, dialled="102"),
        RecordingBegan(call_id=call, at=at),
        CallerJoined(call_id=call, at=at, queue=QUEUE, position=1),
    ]


def abandoned(call_id: str, number: str = "87011234567", *, at: datetime, after_s: float = 20) -> list[CourseEvent]:
    """Offered at ``at``; the caller hung up ``after_s`` seconds later, unanswered."""
    return [*offered(call_id, number, at=at), ended(call_id, at=at + timedelta(seconds=after_s))]


def answered(
    call_id: str, number: str = "87011234567", *, at: datetime, by: OperatorId = OP1, talk_s: float = 60
) -> list[CourseEvent]:
    """Answered 5 s after the offer, and over ``talk_s`` seconds later."""
    picked_up = at + timedelta(seconds=5)
    over = picked_up + timedelta(seconds=talk_s)
    return [
        *offered(call_id, number, at=at),
        picked(call_id, by, at=picked_up),
        OperatorLeft(call_id=CallId(call_id), at=over, operator_id=by),
        ended(call_id, at=over),
    ]


def picked(call_id: str, by: OperatorId = OP1, *, at: datetime) -> CallAnswered:
    return CallAnswered(call_id=CallId(call_id), at=at, operator_id=by, queue=QUEUE)


def ended(call_id: str, *, at: datetime) -> CallEnded:
    return CallEnded(call_id=CallId(call_id), at=at, hangup_cause=16)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
