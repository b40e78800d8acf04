"""After a start: modes, gates and numbers are what the ledger says, and nothing is allowed before it was read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId, OperatorId, QueueName
from line102.errors import Unreachable
from line102.events import CallCategorised, CallFlagged, LedgerEvent, ModeChanged, SentToHelpLine, UrgencyRaised
from line102.modes import ModeBook
from line102.remembering import Remembering
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Label, Mode, Urgency
from tests.fakes.scripted import MemoryJournal

QUEUE = QueueName("102")
NOW = datetime.now(UTC)
A, B, C = (CallId(f"pbx-1.{n}") for n in (1, 2, 3))


class Told:
    """A ledger of these events; ``away`` makes it unreachable."""

    def __init__(self, *events: tuple[str, LedgerEvent]) -> None:
        self.events = events
        self.away = False

    async def events_of(self, types: Sequence[str], *, since: datetime) -> Sequence[tuple[str, LedgerEvent]]:
        if self.away:
            raise Unreachable("database", "scripted")
        return [(n, e) for n, e in self.events if type(e).__name__ in types and e.at >= since]


def offer(by: str = "supervisor") -> ModeChanged:
    return ModeChanged(at=NOW, queue=QUEUE, language="ru", mode=Mode.OFFER, by=by, reason="")


def flagged(call_id: CallId) -> CallFlagged:
    return CallFlagged(call_id=call_id, at=NOW, mode=Mode.SHADOW, language="ru", confidence=1.0, words="", assessor="t")


def told(call_id: CallId, label: Label) -> CallCategorised:
    return CallCategorised(call_id=call_id, at=NOW, by=OperatorId("op1"), label=label, category="")


async def remembered(ledger: Told, *, needed: int, whole: bool = True) -> tuple[ModeBook, UrgentNumbers, MemoryJournal]:
    journal, modes, numbers = MemoryJournal(), ModeBook(QUEUE, needed), UrgentNumbers(ZoneInfo("Asia/Almaty"))
    scribe = Scribe(journal, Broadcast(Board("test")))
    remembering = Remembering(ledger, lambda: whole, modes, numbers, scribe)
    task = asyncio.create_task(remembering.run())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return modes, numbers, journal


async def test_a_proven_mode_is_in_force_again() -> None:
    ledger = Told(("", offer()), ("1", flagged(A)), ("1", told(A, Label.INFORMATIONAL)))
    modes, _, journal = await remembered(ledger, needed=1)
    assert modes.mode("ru") is Mode.OFFER
    assert journal.entries == []


async def test_a_mode_whose_gate_is_shut_is_dropped_for_good() -> None:
    modes, _, journal = await remembered(Told(("", offer("demo"))), needed=1)
    (drop,) = journal.of(ModeChanged)
    assert isinstance(drop, ModeChanged)
    assert (drop.mode, drop.by) == (Mode.SHADOW, "line102")
    for event in (flagged(A), told(A, Label.INFORMATIONAL)):
        modes.take(event)
    assert modes.mode("ru") is Mode.SHADOW, "the gate is open now, and nobody has decided anew"


async def test_until_the_ledger_is_whole_and_read_everything_is_shadow() -> None:
    ledger = Told(("", offer()))
    modes, _, _ = await remembered(ledger, needed=0, whole=False)
    assert modes.mode("ru") is Mode.SHADOW
    ledger.away = True
    modes, _, _ = await remembered(ledger, needed=0)
    assert modes.mode("ru") is Mode.SHADOW


async def test_numbers_that_were_urgent_or_sent_away_are_known_again() -> None:
    ledger = Told(
        ("7701", UrgencyRaised(call_id=A, at=NOW, urgency=Urgency.DANGER, words="нож")),
        ("7702", SentToHelpLine(call_id=B, at=NOW, by="caller")),
        ("7703", SentToHelpLine(call_id=C, at=NOW - timedelta(hours=2), by="caller")),
    )
    _, numbers, _ = await remembered(ledger, needed=0)
    other = CallId("pbx-1.9")
    assert numbers.urgent_today("7701", other, NOW)
    assert not numbers.urgent_today("7702", other, NOW)
    assert numbers.deflected_before("7702", other, NOW) is not None
    assert numbers.deflected_before("7703", other, NOW) is None
