"""Modes, gates and urgent numbers as they were before this start, read from the ledger once it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.errors import Unreachable
from line102.events import CallCategorised, LedgerEvent, SentToHelpLine, UrgencyRaised
from line102.modes import ModeBook
from line102.scribe import Scribe
from line102.urgent_numbers import REPEAT_WITHIN, UrgentNumbers
from line102.words import Label, Urgency

RETRY = timedelta(seconds=2)
MODES_SINCE = timedelta(days=400)
NUMBERS_SINCE = timedelta(hours=24)
MODE_EVENTS = ("ModeChanged", "CallFlagged", "CallCategorised")
NUMBER_EVENTS = ("UrgencyRaised", "SentToHelpLine", "CallCategorised")

log = structlog.get_logger()


class Decided(Protocol):
    """What the ledger tells of earlier decisions. Raises Unreachable."""

    async def events_of(self, types: Sequence[str], *, since: datetime) -> Sequence[tuple[str, LedgerEvent]]:
        """Each with the number of its call ("" for none), in the order in which they were written."""
        ...


class Remembering:
    """Until it has read everything, every mode is shadow: nothing is ever sent away by a service that forgot."""

    def __init__(
        self, ledger: Decided, is_whole: Callable[[], bool], modes: ModeBook, numbers: UrgentNumbers, scribe: Scribe
    ) -> None:
        self._scribe = scribe
        self._ledger = ledger
        self._is_whole = is_whole
        self._modes = modes
        self._numbers = numbers
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Read, then rest for ever. A ledger that is away, or behind the journal, is tried again."""
        while not self.done.is_set():
            try:
                if self._is_whole():
                    await self._remember()
                    self.done.set()
            except Unreachable as error:
                log.warning("modes_not_read", why=str(error))
            if not self.done.is_set():
                await asyncio.sleep(RETRY.total_seconds())
        await asyncio.Event().wait()

    async def _remember(self) -> None:
        now = datetime.now(UTC)
        decided = await self._ledger.events_of(MODE_EVENTS, since=now - MODES_SINCE)
        self._modes.take_all(event for _, event in decided)
        for drop in self._modes.unproven(now):
            self._scribe.write(drop)
            self._modes.take(drop)
            log.warning("mode_dropped", language=drop.language, why=drop.reason)
        for number, event in await self._ledger.events_of(NUMBER_EVENTS, since=now - NUMBERS_SINCE):
            match event:
                case UrgencyRaised(call_id=call_id, at=at, urgency=Urgency.DANGER):
                    self._numbers.note_urgent(number, call_id, at)
                case CallCategorised(call_id=call_id, at=at, label=Label.EMERGENCY):
                    self._numbers.note_urgent(number, call_id, at)
                case SentToHelpLine(call_id=call_id, at=at) if now - at <= REPEAT_WITHIN[-1]:
                    self._numbers.note_deflected(number, call_id, at, "mix")
                case _:
                    pass
        log.info("modes_read", flags=sum(type(event).__name__ == "CallFlagged" for _, event in decided))
