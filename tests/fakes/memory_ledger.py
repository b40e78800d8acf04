"""A ledger in memory, held to the same contract as the real one. Folds words from events directly: a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from line102.call_backs import CallBack
from line102.call_backs import advance as advance_task
from line102.calls import CallId, CallRecord, OperatorId, Side
from line102.decisions import decide
from line102.errors import Unreachable
from line102.event_json import mended
from line102.events import (
    Audited,
    CallAssessed,
    CallBackEvent,
    CallBackHeard,
    CardWritten,
    CourseEvent,
    DecisionEvent,
    Entry,
    GapFound,
    LanguageChosen,
    LedgerEvent,
    ModeChanged,
    OperatorStateChanged,
    RecordingSetAside,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
    TranscriptRevised,
)
from line102.history import advance
from line102.journal_files import UnreadableLine
from line102.ports import AssessmentAt, CallStory, StoredRecording
from line102.words import Segment


class MemoryLedger:
    """``away`` is why it cannot be reached, "" while it can."""

    def __init__(self) -> None:
        self.away = ""
        self.forget()

    def forget(self) -> None:
        """Become empty, as a database restored from a very old backup."""
        self.rejected = 0
        self._applied: dict[str, int] = {}
        self._records: dict[CallId, CallRecord] = {}
        self._words: dict[CallId, list[LedgerEvent]] = {}
        self._gaps: list[GapFound] = []
        self._tasks: dict[CallId, CallBack] = {}
        self._nodes: dict[CallId, str] = {}
        self._modes: list[ModeChanged] = []
        self._audits: list[Audited] = []
        self._told: list[LedgerEvent] = []

    async def apply(self, entries: Sequence[Entry]) -> None:
        self._reach()
        for entry in entries:
            last = self._applied.get(entry.node, 0)
            if entry.seq <= last:
                continue
            self.rejected += entry.seq > last + 1
            self._applied[entry.node] = entry.seq
            if isinstance(entry.event, CourseEvent):
                self._nodes.setdefault(entry.event.call_id, entry.node)
            self._take(mended(entry.event))

    async def reject(self, lines: Sequence[UnreadableLine]) -> None:
        self._reach()
        for line in lines:
            if line.seq > self._applied.get(line.node, 0):
                self._applied[line.node] = line.seq
                self.rejected += 1

    async def applied_seq(self, node: str) -> int:
        self._reach()
        return self._applied.get(node, 0)

    async def open_calls(self) -> Sequence[CallRecord]:
        self._reach()
        return [record for record in self._in_order() if record.ended_at is None]

    async def unfinished(self, *, since: datetime, limit: int) -> Sequence[CallStory]:
        self._reach()
        ended = [(record.ended_at, record) for record in self._in_order() if record.ended_at is not None]
        ended.sort(key=lambda pair: (pair[0], pair[1].call_id))
        stories = [self._story(record) for at, record in ended if at >= since]
        aside = {story.record.call_id for story in stories if story.recording and story.recording.set_aside}
        return [s for s in stories if not s.transcript_complete and s.record.call_id not in aside][:limit]

    async def unrevised(self, *, since: datetime, model: str, limit: int) -> Sequence[CallStory]:
        self._reach()
        ended = [(r.ended_at, r.call_id, self._story(r)) for r in self._in_order() if r.ended_at is not None]
        stories = [story for at, _, story in sorted(ended, key=lambda e: e[:2], reverse=True) if at >= since]
        return [s for s in stories if s.transcript_complete and s.revised_by != model and _is_stored(s)][:limit]

    async def known_calls(self, since: datetime) -> Sequence[CallRecord]:
        self._reach()
        return [record for record in self._in_order() if record.offered_at >= since]

    async def call(self, call_id: CallId) -> CallStory | None:
        self._reach()
        return self._story(self._records[call_id]) if call_id in self._records else None

    async def calls(self, *, limit: int, before: datetime | None = None) -> Sequence[CallStory]:
        self._reach()
        newest_first = [r for r in reversed(self._in_order()) if before is None or r.offered_at < before]
        return [self._story(record) for record in newest_first[:limit]]

    async def gaps(self, *, since: datetime) -> Sequence[GapFound]:
        self._reach()
        return sorted((gap for gap in self._gaps if gap.at >= since), key=lambda gap: gap.at)

    async def calls_of(
        self, numbers: Sequence[str], *, limit: int, before: datetime | None = None
    ) -> Sequence[CallStory]:
        theirs = [s for s in await self.calls(limit=len(self._records), before=before) if s.record.number in numbers]
        return theirs[:limit]

    async def count_of(self, numbers: Sequence[str], *, since: datetime) -> int:
        return sum(record.number in numbers for record in await self.known_calls(since))

    async def answered_by(self, operator: OperatorId, *, since: datetime) -> Sequence[CallRecord]:
        self._reach()
        return [
            record
            for record in self._in_order()
            if any(answer.operator_id == operator and answer.at >= since for answer in record.answers)
        ]

    async def open_call_backs(self, node: str) -> Sequence[CallBack]:
        self._reach()
        ours = {i for i, whose in self._nodes.items() if whose.partition("@")[0] == node and i in self._records}
        still = (task for task in self._tasks.values() if task.done is None and task.call_id in ours)
        return sorted(still, key=lambda t: (t.needed_at, t.call_id))

    async def words_of_call_back(self, call_id: CallId, attempt: CallId) -> Sequence[Segment] | None:
        self._reach()
        heard = (e for e in self._told if isinstance(e, CallBackHeard) and (e.call_id, e.attempt) == (call_id, attempt))
        return next((event.segments for event in heard), None)

    async def events_of(self, types: Sequence[str], *, since: datetime) -> Sequence[tuple[str, LedgerEvent]]:
        """Of calls only; each with its call's number."""
        self._reach()
        told = [event for event in self._told if type(event).__name__ in types and event.at >= since]
        records = [self._records.get(event.call_id) for event in told if hasattr(event, "call_id")]
        return [(record.number if record else "", event) for record, event in zip(records, told, strict=True)]

    async def audits(self, *, limit: int, before: datetime | None = None) -> Sequence[Audited]:
        self._reach()
        newest_first = sorted(self._audits, key=lambda event: event.at, reverse=True)
        return [event for event in newest_first if before is None or event.at < before][:limit]

    async def rejections(self) -> int:
        self._reach()
        return self.rejected

    async def close(self) -> None:
        pass

    def _reach(self) -> None:
        if self.away:
            raise Unreachable("database", self.away)

    def _in_order(self) -> list[CallRecord]:
        return sorted(self._records.values(), key=lambda record: (record.offered_at, record.call_id))

    def _take(self, event: LedgerEvent) -> None:
        self._told.append(event)
        match event:
            case GapFound():
                self._gaps.append(event)
            case SegmentHeard() | StretchMissed() | CallAssessed() | RecordingStored() | RecordingSetAside():
                self._words.setdefault(event.call_id, []).append(event)
            case (
                TranscriptCompleted(call_id=call_id)
                | TranscriptRevised(call_id=call_id)
                | LanguageChosen(call_id=call_id)
                | CardWritten(call_id=call_id)
            ):
                self._words.setdefault(call_id, []).append(event)
            case ModeChanged():
                self._modes.append(event)
            case Audited():
                self._audits.append(event)
            case OperatorStateChanged():
                pass  # nobody asks a ledger of the tests for it
            case event if isinstance(event, CallBackEvent):
                task = advance_task(self._tasks.get(event.call_id), event)
                if task is not None:
                    self._tasks[event.call_id] = task
            case event if isinstance(event, DecisionEvent):
                self._words.setdefault(event.call_id, []).append(event)
            case _:
                course: CourseEvent = event
                self._records[course.call_id] = advance(self._records.get(course.call_id), course)

    def _story(self, record: CallRecord) -> CallStory:
        story = CallStory(
            record=record, segments=(), missed=(), assessment=None, recording=None, transcript_complete=False
        )
        heard: dict[tuple[Side, object], Segment] = {}
        for event in self._words.get(record.call_id, []):
            match event:
                case SegmentHeard(segment=segment):
                    key = (segment.side, segment.start)
                    if key not in heard or heard[key].revision <= segment.revision:
                        heard[key] = segment
                case StretchMissed(stretch=stretch) if stretch not in story.missed:
                    story = replace(story, missed=(*story.missed, stretch))
                case CallAssessed(at=at, assessment=assessment):
                    story = replace(story, assessment=AssessmentAt(at=at, assessment=assessment))
                case RecordingStored() | RecordingSetAside():
                    story = replace(story, recording=StoredRecording.of(event))
                case TranscriptCompleted(coverage=coverage):
                    story = replace(story, transcript_complete=True, coverage=coverage)
                case TranscriptRevised(model=model, coverage=coverage):
                    story = replace(story, revised_by=model, coverage=coverage)
                case LanguageChosen(language=language):
                    story = replace(story, language=language)
                case CardWritten():
                    story = replace(story, card=event)
                case decision if isinstance(decision, DecisionEvent):
                    story = replace(story, decisions=decide(story.decisions, decision))
                case _:
                    pass
        return replace(
            story,
            segments=tuple(sorted(heard.values(), key=lambda s: (s.start, s.side is Side.OPERATOR))),
            missed=tuple(sorted(story.missed, key=lambda s: s.start)),
        )


def _is_stored(story: CallStory) -> bool:
    return story.recording is not None and story.recording.set_aside is None
