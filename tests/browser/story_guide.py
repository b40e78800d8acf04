"""The real guide before a PBX that only remembers: what a page decides is judged and written as in the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from line102.broadcast import Broadcast
from line102.calls import CallId, OperatorId, QueueName
from line102.events import CallCategorised, CallFlagged, CourseEvent, LedgerEvent, ModeChanged
from line102.guide import Guide, GuideSettings
from line102.modes import ModeBook
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Label, Mode, Segment
from tests.fakes.scripted import assess

QUEUE = QueueName("102")
AUDITED = {"ru": 3012, "kk": 3170}  # flags without a miss: both gates are open


class RememberingControl:
    """Does as it is told and keeps what that was, as (what, call)."""

    def __init__(self) -> None:
        self.done: list[tuple[str, CallId]] = []

    async def raise_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        self.done.append((f"priority {priority}", call_id))

    async def withdraw(self, call_id: CallId, queue: QueueName, info: str) -> None:
        self.done.append(("withdraw", call_id))

    async def prepare(self, call_id: CallId, language: str, *, self_service: bool, by: str) -> None:
        self.done.append((f"prepare {language}", call_id))

    async def transfer(self, call_id: CallId) -> None:
        self.done.append(("transfer", call_id))

    async def keep_alive(self, call_id: CallId) -> None:
        self.done.append(("keep alive", call_id))

    async def to_person(self, call_id: CallId) -> None:
        self.done.append(("to person", call_id))

    async def back_to_102(self, call_id: CallId) -> None:
        self.done.append(("back to 102", call_id))

    async def note_served(self, call_id: CallId) -> None:
        self.done.append(("served", call_id))


class SilentDialogues:
    """Says nothing to anybody."""

    takes_calls = False

    async def offer(self, call_id: CallId, language: str) -> bool:
        return False

    def follow(self, event: CourseEvent) -> None: ...

    def heard(self, call_id: CallId, segment: Segment) -> None: ...

    def pressed(self, call_id: CallId, key: str) -> None: ...

    def alarm(self, call_id: CallId, words: str) -> None: ...


def story_guide(scribe: Scribe, broadcast: Broadcast, modes: ModeBook) -> tuple[RememberingControl, Guide]:
    control = RememberingControl()
    guide = Guide(
        GuideSettings(queue=QUEUE),
        scribe,
        broadcast,
        control,
        modes,
        UrgentNumbers(ZoneInfo("Asia/Almaty")),
        SilentDialogues(),
        assess=assess,
        is_question=lambda assessment: assessment.label is Label.INFORMATIONAL,
        find_places=lambda text: (),
    )
    return control, guide


def story_modes() -> ModeBook:
    """Since yesterday Russian is in assist and Kazakh in offer."""
    book = ModeBook(QUEUE)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for language, flags in AUDITED.items():
        for number in range(flags):
            call_id = CallId(f"old-{language}-{number}")
            book.take_all(_audited(call_id, language, yesterday, Label.INFORMATIONAL))
    for language, mode in (("ru", Mode.ASSIST), ("kk", Mode.OFFER)):
        reason = f"{AUDITED[language]} проверенных вопросов без промаха"
        book.take(ModeChanged(at=yesterday, queue=QUEUE, language=language, mode=mode, by="supervisor", reason=reason))
    return book


def miss(book: ModeBook, language: str) -> None:
    """A flagged call was an emergency: the gate shuts, the language is in shadow."""
    call_id = CallId(f"missed-{language}")
    book.take_all(_audited(call_id, language, datetime.now(UTC), Label.EMERGENCY))


def _audited(call_id: CallId, language: str, at: datetime, truth: Label) -> list[LedgerEvent]:
    flag = CallFlagged(
        call_id=call_id, at=at, mode=Mode.SHADOW, language=language, confidence=0.9, words="адрес", assessor="phrases@1"
    )
    said = CallCategorised(call_id=call_id, at=at, by=OperatorId("op1"), label=truth, category="", audit=True)
    return [flag, said]
