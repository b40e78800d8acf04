"""From words to help: who is raised, who is flagged, who is asked, who is sent, and what brings them back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.knowledge import Knowledge, KnowledgeEntry
from line102.assess import reassess
from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import HELP_LINE, CallId, OperatorId, QueueName, Side, StayEnd
from line102.dialogues import Dialogues
from line102.errors import Refused, Unreachable
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallFlagged,
    CallOffered,
    CourseEvent,
    FlagDecided,
    FlagDropped,
    HelpLineLeft,
    ModeChanged,
    OfferEnded,
    OperatorLeft,
    PriorityChanged,
    QuestionAnswered,
    SegmentHeard,
    SelfServed,
    SentToHelpLine,
    UrgencyRaised,
)
from line102.guide import Guide, GuideSettings
from line102.modes import ModeBook
from line102.ports import CallStory, KeyPressed, MemberSeen
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Assessment, Evidence, Label, Mode, OfferEnd, Urgency
from tests.fakes.control import FakeControl, FakeVoice
from tests.fakes.scripted import MemoryJournal, segment

A, B = CallId("pbx-1.1"), CallId("pbx-1.2")
QUEUE, OP = QueueName("102"), OperatorId("op1")
ALMATY = ZoneInfo("Asia/Almaty")
ADDRESS = KnowledgeEntry(
    topic="statement",
    questions={"ru": ("как подать заявление",), "kk": ("арызды қалай беремін",)},
    answer={"ru": "Заявление подают в любом отделе.", "kk": "Арызды кез келген бөлімге беруге болады."},
)


def assess(text: str) -> Assessment:
    """Danger at "нож", a question at "как", a veto at "опять", not understood at "шум"; else somebody's matter."""
    words = text.split()
    label = Label.NON_URGENT
    if "нож" in words:
        label = Label.EMERGENCY
    elif "как" in words:
        label = Label.INFORMATIONAL
    elif not words or "шум" in words:
        label = Label.SILENT_OR_UNCLEAR
    urgency = {Label.EMERGENCY: Urgency.DANGER, Label.SILENT_OR_UNCLEAR: Urgency.UNCLEAR}.get(label, Urgency.NORMAL)
    at = text.find("нож")
    evidence = (Evidence(words="нож", start=at, end=at + 3, label=label, because="нож"),) if at >= 0 else ()
    return Assessment(
        label=label,
        confidence=0.9,
        evidence=evidence,
        vetoes=("again",) if "опять" in words else (),
        text=text,
        assessor="scripted",
        urgency=urgency,
        language="ru",
    )


class Reader:
    async def sound_of(self, text: str, language: str) -> str:
        return f"answers/{language}/{len(text)}"


