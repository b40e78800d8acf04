"""Run by Alembic, on the connection that ``line102.store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from line102.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
