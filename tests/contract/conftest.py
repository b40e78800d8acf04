"""The ledgers of the contract: in memory, SQLite, PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from tests.fakes.memory_ledger import MemoryLedger
from tests.postgresql import PostgresServer

AnyLedger = MemoryLedger | SqlLedger
_names = itertools.count(1)


def quick(url: str) -> StoreSettings:
    """Settings that notice an absent database fast."""
    return StoreSettings(
        url=url,
        connect_timeout=timedelta(seconds=2),
        statement_timeout=timedelta(seconds=2),
        lock_timeout=timedelta(milliseconds=100),
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A new database, dropped at the end."""
    name = f"test{next(_names)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'line102.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def sql_ledger(url: str) -> AsyncIterator[SqlLedger]:
    ledger = SqlLedger(quick(url))
    yield ledger
    await ledger.close()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyLedger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    sqlite = f"sqlite:///{tmp_path / 'line102.db'}"
    ledger = SqlLedger(quick(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")))
    yield ledger
    await ledger.close()
