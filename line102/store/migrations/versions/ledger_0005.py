"""How a talk ended that nobody ended, whom a caller was put through to, and the states of the operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("answers", sa.Column("lost", sa.Boolean(), nullable=True))
    op.add_column("answers", sa.Column("put_to", sa.Text(), nullable=True))
    op.create_table(
        "operator_states",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "seq"),
    )
    op.create_index("ix_operator_states_operator_id_at", "operator_states", ["operator_id", "at"])
    op.create_index("ix_operator_states_at", "operator_states", ["at"])
