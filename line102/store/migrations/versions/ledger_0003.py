"""The help line, urgency and the language of what was assessed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("calls", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("served_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assessments", sa.Column("urgency", sa.Integer(), nullable=True))
    op.add_column("assessments", sa.Column("language", sa.Text(), nullable=True))
