"""What the reports count: one narrow row per call that ended, and the operators' hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Empty: the ledger fills both from the rest at its first use (``store/report_rows.py``)."""
    op.create_table(
        "call_facts",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("queue", "language", "outcome")),
        sa.Column("seen_from_start", sa.Boolean(), nullable=False),
        *(sa.Column(f"{name}_seconds", sa.Float(53), nullable=False) for name in ("waited", "talked", "helped")),
        sa.Column("operator_id", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("lost_legs", "urgency")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("label", "category")),
        sa.Column("audited", sa.Boolean(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("flag_dropped", sa.Boolean(), nullable=False),
        sa.Column("flag_accepted", sa.Boolean(), nullable=True),
        sa.Column("offer", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("sent_by", "sent_end")),
        sa.Column("called_back", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_index("ix_call_facts_offered_at", "call_facts", ["offered_at"])
    op.create_index("ix_call_facts_node_seq", "call_facts", ["node", "seq"])
    op.create_table(
        "operator_hours",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "hour", "state"),
    )
    op.create_index("ix_operator_hours_hour", "operator_hours", ["hour"])
