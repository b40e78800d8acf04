"""Keeping what the reports read in step: the facts of calls that ended, and the operators' hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.call_facts import CallFacts, facts_of
from line102.calls import CallId
from line102.events import (
    CallAssessed,
    CallBackEvent,
    CourseEvent,
    DecisionEvent,
    Entry,
    LanguageChosen,
    OperatorStateChanged,
)
from line102.operator_hours import by_hour
from line102.store import tables
from line102.store.reading import load_decisions, load_records, rows_of_calls
from line102.store.records import Row
from line102.store.report_tables import call_facts, operator_hours
from line102.store.upserts import insert_new, update_rows

_CHANGES = CourseEvent | DecisionEvent | CallAssessed | LanguageChosen | CallBackEvent
_CALLS_AT_ONCE = 500


async def write_facts(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Of the calls that these entries speak of and that have ended. Everything else of them is written already."""
    changed = {e.event.call_id: (e.node, e.seq) for e in entries if isinstance(e.event, _CHANGES)}
    rows = await _facts(connection, sorted(changed))
    await update_rows(connection, call_facts, [_numbered(facts, changed) for facts in rows])


async def add_hours(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """The spells that these tellings end. Called before their own rows are written."""
    told = [entry.event for entry in entries if isinstance(entry.event, OperatorStateChanged)]
    known = await _last_states(connection, sorted({event.operator_id for event in told}))
    await _add(connection, known, [(event.operator_id, event.at, event.state.value) for event in told])


async def refill(connection: AsyncConnection) -> None:
    """Both from the rest of the ledger, where they are empty: after the migration that made them."""
    calls = tables.calls
    if not await _is_empty(connection, call_facts):
        return
    last = select(tables.events.c.call_id, func.max(tables.events.c.seq).label("seq"))
    last_seq = last.group_by(tables.events.c.call_id).subquery()
    query = select(calls.c.call_id, calls.c.node, func.coalesce(last_seq.c.seq, 0).label("seq"))
    query = query.outerjoin(last_seq, last_seq.c.call_id == calls.c.call_id).where(calls.c.ended_at.is_not(None))
    ended = {row["call_id"]: (row["node"], row["seq"]) for row in (await connection.execute(query)).mappings()}
    ids = sorted(ended)
    for begin in range(0, len(ids), _CALLS_AT_ONCE):
        rows = await _facts(connection, ids[begin : begin + _CALLS_AT_ONCE])
        await insert_new(connection, call_facts, [_numbered(facts, ended) for facts in rows])
    if await _is_empty(connection, operator_hours):
        await _refill_hours(connection)


async def _is_empty(connection: AsyncConnection, table: Any) -> bool:
    return not (await connection.execute(select(exists(select(table))))).scalar_one()


async def _refill_hours(connection: AsyncConnection) -> None:
    states = tables.operator_states
    query = select(states.c.operator_id, states.c.at, states.c.state).order_by(states.c.node, states.c.seq)
    told = [(row["operator_id"], row["at"], row["state"]) for row in (await connection.execute(query)).mappings()]
    await _add(connection, {}, told)


async def _facts(connection: AsyncConnection, ids: Sequence[CallId]) -> list[CallFacts]:
    records = {i: r for i, r in (await load_records(connection, ids)).items() if r.ended_at is not None}
    over = list(records)
    decisions = await load_decisions(connection, over)
    languages = await _languages(connection, over)
    tasks = tables.call_backs
    done = {
        row["call_id"]: row["done_at"] is not None for row in await rows_of_calls(connection, tasks, over, order=[])
    }
    made = (
        facts_of(record, decisions[i], language=languages.get(i, ""), called_back=done.get(i))
        for i, record in records.items()
    )
    return [facts for facts in made if facts is not None]


async def _languages(connection: AsyncConnection, ids: Sequence[CallId]) -> dict[CallId, str]:
    """As an operator chose, else as the newest assessment that could tell."""
    heard, chosen = tables.assessments, tables.languages
    order = [heard.c.node, heard.c.seq]
    found = {
        row["call_id"]: row["language"]
        for row in await rows_of_calls(connection, heard, ids, order=order)
        if row["language"]
    }
    said = await rows_of_calls(connection, chosen, ids, chosen.c.language.is_not(None), order=[])
    return found | {row["call_id"]: row["language"] for row in said}


def _numbered(facts: CallFacts, by: dict[CallId, tuple[str, int]]) -> Row:
    node, seq = by[facts.call_id]
    return {
        "node": node,
        "seq": seq,
        "call_id": facts.call_id,
        "offered_at": facts.offered_at,
        "ended_at": facts.ended_at,
        "caller": facts.caller,
        "queue": facts.queue,
        "language": facts.language,
        "outcome": facts.outcome.value,
        "seen_from_start": facts.seen_from_start,
        "waited_seconds": facts.waited,
        "talked_seconds": facts.talked,
        "helped_seconds": facts.helped,
        "operator_id": facts.operator_id,
        "lost_legs": facts.lost_legs,
        "urgency": facts.urgency,
        "label": facts.label,
        "category": facts.category,
        "audited": facts.audited,
        "flag": facts.flag,
        "flag_dropped": facts.flag_dropped,
        "flag_accepted": facts.flag_accepted,
        "offer": facts.offer,
        "sent_by": facts.sent_by.value if facts.sent_by else None,
        "sent_end": facts.sent_end.value if facts.sent_end else None,
        "called_back": facts.called_back,
    }


async def _last_states(connection: AsyncConnection, operators: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    states = tables.operator_states
    found: dict[str, tuple[datetime, str]] = {}
    for operator in operators:
        query = select(states.c.at, states.c.state).where(states.c.operator_id == operator)
        query = query.order_by(states.c.at.desc(), states.c.node.desc(), states.c.seq.desc()).limit(1)
        row = (await connection.execute(query)).mappings().first()
        if row is not None:
            found[operator] = (row["at"], row["state"])
    return found


async def _add(
    connection: AsyncConnection, known: dict[str, tuple[datetime, str]], told: Sequence[tuple[str, datetime, str]]
) -> None:
    """``told``: (operator, at, state) in the order told; a telling of before the one known changes nothing."""
    spent: dict[tuple[str, datetime, str], float] = defaultdict(float)
    for operator, at, state in told:
        before = known.get(operator)
        if before is not None and at < before[0]:
            continue
        if before is not None:
            for hour, seconds in by_hour(before[0], at):
                spent[operator, hour, before[1]] += seconds
        known[operator] = (at, state)
    if not spent:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = make(operator_hours)
    total = operator_hours.c.seconds + adding.excluded.seconds
    adding = adding.on_conflict_do_update(index_elements=operator_hours.primary_key, set_={"seconds": total})
    await connection.execute(
        adding, [{"operator_id": o, "hour": h, "state": s, "seconds": seconds} for (o, h, s), seconds in spent.items()]
    )
