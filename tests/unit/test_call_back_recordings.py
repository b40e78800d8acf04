"""What was said in a call-back is taken in and read, whatever dies or is busy in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import line102.call_back_recordings as module
from line102.board import Board
from line102.broadcast import Broadcast
from line102.call_back_recordings import CallBackRecordings, Settled
from line102.call_backs import attempt_at, recording_of
from line102.call_backs_kinds import CallBackResult, CallBackWhy
from line102.calls import CallId, CallRecord, Side
from line102.errors import Refused, Unreachable
from line102.events import CallBackHeard, CallBackNeeded, CallBackTried
from line102.scribe import Scribe
from line102.words import Segment, Stretch
from tests.call_stories import OP1, ago
from tests.fakes.scripted import MemoryJournal, segment

A = CallId("a")
BEGAN = ago(60)
ATTEMPT = attempt_at("pbx", BEGAN)


@dataclass
class Spool:
    """Asterisk's folder, and the recordings made from it."""

    recordings: Path
    names: list[CallId] = field(default_factory=list)
    busy: int = 0

    async def leftovers(self, known: Settled) -> Sequence[CallId]:
        return [name for name in self.names if name not in known]

    async def ingest(self, record: CallRecord) -> None:
        if self.busy:
            self.busy -= 1
            raise Unreachable("recording", "it is still being written")
        assert record.offered_at == BEGAN
        file = self.recordings / recording_of(record.call_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"RIFF")


@dataclass
class Reader:
    fails: list[Exception] = field(default_factory=list)
    asked: int = 0

    async def speech(self, path: str) -> Sequence[Stretch]:
        assert path == recording_of(ATTEMPT)
        if self.fails:
            raise self.fails.pop()
        return [
            Stretch(side=side, start=timedelta(seconds=1), end=timedelta(seconds=2), reason="speech") for side in Side
        ]

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None
    ) -> Sequence[Segment]:
        self.asked += 1
        return [segment(one.side, 1, 2, one.side.value) for one in missed]


class Line:
    def __init__(self, folder: Path, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.broadcast = Broadcast(Board("test"))
        self.broadcast.board.restore([entry.event for entry in self.journal.read(0)])
        self.scribe = Scribe(self.journal, self.broadcast)
        self.spool, self.reader = Spool(folder), Reader()
        self.free = True
        self.work = CallBackRecordings(
            self.spool,
            self.reader,
            folder,
            self.scribe,
            self.broadcast.board.call_backs,
            may_work=lambda: self.free,
        )

    def tried(self, talked_s: float = 40) -> None:
        at = ago(0)
        self.scribe.write(
            CallBackNeeded(
                call_id=A, at=at, number="7", offered_at=at, why=CallBackWhy.ABANDONED, urgent=False, deadline=at
            )
        )
        self.spool.names.append(ATTEMPT)
        result = CallBackResult.TALKED if talked_s else CallBackResult.BUSY
        talked = timedelta(seconds=talked_s)
        self.scribe.write(CallBackTried(call_id=A, at=at, by=OP1, attempt=ATTEMPT, result=result, talked=talked))

    async def heard(self) -> CallBackHeard:
        async with asyncio.timeout(5):
            while not (found := [e.event for e in self.journal.read(0) if isinstance(e.event, CallBackHeard)]):
                await asyncio.sleep(0.005)
        (only,) = found
        return only


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[Line]:
    task = asyncio.create_task(line.work.run())
    await asyncio.sleep(0)
    try:
        yield line
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", timedelta(milliseconds=5))


@pytest.mark.parametrize(
    "trouble",
    [
        {},
        {"busy": 2},
        {"fails": [Unreachable("recogniser", "away")]},
    ],
)
async def test_a_talk_is_read_once_its_recording_is_whole(tmp_path: Path, trouble: dict[str, Any]) -> None:
    line = Line(tmp_path)
    line.spool.busy = trouble.get("busy", 0)
    line.reader.fails = trouble.get("fails", [])
    async with running(line):
        line.tried()
        told = await line.heard()
        assert [(one.side, one.text) for one in told.segments] == [(side, side.value) for side in Side]
        assert told.attempt == ATTEMPT
        await asyncio.sleep(0.05)
    assert line.reader.asked == 2, "each side once, and never again"
    assert Settled(tmp_path).has(ATTEMPT)


async def test_live_calls_come_first(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.free = False
    async with running(line):
        line.tried()
        await asyncio.sleep(0.05)
        assert line.reader.asked == 0
        line.free = True
        await line.heard()


async def test_a_death_before_the_words_loses_none(tmp_path: Path) -> None:
    first = Line(tmp_path)
    first.free = False
    async with running(first):
        first.tried()
        async with asyncio.timeout(5):
            while not Settled(tmp_path).has(ATTEMPT):
                await asyncio.sleep(0.005)
    async with running(Line(tmp_path, first.journal)) as second:
        await second.heard()
    async with running(Line(tmp_path, first.journal)) as third:
        await asyncio.sleep(0.05)
    assert third.reader.asked == 0, "they are known"


async def test_what_nobody_talked_in_is_kept_and_not_read_and_what_cannot_be_read_is_said_to_have_no_words(
    tmp_path: Path,
) -> None:
    line = Line(tmp_path / "busy")
    async with running(line):
        line.tried(talked_s=0)
        async with asyncio.timeout(5):
            while not Settled(tmp_path / "busy").has(ATTEMPT):
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        assert line.reader.asked == 0
    damaged = Line(tmp_path / "damaged")
    damaged.reader.fails = [Refused("recording", "it is cut")]
    async with running(damaged):
        damaged.tried()
        assert (await damaged.heard()).segments == ()


def test_calls_recordings_are_not_ours(tmp_path: Path) -> None:
    assert "line102-1795438886.0" in Settled(tmp_path)
    assert ATTEMPT not in Settled(tmp_path)
