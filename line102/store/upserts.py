"""Writing many rows at once, where some may be there already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.store.records import Row


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert; a row whose key is there already is left as it is."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


async def update_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert, or overwrite the row with the same primary key, but for the columns to ``keep``."""
    if not rows:
        return
    insert = _insert(connection, table)
    changed = {c.name: insert.excluded[c.name] for c in table.c if not c.primary_key and c.name not in keep}
    await connection.execute(insert.on_conflict_do_update(index_elements=table.primary_key, set_=changed), rows)


def _insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
