"""The live picture: every call on the line now, the last that ended, the seats and the lights. Pure state, no I/O.

Folded from the same events as the store, by the same ``history.advance``. Each change comes out as a numbered
feed item; who missed a number re-reads ``snapshot``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from line102.call_backs import CallBack
from line102.call_backs_book import CallBackBook
from line102.calls import CallId, CallRecord, CallState, OperatorId, QueueName, Side
from line102.decisions import decide
from line102.desk_kinds import Phone
from line102.desks import DeskView
from line102.events import (
    Audited,
    CallAssessed,
    CallBackEvent,
    CallEvent,
    CardWritten,
    DecisionEvent,
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
from line102.ports import AssessmentAt, CallStory, MemberSeen, StoredRecording
from line102.seats import merged
from line102.words import Segment, Stretch

ENDED_KEPT = 50  # calls that ended and stay on the board, newest kept; older ones are read from the ledger
FORGOTTEN_KEPT = 50_000  # ids of calls that left the board: about two weeks
GAPS_KEPT = 20
ENDED_AT_MOST = 500  # even when their recording or transcript is not finished yet


class Lamp(StrEnum):
    """What a light stands for."""

    PBX = "pbx"  # the AMI link
    AUDIO = "audio"  # the ARI link: taps
    RECOGNITION = "recognition"
    STORE = "store"
    DISK = "disk"  # the recordings folder takes files


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """``up`` since ``since``; when down, ``why`` says what to do or what happened."""

    lamp: Lamp
    up: bool
    since: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How far recognition gives way, so that live words keep up: docs/transcription.md, "When there is too much".

    ``level`` 0: not at all; 4: callers who talk with an operator are read from the recording afterwards.
    """

    level: int
    since: datetime  # this level
    delayed: timedelta  # how long the oldest window waits


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChanged:
    seq: int
    story: CallStory


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRemoved:
    """The call ended long enough ago to leave the board; the ledger has it."""

    seq: int
    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChanged:
    """A new segment, or a newer revision of the one with the same side and start."""

    seq: int
    call_id: CallId
    segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChanged:
    seq: int
    light: Light


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged:
    seq: int
    member: MemberSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class GapShown:
    seq: int
    gap: GapFound


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChanged:
    seq: int
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChanged:
    """Told without the rest of its call: it is written again with every few words that somebody types."""

    seq: int
    card: CardWritten


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackChanged:
    seq: int
    task: CallBack


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskChanged:
    seq: int
    desk: DeskView


