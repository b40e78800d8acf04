"""What the desk keeps and asks for: cards, call-back tasks, a number's calls, an operator's; on every ledger alike."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from line102.call_backs import CallBack, advance
from line102.call_backs_kinds import CallBackHow, CallBackWhy
from line102.calls import CallId, Side
from line102.events import (
    CallBackDone,
    CallBackEvent,
    CallBackHeard,
    CallBackNeeded,
    CallBackTaken,
    CallerCalledAgain,
    CardWritten,
    Entry,
    LedgerEvent,
)
from line102.journal import FileJournal
from line102.numbers import forms_of
from line102.store.applier import Applier
from line102.store.engine import open_engine, reading
from line102.store.ledger import SqlLedger
from tests.call_stories import OP1, OP2, abandoned, answered
from tests.contract.conftest import quick
from tests.contract.test_store_outages import FAST, until
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import segment
from tests.ledger_events import NOON, STRATEGIES

AnyLedger = MemoryLedger | SqlLedger
A = CallId("a")
_examples = itertools.count(1)


def numbered(happened: Sequence[LedgerEvent], first: int = 1, node: str = "n") -> list[Entry]:
    return [Entry(node=node, seq=seq, event=event) for seq, event in enumerate(happened, first)]


def card(version: int, note: str, by: str = "op1") -> CardWritten:
    at = NOON + timedelta(seconds=version)
    return CardWritten(call_id=A, at=at, by=by, version=version, note=note, place="Абая, 10", persons="", follow_up="")


def need(call_id: CallId = A, second: float = 0, number: str = "87011234567") -> CallBackNeeded:
    at = NOON + timedelta(seconds=second)
    return CallBackNeeded(
        call_id=call_id,
        at=at,
        number=number,
        offered_at=at,
        why=CallBackWhy.ABANDONED,
        urgent=True,
        deadline=at + timedelta(minutes=1),
    )


# ------------------------------------------------------------ the card


async def test_the_last_telling_of_a_card_stands(ledger: AnyLedger) -> None:
    await ledger.apply(numbered([*answered("a", at=NOON), card(1, "один"), card(2, "Әже, үйде жоқ", by="op2")]))
    story = await ledger.call(A)
    assert story is not None and story.card == card(2, "Әже, үйде жоқ", by="op2")
    later = [card(3, "три")]
    await ledger.apply(numbered(later, first=len(answered("a", at=NOON)) + 3))
    (again,) = await ledger.calls(limit=5)
    assert again.card == card(3, "три")


async def test_a_card_may_come_before_the_call(ledger: AnyLedger) -> None:
    await ledger.apply(numbered([card(1, "один"), *answered("a", at=NOON)]))
    story = await ledger.call(A)
    assert story is not None and story.card == card(1, "один")


async def test_every_version_of_a_card_is_kept(sql_ledger: SqlLedger) -> None:
    await sql_ledger.apply(numbered([card(1, "один"), card(2, "два")]))
    told = await sql_ledger.events_of(("CardWritten",), since=NOON)
    assert [event for _, event in told] == [card(1, "один"), card(2, "два")]


# ------------------------------------------------------------ call-backs


async def test_an_open_task_is_read_as_it_was_folded(ledger: AnyLedger) -> None:
    again, b = CallId("again"), CallId("b")
    happened: list[CallBackEvent] = [
        need(),
        CallBackTaken(call_id=A, at=NOON + timedelta(seconds=5), by=OP1),
        CallerCalledAgain(call_id=A, at=NOON + timedelta(seconds=6), again=again),
        need(b, second=-5, number=""),
    ]
    await ledger.apply(numbered([*abandoned("a", at=NOON), *abandoned("b", "", at=NOON), *happened]))
    first, second = await ledger.open_call_backs("n")
    assert (first.call_id, first.number, first.owner) == (b, "", None)
    assert (second.owner, second.called_again, second.done) == (OP1, again, None)
    assert second.deadline == NOON + timedelta(minutes=1)


async def test_the_words_of_an_attempt_are_its_own(ledger: AnyLedger) -> None:
    said = segment(Side.CALLER, 1, 2, "спасибо")
    heard = CallBackHeard(call_id=A, at=NOON, attempt=CallId("t1"), segments=(said,))
    empty = CallBackHeard(call_id=A, at=NOON, attempt=CallId("t2"), segments=())
    await ledger.apply(numbered([*abandoned("a", at=NOON), need(), heard, empty]))
    found = [await ledger.words_of_call_back(A, CallId(attempt)) for attempt in ("t1", "t2", "t3")]
    assert [list(words) if words is not None else None for words in found] == [[said], [], None]
    assert await ledger.words_of_call_back(CallId("b"), CallId("t1")) is None


async def test_a_task_that_is_done_is_not_open(ledger: AnyLedger) -> None:
    done = CallBackDone(call_id=A, at=NOON + timedelta(seconds=9), by="line102", how=CallBackHow.CALLED_AGAIN)
    taken = [*abandoned("a", at=NOON), need(), CallBackTaken(call_id=A, at=NOON, by=OP2)]
    await ledger.apply(numbered(taken))
    assert [task.call_id for task in await ledger.open_call_backs("n")] == [A]
    await ledger.apply(numbered([done, replace(done, how=CallBackHow.REACHED)], first=len(taken) + 1))
    assert list(await ledger.open_call_backs("n")) == []


async def test_another_centre_in_the_same_database_calls_its_own_callers_back(ledger: AnyLedger) -> None:
    for node, call_id in [
        ("almaty@1", "a"),
        ("almaty@2", "b"),
        ("almaty_2@1", "c"),
        ("astana@1", "d"),
        ("almaty", "e"),
    ]:
        await ledger.apply(numbered([*abandoned(call_id, at=NOON), need(CallId(call_id))], node=node))
    assert [task.call_id for task in await ledger.open_call_backs("almaty")] == ["a", "b", "e"]
    assert [task.call_id for task in await ledger.open_call_backs("almaty_2")] == ["c"]
    assert list(await ledger.open_call_backs("almat%")) == []


async def test_the_table_holds_what_became_of_a_task(sql_ledger: SqlLedger, url: str) -> None:
    done = CallBackDone(call_id=A, at=NOON, by="op2", how=CallBackHow.NO_ANSWER)
    await sql_ledger.apply(numbered([need(), done, replace(done, by="op1")]))
    engine = open_engine(quick(url))
    async with reading(engine) as connection:
        rows = (await connection.execute(text("SELECT call_id, done_by, done_how FROM call_backs"))).all()
    await engine.dispose()
    assert [tuple(row) for row in rows] == [("a", "op2", "no_answer")]


task_events: st.SearchStrategy[LedgerEvent] = st.one_of(
    *(strategy for cls, strategy in STRATEGIES.items() if issubclass(cls, CallBackEvent))
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(happened=st.lists(task_events, min_size=1, max_size=30), data=st.data())
async def test_however_it_is_cut_the_tasks_are_the_fold(
    ledger: AnyLedger, happened: list[CallBackEvent], data: st.DataObject
) -> None:
    node = f"n{next(_examples)}"
    own = [replace(event, call_id=CallId(f"{node}-{event.call_id[-1]}")) for event in happened]
    courses = [event for i in sorted({e.call_id for e in own}) for event in abandoned(i, at=NOON)]
    entries = numbered([*courses, *own], node=node)
    begin = 0
    while begin < len(entries):
        end = data.draw(st.integers(begin + 1, len(entries)))
        await ledger.apply(entries[:end])
        begin = end
    tasks: dict[CallId, CallBack | None] = {}
    for event in own:
        tasks[event.call_id] = advance(tasks.get(event.call_id), event)
    still = {task.call_id: task for task in tasks.values() if task is not None and task.done is None}
    found = {task.call_id: task for task in await ledger.open_call_backs(node)}
    assert {i: (t.owner, t.called_again, t.deadline, t.tries) for i, t in found.items()} == {
        i: (t.owner, t.called_again, t.deadline, t.tries) for i, t in still.items()
    }
    assert await ledger.rejections() == 0


async def test_nothing_is_lost_while_the_database_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cards and tasks wait in the journal, and are all there, in order, when the database is back."""
    ledger = MemoryLedger()
    ledger.away = "the test took it away"
    folder = tmp_path_factory.mktemp("journal")
    with FileJournal(folder, "almaty") as journal:
        applier = Applier(journal, ledger, FAST)
        task = asyncio.create_task(applier.run())
        for event in [*abandoned("a", at=NOON), need(), *(card(n, "слово " * n) for n in range(1, 30))]:
            journal.append(event)
        await until(lambda: not applier.state.up, "it notices")
        ledger.away = ""
        await asyncio.wait_for(applier.applied(journal.last_seq), 20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    story = await ledger.call(A)
    assert story is not None and story.card == card(29, "слово " * 29)
    assert [t.call_id for t in await ledger.open_call_backs("almaty")] == [A]


# ------------------------------------------------------------ a number's calls, an operator's calls

SPELLINGS = ("87011234567", "+77011234567", "77011234567")


async def test_a_number_has_all_its_calls_in_any_spelling_newest_first(ledger: AnyLedger) -> None:
    happened: list[LedgerEvent] = []
    for n, number in enumerate([*SPELLINGS, "87019999999", ""]):
        happened += abandoned(f"call-{n}", number, at=NOON + timedelta(minutes=n))
    happened.append(replace(card(1, "нож"), call_id=CallId("call-1")))
    await ledger.apply(numbered(happened))
    forms = forms_of("8 701 123-45-67")
    stories = await ledger.calls_of(forms, limit=9)
    assert [story.record.call_id for story in stories] == ["call-2", "call-1", "call-0"]
    assert [story.card.note if story.card else None for story in stories] == [None, "нож", None]
    assert [s.record.call_id for s in await ledger.calls_of(forms, limit=1)] == ["call-2"]
    before = await ledger.calls_of(forms, limit=9, before=NOON + timedelta(minutes=1))
    assert [story.record.call_id for story in before] == ["call-0"]
    assert await ledger.count_of(forms, since=NOON + timedelta(minutes=1)) == 2
    assert list(await ledger.calls_of((), limit=9)) == [], "a withheld number is nobody's"
    assert await ledger.count_of((), since=NOON) == 0


async def test_the_calls_that_an_operator_answered_since(ledger: AnyLedger) -> None:
    happened: list[LedgerEvent] = []
    for n, operator in enumerate([OP1, OP2, OP1]):
        happened += answered(f"call-{n}", at=NOON + timedelta(minutes=n), by=operator, talk_s=20)
    await ledger.apply(numbered(happened))
    assert [r.call_id for r in await ledger.answered_by(OP1, since=NOON)] == ["call-0", "call-2"]
    assert [r.call_id for r in await ledger.answered_by(OP1, since=NOON + timedelta(minutes=1))] == ["call-2"]
    (record,) = await ledger.answered_by(OP2, since=NOON)
    assert record.talked(NOON) == timedelta(seconds=20)


async def test_a_number_is_found_by_its_index(sql_ledger: SqlLedger, url: str) -> None:
    await sql_ledger.apply(numbered(abandoned("a", at=NOON)))
    engine = open_engine(quick(url))
    query = "SELECT * FROM calls WHERE number IN ('a', 'b') AND offered_at < '2027-01-01' ORDER BY offered_at DESC"
    async with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = (await connection.execute(text(f"EXPLAIN {query}"))).scalars().all()
        else:
            plan = [row[3] for row in (await connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all()]
    await engine.dispose()
    assert any("ix_calls_number_offered_at" in line for line in plan), plan