@dataclass
class Desk:
    """The guide with everything real but the PBX."""

    needed: int = 0
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    control: FakeControl = field(default_factory=FakeControl)
    voice: FakeVoice = field(default_factory=FakeVoice)

    def __post_init__(self) -> None:
        self.broadcast = Broadcast(Board("test"))
        self.scribe = Scribe(self.journal, self.broadcast)
        self.modes = ModeBook(QUEUE, self.needed)
        self.numbers = UrgentNumbers(ALMATY)
        self.dialogues = Dialogues(self.scribe, self.voice, self.control, Reader(), Knowledge([ADDRESS]), ALMATY)
        self.guide = Guide(
            GuideSettings(queue=QUEUE),
            self.scribe,
            self.broadcast,
            self.control,
            self.modes,
            self.numbers,
            self.dialogues,
            assess=assess,
            is_question=lambda a: a.label is Label.INFORMATIONAL,
            find_places=lambda text: (),
        )
        self._spoken = 0.0

    def happen(self, *events: CourseEvent) -> None:
        for event in events:
            self.scribe.write(event)
            self.guide.notice(event)

    def calls(self, call_id: CallId = A, number: str = "7701", *, ago_s: float = 8.0) -> None:
        """A caller joins the queue; ``ago_s`` seconds ago."""
        began = datetime.now(UTC) - timedelta(seconds=ago_s)
        self.happen(
            CallOffered(call_id=call_id, at=began, number=number, dialled="102"),
            CallerJoined(call_id=call_id, at=began, queue=QUEUE, position=1),
        )

    def says(self, text: str, call_id: CallId = A, **more: Any) -> None:
        self._spoken += 2
        said = segment(Side.CALLER, self._spoken, self._spoken + 1, text, **more)
        event = SegmentHeard(call_id=call_id, at=datetime.now(UTC), segment=said)
        if said.final:
            self.scribe.write(event)
            reassess(self.scribe, assess, call_id)
            self.guide.assessed(call_id)
        else:
            self.scribe.show(event)
        self.guide.heard(call_id, said)

    def presses(self, key: str) -> None:
        self.guide.pressed(KeyPressed(call_id=A, at=datetime.now(UTC), key=key))

    def mode(self, mode: Mode, language: str = "ru") -> None:
        self.guide.change_mode(language, mode, by="supervisor", reason="test")

    def operators(self, status: str) -> None:
        self.broadcast.member(MemberSeen(operator_id=OP, queue=QUEUE, status=status, paused=False))

    def story(self, call_id: CallId = A) -> CallStory:
        story = self.scribe.story(call_id)
        assert story is not None
        return story

    async def until(self, kind: type, times: int = 1) -> Any:
        async with asyncio.timeout(5):
            while len(self.journal.of(kind)) < times:
                await asyncio.sleep(0)
        return self.journal.of(kind)[-1]


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Desk]:
    task = asyncio.create_task(desk.guide.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def answered(at: datetime | None = None, queue: QueueName | None = QUEUE) -> CallAnswered:
    return CallAnswered(call_id=A, at=at or datetime.now(UTC), operator_id=OP, queue=queue)


def sent(by: str = "caller") -> list[CourseEvent]:
    now = datetime.now(UTC)
    return [
        CallerLeftQueue(call_id=A, at=now, queue=QUEUE, reason=StayEnd.WITHDRAWN),
        SentToHelpLine(call_id=A, at=now, by=by),
    ]


# ---------------------------------------------------------------- urgency


async def test_danger_words_move_a_waiting_caller_ahead_with_the_words() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("у него нож")
        moved = await desk.until(PriorityChanged)
        raised = await desk.until(UrgencyRaised)
    assert (raised.urgency, raised.words) == (Urgency.DANGER, "нож")
    assert moved.priority == 10
    assert desk.control.of("raise_priority") == [10]


async def test_danger_in_a_sentence_that_goes_on_is_enough() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("он взял нож и", final=False, committed=len("он взял нож"))
        assert (await desk.until(UrgencyRaised)).urgency is Urgency.DANGER
        await desk.until(PriorityChanged)


async def test_words_that_are_not_certain_yet_raise_nobody() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("он взял нож", final=False, committed=len("он взял"))
        await asyncio.sleep(0)
        assert desk.journal.of(UrgencyRaised) == []


async def test_a_silent_caller_is_urgent_after_fifteen_seconds() -> None:
    async with running(Desk()) as desk:
        desk.calls(ago_s=16)
        assert (await desk.until(UrgencyRaised)).urgency is Urgency.UNCLEAR
        await desk.until(PriorityChanged)
        assert desk.control.of("raise_priority") == [5]


async def test_what_the_pbx_did_not_do_is_tried_again_until_it_did() -> None:
    async with running(Desk()) as desk:
        desk.control.failing["raise_priority"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.says("у него нож")
        await desk.control.until("raise_priority")
        assert desk.journal.of(PriorityChanged) == []
        del desk.control.failing["raise_priority"]
        await desk.control.until("raise_priority", 2)
        await desk.until(PriorityChanged)


async def test_an_urgent_caller_who_has_not_joined_yet_is_raised_when_they_join() -> None:
    async with running(Desk()) as desk:
        desk.happen(CallOffered(call_id=A, at=datetime.now(UTC), number="7701", dialled="102"))
        desk.says("нож")
        await desk.until(UrgencyRaised)
        assert desk.control.done == []
        desk.happen(CallerJoined(call_id=A, at=datetime.now(UTC), queue=QUEUE, position=3))
        await desk.until(PriorityChanged)


# ---------------------------------------------------------------- flags


async def test_a_question_is_flagged_in_shadow_and_nothing_happens() -> None:
    async with running(Desk()) as desk:
        desk.operators("talking")
        desk.calls()
        desk.says("как подать заявление")
        assert (await desk.until(CallFlagged)).mode is Mode.SHADOW
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        await asyncio.sleep(0)
        assert desk.control.done == []


async def test_a_question_that_turns_loses_its_flag_at_that_word_for_ever() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(answered())
        desk.says("у него нож")
        assert "urgent" in (await desk.until(FlagDropped)).because
        desk.says("как подать заявление")
        assert len(desk.journal.of(CallFlagged)) == 1
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")


async def test_a_veto_takes_the_flag_away() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("как подать заявление")
        desk.says("он опять пришёл")
        assert "again" in (await desk.until(FlagDropped)).because


async def test_a_veto_of_the_call_does_not_disappear_when_the_words_are_read_anew() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("опять пришёл", revision=1)
        assert "again" in desk.story().assessment.assessment.vetoes  # type: ignore[union-attr]
        desk._spoken -= 2
        desk.says("как подать заявление", revision=2)
        assert "again" in desk.story().assessment.assessment.vetoes  # type: ignore[union-attr]
        assert desk.journal.of(CallFlagged) == []


async def test_a_number_that_was_urgent_today_is_no_question() -> None:
    async with running(Desk()) as desk:
        desk.calls(B, "7702")
        desk.says("нож", B)
        desk.happen(CallEnded(call_id=B, at=datetime.now(UTC)))
        desk.calls(A, "7702")
        desk.says("как подать заявление")
        assert desk.journal.of(CallFlagged) == []


# ---------------------------------------------------------------- assist


async def test_an_operators_key_sends_the_caller_and_danger_brings_them_back() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        await desk.control.until("transfer")
        assert desk.control.of("prepare") == [("ru", True, "op1")]
        assert (await desk.until(FlagDecided)).accepted
        desk.happen(*sent("op1")[1:])
        desk.says("у него нож")
        await desk.control.until("back_to_102")
        assert (await desk.until(HelpLineLeft)).why == "danger words"


async def test_a_flag_cannot_be_confirmed_after_its_language_was_turned_off() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.mode(Mode.SHADOW)
        with pytest.raises(Refused, match="shadow"):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        assert desk.control.done == []


async def test_a_refused_flag_sends_nobody() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.guide.decide_flag(A, by=OP, accepted=False, reason="not a question")
        await asyncio.sleep(0)
        assert desk.control.done == []
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")


async def test_a_caller_who_is_at_the_help_line_is_not_sent_there_again() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.OFFER)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        with pytest.raises(Refused, match="already"):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")


async def test_with_a_person_at_the_help_line_that_person_decides() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        desk.happen(answered(queue=HELP_LINE))
        desk.says("у него нож")
        await desk.until(UrgencyRaised)
        await asyncio.sleep(0)
        assert desk.control.of("back_to_102") == []
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer")
        assert desk.control.of("prepare") == [], "unprepared, the dialplan takes them to the head of 102"


async def test_who_is_called_back_from_a_talk_there_is_called_until_they_are_back() -> None:
    async with running(Desk()) as desk:
        desk.control.failing["transfer"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        desk.happen(answered(queue=HELP_LINE))
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer", 2)
        del desk.control.failing["transfer"]
        await desk.control.until("transfer", 3)
        desk.happen(CallerJoined(call_id=A, at=datetime.now(UTC), queue=QUEUE, position=1))
        await _looked_again(desk)
        assert len(desk.control.of("transfer")) == 3, "back in 102: nothing is tried any more"
        assert [event.why for event in desk.journal.of(HelpLineLeft)] == ["called back by op1"]


async def test_who_was_called_back_is_left_with_the_person_of_102_who_answered() -> None:
    """Their queue could not be joined, so that the overflow rang: that is an answer at 102, though no stay says so."""
    async with running(Desk()) as desk:
        desk.control.failing["transfer"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.happen(*sent(), answered(queue=HELP_LINE))
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer")
        desk.happen(OperatorLeft(call_id=A, at=datetime.now(UTC), operator_id=OP), answered(queue=None))
        tried = len(desk.control.of("transfer"))
        await _looked_again(desk)
        assert len(desk.control.of("transfer")) == tried
        with pytest.raises(Refused, match="not at the help line"):
            desk.guide.call_back(A, by=OP)


async def _looked_again(desk: Desk) -> None:
    """The periodic look has been at every call: a second caller, silent for 15 s now, is raised by nothing else."""
    desk.calls(B, "7709", ago_s=14)
    await desk.until(PriorityChanged)


async def test_who_was_not_kept_by_the_help_line_is_said_to_be_back_and_why() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        now = datetime.now(UTC)
        desk.happen(
            CallerJoined(call_id=A, at=now, queue=HELP_LINE, position=1),
            CallerLeftQueue(call_id=A, at=now, queue=HELP_LINE, reason=StayEnd.TIMEOUT),
            CallerJoined(call_id=A, at=now, queue=QUEUE, position=1),
        )
        assert (await desk.until(HelpLineLeft)).why == "unanswered"
        assert desk.story().record.offered_at < now - timedelta(seconds=7), "the wait counts from the first offer"


# ---------------------------------------------------------------- offer


@asynccontextmanager
async def offered(desk: Desk) -> AsyncIterator[Desk]:
    """A caller who asked a question waits, nobody is free, and the offer is being said."""
    desk.voice.slow = True
    desk.mode(Mode.OFFER)
    desk.operators("talking")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        async with asyncio.timeout(5):
            while not desk.voice.said:
                await asyncio.sleep(0)
        yield desk


async def test_a_key_accepts_and_the_caller_leaves_the_queue() -> None:
    async with offered(Desk()) as desk:
        assert desk.voice.said == ["line102/ru/offer"]
        desk.presses("1")
        await desk.control.until("withdraw")
        assert desk.control.of("withdraw") == ["help"]
        assert desk.control.of("prepare") == [("ru", True, "caller")]
        assert (await desk.until(OfferEnded)).how is OfferEnd.ACCEPTED
        assert desk.voice.open == 0


@pytest.mark.parametrize(
    ("act", "how"),
    [
        (lambda desk: desk.presses("2"), OfferEnd.REFUSED),
        (lambda desk: desk.says("нет не надо"), OfferEnd.REFUSED),
        (lambda desk: desk.happen(answered()), OfferEnd.OPERATOR_ANSWERED),
        (lambda desk: desk.happen(CallEnded(call_id=A, at=datetime.now(UTC))), OfferEnd.CALLER_GONE),
        (lambda desk: desk.says("тут нож"), OfferEnd.VETOED),
    ],
)
async def test_everything_else_leaves_the_caller_in_their_place(act: Callable[[Desk], None], how: OfferEnd) -> None:
    async with offered(Desk()) as desk:
        act(desk)
        assert (await desk.until(OfferEnded)).how is how
        await asyncio.sleep(0)
        assert desk.control.of("withdraw") == []
        assert desk.voice.open == 0


async def test_a_voice_that_fails_leaves_the_caller_in_their_place() -> None:
    desk = Desk()
    desk.voice.failing = Unreachable("ARI", "scripted")
    desk.mode(Mode.OFFER)
    desk.operators("talking")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        assert (await desk.until(OfferEnded)).how is OfferEnd.BROKEN
        assert desk.control.of("withdraw") == []


@pytest.mark.parametrize("status", ["free"])
async def test_nobody_is_asked_while_an_operator_is_free(status: str) -> None:
    desk = Desk()
    desk.mode(Mode.OFFER)
    desk.operators(status)
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        await desk.until(CallFlagged)
        await asyncio.sleep(0)
        assert desk.voice.said == []


async def test_a_mode_turned_down_stops_offers_at_once() -> None:
    desk = Desk()
    desk.mode(Mode.OFFER)
    desk.operators("free")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        desk.mode(Mode.SHADOW)
        desk.operators("talking")
        await desk.control.happened.wait() if desk.control.done else await asyncio.sleep(0)
        assert desk.voice.said == []


# ---------------------------------------------------------------- self-service


async def test_the_self_service_answers_and_asterisk_is_told_that_it_did() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        async with asyncio.timeout(5):
            while desk.voice.said != ["line102/ru/self-service-greeting"]:
                await asyncio.sleep(0)
        desk.says("как подать заявление")
        await desk.until(SelfServed)
        await desk.control.until("note_served")
        turn = await desk.until(QuestionAnswered)
        assert turn.topic == "statement"
        desk.presses("0")
        await desk.control.until("to_person")


async def test_another_question_in_the_self_service_is_no_reason_to_leave_it() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        desk.says("опять не то")
        desk.says("как подать заявление")
        await desk.until(SelfServed)
        assert desk.journal.of(FlagDropped) == []
        assert desk.control.of("back_to_102") == []


async def test_danger_in_the_self_service_goes_to_the_head_of_102_once() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        desk.says("тут нож")
        await desk.control.until("back_to_102")
        async with asyncio.timeout(5):
            while desk.voice.open:
                await asyncio.sleep(0)
        assert len(desk.journal.of(HelpLineLeft)) == 1
        assert desk.control.of("to_person") == []


async def test_danger_said_on_the_way_to_the_help_line_is_not_left_there() -> None:
    """The words come before the PBX tells that the caller has left: nobody was there yet to be brought back."""
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("тут нож")
        desk.control.failing["back_to_102"] = Unreachable("AMI", "scripted")
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("back_to_102")
        del desk.control.failing["back_to_102"]
        await desk.control.until("back_to_102", 2)
        assert desk.voice.said == [], "the robot does not talk with somebody in danger"
        assert len(desk.journal.of(HelpLineLeft)) == 1


async def test_a_self_service_whose_link_is_lost_is_left_to_the_dialplan() -> None:
    async with running(Desk()) as desk:
        desk.control.failing = dict.fromkeys(("keep_alive", "to_person", "back_to_102"), Unreachable("AMI", "scripted"))
        desk.voice.failing = Unreachable("ARI", "scripted")
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("to_person")
        assert desk.journal.of(HelpLineLeft) == [], "where the caller goes, the PBX will tell"


# ---------------------------------------------------------------- gates


async def test_a_shut_gate_keeps_the_mode_in_shadow() -> None:
    desk = Desk(needed=3)
    with pytest.raises(Refused, match="0 of 3"):
        desk.mode(Mode.ASSIST)
    assert desk.modes.mode("ru") is Mode.SHADOW


async def test_a_confirmed_miss_drops_the_language_back_to_shadow() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.mode(Mode.ASSIST, "kk")
        desk.calls()
        desk.says("как подать заявление")
        desk.guide.categorise(desk.story(), by=OP, label=Label.EMERGENCY, category="threat", audit=False)
        assert desk.modes.mode("ru") is Mode.SHADOW
        assert desk.modes.mode("kk") is Mode.ASSIST
        change = desk.journal.of(ModeChanged)[-1]
        assert isinstance(change, ModeChanged)
        assert (change.by, change.language) == ("line102", "ru")


async def test_an_emergency_soon_after_the_number_was_sent_away_is_a_miss() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls(A, "7703")
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.happen(*sent("op1")[1:], CallEnded(call_id=A, at=datetime.now(UTC)))
        desk.calls(B, "7703", ago_s=0)
        desk.guide.categorise(desk.story(B), by=OP, label=Label.EMERGENCY, category="", audit=False)
        assert desk.modes.mode("ru") is Mode.SHADOW


async def test_gates_fold_the_same_from_the_ledger_after_a_restart() -> None:
    desk = Desk(needed=2)
    for call, number in ((A, "1"), (B, "2")):
        desk.calls(call, number)
        desk.says("как подать заявление", call)
        desk.guide.categorise(desk.story(call), by=OP, label=Label.INFORMATIONAL, category="", audit=False)
    desk.mode(Mode.OFFER)
    again = ModeBook(QUEUE, 2)
    again.take_all(entry.event for entry in desk.journal.entries)
    assert again.table() == desk.modes.table()
    assert again.mode("ru") is Mode.OFFER


# ---------------------------------------------------------------- whatever is heard

WORDS = ["как подать заявление", "нож", "да", "нет", "опять", "шум", "соедините", "иә"]
STEPS = st.one_of(
    st.sampled_from(WORDS).map(lambda text: ("says", text)),
    st.sampled_from("023456789*#").map(lambda key: ("presses", key)),
    st.sampled_from(["answered", "left", "mode_offer", "mode_shadow", "busy", "free", "tick"]).map(lambda s: (s, "")),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=14))
async def test_no_path_deflects_without_a_persons_yes(steps: Sequence[tuple[str, str]]) -> None:
    desk = Desk()
    async with running(desk):
        desk.calls(ago_s=8)
        highest = Urgency.NORMAL
        for step, given_text in steps:
            await _take(desk, step, given_text)
            known = desk.story().decisions
            assert known.urgency >= highest
            highest = known.urgency
        left = {what for what, _, _ in desk.control.done} & {"withdraw", "transfer"}
        accepted = [e for e in desk.journal.of(OfferEnded) if isinstance(e, OfferEnded) and e.how is OfferEnd.ACCEPTED]
        assert bool(left) == bool(accepted), "no operator confirmed anything here"
        for event in accepted:
            assert event.words in ("да", "иә", "соедините")


async def _take(desk: Desk, step: str, given_text: str) -> None:
    match step:
        case "says":
            desk.says(given_text)
        case "presses":
            desk.presses(given_text)
        case "answered":
            desk.happen(answered())
        case "left":
            desk.happen(CallEnded(call_id=B, at=datetime.now(UTC)))
        case "mode_offer" | "mode_shadow":
            desk.mode(Mode(step.removeprefix("mode_")))
        case "busy" | "free":
            desk.operators("talking" if step == "busy" else "free")
        case _:
            for _ in range(30):
                await asyncio.sleep(0)
