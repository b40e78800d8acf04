"""The rows that reports read are always what the rest of the ledger says, however it came in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from line102.call_backs_kinds import CallBackHow, CallBackWhy
from line102.call_facts import facts_of
from line102.calls import CallId, OperatorId
from line102.decisions import NOTHING_DECIDED
from line102.desk_kinds import DeskState
from line102.events import (
    CallBackDone,
    CallBackNeeded,
    CallCategorised,
    CallEnded,
    CallOffered,
    Entry,
    LedgerEvent,
    OperatorStateChanged,
)
from line102.store.engine import open_engine, reading, writing
from line102.store.ledger import SqlLedger
from line102.store.report_rows import refill
from line102.store.report_tables import call_facts, operator_hours
from line102.words import Label
from tests.contract.conftest import quick
from tests.ledger_events import NOON, events

CALL = CallId("line102-1789.1")
OP1 = OperatorId("op1")
_examples = itertools.count(1)


def numbered(happened: Sequence[LedgerEvent]) -> list[Entry]:
    return [Entry(node="n", seq=seq, event=event) for seq, event in enumerate(happened, 1)]


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def rows(url: str, table: Any, *order: str) -> list[dict[str, Any]]:
    engine = open_engine(quick(url))
    async with reading(engine) as connection:
        found = await connection.execute(select(table).order_by(*(table.c[name] for name in order)))
        told = [dict(row) for row in found.mappings()]
    await engine.dispose()
    return told


async def emptied_and_refilled(url: str) -> None:
    engine = open_engine(quick(url))
    async with writing(engine) as connection:
        await connection.execute(delete(call_facts))
        await connection.execute(delete(operator_hours))
        await refill(connection)
    await engine.dispose()


async def test_a_call_is_counted_when_it_ends_and_again_when_more_is_told(sql_ledger: SqlLedger, url: str) -> None:
    need = CallBackNeeded(
        call_id=CALL, at=at(10), number="+77010000001", offered_at=NOON, why=CallBackWhy.ABANDONED, urgent=False,
        deadline=at(900),
    )  # fmt: skip
    told: list[LedgerEvent] = [
        CallOffered(call_id=CALL, at=NOON, number="+77010000001", dialled="102"),
        CallEnded(call_id=CALL, at=at(9), hangup_cause=16),
        need,
        CallCategorised(call_id=CALL, at=at(60), by=OP1, label=Label.EMERGENCY, category="fight"),
        CallBackDone(call_id=CALL, at=at(90), by="op1", how=CallBackHow.REACHED),
    ]
    await sql_ledger.apply(numbered(told)[:1])
    assert await rows(url, call_facts, "call_id") == []
    seen = []
    for entry in numbered(told)[1:]:
        await sql_ledger.apply([entry])
        (row,) = await rows(url, call_facts, "call_id")
        seen.append((row["seq"], row["outcome"], row["called_back"], row["label"]))
    assert seen == [
        (2, "abandoned", None, ""),
        (3, "abandoned", False, ""),
        (4, "abandoned", False, "EMERGENCY"),
        (5, "abandoned", True, "EMERGENCY"),
    ]
    assert row["waited_seconds"] == timedelta(seconds=9)


async def test_an_operators_hours_are_the_spells_between_tellings(sql_ledger: SqlLedger, url: str) -> None:
    tellings = [(0, DeskState.READY), (3000, DeskState.TALKING), (3700, DeskState.READY), (3600, DeskState.OFF)]
    for entry in numbered([telling(second, state) for second, state in tellings]):
        await sql_ledger.apply([entry])
    found = [(r["hour"], r["state"], r["seconds"]) for r in await rows(url, operator_hours, "hour", "state")]
    assert found == [(NOON, "ready", 3000.0), (NOON, "talking", 600.0), (at(3600), "talking", 100.0)]


def telling(second: float, state: DeskState, operator: str = "op1") -> OperatorStateChanged:
    return OperatorStateChanged(
        at=at(second), operator_id=OperatorId(operator), state=state, reason="", until=None, began=None, by="line102",
        wish="ready", wish_reason="",
    )  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(happened=st.lists(events, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=4))
async def test_however_it_is_cut_the_rows_are_what_a_refill_makes(
    happened: list[LedgerEvent], cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('facts')}/{next(_examples)}.db"
    ledger = SqlLedger(quick(url))
    entries = numbered(happened)
    borders = [0, *sorted(min(cut, len(entries)) for cut in cuts), len(entries)]
    for begin, end in itertools.pairwise(borders):
        await ledger.apply(entries[begin:end])
    await ledger.close()
    names = [column.name for column in call_facts.c if column.name not in ("node", "seq")]
    before = [{name: row[name] for name in names} for row in await rows(url, call_facts, "call_id")]
    hours = await rows(url, operator_hours, "operator_id", "hour", "state")
    await emptied_and_refilled(url)
    after = [{name: row[name] for name in names} for row in await rows(url, call_facts, "call_id")]
    assert after == before
    again = await rows(url, operator_hours, "operator_id", "hour", "state")
    assert [tuple(r.values())[:3] for r in again] == [tuple(r.values())[:3] for r in hours]
    assert [r["seconds"] for r in again] == pytest.approx([r["seconds"] for r in hours])


async def test_the_facts_of_a_day_are_read_back_as_they_were_made(url: str) -> None:
    ledger = SqlLedger(quick(url))
    told = [*fold_of(CallId("n-1"), 0), *fold_of(CallId("n-2"), 3600)]
    await ledger.apply(numbered(told))
    try:
        late = await ledger.facts(since=at(3600))
        both = await ledger.facts(since=at(0))
        records = {record.call_id: record for record in await ledger.known_calls(at(0))}
    finally:
        await ledger.close()
    assert [one.call_id for one in late] == ["n-2"]
    assert both == [facts_of(records[one.call_id], NOTHING_DECIDED, language="", called_back=None) for one in both]
    assert len(both) == 2


def fold_of(call: CallId, seconds: float) -> list[LedgerEvent]:
    return [
        CallOffered(call_id=call, at=at(seconds), number="87011234567", dialled="102"),
        CallEnded(call_id=call, at=at(seconds + 7.25), hangup_cause=16),
    ]
