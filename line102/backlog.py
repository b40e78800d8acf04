"""Ended calls that left the board before their recording or transcript was made come back to it, a few at a time.
And calls that lack their second pass are handed to aftercare, the newest first.

The board keeps a few hundred unfinished calls. A disk that is full for a day, or a recogniser that is away, leaves
more: their files wait where Asterisk wrote them, and the ledger knows which calls they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.aftercare import Aftercare
from line102.broadcast import Broadcast
from line102.errors import Unreachable
from line102.ports import CallStory

PERIOD = timedelta(seconds=30)
FEW = 20  # calls at a time
BACK = timedelta(days=30)  # older ones are a person's to look at: Asterisk's own files may be gone
REVISED_BACK = timedelta(hours=24)  # a second pass is for calls that somebody may still act on; older ones stay as read

log = structlog.get_logger()


class Ended(Protocol):
    async def unfinished(self, *, since: datetime, limit: int) -> Sequence[CallStory]:
        """Calls that ended at ``since`` or later and lack a recording or a transcript, oldest first. Raises
        Unreachable."""
        ...

    async def unrevised(self, *, since: datetime, model: str, limit: int) -> Sequence[CallStory]:
        """Calls that ended at ``since`` or later, with a transcript that ``model`` has not revised, newest first.
        Raises Unreachable."""
        ...


class Backlog:
    """``settled``: whether the store holds all that the journal holds; before that it may call finished unfinished."""

    def __init__(self, ledger: Ended, settled: Callable[[], bool], broadcast: Broadcast, aftercare: Aftercare) -> None:
        self._ledger = ledger
        self._settled = settled
        self._broadcast = broadcast
        self._aftercare = aftercare

    async def run(self) -> None:
        while True:
            await self.look(datetime.now(UTC))
            await asyncio.sleep(PERIOD.total_seconds())

    async def look(self, now: datetime) -> None:
        """Bring some calls back when aftercare has nothing else to do."""
        if self._aftercare.pending or not self._settled():
            return
        try:
            await self._finish(now)
            await self._revise(now)
        except Unreachable:
            return  # the store's own light says so

    async def _finish(self, now: datetime) -> None:
        for story in await self._ledger.unfinished(since=now - BACK, limit=FEW):
            call_id = story.record.call_id
            if self._broadcast.board.story(call_id) is None:
                log.info("call_taken_up_again", call_id=call_id)
                self._broadcast.recall(story)
                self._aftercare.add(call_id)

    async def _revise(self, now: datetime) -> None:
        model = self._aftercare.second_model
        if not model or self._aftercare.pending or self._aftercare.revising:
            return
        for story in await self._ledger.unrevised(since=now - REVISED_BACK, model=model, limit=FEW):
            self._aftercare.revise(story)
