"""A desk to try the guide at: everything real but the PBX, the words' meaning and the reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ivr.knowledge import Knowledge, KnowledgeEntry
from line102.assess import reassess
from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId, OperatorId, QueueName, Side, StayEnd
from line102.dialogues import Dialogues
from line102.events import (
    CallAnswered,
    CallerJoined,
    CallerLeftQueue,
    CallOffered,
    CourseEvent,
    SegmentHeard,
    SentToHelpLine,
)
from line102.guide import Guide, GuideSettings
from line102.modes import ModeBook
from line102.ports import CallStory, KeyPressed, MemberSeen
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Assessment, Evidence, Label, Mode, Urgency
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
