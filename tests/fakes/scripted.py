"""Scripted stand-ins at the application's ports, for tests of the application alone.

The real adapters are tested against the real Asterisk, recogniser and databases; these only say what those say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from line102.calls import CallId, CallRecord, Side
from line102.errors import Gone, Refused, Unreachable
from line102.events import CallBackTried, CourseEvent, Entry, LedgerEvent, RecordingSetAside, RecordingStored
from line102.ports import AudioChunk, KeyPressed, PbxEvent, Standing
from line102.words import Assessment, Evidence, Heard, Label, Segment, Stretch

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def segment(side: Side, start: float, end: float, text: str, **more: object) -> Segment:
    values: dict[str, object] = {"language": "ru", "confidence": 0.9, "model": "scripted"} | more
    return Segment(side=side, start=seconds(start), end=seconds(end), text=text, **values)  # type: ignore[arg-type]


class MemoryJournal:
    """Appends to a list."""

    def __init__(self, events: Sequence[LedgerEvent] = ()) -> None:
        self.entries: list[Entry] = []
        for event in events:
            self.append(event)

    def append(self, event: LedgerEvent) -> Entry:
        entry = Entry(node="test", seq=len(self.entries) + 1, event=event)
        self.entries.append(entry)
        return entry

    def read(self, after_seq: int) -> Sequence[Entry]:
        return self.entries[after_seq:]

    def of(self, kind: type) -> list[LedgerEvent]:
        return [entry.event for entry in self.entries if isinstance(entry.event, kind)]


class SilentGuide:
    """Decides nothing, and remembers what it was told."""

    def __init__(self) -> None:
        self.noticed: list[CourseEvent] = []
        self.keys: list[KeyPressed] = []
        self.words: list[Segment] = []
        self.reassessed: list[CallId] = []
        self.served: list[CallId] = []

    def notice(self, event: CourseEvent) -> None:
        self.noticed.append(event)

    def pressed(self, pressed: KeyPressed) -> None:
        self.keys.append(pressed)

    def serve(self, call_id: CallId) -> None:
        self.served.append(call_id)

    def heard(self, call_id: CallId, segment: Segment) -> None:
        self.words.append(segment)

    def assessed(self, call_id: CallId) -> None:
        self.reassessed.append(call_id)


class ScriptedPbx:
    """Yields what the test puts in."""

    def __init__(self) -> None:
        self.script: asyncio.Queue[PbxEvent] = asyncio.Queue()

    async def events(self) -> AsyncGenerator[PbxEvent, None]:
        while True:
            yield await self.script.get()
            self.script.task_done()


@dataclass
class ScriptedRecords:
    theirs: list[CallRecord] = field(default_factory=list)
    away: bool = False
    broken: bool = False  # as by a bug
    asked_since: list[datetime] = field(default_factory=list)
    tried: list[CallBackTried] = field(default_factory=list)

    async def call_backs(self, since: datetime) -> Sequence[CallBackTried]:
        return [one for one in self.tried if one.at >= since]

    async def calls(self, since: datetime) -> Sequence[CallRecord]:
        self.asked_since.append(since)
        if self.broken:
            raise RuntimeError("scripted")
        if self.away:
            raise Unreachable("queue_log", "no such file")
        return [record for record in self.theirs if record.offered_at >= since]


class ScriptedTaps:
    """A call's tap gives 20 ms of silence now and then until ``hang_up``; ``fail_next`` openings are refused."""

    def __init__(self) -> None:
        self.opened: list[tuple[CallId, Side]] = []
        self.fail_next = 0
        self.turned_away = 0  # openings after the hang-up
        self._over: set[CallId] = set()

    def hang_up(self, call_id: CallId) -> None:
        self._over.add(call_id)

    @asynccontextmanager
    async def open(self, call_id: CallId, side: Side) -> AsyncIterator[AsyncIterator[AudioChunk]]:
        if call_id in self._over:
            self.turned_away += 1
            raise Gone(call_id)
        if self.fail_next > 0:
            self.fail_next -= 1
            raise Unreachable("ARI", "scripted")
        self.opened.append((call_id, side))
        yield self._audio(call_id)

    async def _audio(self, call_id: CallId) -> AsyncIterator[AudioChunk]:
        while call_id not in self._over:
            yield AudioChunk(at=datetime.now(UTC), samples=np.zeros(160, np.int16), sample_rate_hz=8000)
            await asyncio.sleep(0.005)


class ScriptedListener:
    """Says what it was told for (call, side) as soon as audio comes, then listens to the end."""

    def __init__(self) -> None:
        self.lines: dict[tuple[CallId, Side], list[Segment | Stretch]] = {}
        self.standings: dict[tuple[CallId, Side], Standing] = {}

    async def listen(
        self,
        call_id: CallId,
        side: Side,
        audio: AsyncIterator[AudioChunk],
        recording_began_at: datetime,
        standing: Standing,
    ) -> AsyncGenerator[Segment | Stretch, None]:
        self.standings[call_id, side] = standing
        lines = self.lines.pop((call_id, side), [])
        async for _ in audio:
            for line in lines:
                yield line
            lines = []


@dataclass
class ScriptedIngest:
    """Every recording is 10 s long, unless ``full`` (the disk) or set aside."""

    full: bool = False
    set_aside: str | None = None
    taken: list[CallId] = field(default_factory=list)

    async def ingest(self, record: CallRecord) -> RecordingStored | RecordingSetAside | None:
        if self.full:
            raise Unreachable("recordings folder", "no space left on device")
        self.taken.append(record.call_id)
        if self.set_aside:
            return RecordingSetAside(call_id=record.call_id, at=at(0), path="x.wav", reason=self.set_aside)
        return RecordingStored(
            call_id=record.call_id,
            at=at(0),
            path="x.wav",
            duration=seconds(10),
            sha256="0" * 64,
            repaired=False,
            short_by=seconds(0),
        )


@dataclass
class ScriptedCatchUp:
    away: bool = False
    unreadable: bool = False  # until the recording is made anew
    spoken: list[Stretch] = field(default_factory=list)  # where voice activity finds speech
    asked: list[tuple[CallId, tuple[Stretch, ...]]] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)  # of each request

    async def speech(self, path: str) -> Sequence[Stretch]:
        if self.unreadable:
            self.unreadable = False
            raise Refused(path, "scripted")
        return self.spoken

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None = None
    ) -> Sequence[Segment]:
        if self.away:
            raise Unreachable("recogniser", "scripted")
        if self.unreadable:
            self.unreadable = False
            raise Refused(path, "scripted")
        self.asked.append((call_id, tuple(missed)))
        self.languages.append(language)
        return [
            Segment(
                side=stretch.side,
                start=stretch.start,
                end=stretch.end,
                text="по записи",
                language="ru",
                confidence=0.8,
                model="scripted",
                heard=Heard.RECORDING,
            )
            for stretch in missed
        ]


def assess(text: str) -> Assessment:
    """Emergency if somebody says «помогите», silent if nobody says anything, else informational."""
    start = text.find("помогите")
    evidence: tuple[Evidence, ...]
    if start >= 0:
        label, evidence = (
            Label.EMERGENCY,
            (Evidence(words="помогите", start=start, end=start + 8, label=Label.EMERGENCY, because="помогите"),),
        )
    else:
        label, evidence = (Label.INFORMATIONAL if text else Label.SILENT_OR_UNCLEAR), ()
    return Assessment(label=label, confidence=0.9, evidence=evidence, vetoes=(), text=text, assessor="scripted@1")
