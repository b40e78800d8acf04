"""What attempts to call somebody back came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("call_backs", sa.Column("tries", sa.Text(), nullable=True))