FeedItem = (
    CallChanged
    | CallRemoved
    | SegmentChanged
    | CardChanged
    | LightChanged
    | MemberChanged
    | GapShown
    | LoadChanged
    | CallBackChanged
    | DeskChanged
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a page shows at first; ``seq`` is the number of the last change in it."""

    seq: int
    at: datetime
    node: str
    calls: tuple[CallStory, ...]  # in the order offered; ended ones last offered first are the page's business
    members: tuple[MemberSeen, ...]
    lights: tuple[Light, ...]
    gaps: tuple[GapFound, ...]  # newest last, at most 20
    load: Load | None = None  # None: nobody has said yet
    call_backs: tuple[CallBack, ...] = ()  # every open one first, then the last done
    desks: tuple[DeskView, ...] = ()


class Board:
    """Not thread-safe: lives in the service's one event loop."""

    def __init__(self, node: str) -> None:
        self.node = node
        self._seq = 0
        self._stories: dict[CallId, CallStory] = {}
        self._phones: dict[tuple[OperatorId, QueueName], dict[Phone, MemberSeen]] = {}
        self._members: dict[tuple[OperatorId, QueueName], MemberSeen] = {}  # both phones of a seat as one
        self._desks: dict[OperatorId, DeskView] = {}
        self.operator_states: dict[OperatorId, OperatorStateChanged] = {}  # the last telling of each
        self._lights: dict[Lamp, Light] = {}
        self._gaps: list[GapFound] = []
        self._load: Load | None = None
        self.call_backs = CallBackBook()
        self._forgotten = Forgotten()

    def snapshot(self, now: datetime) -> Snapshot:
        return Snapshot(
            seq=self._seq,
            at=now,
            node=self.node,
            calls=tuple(sorted(self._stories.values(), key=lambda story: story.record.offered_at)),
            members=tuple(self._members[key] for key in sorted(self._members)),
            lights=tuple(self._lights[lamp] for lamp in Lamp if lamp in self._lights),
            gaps=tuple(self._gaps),
            load=self._load,
            call_backs=self.call_backs.shown(),
            desks=tuple(self._desks[operator] for operator in sorted(self._desks)),
        )

    def story(self, call_id: CallId) -> CallStory | None:
        return self._stories.get(call_id)

    def desk_of(self, operator_id: OperatorId) -> DeskView | None:
        return self._desks.get(operator_id)

    def stories(self) -> tuple[CallStory, ...]:
        return tuple(self._stories.values())

    def has_forgotten(self, call_id: CallId) -> bool:
        """Whether the call ended and has left the board: it must not be written a second time."""
        return call_id in self._forgotten

    def members(self) -> tuple[MemberSeen, ...]:
        return tuple(self._members.values())

    def live_calls(self) -> tuple[CallId, ...]:
        return tuple(i for i, story in self._stories.items() if story.record.state is not CallState.ENDED)

    def unfinished(self) -> tuple[CallId, ...]:
        """Ended calls whose recording or transcript is still to be made."""
        return tuple(i for i, s in self._stories.items() if s.record.state is CallState.ENDED and not is_finished(s))

    def apply(self, event: LedgerEvent) -> list[FeedItem]:
        """The changes that ``event`` makes, in order. An event of an unknown call starts that call."""
        match event:
            case GapFound():
                self._gaps = [*self._gaps, event][-GAPS_KEPT:]
                return [GapShown(seq=self._next(), gap=event)]
            case ModeChanged() | Audited():
                return []  # the page asks for them when it shows them
            case OperatorStateChanged():
                self.operator_states[event.operator_id] = event
                return []  # ``desk`` shows it, with what else is known
            case event if isinstance(event, CallBackEvent):
                task = self.call_backs.take(event)
                return [CallBackChanged(seq=self._next(), task=task)] if task else []
            case _:
                known = self._stories.get(event.call_id)
                story = told(known, event)
                if story is None or story is known:
                    return []
                if isinstance(event, SegmentHeard):
                    self._stories[event.call_id] = story
                    return [SegmentChanged(seq=self._next(), call_id=event.call_id, segment=event.segment)]
                if isinstance(event, CardWritten):
                    self._stories[event.call_id] = story
                    return [CardChanged(seq=self._next(), card=event)]
                return self._put(story)

    def restore(self, events: Iterable[LedgerEvent]) -> None:
        """Take in, before the first reader, what a journal holds of the calls that still belong here; none leaves."""
        for event in events:
            if isinstance(event, GapFound):
                self._gaps = [*self._gaps, event][-GAPS_KEPT:]
            elif isinstance(event, ModeChanged | Audited):
                continue
            elif isinstance(event, OperatorStateChanged):
                self.operator_states[event.operator_id] = event
            elif isinstance(event, CallBackEvent):
                self.call_backs.take(event)
            elif (story := told(self._stories.get(event.call_id), event)) is not None:
                self._stories[event.call_id] = story

    def recall_call_back(self, task: CallBack) -> list[FeedItem]:
        """Take in a task that only the store knew."""
        return [CallBackChanged(seq=self._next(), task=task)] if self.call_backs.recall(task) else []

    def recall(self, story: CallStory) -> list[FeedItem]:
        """Take back an ended call that left before it was finished; when it is, it leaves again."""
        return self._put(story)

    def forget(self, call_ids: Iterable[CallId]) -> None:
        """Remember these as calls that ended and have left the board, oldest first."""
        for call_id in call_ids:
            self._forgotten.add(call_id)

    def seat(self, member: MemberSeen) -> list[FeedItem]:
        key = (member.operator_id, member.queue)
        phones = self._phones.setdefault(key, {})
        phones[member.phone] = member
        seat = merged(phones.values())
        if self._members.get(key) == seat:
            return []
        self._members[key] = seat
        return [MemberChanged(seq=self._next(), member=seat)]

    def desk(self, desk: DeskView) -> list[FeedItem]:
        if self._desks.get(desk.operator_id) == desk:
            return []
        self._desks[desk.operator_id] = desk
        return [DeskChanged(seq=self._next(), desk=desk)]

    def light(self, light: Light) -> list[FeedItem]:
        """Same state again changes nothing: ``since`` stays that of the change."""
        known = self._lights.get(light.lamp)
        if known is not None and (known.up, known.why) == (light.up, light.why):
            return []
        self._lights[light.lamp] = light
        return [LightChanged(seq=self._next(), light=light)]

    def load(self, load: Load) -> list[FeedItem]:
        """Recognition's load; a delay that differs by less than a second changes nothing."""
        if self._load is not None and _in_seconds(self._load) == _in_seconds(load):
            return []
        self._load = load
        return [LoadChanged(seq=self._next(), load=load)]

    def _put(self, story: CallStory) -> list[FeedItem]:
        self._stories[story.record.call_id] = story
        changes: list[FeedItem] = [CallChanged(seq=self._next(), story=story)]
        for call_id in self._outdated() if story.record.ended_at is not None else ():
            del self._stories[call_id]
            self._forgotten.add(call_id)
            changes.append(CallRemoved(seq=self._next(), call_id=call_id))
        return changes

    def _outdated(self) -> list[CallId]:
        return outdated(
            (s.record.ended_at, call_id, is_finished(s))
            for call_id, s in self._stories.items()
            if s.record.ended_at is not None
        )

    def _next(self) -> int:
        self._seq += 1
        return self._seq


class Forgotten:
    """Ids of calls that left the board, in the order forgotten; beyond FORGOTTEN_KEPT the oldest is dropped."""

    def __init__(self) -> None:
        self._ids: dict[CallId, None] = {}

    def add(self, call_id: CallId) -> None:
        self._ids[call_id] = None
        if len(self._ids) > FORGOTTEN_KEPT:
            del self._ids[next(iter(self._ids))]

    def __contains__(self, call_id: CallId) -> bool:
        return call_id in self._ids

    def __iter__(self) -> Iterator[CallId]:
        return iter(self._ids)


def outdated(ended: Iterable[tuple[datetime, CallId, bool]]) -> list[CallId]:
    """Of all ended calls (ended at, id, finished?) those to forget, oldest first.

    The finished ones beyond ENDED_KEPT, any beyond ENDED_AT_MOST. What is left gives no more to forget.
    """
    in_order = sorted(ended)
    old = in_order[: max(0, len(in_order) - ENDED_KEPT)]
    excess = len(in_order) - ENDED_AT_MOST
    return [call_id for i, (_, call_id, finished) in enumerate(old) if i < excess or finished]


def told(story: CallStory | None, event: CallEvent) -> CallStory | None:
    """The story after ``event``, the same object when nothing changed; None for words of a call nobody knows."""
    match event:
        case SegmentHeard(segment=segment):
            return story and replace(story, segments=with_segment(story.segments, segment))
        case (
            StretchMissed()
            | CallAssessed()
            | RecordingStored()
            | RecordingSetAside()
            | TranscriptCompleted()
            | TranscriptRevised()
            | LanguageChosen()
            | CardWritten()
        ):
            return story and _annotated(story, event)
        case event if isinstance(event, DecisionEvent):
            return story and _decided(story, event)
        case _:
            record = advance(story.record if story else None, event)
            if story is None:
                return new_story(record)
            return story if record == story.record else replace(story, record=record)


def _decided(story: CallStory, event: DecisionEvent) -> CallStory:
    decisions = decide(story.decisions, event)
    return story if decisions == story.decisions else replace(story, decisions=decisions)


def new_story(record: CallRecord) -> CallStory:
    return CallStory(record=record, segments=(), missed=(), assessment=None, recording=None, transcript_complete=False)


def is_finished(story: CallStory) -> bool:
    """Nothing more is expected of an ended call: transcript complete, or its recording could not be read."""
    set_aside = story.recording is not None and story.recording.set_aside is not None
    return story.record.ended_at is not None and (story.transcript_complete or set_aside)


def with_segment(segments: tuple[Segment, ...], new: Segment) -> tuple[Segment, ...]:
    """The segments in time order with ``new`` in; an equal or older revision of the same stretch gives way."""
    rest = [s for s in segments if (s.side, s.start) != (new.side, new.start)]
    older = next((s for s in segments if (s.side, s.start) == (new.side, new.start)), None)
    if older is not None and older.revision > new.revision:
        return segments
    return tuple(sorted([*rest, new], key=lambda s: (s.start, s.side is Side.OPERATOR)))


def _annotated(
    story: CallStory,
    event: StretchMissed
    | CallAssessed
    | RecordingStored
    | RecordingSetAside
    | TranscriptCompleted
    | TranscriptRevised
    | LanguageChosen
    | CardWritten,
) -> CallStory:
    match event:
        case StretchMissed(stretch=stretch):
            segments = tuple(s for s in story.segments if s.final or not _overlap(s, stretch))
            return replace(story, segments=segments, missed=_with_stretch(story.missed, stretch))
        case CallAssessed(at=at, assessment=assessment):
            return replace(story, assessment=AssessmentAt(at=at, assessment=assessment))
        case RecordingStored():
            return replace(story, recording=StoredRecording.of(event))
        case RecordingSetAside():
            return replace(story, recording=StoredRecording.of(event))
        case TranscriptCompleted(coverage=coverage):
            return replace(story, transcript_complete=True, coverage=coverage)
        case TranscriptRevised(model=model, coverage=coverage):
            return replace(story, revised_by=model, coverage=coverage)
        case LanguageChosen(language=language):
            return replace(story, language=language)
        case CardWritten():
            return replace(story, card=event)
        case _:
            assert_never(event)


def _in_seconds(load: Load) -> tuple[int, int]:
    return load.level, round(load.delayed.total_seconds())


def _overlap(partial: Segment, stretch: Stretch) -> bool:
    """Whether a guess lies where nothing was heard after all: no final will ever replace it."""
    return partial.side is stretch.side and partial.start < stretch.end and stretch.start < partial.end


def _with_stretch(missed: tuple[Stretch, ...], stretch: Stretch) -> tuple[Stretch, ...]:
    return missed if stretch in missed else tuple(sorted([*missed, stretch], key=lambda s: s.start))
