"""After a call every second of speech is accounted for, whatever interrupts, and a second pass only makes it better."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from line102.aftercare import Aftercare
from line102.backlog import Backlog
from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId, Side
from line102.coverage import HEARD_AGAIN, NOT_FOUND
from line102.errors import Refused, Unreachable
from line102.events import (
    CallAssessed,
    CallEnded,
    CallOffered,
    LanguageChosen,
    LedgerEvent,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
    TranscriptRevised,
)
from line102.ports import CallStory
from line102.scribe import Scribe
from line102.second_pass import SecondPass
from line102.words import Coverage, Heard, Label, Segment, Stretch
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import MemoryJournal, ScriptedIngest, assess, seconds, segment

A, B = CallId("pbx-1.1"), CallId("pbx-1.2")
NOW = datetime.now(UTC)


def speech(side: Side, start: float, end: float) -> Stretch:
    return Stretch(side=side, start=seconds(start), end=seconds(end), reason="speech")


@dataclass
class Recorded:
    """A recording of utterances [start, end) with the words that this recogniser hears in them.

    ``until`` requests are answered, then ``fault`` is raised.
    """

    utterances: list[Segment]
    until: int = 10**9
    fault: Exception = field(default_factory=lambda: Unreachable("recogniser", "scripted"))
    requests: int = 0
    asked: list[Stretch] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    async def speech(self, path: str) -> Sequence[Stretch]:
        return [Stretch(side=u.side, start=u.start, end=u.end, reason="speech") for u in self.utterances]

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None
    ) -> Sequence[Segment]:
        self.requests += 1
        self.during()
        if self.requests > self.until:
            raise self.fault
        self.asked += missed
        self.languages.append(language)
        return [
            u
            for u in self.utterances
            if u.text != "-" and any(s.side is u.side and u.start < s.end and s.start < u.end for s in missed)
        ]


def recorded(side: Side, start: float, end: float, text: str, **more: object) -> Segment:
    suppressed = None if text else "no words recognised"
    values: dict[str, object] = {"revision": 1000, "heard": Heard.RECORDING, "suppressed": suppressed} | more
    return segment(side, start, end, text, **values)


@dataclass
class Desk:
    catch_up: Recorded
    second: SecondPass | None = None
    may_work: Callable[[], bool] = lambda: True
    ingest: ScriptedIngest = field(default_factory=ScriptedIngest)
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def __post_init__(self) -> None:
        self.broadcast = Broadcast(Board("test"))
        self.scribe = Scribe(self.journal, self.broadcast)
        self.aftercare = Aftercare(
            self.ingest, self.catch_up, assess, self.scribe, may_work=lambda: self.may_work(), second=self.second
        )
        self.ledger = MemoryLedger()
        self.backlog = Backlog(self.ledger, lambda: True, self.broadcast, self.aftercare)

    def call(self, *words: LedgerEvent, call_id: CallId = A, length: float = 10) -> None:
        events = [
            CallOffered(call_id=call_id, at=NOW, number="", dialled="102"),
            *words,
            CallEnded(call_id=call_id, at=NOW + seconds(length)),
        ]
        for event in events:
            self.scribe.write(event)

    @property
    def story(self) -> CallStory:
        found = self.scribe.story(A)
        assert found is not None
        return found

    @property
    def texts(self) -> list[str]:
        return [s.text for s in self.story.segments if s.suppressed is None]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as parts:
            task = parts.create_task(self.aftercare.run())
            yield
            task.cancel()

    async def finish(self, call_id: CallId = A) -> None:
        before = len(self.journal.of(TranscriptCompleted))
        self.aftercare.add(call_id)
        async with self.running():
            await self.until(lambda: len(self.journal.of(TranscriptCompleted)) > before)

    async def second_pass(self) -> None:
        await self.ledger.apply(self.journal.entries)
        await self.backlog.look(datetime.now(UTC))
        before = len(self.journal.of(TranscriptRevised))
        async with self.running():
            await self.until(lambda: len(self.journal.of(TranscriptRevised)) > before)


def live(*segments: Segment) -> list[LedgerEvent]:
    return [SegmentHeard(call_id=A, at=NOW, segment=s) for s in segments]


def side(which: Side, speech_: float, text: float, suppressed: float = 0, missing: float = 0) -> Coverage:
    return Coverage(
        side=which,
        speech=seconds(speech_),
        text=seconds(text),
        suppressed=seconds(suppressed),
        missing=seconds(missing),
    )


async def test_speech_that_live_never_noticed_is_found_in_the_recording() -> None:
    """No stretch says that anything was missed; the recording does."""
    desk = Desk(
        Recorded(
            [
                recorded(Side.CALLER, 0, 2, "алло"),
                recorded(Side.CALLER, 4, 6, "помогите"),
                recorded(Side.OPERATOR, 2, 4, ""),
            ]
        )
    )
    desk.call(*live(segment(Side.CALLER, 0.2, 1.9, "алло")))
    await desk.finish()
    assert desk.texts == ["алло", "помогите"]
    assert desk.story.coverage == (side(Side.CALLER, 4, 4), side(Side.OPERATOR, 2, 0, suppressed=2))
    assert desk.journal.of(StretchMissed) == []
    assert desk.story.assessment is not None
    assert desk.story.assessment.assessment.label is Label.EMERGENCY


async def test_what_the_recording_does_not_give_either_stays_a_visible_gap() -> None:
    desk = Desk(Recorded([recorded(Side.CALLER, 0, 2, "-"), recorded(Side.CALLER, 4, 6, "алло")]))
    desk.call()
    await desk.finish()
    (missed,) = desk.story.missed
    assert (missed.side, missed.start, missed.end, missed.reason) == (Side.CALLER, seconds(0), seconds(2), NOT_FOUND)
    assert desk.story.coverage[0] == side(Side.CALLER, 4, 2, missing=2)


async def test_a_call_heard_whole_costs_the_recogniser_nothing() -> None:
    desk = Desk(Recorded([recorded(Side.CALLER, 0.1, 2.2, "алло")]))
    desk.call(*live(segment(Side.CALLER, 0, 2, "алло")))
    await desk.finish()
    assert desk.catch_up.requests == 0
    assert desk.story.coverage[0] == side(Side.CALLER, 2.1, 2.1)


async def test_the_operators_choice_of_language_holds_for_the_recording() -> None:
    desk = Desk(Recorded([recorded(Side.CALLER, 0, 2, "көмектесіңіздер")]))
    desk.call(LanguageChosen(call_id=A, at=NOW, language="kk"))
    await desk.finish()
    assert desk.catch_up.languages == ["kk"]


def long_call() -> list[Segment]:
    """Eight utterances with pauses in which a long request may be cut."""
    return [recorded(Side.CALLER, t, t + 18, f"слово {t}") for t in range(0, 160, 20)]


async def test_cut_off_in_the_middle_it_goes_on_where_it_was_and_writes_nothing_twice() -> None:
    whole = Desk(Recorded(long_call()))
    whole.ingest = ScriptedIngest()
    broken = Desk(Recorded(long_call(), until=2))
    for desk in (whole, broken):
        desk.call(
            RecordingStored(
                call_id=A, at=NOW, path="x.wav", duration=seconds(160), sha256="", repaired=False, short_by=seconds(0)
            ),
            length=160,
        )
    await whole.finish()
    broken.aftercare.add(A)
    async with broken.running():
        await broken.until(lambda: broken.catch_up.requests > 2)
    assert broken.texts == ["слово 0", "слово 20", "слово 40", "слово 60"], "what was heard is kept"

    again = Desk(Recorded(long_call()), journal=broken.journal)
    for entry in broken.journal.entries:
        again.broadcast.event(entry.event)
    await again.finish()
    assert again.texts == whole.texts == [f"слово {t}" for t in range(0, 160, 20)]
    assert len(again.journal.of(SegmentHeard)) == 8
    assert min(s.start for s in again.catch_up.asked) >= seconds(78), "what stands is not asked for again"
    assert again.story.coverage == whole.story.coverage


async def test_words_wait_for_live_calls_and_recordings_do_not() -> None:
    free = False
    desk = Desk(Recorded([recorded(Side.CALLER, 0, 2, "алло")]), may_work=lambda: free)
    desk.call()
    desk.call(call_id=B)
    desk.aftercare.add(A)
    desk.aftercare.add(B)
    async with desk.running():
        await desk.until(lambda: len(desk.journal.of(RecordingStored)) == 2)
        assert desk.catch_up.requests == 0
        free = True
        await desk.until(lambda: len(desk.journal.of(TranscriptCompleted)) == 2)


async def test_live_calls_that_need_the_recogniser_stop_it_after_the_part_at_hand() -> None:
    free = True

    def others_come() -> None:
        nonlocal free
        free = False

    desk = Desk(Recorded(long_call(), during=others_come), may_work=lambda: free)
    desk.call(
        RecordingStored(
            call_id=A, at=NOW, path="x.wav", duration=seconds(160), sha256="", repaired=False, short_by=seconds(0)
        )
    )
    desk.aftercare.add(A)
    async with desk.running():
        await desk.until(lambda: desk.texts != [])
        assert desk.catch_up.requests == 1
        desk.catch_up.during = lambda: None
        free = True
        await desk.until(lambda: desk.story.transcript_complete)
    assert len(desk.texts) == 8


def with_second(bigger: Recorded, *utterances: Segment, model: str = "big@1") -> Desk:
    return Desk(Recorded(list(utterances)), second=SecondPass(catch_up=bigger, model=lambda: model))


async def test_the_second_pass_makes_better_words_and_keeps_the_better_ones() -> None:
    bigger = Recorded(
        [
            recorded(Side.CALLER, 0, 2, "помогите", model="big@1", revision=2000),
            recorded(Side.CALLER, 4, 6, "", model="big@1", revision=2000),
            recorded(Side.OPERATOR, 2, 4, "слушаю вас", model="big@1", revision=2000),
        ]
    )
    desk = with_second(bigger)
    desk.call(*live(segment(Side.CALLER, 0.2, 1.9, "помоги"), segment(Side.CALLER, 4, 6, "пожар")))
    desk.catch_up.utterances = [
        replace(u, text=u.text and "слышу", model="m", revision=1000) for u in bigger.utterances
    ]
    await desk.finish()
    assert desk.texts == ["помоги", "слышу", "пожар"]
    await desk.second_pass()
    assert desk.texts == ["помогите", "слушаю вас", "пожар"]
    assert desk.story.revised_by == "big@1"
    assert [c.text for c in desk.story.coverage] == [seconds(4), seconds(2)]
    kept = [s.text for s in desk.story.segments if s.suppressed == HEARD_AGAIN]
    assert kept == ["помоги"], "the same beginning is a revision, another one is marked"
    assert desk.story.assessment is not None
    assert desk.story.assessment.assessment.label is Label.EMERGENCY


async def test_a_second_pass_never_makes_a_call_less_urgent() -> None:
    bigger = Recorded([recorded(Side.CALLER, 0, 2, "подскажите адрес", revision=2000)])
    desk = with_second(bigger, recorded(Side.CALLER, 0, 2, "помогите"))
    desk.call()
    await desk.finish()
    assessed = len(desk.journal.of(CallAssessed))
    await desk.second_pass()
    assert desk.texts == ["подскажите адрес"]
    assert len(desk.journal.of(CallAssessed)) == assessed


async def test_a_second_pass_is_made_once_for_a_model_and_only_for_recent_calls() -> None:
    bigger = Recorded([recorded(Side.CALLER, 0, 2, "алло", revision=2000)])
    desk = with_second(bigger, recorded(Side.CALLER, 0, 2, "ало"))
    desk.call()
    await desk.finish()
    await desk.ledger.apply(desk.journal.entries)
    await desk.backlog.look(datetime.now(UTC) + timedelta(hours=25))
    assert desk.aftercare.revising == 0
    await desk.second_pass()
    await desk.ledger.apply(desk.journal.entries)
    await desk.backlog.look(datetime.now(UTC))
    assert desk.aftercare.revising == 0


async def test_a_second_pass_cut_off_by_a_restart_begins_again_and_writes_nothing_twice() -> None:
    bigger = [replace(u, text=u.text + "!", model="big@1", revision=2000) for u in long_call()]
    stored = RecordingStored(
        call_id=A, at=NOW, path="x.wav", duration=seconds(160), sha256="", repaired=False, short_by=seconds(0)
    )
    desk = with_second(Recorded(bigger, until=2), *long_call())
    desk.call(stored, length=160)
    await desk.finish()
    await desk.ledger.apply(desk.journal.entries)
    await desk.backlog.look(datetime.now(UTC))
    assert desk.second is not None
    cut_off = desk.second.catch_up
    assert isinstance(cut_off, Recorded)
    async with desk.running():
        await desk.until(lambda: cut_off.requests > 2)

    again = Desk(
        Recorded([]), second=SecondPass(catch_up=Recorded(bigger), model=lambda: "big@1"), journal=desk.journal
    )
    await again.second_pass()  # the call has left the board: the ledger's story is enough
    assert len(again.journal.of(SegmentHeard)) == 16
    await again.ledger.apply(again.journal.entries)
    story = await again.ledger.call(A)
    assert story is not None
    assert [s.text for s in story.segments if s.suppressed is None] == [f"слово {t}!" for t in range(0, 160, 20)]
    assert story.revised_by == "big@1"
    assert story.coverage[0] == side(Side.CALLER, 144, 144)


async def test_a_second_pass_waits_for_recordings_and_for_live_calls() -> None:
    free, looked = True, 0

    def may_work() -> bool:
        nonlocal looked
        looked += 1
        return free

    bigger = Recorded([replace(u, revision=2000) for u in long_call()])
    desk = with_second(bigger, *long_call())
    desk.may_work = may_work
    desk.call(
        RecordingStored(
            call_id=A, at=NOW, path="x.wav", duration=seconds(160), sha256="", repaired=False, short_by=seconds(0)
        ),
        length=160,
    )
    await desk.finish()
    await desk.ledger.apply(desk.journal.entries)
    await desk.backlog.look(datetime.now(UTC))

    def another_call_ends() -> None:
        bigger.during = lambda: None
        desk.call(call_id=B)
        desk.aftercare.add(B)

    bigger.during = another_call_ends
    async with desk.running():
        await desk.until(lambda: desk.journal.of(TranscriptRevised) != [])
    kinds = [type(entry.event) for entry in desk.journal.entries]
    assert kinds.index(TranscriptRevised) > [i for i, k in enumerate(kinds) if k is TranscriptCompleted][1]
    free, looked, before = False, 0, bigger.requests
    desk.aftercare.revise(replace(desk.story, revised_by=None))
    async with desk.running():
        await desk.until(lambda: looked >= 3)
    assert bigger.requests == before


@pytest.mark.parametrize("fault", [Refused("x.wav", "gone"), RuntimeError("scripted")])
async def test_a_second_pass_that_cannot_be_made_holds_nobody_up(fault: Exception) -> None:
    bigger = Recorded([recorded(Side.CALLER, 0, 2, "алло", revision=2000)], until=0, fault=fault)
    desk = with_second(bigger, recorded(Side.CALLER, 0, 2, "ало"))
    desk.call()
    await desk.finish()
    await desk.ledger.apply(desk.journal.entries)
    await desk.backlog.look(datetime.now(UTC))
    assert desk.aftercare.revising == 1
    async with desk.running():
        await desk.until(lambda: desk.aftercare.revising == 0)
    assert desk.texts == ["ало"]
    await desk.backlog.look(datetime.now(UTC))
    assert desk.aftercare.revising == 0, "not again and again"
