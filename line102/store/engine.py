"""The database behind a URL: SQLite in a file (WAL), or PostgreSQL. But for errors, they differ only here."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

import aiosqlite
from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from line102.errors import BadSetting

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_MIGRATION_LOCK = 0x6C696E65313032  # "line102" as a number: PostgreSQL's advisory lock while tables are changed
_RETRY_WAL: Final = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """``url``: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."""

    url: str
    connect_timeout: timedelta = timedelta(seconds=5)
    statement_timeout: timedelta = timedelta(seconds=30)
    lock_timeout: timedelta = timedelta(seconds=5)  # SQLite: how long to wait for another process's write
    connections: int = 5


def database_url(text_url: str) -> URL:
    """The URL with the driver we use. Raises BadSetting; the message never shows the password."""
    remedy = "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        url = make_url(text_url)
    except ArgumentError:
        raise BadSetting("store.url", "it is no database URL", remedy) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise BadSetting("store.url", f"unknown database {url.drivername!r}", remedy)
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise BadSetting("store.url", "it names no file", remedy)
    return url.set(drivername=driver)


def open_engine(settings: StoreSettings) -> AsyncEngine:
    """An engine; connects to nothing yet. Raises BadSetting."""
    url = database_url(settings.url)
    common: dict[str, Any] = {
        "json_serializer": partial(json.dumps, ensure_ascii=False),
        "pool_size": settings.connections,
        "max_overflow": 0,
        "pool_timeout": settings.statement_timeout.total_seconds(),
    }
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, connect_args={"timeout": settings.lock_timeout.total_seconds()}, **common)
        _prepare_sqlite(engine, settings)
        return engine
    timeouts = {
        "timeout": settings.connect_timeout.total_seconds(),
        "command_timeout": settings.statement_timeout.total_seconds(),
    }
    return create_async_engine(url, connect_args=timeouts, pool_pre_ping=True, **common)


def _prepare_sqlite(engine: AsyncEngine, settings: StoreSettings) -> None:
    """WAL, foreign keys, and real transactions: the driver's own BEGIN comes too late and leaves DDL out."""
    lock_ms = int(settings.lock_timeout.total_seconds() * 1000)
    file = Path(engine.url.database or "")

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        try:
            connection.isolation_level = None
            connection.run_async(partial(_switch_to_wal, patience=settings.lock_timeout))
            cursor = connection.cursor()
            for pragma in (f"busy_timeout = {lock_ms}", "synchronous = NORMAL", "foreign_keys = ON"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
            record.info["inode"] = file.stat().st_ino
        except BaseException:
            connection.close()
            raise

    @event.listens_for(engine.sync_engine, "checkout")
    def still_there(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        """SQLite goes on writing into a file that was moved or removed; we do not."""
        if not file.exists() or file.stat().st_ino != record.info["inode"]:
            raise DisconnectionError(f"{file.name} is not where it was")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("line102_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


async def _switch_to_wal(connection: aiosqlite.Connection, patience: timedelta) -> None:
    """Of several that open a new file at once one switches; SQLite turns the others away without its busy timeout."""
    deadline = monotonic() + patience.total_seconds()
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            await asyncio.sleep(_RETRY_WAL.total_seconds())
        else:
            return


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction that writes, committed at the end. SQLite's write lock is taken at its beginning."""
    async with engine.connect() as connection:
        await connection.execution_options(line102_writes=True)
        async with connection.begin():
            yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction that sees the same state in all its queries."""
    async with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            yield connection


async def lock_for_migration(connection: AsyncConnection) -> None:
    """Keep other processes out until the transaction ends (SQLite: ``writing`` did)."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
