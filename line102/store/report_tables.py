"""The tables that the reports read: narrow rows kept current from the others, so that a year is read at once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from line102.store.tables import Seconds, UtcTime, metadata

call_facts = Table(
    "call_facts",
    metadata,
    Column("call_id", Text, primary_key=True),  # line102.call_facts.CallFacts, whole, of each call that ended
    Column("node", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),  # the entry that last changed the row
    Column("offered_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("caller", BigInteger, nullable=False),
    Column("queue", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("seen_from_start", Boolean, nullable=False),
    Column("waited_seconds", Seconds, nullable=False),
    Column("talked_seconds", Seconds, nullable=False),
    Column("helped_seconds", Seconds, nullable=False),
    Column("operator_id", Text),
    Column("lost_legs", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("audited", Boolean, nullable=False),
    Column("flag", Text, nullable=False),
    Column("flag_dropped", Boolean, nullable=False),
    Column("flag_accepted", Boolean),
    Column("offer", Text, nullable=False),
    Column("sent_by", Text),
    Column("sent_end", Text),
    Column("called_back", Boolean),
    Index("ix_call_facts_offered_at", "offered_at"),
    Index("ix_call_facts_node_seq", "node", "seq"),
)

operator_hours = Table(
    "operator_hours",
    metadata,
    Column("operator_id", Text, primary_key=True),
    Column("hour", UtcTime, primary_key=True),  # its beginning
    Column("state", Text, primary_key=True),  # DeskState
    Column("seconds", Float(53), nullable=False),  # spent in it, of spells that ended
    Index("ix_operator_hours_hour", "hour"),
)
