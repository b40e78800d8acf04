"""Records and stories out of the tables: a fixed number of queries, however many calls are asked for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar, get_args

from sqlalchemy import Column, ColumnElement, RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.calls import CallId, CallRecord, Side
from line102.decisions import Decisions, decide
from line102.event_json import decode
from line102.events import CardWritten, DecisionEvent
from line102.ports import AssessmentAt, CallStory, StoredRecording
from line102.store import tables
from line102.store.records import records_of
from line102.store.word_rows import assessment_of, card_of, coverage_of, recording_of, segment_of, stretch_of
from line102.words import Coverage, Segment, Stretch

T = TypeVar("T")
DECISIONS = tuple(cls.__name__ for cls in get_args(DecisionEvent))
_IDS_PER_QUERY = 5000  # SQLite takes 32,766 parameters in one statement, asyncpg 32,767


async def load_records(connection: AsyncConnection, call_ids: Sequence[CallId]) -> dict[CallId, CallRecord]:
    """Those of the calls that are known."""
    rows = await rows_of_calls(connection, tables.calls, call_ids, order=[tables.calls.c.call_id])
    return await records_from(connection, rows)


async def records_from(connection: AsyncConnection, calls: Sequence[RowMapping]) -> dict[CallId, CallRecord]:
    """The records of these rows of ``calls``, in the same order."""
    ids = [row["call_id"] for row in calls]
    stays, rings, answers = tables.queue_stays, tables.rings, tables.answers
    return records_of(
        calls,
        await rows_of_calls(connection, stays, ids, order=[stays.c.call_id, stays.c.n]),
        await rows_of_calls(connection, rings, ids, order=[rings.c.call_id, rings.c.stay, rings.c.n]),
        await rows_of_calls(connection, answers, ids, order=[answers.c.call_id, answers.c.n]),
    )


async def load_stories(connection: AsyncConnection, records: dict[CallId, CallRecord]) -> list[CallStory]:
    """The stories of these records, in the same order."""
    words = await _load_words(connection, list(records))
    return [
        CallStory(
            record=record,
            segments=tuple(words.segments[call_id]),
            missed=tuple(words.missed[call_id]),
            assessment=words.assessments.get(call_id),
            recording=words.recordings.get(call_id),
            transcript_complete=call_id in words.complete,
            coverage=words.coverage[call_id],
            revised_by=words.revised_by.get(call_id),
            language=words.languages.get(call_id),
            decisions=words.decisions[call_id],
            card=words.cards.get(call_id),
        )
        for call_id, record in records.items()
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    segments: dict[CallId, list[Segment]]
    missed: dict[CallId, list[Stretch]]
    assessments: dict[CallId, AssessmentAt]
    recordings: dict[CallId, StoredRecording]
    complete: frozenset[CallId]
    coverage: dict[CallId, tuple[Coverage, ...]]  # of every call asked for
    revised_by: dict[CallId, str]
    languages: dict[CallId, str | None]
    decisions: dict[CallId, Decisions]
    cards: dict[CallId, CardWritten]


async def _load_words(connection: AsyncConnection, ids: Sequence[CallId]) -> _Words:
    segments, missed, recorded = tables.segments, tables.stretches, tables.recordings
    words = _Words(
        segments=defaultdict(list),
        missed=defaultdict(list),
        assessments=await _newest_assessments(connection, ids),
        recordings={},
        complete=frozenset(
            row["call_id"] for row in await rows_of_calls(connection, tables.completions, ids, order=[])
        ),
        coverage=await _coverage(connection, ids),
        revised_by={
            row["call_id"]: row["model"] for row in await rows_of_calls(connection, tables.revisions, ids, order=[])
        },
        languages={
            row["call_id"]: row["language"] for row in await rows_of_calls(connection, tables.languages, ids, order=[])
        },
        decisions=await load_decisions(connection, ids),
        cards={
            card.call_id: card for card in map(card_of, await rows_of_calls(connection, tables.cards, ids, order=[]))
        },
    )
    order: list[Column[object]] = [segments.c.call_id, segments.c.start_seconds]
    for row in await rows_of_calls(connection, segments, ids, segments.c.current, order=order):
        words.segments[row["call_id"]].append(segment_of(row))
    for heard in words.segments.values():
        heard.sort(key=lambda segment: (segment.start, segment.side is Side.OPERATOR))
    for row in await rows_of_calls(
        connection, missed, ids, order=[missed.c.start_seconds, missed.c.node, missed.c.seq]
    ):
        words.missed[row["call_id"]].append(stretch_of(row))
    for row in await rows_of_calls(connection, recorded, ids, order=[recorded.c.node, recorded.c.seq]):
        words.recordings[row["call_id"]] = recording_of(row)  # the last one stands
    return words


async def _coverage(connection: AsyncConnection, ids: Sequence[CallId]) -> dict[CallId, tuple[Coverage, ...]]:
    found: dict[CallId, dict[Side, Coverage]] = defaultdict(dict)
    for row in await rows_of_calls(connection, tables.coverage, ids, order=[]):
        side = coverage_of(row)
        found[row["call_id"]][side.side] = side
    return {call_id: tuple(found[call_id][side] for side in Side if side in found[call_id]) for call_id in ids}


async def load_decisions(connection: AsyncConnection, ids: Sequence[CallId]) -> dict[CallId, Decisions]:
    """Folded from the events themselves: few per call, and nothing else to keep in step."""
    events = tables.events
    order: list[Column[object]] = [events.c.node, events.c.seq]
    found: dict[CallId, Decisions] = defaultdict(Decisions)
    for row in await rows_of_calls(connection, events, ids, events.c.type.in_(DECISIONS), order=order):
        event = decode(json.dumps(row["payload"]))
        assert isinstance(event, DecisionEvent), row["type"]
        found[row["call_id"]] = decide(found[row["call_id"]], event)
    return found


async def _newest_assessments(connection: AsyncConnection, ids: Sequence[CallId]) -> dict[CallId, AssessmentAt]:
    table, evidence = tables.assessments, tables.evidence
    rows = await rows_of_calls(connection, table, ids, order=[table.c.node, table.c.seq])
    newest = {row["call_id"]: row for row in rows}
    because: dict[tuple[str, int], list[RowMapping]] = {}
    for part in _parts([row["seq"] for row in newest.values()]):
        query = select(evidence).where(evidence.c.seq.in_(part)).order_by(evidence.c.node, evidence.c.seq, evidence.c.n)
        found = (await connection.execute(query)).mappings().all()
        because |= {key: list(group) for key, group in groupby(found, lambda row: (row["node"], row["seq"]))}
    return {call_id: assessment_of(row, because.get((row["node"], row["seq"]), ())) for call_id, row in newest.items()}


async def rows_of_calls(
    connection: AsyncConnection,
    table: Table,
    call_ids: Sequence[CallId],
    *conditions: ColumnElement[bool],
    order: Sequence[Column[object]],
) -> list[RowMapping]:
    rows: list[RowMapping] = []
    for part in _parts(call_ids):
        query = select(table).where(table.c.call_id.in_(part), *conditions).order_by(*order)
        rows += (await connection.execute(query)).mappings().all()
    return rows


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(items), _IDS_PER_QUERY):
        yield items[begin : begin + _IDS_PER_QUERY]
