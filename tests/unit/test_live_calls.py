"""A call is heard on both sides while it lasts; what was not heard is written down and made afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

import line102.board as boards
from line102.aftercare import Aftercare
from line102.backlog import Backlog
from line102.board import Board, is_finished
from line102.broadcast import Broadcast
from line102.calls import CallId, OperatorId, QueueName, Side
from line102.errors import Gone, Refused
from line102.events import (
    CallAnswered,
    CallAssessed,
    CallEnded,
    CallerJoined,
    CallOffered,
    CourseEvent,
    LanguageChosen,
    OperatorLeft,
    RecordingBegan,
    RecordingSetAside,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
)
from line102.live import LiveCalls
from line102.ports import Standing
from line102.scribe import Scribe
from line102.words import Assessment, Heard, Label
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import (
    MemoryJournal,
    ScriptedCatchUp,
    ScriptedIngest,
    ScriptedListener,
    ScriptedTaps,
    SilentGuide,
    assess,
    seconds,
    segment,
)

A = CallId("pbx-1.1")
QUEUE, OP = QueueName("102"), OperatorId("op1")


@dataclass
class Line:
    """The application around scripted edges."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    taps: ScriptedTaps = field(default_factory=ScriptedTaps)
    listener: ScriptedListener = field(default_factory=ScriptedListener)
    ingest: ScriptedIngest = field(default_factory=ScriptedIngest)
    catch_up: ScriptedCatchUp = field(default_factory=ScriptedCatchUp)

    def __post_init__(self) -> None:
        self.broadcast = Broadcast(Board("test"))
        self.scribe = Scribe(self.journal, self.broadcast)
        self.aftercare = Aftercare(self.ingest, self.catch_up, assess, self.scribe)
        self.guide = SilentGuide()
        self.live = LiveCalls(self.taps, self.listener, assess, self.scribe, self.aftercare, self.guide)

    def happen(self, *events: CourseEvent) -> None:
        for event in events:
            self.scribe.write(event)
            self.live.notice(event)

    def begin(self, call_id: CallId = A) -> datetime:
        now = datetime.now(UTC)
        self.happen(
            CallOffered(call_id=call_id, at=now, number="7701", dialled="102"),
            RecordingBegan(call_id=call_id, at=now),
            CallerJoined(call_id=call_id, at=now, queue=QUEUE, position=1),
        )
        return now

    def hang_up(self, call_id: CallId = A, at: datetime | None = None) -> None:
        self.taps.hang_up(call_id)
        self.happen(CallEnded(call_id=call_id, at=at or datetime.now(UTC)))

    async def until(self, kind: type, count: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.journal.of(kind)) < count:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running() -> AsyncIterator[Line]:
    line = Line()
    async with asyncio.TaskGroup() as parts:
        tasks = [parts.create_task(line.live.run()), parts.create_task(line.aftercare.run())]
        yield line
        for task in tasks:
            task.cancel()


async def test_both_sides_are_heard_the_operator_from_the_answer() -> None:
    async with running() as line:
        line.listener.lines[A, Side.CALLER] = [segment(Side.CALLER, 0, 1, "алло")]
        line.listener.lines[A, Side.OPERATOR] = [segment(Side.OPERATOR, 2, 3, "слушаю вас")]
        now = line.begin()
        await line.until(SegmentHeard)
        assert line.taps.opened == [(A, Side.CALLER)], "nobody has answered: there is no operator to hear"
        line.happen(CallAnswered(call_id=A, at=now, operator_id=OP, queue=QUEUE))
        await line.until(SegmentHeard, 2)
        line.hang_up()
        await line.until(TranscriptCompleted)
        assert line.journal.of(StretchMissed) == []
        assert line.catch_up.asked == [], "nothing was missed: nothing to catch up"


async def heard(line: Line, *sides: Side) -> None:
    async with asyncio.timeout(5):
        while any((A, side) not in line.listener.standings for side in sides):
            await asyncio.sleep(0.005)


async def test_both_ears_know_who_talks_and_which_language_was_chosen() -> None:
    async with running() as line:
        now = line.begin()
        await heard(line, Side.CALLER)
        standing = line.listener.standings[A, Side.CALLER]
        assert standing == Standing(answered=False, language=None)
        line.happen(CallAnswered(call_id=A, at=now, operator_id=OP, queue=QUEUE))
        await heard(line, Side.OPERATOR)
        assert line.listener.standings[A, Side.OPERATOR] is standing
        line.live.choose_language(A, "kk")
        assert standing == Standing(answered=True, language="kk")
        line.happen(OperatorLeft(call_id=A, at=now + seconds(1), operator_id=OP))
        assert not standing.answered, "nobody talks with the caller any more: they come first again"
        line.happen(CallAnswered(call_id=A, at=now + seconds(2), operator_id=OperatorId("duty"), queue=None))
        assert standing.answered, "the overflow's answer counts too"
        line.live.choose_language(A, None)
        assert standing.language is None
        line.hang_up()
        await line.until(TranscriptCompleted)


