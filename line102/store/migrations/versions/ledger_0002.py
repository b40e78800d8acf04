"""What the glossary changed, how a recording is accounted for, the second pass, the language an operator chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("segments", sa.Column("as_heard", sa.Text(), nullable=True))
    op.create_table(
        "coverage",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("speech_seconds", sa.Float(53), nullable=False),
        sa.Column("text_seconds", sa.Float(53), nullable=False),
        sa.Column("suppressed_seconds", sa.Float(53), nullable=False),
        sa.Column("missing_seconds", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "side"),
    )
    op.create_table(
        "revisions",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_table(
        "languages",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call_id"),
    )
