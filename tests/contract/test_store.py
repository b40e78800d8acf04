"""What every ledger promises, held against the one in memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from line102.calls import HELP_LINE, CallId, OperatorId, Outcome, QueueName, Side, StayEnd
from line102.events import (
    CallAnswered,
    CallAssessed,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallEvent,
    CallInterrupted,
    CallLessEvent,
    CallLost,
    CallOffered,
    CourseEvent,
    Entry,
    GapFound,
    LanguageChosen,
    LedgerEvent,
    Link,
    OperatorLeft,
    OperatorRung,
    PriorityChanged,
    RecordingSetAside,
    RecordingStored,
    RingNoAnswer,
    SegmentHeard,
    SelfServed,
    SentToHelpLine,
    TranscriptCompleted,
    TranscriptRevised,
)
from line102.history import fold
from line102.journal_files import UnreadableLine
from line102.ports import CallStory
from line102.store.ledger import SqlLedger
from line102.words import Assessment, Coverage, Evidence, Label, Segment
from tests.fakes.memory_ledger import MemoryLedger
from tests.ledger_events import ALMATY, NOON, events

AnyLedger = MemoryLedger | SqlLedger
CALL = CallId("line102-1789.1")
QUEUE = QueueName("102")
OP1 = OperatorId("op1")
_examples = itertools.count(1)


def numbered(happened: Sequence[LedgerEvent], node: str = "n", first: int = 1) -> list[Entry]:
    return [Entry(node=node, seq=seq, event=event) for seq, event in enumerate(happened, first)]


def seconds(n: float) -> datetime:
    return NOON + timedelta(seconds=n)


def offered(n: int, **changes: object) -> CallOffered:
    event = CallOffered(call_id=CallId(f"line102-1789.{n}"), at=seconds(n), number="+7701", dialled="102")
    return replace(event, **changes)  # type: ignore[arg-type]


def segment(start: float, text: str, **changes: object) -> Segment:
    begin = timedelta(seconds=start)
    whole = Segment(
        side=Side.CALLER,
        start=begin,
        end=begin + timedelta(seconds=1),
        text=text,
        language="ru",
        confidence=0.9,
        model="demo-model@3f2a91c0",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


async def story(ledger: AnyLedger, call_id: CallId = CALL) -> CallStory:
    found = await ledger.call(call_id)
    assert found is not None
    return found


async def test_an_empty_ledger_knows_nothing(ledger: AnyLedger) -> None:
    assert await ledger.call(CALL) is None
    assert list(await ledger.calls(limit=10)) == []
    assert list(await ledger.open_calls()) == []
    assert list(await ledger.gaps(since=NOON)) == []
    assert await ledger.applied_seq("n") == 0
    await ledger.apply([])


OUTCOMES: dict[Outcome, list[LedgerEvent]] = {
    Outcome.ANSWERED: [
        CallAnswered(call_id=CALL, at=seconds(9), operator_id=OP1, queue=QUEUE),
        CallEnded(call_id=CALL, at=seconds(60), hangup_cause=16),
    ],
    Outcome.OVERFLOW_ANSWERED: [
        CallerLeftQueue(call_id=CALL, at=seconds(30), queue=QUEUE, reason=StayEnd.TIMEOUT),
        CallAnswered(call_id=CALL, at=seconds(35), operator_id=OP1, queue=None),
        CallEnded(call_id=CALL, at=seconds(60)),
    ],
    Outcome.HELPED: [
        CallerLeftQueue(call_id=CALL, at=seconds(9), queue=QUEUE, reason=StayEnd.WITHDRAWN),
        SentToHelpLine(call_id=CALL, at=seconds(10), by="caller"),
        CallerJoined(call_id=CALL, at=seconds(11), queue=HELP_LINE, position=1),
        CallAnswered(call_id=CALL, at=seconds(15), operator_id=OP1, queue=HELP_LINE),
        CallEnded(call_id=CALL, at=seconds(60)),
    ],
    Outcome.SELF_SERVED: [
        CallerLeftQueue(call_id=CALL, at=seconds(9), queue=QUEUE, reason=StayEnd.WITHDRAWN),
        SentToHelpLine(call_id=CALL, at=seconds(10), by="caller"),
        SelfServed(call_id=CALL, at=seconds(30)),
        CallEnded(call_id=CALL, at=seconds(60)),
    ],
    Outcome.ABANDONED: [CallEnded(call_id=CALL, at=seconds(20))],
    Outcome.INTERRUPTED: [CallInterrupted(call_id=CALL, at=seconds(20))],
    Outcome.UNOBSERVED: [CallLost(call_id=CALL, at=seconds(20))],
}


@pytest.mark.parametrize("outcome", Outcome)
async def test_every_outcome_is_kept(ledger: AnyLedger, outcome: Outcome) -> None:
    begin: list[LedgerEvent] = [offered(1), CallerJoined(call_id=CALL, at=seconds(2), queue=QUEUE, position=1)]
    await ledger.apply(numbered([*begin, *OUTCOMES[outcome]]))
    record = (await story(ledger)).record
    assert record.outcome is outcome
    assert list(await ledger.open_calls()) == []


async def test_open_calls_come_in_the_order_offered(ledger: AnyLedger) -> None:
    ended = CallEnded(call_id=CallId("line102-1789.2"), at=seconds(5))
    await ledger.apply(numbered([offered(3), offered(1), offered(2), ended]))
    assert [record.call_id for record in await ledger.open_calls()] == ["line102-1789.1", "line102-1789.3"]


async def test_calls_come_newest_first_and_page_by_page(ledger: AnyLedger) -> None:
    await ledger.apply(numbered([offered(n) for n in (2, 5, 1, 4, 3)]))
    first = await ledger.calls(limit=2)
    assert [s.record.call_id for s in first] == ["line102-1789.5", "line102-1789.4"]
    rest = await ledger.calls(limit=10, before=first[-1].record.offered_at)
    assert [s.record.call_id for s in rest] == ["line102-1789.3", "line102-1789.2", "line102-1789.1"]
    known = await ledger.known_calls(since=seconds(4))
    assert [record.call_id for record in known] == ["line102-1789.4", "line102-1789.5"]


async def test_times_are_instants_whatever_zone_they_came_in(ledger: AnyLedger) -> None:
    await ledger.apply(numbered([offered(1, at=seconds(1).astimezone(ALMATY))]))
    record = (await story(ledger)).record
    assert record.offered_at == seconds(1)
    assert record.offered_at.utcoffset() == timedelta(0)
    assert [s.record for s in await ledger.calls(limit=1, before=seconds(2).astimezone(ALMATY))] == [record]
    assert list(await ledger.calls(limit=1, before=seconds(1).astimezone(ALMATY))) == []


async def test_words_in_russian_and_kazakh_come_back_letter_by_letter(ledger: AnyLedger) -> None:
    text = "Көмектесіңіздер! Ұлым құлап қалды — скорее, «Абая, 10» 😀\n\t\"'\\"
    evidence = Evidence(words="құлап", start=24, end=29, label=Label.EMERGENCY, because="адам құлап қалды")
    assessment = Assessment(
        label=Label.EMERGENCY,
        confidence=0.1 + 0.2,
        evidence=(evidence, replace(evidence, words="Абая")),
        vetoes=("бала", "сыбыр"),
        text=text,
        assessor="phrases@1",
    )
    heard = segment(1.5, text, language="kk", suppressed="repeats itself", as_heard="Көмектесініздер, Абая десять")
    await ledger.apply(
        numbered(
            [
                offered(1),
                SegmentHeard(call_id=CALL, at=seconds(3), segment=heard),
                CallAssessed(call_id=CALL, at=seconds(4), assessment=assessment),
            ]
        )
    )
    found = await story(ledger)
    assert found.segments == (heard,)
    assert found.assessment is not None
    assert found.assessment.assessment == assessment


async def test_a_newer_revision_takes_the_place_of_an_older_one(ledger: AnyLedger) -> None:
    heard = [
        segment(2, "второе"),
        segment(1, "перв", revision=1),
        segment(1, "первое", revision=2),
        segment(1, "п", revision=0),
        segment(2, "второе!"),
        segment(1, "алло", side=Side.OPERATOR),
    ]
    happened: list[LedgerEvent] = [offered(1), *(SegmentHeard(call_id=CALL, at=seconds(3), segment=s) for s in heard)]
    for entry in numbered(happened):
        await ledger.apply([entry])
    assert [s.text for s in (await story(ledger)).segments] == ["первое", "алло", "второе!"]


async def test_a_course_told_entry_by_entry_is_the_course_told_at_once(ledger: AnyLedger) -> None:
    op2 = OperatorId("op2")
    happened: list[LedgerEvent] = [
        offered(1),
        CallerJoined(call_id=CALL, at=seconds(2), queue=QUEUE, position=3),
        OperatorRung(call_id=CALL, at=seconds(3), queue=QUEUE, operator_id=OP1),
        OperatorRung(call_id=CALL, at=seconds(4), queue=QUEUE, operator_id=op2),
        RingNoAnswer(call_id=CALL, at=seconds(9), operator_id=OP1),
        CallerLeftQueue(call_id=CALL, at=seconds(10), queue=QUEUE, reason=StayEnd.WITHDRAWN),
        CallerJoined(call_id=CALL, at=seconds(11), queue=QUEUE, position=1),
        PriorityChanged(call_id=CALL, at=seconds(12), priority=20),
        OperatorRung(call_id=CALL, at=seconds(13), queue=QUEUE, operator_id=op2),
        CallAnswered(call_id=CALL, at=seconds(15), operator_id=op2, queue=QUEUE),
        OperatorLeft(call_id=CALL, at=seconds(40), operator_id=op2),
        CallAnswered(call_id=CALL, at=seconds(45), operator_id=OP1, queue=None),
        CallEnded(call_id=CALL, at=seconds(60), hangup_cause=16),
    ]
    told: list[CallEvent] = []
    for entry in numbered(happened):
        await ledger.apply([entry])
        assert not isinstance(entry.event, CallLessEvent)
        told.append(entry.event)
        assert (await story(ledger)).record == fold([event for event in told if isinstance(event, CourseEvent)])


async def test_words_before_the_call_is_known_wait_for_it(ledger: AnyLedger) -> None:
    early = SegmentHeard(call_id=CALL, at=seconds(3), segment=segment(1, "алло"))
    await ledger.apply(numbered([early, TranscriptCompleted(call_id=CALL, at=seconds(4))]))
    assert await ledger.call(CALL) is None
    await ledger.apply(numbered([offered(1)], first=3))
    found = await story(ledger)
    assert [s.text for s in found.segments] == ["алло"]
    assert found.transcript_complete


async def test_a_recording_set_aside_and_then_stored(ledger: AnyLedger) -> None:
    aside = RecordingSetAside(call_id=CALL, at=seconds(61), path="set-aside/1.wav", reason="no data chunk")
    stored = RecordingStored(
        call_id=CALL,
        at=seconds(62),
        path="2026/11/23/1.wav",
        duration=timedelta(seconds=59, microseconds=980_001),
        sha256="ab" * 32,
        repaired=True,
        short_by=timedelta(microseconds=1),
    )
    await ledger.apply(numbered([offered(1), aside]))
    recording = (await story(ledger)).recording
    assert recording is not None
    assert (recording.path, recording.set_aside) == (None, "no data chunk")
    await ledger.apply(numbered([stored], first=3))
    recording = (await story(ledger)).recording
    assert recording is not None
    assert recording.set_aside is None
    assert (recording.path, recording.duration, recording.short_by, recording.repaired) == (
        stored.path,
        stored.duration,
        stored.short_by,
        True,
    )


async def test_ended_calls_without_recording_or_transcript_are_found_again(ledger: AnyLedger) -> None:
    ids = [CallId(f"line102-1789.{n}") for n in range(1, 7)]
    one, going_on, set_aside, transcribed, stored, early = ids
    recordings = [
        RecordingSetAside(call_id=set_aside, at=seconds(20), path="x.wav", reason="no data chunk"),
        *(
            RecordingStored(
                call_id=call_id,
                at=seconds(20),
                path="x.wav",
                duration=timedelta(seconds=9),
                sha256="ab" * 32,
                repaired=False,
                short_by=timedelta(0),
            )
            for call_id in (transcribed, stored)
        ),
    ]
    ends = [CallEnded(call_id=i, at=seconds(11 if i == stored else 12)) for i in ids if i not in (going_on, early)]
    early_end = CallEnded(call_id=early, at=seconds(9))
    happened = [*(offered(n) for n in range(1, 7)), early_end, *ends, *recordings]
    await ledger.apply(numbered([*happened, TranscriptCompleted(call_id=transcribed, at=seconds(21))]))
    found = await ledger.unfinished(since=seconds(10), limit=5)
    assert [story.record.call_id for story in found] == [stored, one]
    assert [story.recording is not None for story in found] == [True, False]
    assert [s.record.call_id for s in await ledger.unfinished(since=seconds(10), limit=1)] == [stored]


def side(which: Side, speech: float, text: float, suppressed: float = 0, missing: float = 0) -> Coverage:
    parts = {"speech": speech, "text": text, "suppressed": suppressed, "missing": missing}
    return Coverage(side=which, **{name: timedelta(seconds=value) for name, value in parts.items()})


async def test_the_second_pass_takes_the_place_of_the_first_account(ledger: AnyLedger) -> None:
    first = (side(Side.CALLER, 9, 7, 1.5, 0.5), side(Side.OPERATOR, 4, 4))
    second = (side(Side.CALLER, 9, 8.25, 0.75),)
    await ledger.apply(numbered([offered(1), TranscriptCompleted(call_id=CALL, at=seconds(70), coverage=first)]))
    found = await story(ledger)
    assert (found.transcript_complete, found.coverage, found.revised_by) == (True, first, None)
    revised = TranscriptRevised(call_id=CALL, at=seconds(90), model="big@1", coverage=second)
    await ledger.apply(numbered([revised, replace(revised, model="big@2")], first=3))
    found = await story(ledger)
    assert (found.transcript_complete, found.coverage, found.revised_by) == (True, second, "big@2")


async def test_the_language_an_operator_chose_last_stands(ledger: AnyLedger) -> None:
    chosen = [LanguageChosen(call_id=CALL, at=seconds(n), language=which) for n, which in enumerate(("ru", "kk"))]
    await ledger.apply(numbered([offered(1), *chosen]))
    assert (await story(ledger)).language == "kk"
    await ledger.apply(numbered([LanguageChosen(call_id=CALL, at=seconds(5), language=None)], first=4))
    assert (await story(ledger)).language is None


async def test_calls_that_a_model_has_not_revised_are_found_newest_first(ledger: AnyLedger) -> None:
    ids = [CallId(f"line102-1789.{n}") for n in range(1, 8)]
    plain, revised, by_another, set_aside, unfinished, early, later = ids
    aside = RecordingSetAside(call_id=set_aside, at=seconds(20), path="x.wav", reason="no data chunk")
    stored = [
        RecordingStored(
            call_id=call_id,
            at=seconds(20),
            path="x.wav",
            duration=timedelta(seconds=9),
            sha256="ab" * 32,
            repaired=False,
            short_by=timedelta(0),
        )
        for call_id in ids
        if call_id != set_aside
    ]
    ends = {early: 9, later: 14}
    ended = [CallEnded(call_id=call_id, at=seconds(ends.get(call_id, 12))) for call_id in ids]
    complete = [TranscriptCompleted(call_id=i, at=seconds(21)) for i in ids if i != unfinished]
    passes = [
        TranscriptRevised(call_id=revised, at=seconds(22), model="big@2", coverage=()),
        TranscriptRevised(call_id=by_another, at=seconds(22), model="big@1", coverage=()),
    ]
    happened: list[LedgerEvent] = [*(offered(n) for n in range(1, 8)), *ended, aside, *stored, *complete, *passes]
    await ledger.apply(numbered(happened))
    found = await ledger.unrevised(since=seconds(10), model="big@2", limit=9)
    assert [s.record.call_id for s in found] == [later, by_another, plain]
    assert [s.record.call_id for s in await ledger.unrevised(since=seconds(10), model="big@2", limit=1)] == [later]


async def test_gaps_are_kept_in_order(ledger: AnyLedger) -> None:
    gaps = [GapFound(at=seconds(n), link=Link.AMI, began=seconds(n - 5), reason="оборвалось") for n in (30, 10, 20)]
    await ledger.apply(numbered(gaps))
    assert list(await ledger.gaps(since=seconds(20))) == [gaps[2], gaps[0]]


async def test_a_repeated_entry_is_applied_once(ledger: AnyLedger) -> None:
    entries = numbered([offered(1), CallerJoined(call_id=CALL, at=seconds(2), queue=QUEUE, position=1)])
    await ledger.apply([entries[0], entries[0], *entries])
    await ledger.apply(entries)
    assert await ledger.applied_seq("n") == 2
    assert len((await story(ledger)).record.stays) == 1
    assert await ledger.rejections() == 0


async def test_two_nodes_are_numbered_apart(ledger: AnyLedger) -> None:
    await ledger.apply([*numbered([offered(1)], "almaty@1"), *numbered([offered(2), offered(3)], "astana@1")])
    assert (await ledger.applied_seq("almaty@1"), await ledger.applied_seq("astana@1")) == (1, 2)
    assert len(await ledger.open_calls()) == 3


async def test_a_hole_in_the_numbers_is_noted_and_not_waited_for(ledger: AnyLedger) -> None:
    await ledger.apply(numbered([offered(1)]))
    await ledger.apply(numbered([offered(2)], first=5))
    assert await ledger.applied_seq("n") == 5
    assert await ledger.rejections() == 1


async def test_an_unreadable_line_is_put_aside_and_gone_past(ledger: AnyLedger) -> None:
    line = UnreadableLine(node="n", seq=1, line=b'{"seq":1,\0\xff', why="it is not JSON")
    await ledger.reject([line])
    await ledger.reject([line])
    await ledger.apply(numbered([offered(1)], first=2))
    assert await ledger.applied_seq("n") == 2
    assert await ledger.rejections() == 1


async def test_two_applies_at_once_apply_everything_once(ledger: AnyLedger) -> None:
    entries = numbered([offered(n) for n in range(1, 60)])
    await asyncio.gather(ledger.apply(entries), ledger.apply(entries[:40]), ledger.apply(entries))
    assert len(await ledger.open_calls()) == 59
    assert await ledger.applied_seq("n") == 59
    assert await ledger.rejections() == 0


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(happened=st.lists(events, min_size=1, max_size=40), data=st.data())
async def test_however_it_is_cut_and_repeated_the_stories_are_the_same(
    ledger: AnyLedger, happened: list[LedgerEvent], data: st.DataObject
) -> None:
    example = next(_examples)
    node = f"n{example}"
    own = [
        replace(e, call_id=_one_of_two(node, e.call_id)) if not isinstance(e, CallLessEvent) else e for e in happened
    ]
    entries = numbered(own, node)
    whole = MemoryLedger()
    await whole.apply(entries)
    begin = 0
    while begin < len(entries):
        end = data.draw(st.integers(begin + 1, len(entries)))
        again = data.draw(st.integers(0, begin))
        await ledger.apply(entries[again:end])
        begin = end
    for call_id in {e.call_id for e in own if not isinstance(e, CallLessEvent)}:
        assert await ledger.call(call_id) == await whole.call(call_id)
    assert await ledger.applied_seq(node) == len(entries)
    assert await ledger.rejections() == 0


def _one_of_two(node: str, call_id: CallId) -> CallId:
    """Few calls, so that their events meet."""
    return CallId(f"{node}-{int(call_id[-1]) // 3}")