async def test_after_a_restart_the_standing_is_what_the_ledger_says() -> None:
    async with running() as line:
        now = datetime.now(UTC)
        for event in (
            CallOffered(call_id=A, at=now, number="7701", dialled="102"),
            CallAnswered(call_id=A, at=now, operator_id=OP, queue=QUEUE),
            LanguageChosen(call_id=A, at=now, language="ru"),
        ):
            line.broadcast.board.apply(event)
        line.live.follow(A, "the service was not running")
        await heard(line, Side.CALLER, Side.OPERATOR)
        assert line.listener.standings[A, Side.CALLER] == Standing(answered=True, language="ru")
        line.hang_up()
        await line.until(TranscriptCompleted)


async def test_a_language_is_chosen_only_for_a_call_on_the_line() -> None:
    async with running() as line:
        with pytest.raises(Gone):
            line.live.choose_language(A, "kk")
        line.begin()
        line.live.choose_language(A, "kk")
        line.live.choose_language(A, "kk")
        assert len(line.journal.of(LanguageChosen)) == 1
        line.hang_up()
        with pytest.raises(Refused):
            line.live.choose_language(A, "ru")
        await line.until(TranscriptCompleted)


async def test_danger_words_change_the_assessment() -> None:
    async with running() as line:
        line.listener.lines[A, Side.CALLER] = [
            segment(Side.CALLER, 0, 1, "подскажите адрес"),
            segment(Side.CALLER, 1, 2, "помогите"),
        ]
        line.begin()
        await line.until(CallAssessed, 2)
        labels = [e.assessment.label for e in line.journal.of(CallAssessed) if isinstance(e, CallAssessed)]
        assert labels == [Label.INFORMATIONAL, Label.EMERGENCY]
        line.hang_up()
        await line.until(TranscriptCompleted)


async def test_partials_are_shown_and_not_written() -> None:
    async with running() as line:
        line.listener.lines[A, Side.CALLER] = [
            segment(Side.CALLER, 0, 1, "ал", final=False),
            segment(Side.CALLER, 0, 2, "алло", revision=1),
        ]
        with line.broadcast.subscribe() as page:
            line.begin()
            await line.until(SegmentHeard)
            texts = [getattr(await page.next(), "segment", None) for _ in range(5)]
        assert [s.text for s in texts if s] == ["ал", "алло"]
        assert len(line.journal.of(SegmentHeard)) == 1
        line.hang_up()
        await line.until(TranscriptCompleted)


async def test_a_silent_call_is_assessed_as_silent() -> None:
    async with running() as line:
        line.begin()
        line.hang_up()
        await line.until(TranscriptCompleted)
        (event,) = line.journal.of(CallAssessed)
        assert isinstance(event, CallAssessed)
        assert event.assessment.label is Label.SILENT_OR_UNCLEAR


async def test_a_tap_that_cannot_be_opened_is_tried_again_and_the_hole_is_made_from_the_recording() -> None:
    async with running() as line:
        line.taps.fail_next = 1
        line.begin()
        await line.until(StretchMissed)
        line.hang_up()
        await line.until(TranscriptCompleted)
        ((_, missed),) = line.catch_up.asked
        assert [stretch.side for stretch in missed] == [Side.CALLER]
        assert missed[0].start == seconds(0)
        assert timedelta(seconds=0.9) < missed[0].end < timedelta(seconds=3)
        heard = [e.segment.heard for e in line.journal.of(SegmentHeard) if isinstance(e, SegmentHeard)]
        assert heard == [Heard.RECORDING]


async def test_a_call_whose_end_comes_from_the_records_is_made_whole_from_its_recording() -> None:
    async with running() as line:
        now = datetime.now(UTC)
        line.scribe.write(CallOffered(call_id=A, at=now, number="", dialled="102"))
        line.scribe.write(RecordingBegan(call_id=A, at=now))
        line.scribe.write(CallAnswered(call_id=A, at=now + seconds(2), operator_id=OP, queue=QUEUE))
        line.happen(CallEnded(call_id=A, at=now + seconds(9)))
        await line.until(TranscriptCompleted)
        missed = [stretch for _, part in line.catch_up.asked for stretch in part]
        spans = {(s.side, s.start.total_seconds(), s.end.total_seconds()) for s in missed}
        assert spans == {(Side.CALLER, 0, 9), (Side.OPERATOR, 2, 9)}


async def test_a_broken_listener_costs_one_call_its_live_words_and_no_other() -> None:
    async with running() as line:
        other = CallId("pbx-1.2")
        line.listener.lines[A, Side.CALLER] = [object()]  # type: ignore[list-item]  # makes the coroutine raise
        line.listener.lines[other, Side.CALLER] = [segment(Side.CALLER, 0, 1, "алло")]
        line.begin(other)
        await line.until(SegmentHeard)
        began = line.begin()
        async with asyncio.timeout(5):
            while (A, Side.CALLER) in line.listener.lines:
                await asyncio.sleep(0.005)
        line.hang_up(A, at=began + seconds(5))
        line.hang_up(other, at=began)  # telling of the broken one may take this loop longer than a word lasts
        await line.until(TranscriptCompleted, 2)
        assert [call_id for call_id, _ in line.catch_up.asked] == [A]


