"""The store's tables. Times are UTC, durations are seconds; migrations/ builds the same, and a test compares them.

``events`` is the append-only truth; everything else is kept current from it. Words may arrive before the call they
belong to is known, so ``call_id`` is no foreign key there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: ``timestamptz`` on PostgreSQL, ISO text in UTC on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Seconds(TypeDecorator[timedelta]):
    """A duration as a number of seconds: exact to the microsecond below 200 years."""

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> float | None:
        return None if value is None else value.total_seconds()

    def process_result_value(self, value: float | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


Json = JSON().with_variant(JSONB(), "postgresql")

metadata = MetaData()


def _numbered() -> list[Column[Any]]:
    """Where a row comes from: its entry of the journal."""
    return [Column("node", Text, primary_key=True), Column("seq", BigInteger, primary_key=True, autoincrement=False)]


applied = Table(
    "applied",
    metadata,
    Column("node", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last entry applied
)

events = Table(
    "events",
    metadata,
    *_numbered(),
    Column("at", UtcTime, nullable=False),
    Column("call_id", Text),
    Column("type", Text, nullable=False),
    Column("payload", Json, nullable=False),  # event_json.encode
    Index("ix_events_call_id", "call_id"),
    Index("ix_events_at", "at"),
)

rejected = Table(
    "rejected",
    metadata,
    *_numbered(),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("offered_at", UtcTime, nullable=False),
    Column("number", Text, nullable=False),
    Column("dialled", Text, nullable=False),
    Column("seen_from_start", Boolean, nullable=False),
    Column("recording_began_at", UtcTime),
    Column("priority", BigInteger, nullable=False),
    Column("sent_at", UtcTime),
    Column("served_at", UtcTime),
    Column("state", Text, nullable=False),
    Column("first_answered_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("hangup_cause", BigInteger),
    Column("outcome", Text),
    Column("waited_seconds", Seconds),  # None while nobody answered and the call goes on
    Column("talked_seconds", Seconds),  # None while the call goes on
    Index("ix_calls_offered_at", "offered_at", "call_id"),
    Index("ix_calls_ended_at", "ended_at"),
    Index("ix_calls_number_offered_at", "number", "offered_at"),
)

queue_stays = Table(
    "queue_stays",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # 0 is the first stay of the call
    Column("queue", Text, nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    Column("position", BigInteger),
    Column("left_at", UtcTime),
    Column("reason", Text),  # StayEnd
    ForeignKeyConstraint(["call_id"], ["calls.call_id"]),
)

rings = Table(
    "rings",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("stay", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("operator_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("unanswered_at", UtcTime),
    ForeignKeyConstraint(["call_id", "stay"], ["queue_stays.call_id", "queue_stays.n"]),
)

answers = Table(
    "answers",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("operator_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("queue", Text),  # None: the overflow ring
    Column("ended_at", UtcTime),
    Column("lost", Boolean),  # the leg died; None: before the fifth revision
    Column("put_to", Text),  # whom the caller was put through to; None: before the fifth revision
    ForeignKeyConstraint(["call_id"], ["calls.call_id"]),
    Index("ix_answers_operator_id_at", "operator_id", "at"),
)

segments = Table(
    "segments",
    metadata,
    *_numbered(),
    Column("call_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("side", Text, nullable=False),
    Column("start_seconds", Seconds, nullable=False),
    Column("end_seconds", Seconds, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("model", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("heard", Text, nullable=False),
    Column("suppressed", Text),
    Column("as_heard", Text),  # before the glossary corrected it; None: it did not
    Column("current", Boolean, nullable=False),  # False: a newer revision of the same (side, start) took its place
    Index("ix_segments_call_id", "call_id"),
)

stretches = Table(
    "stretches",
    metadata,
    *_numbered(),
    Column("call_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("side", Text, nullable=False),
    Column("start_seconds", Seconds, nullable=False),
    Column("end_seconds", Seconds, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("call_id", "side", "start_seconds", "end_seconds", "reason", name="uq_stretches"),
)

assessments = Table(
    "assessments",
    metadata,
    *_numbered(),
    Column("call_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("label", Text, nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("vetoes", Json, nullable=False),
    Column("text", Text, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("urgency", Integer),  # None: before the third revision
    Column("language", Text),
    Index("ix_assessments_call_id", "call_id"),
)

evidence = Table(
    "evidence",
    metadata,
    *_numbered(),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("begin_char", BigInteger, nullable=False),
    Column("end_char", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("because", Text, nullable=False),
    ForeignKeyConstraint(["node", "seq"], ["assessments.node", "assessments.seq"]),
)

recordings = Table(
    "recordings",
    metadata,
    *_numbered(),
    Column("call_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("duration_seconds", Seconds),
    Column("sha256", Text),
    Column("repaired", Boolean),
    Column("short_by_seconds", Seconds),
    Column("set_aside", Text),  # why it could not be read; None for a good recording
    Index("ix_recordings_call_id", "call_id"),
)

completions = Table(
    "completions",
    metadata,
    Column("call_id", Text, primary_key=True),  # every missed stretch of this call has been transcribed
    Column("at", UtcTime, nullable=False),
)

coverage = Table(
    "coverage",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("speech_seconds", Seconds, nullable=False),
    Column("text_seconds", Seconds, nullable=False),
    Column("suppressed_seconds", Seconds, nullable=False),
    Column("missing_seconds", Seconds, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("call_id", Text, primary_key=True),  # this call's whole recording was transcribed once more
    Column("at", UtcTime, nullable=False),
    Column("model", Text, nullable=False),
)

languages = Table(
    "languages",
    metadata,
    Column("call_id", Text, primary_key=True),  # an operator said how this call is to be read
    Column("at", UtcTime, nullable=False),
    Column("language", Text),  # None: the recogniser chooses again
)

cards = Table(
    "cards",
    metadata,
    Column("call_id", Text, primary_key=True),  # what an operator wrote down last; ``events`` has all versions
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("persons", Text, nullable=False),
    Column("follow_up", Text, nullable=False),
)

call_backs = Table(
    "call_backs",
    metadata,
    Column("call_id", Text, primary_key=True),  # the call whose caller must be called back
    Column("number", Text, nullable=False),
    Column("offered_at", UtcTime, nullable=False),
    Column("needed_at", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("owner", Text),
    Column("owned_at", UtcTime),
    Column("called_again", Text),  # the newest later call of the same number
    Column("tries", Text),  # JSON: [[at, by, attempt, result, talked s], …]
    Column("done_at", UtcTime),
    Column("done_by", Text),
    Column("done_how", Text),
    Index("ix_call_backs_done_at", "done_at"),
)

operator_states = Table(
    "operator_states",
    metadata,
    *_numbered(),
    Column("operator_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),  # until the operator's next row
    Column("reason", Text, nullable=False),
    Column("until", UtcTime),
    Column("by", Text, nullable=False),
    Index("ix_operator_states_operator_id_at", "operator_id", "at"),
    Index("ix_operator_states_at", "at"),
)

audits = Table(
    "audits",
    metadata,
    *_numbered(),
    Column("at", UtcTime, nullable=False),
    Column("account", Text, nullable=False),  # "" for nobody who is known
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("address", Text, nullable=False),
    Index("ix_audits_at", "at"),
)

gaps = Table(
    "gaps",
    metadata,
    *_numbered(),
    Column("at", UtcTime, nullable=False),
    Column("link", Text, nullable=False),
    Column("began", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_gaps_at", "at"),
)
