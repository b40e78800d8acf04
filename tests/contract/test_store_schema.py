"""What migrations/ builds is what tables.py says, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection

from line102.errors import BadSetting
from line102.store.engine import StoreSettings, open_engine, reading, writing
from line102.store.ledger import SqlLedger
from line102.store.migrate import migrate, newest_revision
from line102.store.tables import metadata
from tests.contract.conftest import quick


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_build_the_tables(url: str) -> None:
    engine = open_engine(quick(url))
    assert await migrate(engine) == newest_revision()
    async with reading(engine) as connection:
        assert await connection.run_sync(differences) == []
    assert await migrate(engine) == newest_revision()
    await engine.dispose()


async def test_two_services_may_migrate_at_once(url: str) -> None:
    ledgers = [SqlLedger(StoreSettings(url=url)) for _ in range(8)]  # with the patience of the real service
    assert [list(calls) for calls in await asyncio.gather(*(ledger.open_calls() for ledger in ledgers))] == [[]] * 8
    for ledger in ledgers:
        await ledger.close()


async def test_a_new_file_that_somebody_writes_into_just_now_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses the switch to WAL at once then, whatever its busy timeout: two services that start together."""
    file = tmp_path / "line102.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        engine = open_engine(StoreSettings(url=f"sqlite:///{file}"))
        migrating = asyncio.create_task(migrate(engine))
        await asyncio.sleep(0.2)
        assert not migrating.done()
        other.execute("COMMIT")
        assert await migrating == newest_revision()
        await engine.dispose()


async def test_tables_of_a_newer_program_are_left_alone(url: str) -> None:
    engine = open_engine(quick(url))
    await migrate(engine)
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadSetting, match="9999"):
        await migrate(engine)
    await engine.dispose()
