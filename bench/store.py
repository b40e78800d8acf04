"""How fast the journal takes events and the store applies them.

    python -m bench.store [--events 10000]

Prints, side by side for SQLite and PostgreSQL (a throw-away server with fsync on): 10,000 entries of 500 calls in
batches of 500, entries per second, and what one append costs the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.calls import CallId, OperatorId, QueueName, Side
from line102.events import (
    CallAnswered,
    CallAssessed,
    CallEnded,
    CallerJoined,
    CallOffered,
    LedgerEvent,
    OperatorRung,
    RecordingBegan,
    SegmentHeard,
)
from line102.journal import FileJournal
from line102.store.applier import Applier
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from line102.words import Assessment, Evidence, Label, Segment
from tests.postgresql import PostgresServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT_ONCE = 20  # calls in progress at a time, their events interleaved
EVENTS_A_CALL = 20


def one_call(n: int) -> list[LedgerEvent]:
    call_id, begin = CallId(f"line102-1789.{n}"), NOON + timedelta(seconds=n)
    queue, operator = QueueName("102"), OperatorId(f"op{n % 8}")

    def at(seconds: float) -> datetime:
        return begin + timedelta(seconds=seconds)

    words = "Помогите, пожалуйста, горит дом на улице Абая, десять"
    said = [
        Segment(
            side=Side.CALLER if k % 2 else Side.OPERATOR,
            start=timedelta(seconds=3 * k),
            end=timedelta(seconds=3 * k + 2.5),
            text=words,
            language="ru",
            confidence=0.87,
            model="demo-model@3f2a91c0",
        )
        for k in range(12)
    ]
    evidence = Evidence(words="горит дом", start=22, end=31, label=Label.EMERGENCY, because="горит квартира")
    assessment = Assessment(
        label=Label.EMERGENCY, confidence=0.9, evidence=(evidence,), vetoes=(), text=words, assessor="phrases@1"
    )
    return [
        CallOffered(call_id=call_id, at=at(0), number="+77010000000", dialled="102"),
        RecordingBegan(call_id=call_id, at=at(0.1)),
        CallerJoined(call_id=call_id, at=at(0.2), queue=queue, position=1),
        OperatorRung(call_id=call_id, at=at(0.5), queue=queue, operator_id=operator),
        CallAnswered(call_id=call_id, at=at(4), queue=queue, operator_id=operator),
        *(SegmentHeard(call_id=call_id, at=at(5 + 3 * k), segment=s) for k, s in enumerate(said)),
        *(CallAssessed(call_id=call_id, at=at(9 + k), assessment=assessment) for k in range(2)),
        CallEnded(call_id=call_id, at=at(60), hangup_cause=16),
    ]


def traffic(events: int) -> list[LedgerEvent]:
    """Calls in groups of AT_ONCE, each group's events in turn."""
    mixed: list[LedgerEvent] = []
    for first in range(0, events // EVENTS_A_CALL, AT_ONCE):
        group = [one_call(n) for n in range(first, first + AT_ONCE)]
        mixed += [event for turn in zip(*group, strict=True) for event in turn]
    return mixed[:events]


async def watch(stalls: list[float]) -> None:
    """Note by how many milliseconds the loop is late for a sleep of one: what live audio would feel."""
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls.append((time.perf_counter() - begin) * 1e3 - 1)


async def measure(name: str, url: str, happened: list[LedgerEvent]) -> None:
    with tempfile.TemporaryDirectory() as folder, FileJournal(Path(folder), "bench") as journal:
        costs = []
        for event in happened:
            begin = time.perf_counter()
            journal.append(event)
            costs.append((time.perf_counter() - begin) * 1e6)
        ledger = SqlLedger(StoreSettings(url=url))
        await ledger.open_calls()  # connect and migrate
        applier = Applier(journal, ledger)
        async with asyncio.TaskGroup() as group:
            begin = time.perf_counter()
            stalls: list[float] = []
            tasks = [group.create_task(applier.run()), group.create_task(watch(stalls))]
            await applier.applied(journal.last_seq)
            applied_s = time.perf_counter() - begin
            for task in tasks:
                task.cancel()
        begin = time.perf_counter()
        stories = await ledger.calls(limit=50)
        page_ms = (time.perf_counter() - begin) * 1e3
        assert len(stories) == 50, len(stories)
        assert await ledger.rejections() == 0
        await ledger.close()
    costs.sort()
    stalls.sort()
    print(
        f"{name:11} append {statistics.median(costs):4.0f} µs median {costs[int(len(costs) * 0.999)]:5.0f} µs p99.9 | "
        f"applied {len(happened)} in {applied_s:5.2f} s = {len(happened) / applied_s:5.0f}/s, "
        f"the loop late by {stalls[int(len(stalls) * 0.99)]:3.0f} ms p99 {stalls[-1]:3.0f} ms at most | "
        f"50 stories {page_ms:3.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    happened = traffic(parser.parse_args().events)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/line102.db", happened))
    server = PostgresServer(fsync=True)
    try:
        asyncio.run(measure("PostgreSQL", server.create_database("bench"), happened))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
