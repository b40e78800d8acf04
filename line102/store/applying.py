"""One batch of entries into the tables: a few queries for what is known, then one statement per table."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.call_backs import CallBack
from line102.call_backs import advance as advance_task
from line102.calls import CallId, Side
from line102.event_json import encode, mended
from line102.events import (
    Audited,
    CallBackEvent,
    CallLessEvent,
    CourseEvent,
    Entry,
    GapFound,
    OperatorStateChanged,
    SegmentHeard,
    WordsEvent,
)
from line102.history import advance
from line102.store import tables
from line102.store.call_back_rows import call_back_of, call_back_row
from line102.store.reading import load_records, rows_of_calls
from line102.store.records import RecordRows, Row
from line102.store.report_rows import add_hours, write_facts
from line102.store.upserts import insert_new, update_rows
from line102.store.word_rows import WordRows


async def apply_batch(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Write new entries, in order. Any error means that none was written (the caller's savepoint)."""
    entries = [Entry(node=entry.node, seq=entry.seq, event=mended(entry.event)) for entry in entries]
    await connection.execute(insert(tables.events), [_event_row(entry) for entry in entries])
    await _write_records(connection, entries)
    await _write_words(connection, entries)
    await _write_call_backs(connection, entries)
    await add_hours(connection, entries)
    await _write_states(connection, entries)
    await write_facts(connection, entries)
    await _write_audits(connection, entries)


def _event_row(entry: Entry) -> Row:
    event = entry.event
    return {
        "node": entry.node,
        "seq": entry.seq,
        "at": event.at,
        "call_id": None if isinstance(event, CallLessEvent) else event.call_id,
        "type": type(event).__name__,
        "payload": json.loads(encode(event)),
    }


async def _write_records(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    course = [(entry.node, entry.event) for entry in entries if isinstance(entry.event, CourseEvent)]
    before = await load_records(connection, sorted({event.call_id for _, event in course}))
    after = dict(before)
    nodes: dict[CallId, str] = {}
    for node, event in course:
        after[event.call_id] = advance(after.get(event.call_id), event)
        nodes.setdefault(event.call_id, node)
    rows = RecordRows()
    for call_id, record in after.items():
        if record != before.get(call_id):
            rows.add_change(nodes[call_id], before.get(call_id), record)
    await update_rows(connection, tables.calls, rows.calls, keep=frozenset({"node"}))
    await update_rows(connection, tables.queue_stays, rows.queue_stays)
    await update_rows(connection, tables.rings, rows.rings)
    await update_rows(connection, tables.answers, rows.answers)


async def _write_words(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    rows = WordRows()
    await _load_current(connection, entries, rows)
    for entry in entries:
        if isinstance(entry.event, WordsEvent | GapFound):  # decisions are read back from ``events``
            rows.add(entry, entry.event)
    superseded = rows.settle()
    if superseded:
        segments = tables.segments
        mark = update(segments).values(current=False)
        mark = mark.where(segments.c.node == bindparam("of_node"), segments.c.seq == bindparam("of_seq"))
        await connection.execute(mark, [{"of_node": node, "of_seq": seq} for node, seq in superseded])
    await insert_new(connection, tables.segments, rows.segments)
    await insert_new(connection, tables.stretches, rows.stretches)
    await insert_new(connection, tables.assessments, rows.assessments)
    await insert_new(connection, tables.evidence, rows.evidence)
    await insert_new(connection, tables.recordings, rows.recordings)
    await insert_new(connection, tables.completions, rows.completions)
    await insert_new(connection, tables.gaps, rows.gaps)
    await update_rows(connection, tables.revisions, list(rows.revisions.values()))
    await update_rows(connection, tables.languages, list(rows.languages.values()))
    await update_rows(connection, tables.cards, list(rows.cards.values()))
    await _write_coverage(connection, rows)


async def _write_call_backs(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    events = [entry.event for entry in entries if isinstance(entry.event, CallBackEvent)]
    ids = sorted({event.call_id for event in events})
    found = await rows_of_calls(connection, tables.call_backs, ids, order=[])
    before = {task.call_id: task for task in map(call_back_of, found)}
    after: dict[CallId, CallBack | None] = dict(before)
    for event in events:
        after[event.call_id] = advance_task(after.get(event.call_id), event)
    changed = [call_back_row(task) for call_id, task in after.items() if task and task is not before.get(call_id)]
    await update_rows(connection, tables.call_backs, changed)


async def _write_states(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    told = [(entry, entry.event) for entry in entries if isinstance(entry.event, OperatorStateChanged)]
    rows = [
        {
            "node": entry.node,
            "seq": entry.seq,
            "operator_id": event.operator_id,
            "at": event.at,
            "state": event.state.value,
            "reason": event.reason,
            "until": event.until,
            "by": event.by,
        }
        for entry, event in told
    ]
    await insert_new(connection, tables.operator_states, rows)


async def _write_audits(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    told = [(entry, entry.event) for entry in entries if isinstance(entry.event, Audited)]
    names = ("at", "account", "action", "object", "address")
    rows = [{"node": e.node, "seq": e.seq, **{name: getattr(event, name) for name in names}} for e, event in told]
    await insert_new(connection, tables.audits, rows)


async def _write_coverage(connection: AsyncConnection, rows: WordRows) -> None:
    """The last telling stands, whole."""
    table = tables.coverage
    if rows.coverage:
        gone = delete(table).where(table.c.call_id == bindparam("of_call"))
        await connection.execute(gone, [{"of_call": call_id} for call_id in rows.coverage])
    await insert_new(connection, table, [row for sides in rows.coverage.values() for row in sides])


async def _load_current(connection: AsyncConnection, entries: Sequence[Entry], rows: WordRows) -> None:
    heard = [entry.event for entry in entries if isinstance(entry.event, SegmentHeard)]
    segments = tables.segments
    starts = sorted({event.segment.start for event in heard})
    found = await rows_of_calls(
        connection,
        segments,
        sorted({event.call_id for event in heard}),
        segments.c.current,
        segments.c.start_seconds.in_(starts),
        order=[],
    )
    for row in found:
        key = (row["call_id"], Side(row["side"]), row["start_seconds"])
        rows.current[key] = (row["revision"], row["node"], row["seq"])
