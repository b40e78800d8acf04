"""The database dies, hangs, is locked, is moved away; we die. Nothing is lost, everything is applied in order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from line102.calls import CallId, Outcome
from line102.errors import BadSetting, Unreachable
from line102.events import CallEnded, CallOffered, Entry, GapFound, Link, PriorityChanged
from line102.journal import FileJournal, JournalSettings
from line102.store.applier import Applier, ApplierSettings
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from tests.contract.conftest import quick
from tests.fakes.memory_ledger import MemoryLedger
from tests.ledger_events import NOON
from tests.postgresql import PostgresServer

FAST = ApplierSettings(first_pause=timedelta(milliseconds=10), longest_pause=timedelta(milliseconds=50))


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "journal", "test", JournalSettings(sync_words_every=timedelta(milliseconds=5)))


@asynccontextmanager
async def applying(journal: FileJournal, ledger: SqlLedger | MemoryLedger) -> AsyncIterator[Applier]:
    applier = Applier(journal, ledger, FAST)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(applier.run())
        yield applier
        task.cancel()


async def until(holds: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)  # a poll with a deadline
    assert holds(), what


def one_call(journal: FileJournal, n: int) -> None:
    """A call of three entries whose last priority is n: applied in another order it would not be."""
    call_id = CallId(f"line102-1789.{n}")
    journal.append(CallOffered(call_id=call_id, at=NOON + timedelta(seconds=n), number="", dialled="102"))
    journal.append(PriorityChanged(call_id=call_id, at=NOON, priority=n - 1))
    journal.append(PriorityChanged(call_id=call_id, at=NOON, priority=n))


async def assert_all_there(ledger: SqlLedger, journal: FileJournal, calls: int) -> None:
    records = await ledger.known_calls(NOON)
    assert [(r.call_id, r.priority) for r in records] == [(f"line102-1789.{n}", n) for n in range(1, calls + 1)]
    assert await ledger.applied_seq(journal.node) == journal.last_seq
    assert await ledger.rejections() == 0


async def test_the_journal_flows_into_the_store(journal: FileJournal, sql_ledger: SqlLedger) -> None:
    async with applying(journal, sql_ledger) as applier:
        for n in range(1, 11):
            one_call(journal, n)
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        assert applier.lag == 0
        assert applier.state.up
    await assert_all_there(sql_ledger, journal, 10)
    journal.close()


@pytest.mark.database
async def test_postgresql_is_killed_while_entries_arrive(
    journal: FileJournal, postgres: PostgresServer, postgres_url: str
) -> None:
    ledger = SqlLedger(quick(postgres_url))
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        postgres.kill()
        try:
            for n in range(2, 200):
                one_call(journal, n)
            await until(lambda: not applier.state.up, "the outage is seen")
            assert applier.lag > 0
            assert "database is unreachable" in applier.state.why
            with pytest.raises(Unreachable):
                await ledger.open_calls()
        finally:
            postgres.start()
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        assert applier.state.up
        await assert_all_there(ledger, journal, 199)
    await ledger.close()
    journal.close()


@pytest.mark.database
async def test_postgresql_hangs_and_wakes_up(journal: FileJournal, postgres: PostgresServer, postgres_url: str) -> None:
    ledger = SqlLedger(quick(postgres_url))
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        postgres.freeze()
        try:
            one_call(journal, 2)
            await until(lambda: not applier.state.up, "the hang is seen")
        finally:
            postgres.thaw()
        async with asyncio.timeout(30):
            await applier.applied(journal.last_seq)
        await assert_all_there(ledger, journal, 2)
    await ledger.close()
    journal.close()


@pytest.mark.database
async def test_postgresql_is_away_when_the_service_starts(
    journal: FileJournal, postgres: PostgresServer, postgres_url: str
) -> None:
    postgres.kill()
    ledger = SqlLedger(quick(postgres_url))
    try:
        async with applying(journal, ledger) as applier:
            one_call(journal, 1)
            await until(lambda: "unreachable" in applier.state.why, "the absence is seen")
            postgres.start()
            async with asyncio.timeout(20):
                await applier.applied(journal.last_seq)
            await assert_all_there(ledger, journal, 1)
    finally:
        if not postgres.running:
            postgres.start()
    await ledger.close()
    journal.close()


async def test_sqlite_is_locked_by_another_process(journal: FileJournal, tmp_path: Path) -> None:
    path = tmp_path / "line102.db"
    ledger = SqlLedger(quick(f"sqlite:///{path}"))
    await ledger.open_calls()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        await until(lambda: not applier.state.up and "locked" in applier.state.why, "the lock is seen")
        one_call(journal, 2)
        other.execute("ROLLBACK")
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        await assert_all_there(ledger, journal, 2)
    other.close()
    await ledger.close()
    journal.close()


async def test_the_sqlite_file_is_moved_away_and_put_back(journal: FileJournal, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    ledger = SqlLedger(quick(f"sqlite:///{folder / 'line102.db'}"))
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        folder.rename(tmp_path / "elsewhere")
        one_call(journal, 2)
        await until(lambda: not applier.state.up, "the absence is seen")
        (tmp_path / "elsewhere").rename(folder)
        async with asyncio.timeout(20):
            await applier.applied(journal.last_seq)
        await assert_all_there(ledger, journal, 2)
    await ledger.close()
    journal.close()


async def test_the_database_comes_back_from_an_older_backup(journal: FileJournal) -> None:
    """What the backup has not is applied again from the journal."""
    ledger = MemoryLedger()
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        async with asyncio.timeout(20):
            await applier.applied(3)
        ledger.away = "being restored"
        one_call(journal, 2)
        await until(lambda: not applier.state.up, "the outage is seen")
        ledger.forget()
        ledger.away = ""
        async with asyncio.timeout(20):
            await applier.applied(6)
        records = await ledger.known_calls(NOON)
    assert [record.priority for record in records] == [1, 2]
    assert ledger.rejected == 0
    journal.close()


async def test_the_sqlite_file_is_removed(journal: FileJournal, tmp_path: Path) -> None:
    """A new one is begun where the old one was, from all that the journal still has."""
    path = tmp_path / "line102.db"
    ledger = SqlLedger(quick(f"sqlite:///{path}"))
    async with applying(journal, ledger) as applier:
        one_call(journal, 1)
        async with asyncio.timeout(20):
            await applier.applied(3)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink()
        one_call(journal, 2)
        async with asyncio.timeout(20):
            await applier.applied(6)
        await until(lambda: applier.state.up and applier.lag == 0, "it is written to again")
        await assert_all_there(ledger, journal, 2)
    await ledger.close()
    journal.close()


async def test_a_file_that_is_no_database_is_away_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "line102.db"
    path.write_bytes(b"this is no database" * 100)
    ledger = SqlLedger(quick(f"sqlite:///{path}"))
    with pytest.raises(Unreachable, match="not a database"):
        await ledger.open_calls()
    await ledger.close()


async def test_we_die_between_journal_and_store(tmp_path: Path, sql_ledger: SqlLedger) -> None:
    with FileJournal(tmp_path / "journal", "test") as before:
        one_call(before, 1)
        async with applying(before, sql_ledger) as applier, asyncio.timeout(20):
            await applier.applied(3)
        one_call(before, 2)  # in the journal; the applier is dead
    with FileJournal(tmp_path / "journal", "test") as after:
        one_call(after, 3)
        async with applying(after, sql_ledger) as applier, asyncio.timeout(20):
            await applier.applied(9)
        await assert_all_there(sql_ledger, after, 3)


async def test_an_old_copy_of_the_journal_is_noticed_not_swallowed(tmp_path: Path, sql_ledger: SqlLedger) -> None:
    """Numbers given twice would make the store skip what is new."""
    with FileJournal(tmp_path / "journal", "test") as journal:
        await sql_ledger.apply([Entry(node=journal.node, seq=7, event=_gap())])
        one_call(journal, 1)
        async with applying(journal, sql_ledger) as applier:
            await until(lambda: "old copy" in applier.state.why, "the state says so")
            assert not applier.state.up


async def test_a_lost_journal_folder_begins_a_new_numbering(tmp_path: Path, sql_ledger: SqlLedger) -> None:
    for n, folder in enumerate(("first", "second"), 1):
        with FileJournal(tmp_path / folder, "test") as journal:
            (tmp_path / folder / "journal.json").write_text(f'{{"node": "test@{n}"}}')
        with FileJournal(tmp_path / folder, "test") as journal:
            one_call(journal, n)
            async with applying(journal, sql_ledger) as applier, asyncio.timeout(20):
                await applier.applied(3)
    assert [r.priority for r in await sql_ledger.known_calls(NOON)] == [1, 2]


async def test_a_store_that_is_away_for_long_costs_no_memory_but_disk(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    ledger.away = "somebody pulled the plug"
    settings = JournalSettings(recent=100, segment_bytes=20_000)
    with FileJournal(tmp_path / "journal", "test", settings) as journal:
        async with applying(journal, ledger) as applier:
            for n in range(1, 1001):
                one_call(journal, n)
                if n % 100 == 0:
                    await asyncio.sleep(0)
            await until(lambda: not applier.state.up and "plug" in applier.state.why, "the outage is seen")
            ledger.away = ""
            async with asyncio.timeout(20):
                await applier.applied(3000)
        records = await ledger.known_calls(NOON)
        assert [record.priority for record in records] == list(range(1, 1001))
        assert ledger.rejected == 0


async def test_an_entry_that_no_table_takes_is_rejected_and_the_rest_goes_on(sql_ledger: SqlLedger) -> None:
    def offer(n: int) -> CallOffered:
        return CallOffered(call_id=CallId(f"line102-1789.{n}"), at=NOON + timedelta(seconds=n), number="", dialled="")

    call_id = CallId("line102-1789.2")
    entries = [
        Entry(node="n", seq=1, event=offer(1)),
        Entry(node="n", seq=2, event=offer(2)),
        Entry(node="n", seq=3, event=PriorityChanged(call_id=call_id, at=NOON, priority=2**80)),
        Entry(node="n", seq=4, event=CallEnded(call_id=call_id, at=NOON + timedelta(seconds=9))),
        Entry(node="n", seq=5, event=offer(5)),
        Entry(node="n", seq=6, event=PriorityChanged(call_id=call_id, at=NOON.replace(tzinfo=None), priority=1)),
        Entry(node="n", seq=7, event=offer(7)),
    ]
    await sql_ledger.apply(entries)
    assert await sql_ledger.rejections() == 2
    assert sql_ledger.rejected == 2
    assert await sql_ledger.applied_seq("n") == 7
    assert len(await sql_ledger.known_calls(NOON)) == 4
    story = await sql_ledger.call(call_id)
    assert story is not None
    assert story.record.outcome is Outcome.ABANDONED


@pytest.mark.parametrize(
    "url",
    ["", "no url", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://u:secret@h/d"],
)
def test_a_url_we_cannot_use_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^store\.url: ") as refusal:
        SqlLedger(StoreSettings(url=url))
    assert "secret" not in str(refusal.value)


@pytest.mark.database
async def test_a_wrong_database_name_is_unreachable_and_shows_no_password(postgres: PostgresServer) -> None:
    ledger = SqlLedger(quick(postgres.url("nowhere").replace("line102@", "line102:secret@")))
    with pytest.raises(Unreachable, match="nowhere") as failure:
        await ledger.open_calls()
    assert "secret" not in str(failure.value)
    await ledger.close()


def _gap() -> GapFound:
    return GapFound(at=NOON, link=Link.AMI, began=NOON - timedelta(seconds=5), reason="")
