"""Keeps the line's day in memory in step with the board, and fills it from the ledger at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.broadcast import Broadcast
from line102.call_facts import CallFacts
from line102.day_calls import day_call, ended_call
from line102.day_figures import Day
from line102.errors import Unreachable
from line102.events import CourseEvent, GapFound, LedgerEvent
from line102.scribe import Scribe

RETRY = timedelta(seconds=2)

log = structlog.get_logger()


class DayLedger(Protocol):
    """The ledger. Raises Unreachable."""

    async def facts(self, *, since: datetime) -> Sequence[CallFacts]: ...

    async def gaps(self, *, since: datetime) -> Sequence[GapFound]: ...


class DayKeeper:
    """If this dies, the wallboard says that its figures are not whole; no call notices."""

    def __init__(
        self, day: Day, ledger: DayLedger, is_whole: Callable[[], bool], broadcast: Broadcast, scribe: Scribe
    ) -> None:
        self._day = day
        self._ledger = ledger
        self._is_whole = is_whole
        self._broadcast = broadcast
        scribe.listen(self._heard)

    async def run(self) -> None:
        """Read the day, then rest for ever. A ledger that is away, or behind the journal, is tried again."""
        while not self._day.whole:
            try:
                if self._is_whole():
                    await self._fill()
            except Unreachable as error:
                log.warning("day_not_read", why=str(error))
            if not self._day.whole:
                await asyncio.sleep(RETRY.total_seconds())
        await asyncio.Event().wait()

    async def _fill(self) -> None:
        since = self._day.since(datetime.now(UTC))
        facts = await self._ledger.facts(since=since)
        gaps = await self._ledger.gaps(since=since)
        for story in self._broadcast.board.stories():  # newer than anything the ledger says
            self._day.take(day_call(story.record))
        self._day.fill((ended_call(one) for one in facts), gaps)
        log.info("day_read", calls=len(facts), gaps=len(gaps))

    def _heard(self, event: LedgerEvent) -> None:
        if isinstance(event, GapFound):
            self._day.take_gap(event)
        elif isinstance(event, CourseEvent):
            story = self._broadcast.board.story(event.call_id)
            if story is not None:
                self._day.take(day_call(story.record))
