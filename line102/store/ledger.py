"""The ledger in a database: entries in, one row per call kept current, stories out. Implements ``ports.Ledger``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from sqlalchemy import exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.call_backs import CallBack
from line102.call_facts import CallFacts
from line102.calls import CallId, CallRecord, OperatorId
from line102.errors import ProtocolViolation, Unreachable
from line102.event_json import decode, encode
from line102.events import Audited, CallBackHeard, Entry, GapFound, LedgerEvent
from line102.journal_files import UnreadableLine
from line102.ports import CallStory
from line102.store import tables
from line102.store.applying import apply_batch
from line102.store.call_back_rows import call_back_of
from line102.store.engine import StoreSettings, open_engine, reading, writing
from line102.store.errors import database_errors, is_away, why
from line102.store.facts_reading import facts_since
from line102.store.migrate import migrate
from line102.store.reading import load_records, load_stories, records_from
from line102.store.records import Row
from line102.store.report_rows import refill
from line102.store.upserts import insert_new, update_rows
from line102.store.word_rows import gap_of
from line102.words import Segment

log = structlog.get_logger()


class SqlLedger:
    """Connects and migrates at its first use, and again after the database was away. Raises BadSetting for a bad URL.

    ``rejected`` counts the entries that this process could not apply; they lie in the table of that name.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._engine = open_engine(settings)
        self._migrated = False
        self._migrating = asyncio.Lock()
        self.rejected = 0

    async def apply(self, entries: Sequence[Entry]) -> None:
        """Apply in order, once each, in one transaction. Raises Unreachable: then nothing of it was applied.

        An entry that cannot be applied is put into ``rejected`` with its reason, and so is a hole in the numbers.
        """
        async with self._transaction(write=True) as connection:
            last = {node: await _lock_node(connection, node) for node in sorted({entry.node for entry in entries})}
            fresh: list[Entry] = []
            for entry in entries:
                if entry.seq <= last[entry.node]:
                    continue
                if entry.seq > last[entry.node] + 1:
                    reason = f"entries up to {entry.seq - 1} are missing"
                    await self._reject(connection, entry.node, last[entry.node] + 1, reason, "")
                last[entry.node] = entry.seq
                fresh.append(entry)
            await self._apply(connection, fresh)
            if fresh:
                rows: list[Row] = [{"node": node, "seq": seq} for node, seq in last.items()]
                await update_rows(connection, tables.applied, rows)

    async def reject(self, lines: Sequence[UnreadableLine]) -> None:
        """Put lines of a journal that nobody can read where a person finds them, and go past them."""
        async with self._transaction(write=True) as connection:
            for line in lines:
                if line.seq > await _lock_node(connection, line.node):
                    payload = line.line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
                    await self._reject(connection, line.node, line.seq, line.why, payload)
                    await update_rows(connection, tables.applied, [{"node": line.node, "seq": line.seq}])

    async def applied_seq(self, node: str) -> int:
        """The number of the last entry applied, 0 for none."""
        async with self._transaction(write=False) as connection:
            query = select(tables.applied.c.seq).where(tables.applied.c.node == node)
            return (await connection.execute(query)).scalar_one_or_none() or 0

    async def open_calls(self) -> Sequence[CallRecord]:
        """Calls that have not ended, in the order offered."""
        calls = tables.calls
        query = select(calls).where(calls.c.ended_at.is_(None)).order_by(calls.c.offered_at, calls.c.call_id)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return list((await records_from(connection, rows)).values())

    async def unfinished(self, *, since: datetime, limit: int) -> Sequence[CallStory]:
        """Calls that ended at ``since`` or later and lack a recording or a transcript, in the order ended."""
        calls, completions, recordings = tables.calls, tables.completions, tables.recordings
        complete = exists().where(completions.c.call_id == calls.c.call_id)
        aside = exists().where(recordings.c.call_id == calls.c.call_id, recordings.c.set_aside.is_not(None))
        query = select(calls).where(calls.c.ended_at >= since, not_(complete), not_(aside))
        query = query.order_by(calls.c.ended_at, calls.c.call_id).limit(limit)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return await load_stories(connection, await records_from(connection, rows))

    async def unrevised(self, *, since: datetime, model: str, limit: int) -> Sequence[CallStory]:
        """Calls that ended at ``since`` or later, with a transcript that ``model`` has not revised, newest first."""
        calls, recordings, revisions = tables.calls, tables.recordings, tables.revisions
        complete = exists().where(tables.completions.c.call_id == calls.c.call_id)
        stored = exists().where(recordings.c.call_id == calls.c.call_id, recordings.c.set_aside.is_(None))
        revised = exists().where(revisions.c.call_id == calls.c.call_id, revisions.c.model == model)
        query = select(calls).where(calls.c.ended_at >= since, complete, stored, not_(revised))
        query = query.order_by(calls.c.ended_at.desc(), calls.c.call_id.desc()).limit(limit)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return await load_stories(connection, await records_from(connection, rows))

    async def known_calls(self, since: datetime) -> Sequence[CallRecord]:
        """Calls offered at ``since`` or later, in the order offered."""
        calls = tables.calls
        query = select(calls).where(calls.c.offered_at >= since).order_by(calls.c.offered_at, calls.c.call_id)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return list((await records_from(connection, rows)).values())

    async def call(self, call_id: CallId) -> CallStory | None:
        async with self._transaction(write=False) as connection:
            stories = await load_stories(connection, await load_records(connection, [call_id]))
            return stories[0] if stories else None

    async def calls(self, *, limit: int, before: datetime | None = None) -> Sequence[CallStory]:
        """Newest first, offered before ``before``."""
        calls = tables.calls
        query = select(calls).order_by(calls.c.offered_at.desc(), calls.c.call_id.desc()).limit(limit)
        if before is not None:
            query = query.where(calls.c.offered_at < before)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return await load_stories(connection, await records_from(connection, rows))

    async def gaps(self, *, since: datetime) -> Sequence[GapFound]:
        """Gaps that ended at ``since`` or later, in the order in which they ended."""
        gaps = tables.gaps
        query = select(gaps).where(gaps.c.at >= since).order_by(gaps.c.at, gaps.c.node, gaps.c.seq)
        async with self._transaction(write=False) as connection:
            return [gap_of(row) for row in (await connection.execute(query)).mappings()]

    async def facts(self, *, since: datetime) -> Sequence[CallFacts]:
        """Of calls offered at ``since`` or later that are over, in the order offered."""
        async with self._transaction(write=False) as connection:
            return await facts_since(connection, since)

    async def events_of(self, types: Sequence[str], *, since: datetime) -> Sequence[tuple[str, LedgerEvent]]:
        """Each event of these types with its call's number ("" for none), in the order in which they were written."""
        events, calls = tables.events, tables.calls
        query = select(calls.c.number, events.c.payload)
        query = query.select_from(events.outerjoin(calls, calls.c.call_id == events.c.call_id))
        query = query.where(events.c.at >= since, events.c.type.in_(types)).order_by(events.c.node, events.c.seq)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).all()
        return [(number or "", decode(json.dumps(payload))) for number, payload in rows]

    async def calls_of(
        self, numbers: Sequence[str], *, limit: int, before: datetime | None = None
    ) -> Sequence[CallStory]:
        """Calls of any of these numbers, newest first, offered before ``before``."""
        calls = tables.calls
        query = select(calls).where(calls.c.number.in_(numbers))
        query = query.order_by(calls.c.offered_at.desc(), calls.c.call_id.desc()).limit(limit)
        if before is not None:
            query = query.where(calls.c.offered_at < before)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return await load_stories(connection, await records_from(connection, rows))

    async def count_of(self, numbers: Sequence[str], *, since: datetime) -> int:
        """How many calls of these numbers were offered at ``since`` or later."""
        calls = tables.calls
        query = select(func.count()).where(calls.c.number.in_(numbers), calls.c.offered_at >= since)
        async with self._transaction(write=False) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def answered_by(self, operator: OperatorId, *, since: datetime) -> Sequence[CallRecord]:
        """Calls that the operator answered at ``since`` or later, in the order offered."""
        calls, answers = tables.calls, tables.answers
        theirs = select(answers.c.call_id).where(answers.c.operator_id == operator, answers.c.at >= since)
        query = select(calls).where(calls.c.call_id.in_(theirs)).order_by(calls.c.offered_at, calls.c.call_id)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
            return list((await records_from(connection, rows)).values())

    async def audits(self, *, limit: int, before: datetime | None = None) -> Sequence[Audited]:
        """Newest first, of before ``before``."""
        audits = tables.audits
        query = select(audits).order_by(audits.c.at.desc(), audits.c.node, audits.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(audits.c.at < before)
        async with self._transaction(write=False) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            Audited(at=r["at"], account=r["account"], action=r["action"], object=r["object"], address=r["address"])
            for r in rows
        ]

    async def open_call_backs(self, node: str) -> Sequence[CallBack]:
        """This centre's tasks that are not done, in the order in which they were needed. ``node``: the settings' name;
        a journal's own (``node@birth``) changes when its folder is lost, and the tasks stay.
        """
        tasks, calls = tables.call_backs, tables.calls
        ours = (calls.c.node == node) | calls.c.node.startswith(f"{node}@", autoescape=True)
        query = select(tasks).join(calls, calls.c.call_id == tasks.c.call_id).where(tasks.c.done_at.is_(None), ours)
        query = query.order_by(tasks.c.needed_at, tasks.c.call_id)
        async with self._transaction(write=False) as connection:
            return [call_back_of(row) for row in (await connection.execute(query)).mappings()]

    async def words_of_call_back(self, call_id: CallId, attempt: CallId) -> Sequence[Segment] | None:
        """Of one attempt to call somebody back; None while there are none."""
        events = tables.events
        query = select(events.c.payload).where(events.c.call_id == call_id, events.c.type == CallBackHeard.__name__)
        async with self._transaction(write=False) as connection:
            told = [decode(json.dumps(payload)) for payload in (await connection.execute(query)).scalars()]
        heard = (event for event in told if isinstance(event, CallBackHeard) and event.attempt == attempt)
        return next((event.segments for event in heard), None)

    async def rejections(self) -> int:
        """How many entries lie in ``rejected``, by whomever they were put there."""
        async with self._transaction(write=False) as connection:
            return int((await connection.execute(select(func.count()).select_from(tables.rejected))).scalar_one())

    async def close(self) -> None:
        await self._engine.dispose()

    async def _apply(self, connection: AsyncConnection, entries: Sequence[Entry]) -> None:
        """All at once; when that fails, by halves, until the entry is found that cannot be applied."""
        if not entries:
            return
        try:
            async with connection.begin_nested():
                await apply_batch(connection, entries)
        except Exception as error:
            if is_away(error):
                raise
            if len(entries) == 1:
                entry = entries[0]
                await self._reject(connection, entry.node, entry.seq, why(error), _payload(entry))
                return
            middle = len(entries) // 2
            await self._apply(connection, entries[:middle])
            await self._apply(connection, entries[middle:])

    async def _reject(self, connection: AsyncConnection, node: str, seq: int, reason: str, payload: str) -> None:
        log.error("ledger_entry_rejected", node=node, seq=seq, reason=reason)
        self.rejected += 1
        row: Row = {"node": node, "seq": seq, "reason": reason.replace("\0", "\\x00"), "payload": payload}
        await insert_new(connection, tables.rejected, [row])

    @asynccontextmanager
    async def _transaction(self, *, write: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with database_errors():
                await self._migrate_once()
                async with (writing if write else reading)(self._engine) as connection:
                    yield connection
        except Unreachable:
            self._migrated = False  # what comes back may be another database: a restored file, an empty server
            await self._engine.dispose()
            raise

    async def _migrate_once(self) -> None:
        if self._migrated:
            return
        async with self._migrating:
            if not self._migrated:
                await migrate(self._engine)
                async with writing(self._engine) as connection:
                    await refill(connection)
                self._migrated = True


async def _lock_node(connection: AsyncConnection, node: str) -> int:
    """The last applied number of a node, locked against other appliers until the transaction ends."""
    applied = tables.applied
    await insert_new(connection, applied, [{"node": node, "seq": 0}])
    query = select(applied.c.seq).where(applied.c.node == node).with_for_update()
    return int((await connection.execute(query)).scalar_one())


def _payload(entry: Entry) -> str:
    try:
        return encode(entry.event)
    except ProtocolViolation:
        return json.dumps({"type": type(entry.event).__name__, "repr": repr(entry.event)})
