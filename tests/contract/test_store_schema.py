"""What migrations/ builds is what tables.py says, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection

from line102.calls import CallId, Side
from line102.errors import BadSetting
from line102.events import Entry, TranscriptRevised
from line102.store.engine import StoreSettings, open_engine, reading, writing
from line102.store.ledger import SqlLedger
from line102.store.migrate import _config, migrate, newest_revision
from line102.store.tables import metadata
from line102.words import Coverage
from tests.contract.conftest import quick
from tests.ledger_events import NOON

CALL = CallId("line102-1789.1")
FILLED_BY_THE_FIRST_PROGRAM = """
INSERT INTO applied VALUES ('n', 4);
INSERT INTO calls (call_id, node, offered_at, number, dialled, seen_from_start, priority, state, ended_at, outcome,
    waited_seconds, talked_seconds) VALUES ('line102-1789.1', 'n', '2026-11-23 12:00:00+00:00', '+7701', '102', true, 0,
    'ended', '2026-11-23 12:01:00+00:00', 'abandoned', 60, 0);
INSERT INTO segments VALUES ('n', 2, 'line102-1789.1', '2026-11-23 12:00:05+00:00', 'caller', 1.5, 3.25,
    'горит дом', 'ru', 0.75, 'demo-model@3f2a91c0', 3, true, 'live', NULL, true);
INSERT INTO recordings VALUES ('n', 3, 'line102-1789.1', '2026-11-23 12:01:02+00:00', 'a.wav', 58.5, 'ab', false, 0,
    NULL);
INSERT INTO completions VALUES ('line102-1789.1', '2026-11-23 12:01:03+00:00');
INSERT INTO events VALUES ('n', 4, '2026-11-23 12:01:03+00:00', 'line102-1789.1', 'TranscriptCompleted',
    '{"v": 1, "type": "TranscriptCompleted", "call_id": "line102-1789.1", "at": "2026-11-23T12:01:03Z"}');
"""


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


def _as_the_first_program_left_it(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for statement in filter(str.strip, FILLED_BY_THE_FIRST_PROGRAM.split(";\n")):
        connection.exec_driver_sql(statement)


async def test_a_ledger_of_the_first_program_is_brought_forward_with_everything_in_it(url: str) -> None:
    engine = open_engine(quick(url))
    async with writing(engine) as connection:
        await connection.run_sync(_as_the_first_program_left_it)
    assert await migrate(engine) == newest_revision()
    async with reading(engine) as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()

    ledger = SqlLedger(quick(url))
    story = await ledger.call(CALL)
    assert story is not None
    (heard,) = story.segments
    assert (heard.text, heard.start, heard.as_heard) == ("горит дом", timedelta(seconds=1.5), None)
    assert (story.transcript_complete, story.coverage, story.revised_by, story.language) == (True, (), None, None)
    whole = timedelta(seconds=1.75)
    none = timedelta(0)
    counted = (Coverage(side=Side.CALLER, speech=whole, text=whole, suppressed=none, missing=none),)
    revised = TranscriptRevised(call_id=CALL, at=NOON, model="big@1", coverage=counted)
    assert [s.record.call_id for s in await ledger.unrevised(since=NOON, model="big@1", limit=9)] == [CALL]
    await ledger.apply([Entry(node="n", seq=5, event=revised)])
    story = await ledger.call(CALL)
    assert story is not None
    assert (story.coverage, story.revised_by) == (counted, "big@1")
    await ledger.close()