async def test_an_assessor_that_breaks_at_the_end_of_a_call_stops_no_other_call() -> None:
    def broken(text: str) -> Assessment:
        if text:
            return assess(text)
        raise RuntimeError("scripted")

    other = CallId("pbx-1.2")
    async with running() as line:
        line.live = LiveCalls(line.taps, line.listener, broken, line.scribe, line.aftercare, line.guide)
        async with asyncio.TaskGroup() as parts:
            live = parts.create_task(line.live.run())
            line.begin()
            line.hang_up()
            await line.until(TranscriptCompleted)
            line.listener.lines[other, Side.CALLER] = [segment(Side.CALLER, 0, 1, "алло")]
            line.begin(other)
            await line.until(SegmentHeard)
            live.cancel()


async def test_what_a_lost_tap_missed_is_written_even_when_the_tap_learns_first_that_the_caller_is_gone() -> None:
    """The tap could never be opened, then says Gone; the ledger hears of the hang-up only after that."""
    async with running() as line:
        line.taps.fail_next = 1
        began = line.begin()
        async with asyncio.timeout(5):
            while line.taps.fail_next:
                await asyncio.sleep(0.005)
        line.taps.hang_up(A)
        async with asyncio.timeout(5):
            while not line.taps.turned_away:
                await asyncio.sleep(0.005)
        line.happen(CallEnded(call_id=A, at=began + seconds(9)))
        await line.until(TranscriptCompleted)
        (missed,) = line.journal.of(StretchMissed)
        assert isinstance(missed, StretchMissed)
        assert (missed.stretch.side, missed.stretch.start, missed.stretch.end) == (Side.CALLER, seconds(0), seconds(9))


async def test_a_full_disk_holds_the_recording_back_and_loses_nothing() -> None:
    async with running() as line:
        line.ingest.full = True
        line.begin()
        line.hang_up()
        async with asyncio.timeout(5):
            while not line.aftercare.held_up:
                await asyncio.sleep(0.01)
        assert line.aftercare.pending == 1
        line.ingest.full = False
        await line.until(RecordingStored)
        await line.until(TranscriptCompleted)
        assert line.aftercare.held_up == ""


async def test_a_dead_recogniser_delays_the_transcript_not_the_recording() -> None:
    async with running() as line:
        line.catch_up.away = True
        line.taps.fail_next = 10**6
        began = line.begin()
        line.hang_up(at=began + seconds(5))
        await line.until(RecordingStored)
        assert line.journal.of(TranscriptCompleted) == []
        line.catch_up.away = False
        await line.until(TranscriptCompleted)
        assert len(line.journal.of(RecordingStored)) == 1, "taken in once"


async def test_calls_that_left_the_board_unfinished_are_finished_when_they_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk outlasts the board's patience; the ledger remembers which calls wait."""
    monkeypatch.setattr(boards, "ENDED_KEPT", 1)
    monkeypatch.setattr(boards, "ENDED_AT_MOST", 2)
    ids = [CallId(f"pbx-1.{n}") for n in range(5)]
    async with running() as line:
        line.ingest.full = True
        for call_id in ids:
            line.begin(call_id)
            line.hang_up(call_id)
        async with asyncio.timeout(20):
            while len(line.broadcast.board.unfinished()) + line.aftercare.pending > 4:
                await asyncio.sleep(0.005)
        assert len(line.broadcast.board.unfinished()) == 2
        line.ingest.full = False
        ledger = MemoryLedger()
        async with asyncio.timeout(20):
            while len(line.journal.of(TranscriptCompleted)) < len(ids):
                await ledger.apply(line.journal.entries)
                await Backlog(ledger, lambda: True, line.broadcast, line.aftercare).look(datetime.now(UTC))
                await asyncio.sleep(0.005)
        assert sorted(line.ingest.taken) == ids, "each once"


async def test_a_playable_copy_that_cannot_be_read_is_made_again() -> None:
    async with running() as line:
        line.catch_up.unreadable = True
        line.taps.fail_next = 10**6
        began = line.begin()
        line.hang_up(at=began + seconds(5))
        await line.until(TranscriptCompleted)
        assert line.ingest.taken == [A, A]
        assert line.aftercare.held_up == ""


async def test_a_recording_set_aside_ends_the_aftercare() -> None:
    async with running() as line:
        line.ingest.set_aside = "not a WAV file"
        line.begin()
        line.hang_up()
        await line.until(RecordingSetAside)
        story = line.scribe.story(A)
        assert story is not None
        assert is_finished(story)
        async with asyncio.timeout(5):
            while line.aftercare.pending:
                await asyncio.sleep(0.005)
        assert line.journal.of(TranscriptCompleted) == []
