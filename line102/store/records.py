"""A call's record as rows, and back. Pure: the fold itself is ``line102.history.advance``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping

from line102.calls import Answer, CallId, CallRecord, OperatorId, Outcome, QueueName, QueueStay, Ring, StayEnd

Row = dict[str, Any]  # one row of a table: what SQLAlchemy takes and gives


@dataclass(slots=True)
class RecordRows:
    """Rows to insert or update, per table."""

    calls: list[Row] = field(default_factory=list)
    queue_stays: list[Row] = field(default_factory=list)
    rings: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)

    def add_change(self, node: str, old: CallRecord | None, new: CallRecord) -> None:
        """Add the rows that differ. Stays, rings and answers are only ever added, or the last one changed."""
        self.calls.append(_call_row(node, new))
        old_stays, old_answers = (old.stays, old.answers) if old else ((), ())
        for n, stay in enumerate(new.stays):
            before = old_stays[n] if n < len(old_stays) else None
            if stay != before:
                self.queue_stays.append(_stay_row(new.call_id, n, stay))
                known = before.rings if before else ()
                self.rings += [
                    _ring_row(new.call_id, n, m, ring)
                    for m, ring in enumerate(stay.rings)
                    if m >= len(known) or known[m] != ring
                ]
        self.answers += [
            _answer_row(new.call_id, n, answer)
            for n, answer in enumerate(new.answers)
            if n >= len(old_answers) or old_answers[n] != answer
        ]


def records_of(
    calls: Sequence[RowMapping], stays: Iterable[RowMapping], rings: Iterable[RowMapping], answers: Iterable[RowMapping]
) -> dict[CallId, CallRecord]:
    """The records in the order of ``calls``; the other rows in the order of their numbers."""
    rung: dict[tuple[CallId, int], list[Ring]] = defaultdict(list)
    stayed: dict[CallId, list[QueueStay]] = defaultdict(list)
    answered: dict[CallId, list[Answer]] = defaultdict(list)
    for row in rings:
        ring = Ring(operator_id=OperatorId(row["operator_id"]), at=row["at"], unanswered_at=row["unanswered_at"])
        rung[row["call_id"], row["stay"]].append(ring)
    for row in stays:
        stayed[row["call_id"]].append(_stay(row, rung[row["call_id"], row["n"]]))
    for row in answers:
        answered[row["call_id"]].append(_answer(row))
    return {row["call_id"]: _record(row, stayed, answered) for row in calls}


def _record(
    row: RowMapping, stays: Mapping[CallId, Sequence[QueueStay]], answers: Mapping[CallId, Sequence[Answer]]
) -> CallRecord:
    call_id = CallId(row["call_id"])
    return CallRecord(
        call_id=call_id,
        offered_at=row["offered_at"],
        number=row["number"],
        dialled=row["dialled"],
        seen_from_start=row["seen_from_start"],
        recording_began_at=row["recording_began_at"],
        stays=tuple(stays.get(call_id, ())),
        answers=tuple(answers.get(call_id, ())),
        priority=row["priority"],
        sent_at=row["sent_at"],
        served_at=row["served_at"],
        ended_at=row["ended_at"],
        hangup_cause=row["hangup_cause"],
        outcome=Outcome(row["outcome"]) if row["outcome"] is not None else None,
    )


def _stay(row: RowMapping, rings: Sequence[Ring]) -> QueueStay:
    return QueueStay(
        queue=QueueName(row["queue"]),
        joined_at=row["joined_at"],
        position=row["position"],
        left_at=row["left_at"],
        end=StayEnd(row["reason"]) if row["reason"] is not None else None,
        rings=tuple(rings),
    )


def _answer(row: RowMapping) -> Answer:
    queue = QueueName(row["queue"]) if row["queue"] is not None else None
    return Answer(
        operator_id=OperatorId(row["operator_id"]),
        at=row["at"],
        queue=queue,
        ended_at=row["ended_at"],
        lost=bool(row["lost"]),
        put_to=row["put_to"] or "",
    )


def _call_row(node: str, record: CallRecord) -> Row:
    first, ended = record.first_answer, record.ended_at
    return {
        "call_id": record.call_id,
        "node": node,
        "offered_at": record.offered_at,
        "number": record.number,
        "dialled": record.dialled,
        "seen_from_start": record.seen_from_start,
        "recording_began_at": record.recording_began_at,
        "priority": record.priority,
        "sent_at": record.sent_at,
        "served_at": record.served_at,
        "state": record.state.value,
        "first_answered_at": first.at if first else None,
        "ended_at": ended,
        "hangup_cause": record.hangup_cause,
        "outcome": record.outcome.value if record.outcome else None,
        "waited_seconds": record.waited(record.offered_at) if first or ended else None,
        "talked_seconds": record.talked(ended) if ended else None,
    }


def _stay_row(call_id: CallId, n: int, stay: QueueStay) -> Row:
    return {
        "call_id": call_id,
        "n": n,
        "queue": stay.queue,
        "joined_at": stay.joined_at,
        "position": stay.position,
        "left_at": stay.left_at,
        "reason": stay.end.value if stay.end else None,
    }


def _ring_row(call_id: CallId, stay: int, n: int, ring: Ring) -> Row:
    return {
        "call_id": call_id,
        "stay": stay,
        "n": n,
        "operator_id": ring.operator_id,
        "at": ring.at,
        "unanswered_at": ring.unanswered_at,
    }


def _answer_row(call_id: CallId, n: int, answer: Answer) -> Row:
    return {
        "call_id": call_id,
        "n": n,
        "operator_id": answer.operator_id,
        "at": answer.at,
        "queue": answer.queue,
        "ended_at": answer.ended_at,
        "lost": answer.lost,
        "put_to": answer.put_to,
    }
