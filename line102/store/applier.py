"""From the journal into the store, for as long as the service runs. Nothing waits for it; it waits for the database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.errors import BadSetting, Unreachable
from line102.events import Entry
from line102.journal_files import Batch, UnreadableLine

log = structlog.get_logger()


class NumberedJournal(Protocol):
    """What the applier needs of ``line102.journal.FileJournal``."""

    @property
    def node(self) -> str: ...

    @property
    def opened_seq(self) -> int: ...

    @property
    def last_seq(self) -> int: ...

    def follow(self, after_seq: int, *, limit: int) -> AsyncGenerator[Batch, None]: ...

    def prune(self, applied_seq: int, now: datetime) -> int: ...


class Store(Protocol):
    """What the applier needs of a ledger."""

    async def apply(self, entries: Sequence[Entry]) -> None: ...

    async def reject(self, lines: Sequence[UnreadableLine]) -> None: ...

    async def applied_seq(self, node: str) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplierSettings:
    batch: int = 200  # entries in one transaction: larger is faster, and holds the event loop longer (bench/store.py)
    first_pause: timedelta = timedelta(milliseconds=200)  # doubled after each failure, with jitter
    longest_pause: timedelta = timedelta(seconds=10)
    prune_every: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplierState:
    """``up``: the store took what it was last given. ``why`` is "" then."""

    up: bool
    since: datetime
    why: str


class Applier:
    """Capacity: the journal's files. When the store is away they grow, ``lag`` says by how many entries."""

    def __init__(
        self,
        journal: NumberedJournal,
        store: Store,
        settings: ApplierSettings | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._store = store
        self._settings = settings or ApplierSettings()
        self._now = now
        self._applied = self._highest = 0
        self._pause = self._settings.first_pause
        self._pruned_at = now()
        self._changed = asyncio.Condition()
        self._state = ApplierState(up=False, since=now(), why="not connected yet")

    @property
    def state(self) -> ApplierState:
        return self._state

    @property
    def applied_seq(self) -> int:
        """The last entry known to be in the store; 0 until the store was first reached."""
        return self._applied

    @property
    def lag(self) -> int:
        """Entries that are not in the store yet."""
        return max(self._journal.last_seq - self._applied, 0)

    async def run(self) -> None:
        """Apply whatever the journal has and gets. Ends only by cancellation.

        After each failure the store is asked anew where it stands: it may have come back from an older backup.
        """
        while True:
            try:
                await self._apply_on()
            except (Unreachable, BadSetting) as error:
                self._set_state(up=False, why=str(error))
                await asyncio.sleep(self._pause.total_seconds() * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                self._pause = min(self._pause * 2, self._settings.longest_pause)

    async def applied(self, seq: int) -> None:
        """Wait until the entry of that number is in the store."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._applied >= seq)

    async def _apply_on(self) -> None:
        await self._reached(await self._start())
        async with aclosing(self._journal.follow(self._applied, limit=self._settings.batch)) as batches:
            async for batch in batches:
                if batch.entries:
                    await self._store.apply(batch.entries)
                if batch.unreadable:
                    await self._store.reject(batch.unreadable)
                await self._reached(batch.last_seq)
                self._prune()

    async def _start(self) -> int:
        """Where to go on. Raises Unreachable also when the store knows entries that this journal has forgotten."""
        applied = await self._store.applied_seq(self._journal.node)
        known = max(self._journal.opened_seq, self._highest)
        if applied > known:
            raise Unreachable(
                "ledger",
                f"it holds entry {applied} of this journal, whose files ended at {known}: an old copy was put back. "
                "Stop the service, move the journal folder away, start again: a new journal is begun",
            )
        return applied

    async def _reached(self, seq: int) -> None:
        self._set_state(up=True, why="")
        self._pause = self._settings.first_pause
        self._highest = max(self._highest, seq)
        async with self._changed:
            self._applied = seq
            self._changed.notify_all()

    def _set_state(self, *, up: bool, why: str) -> None:
        if (up, why) == (self._state.up, self._state.why):
            return
        if up == self._state.up:
            self._state = replace(self._state, why=why)
            return
        self._state = ApplierState(up=up, since=self._now(), why=why)
        log.warning("store_reached" if up else "store_away", why=why, lag=self.lag)

    def _prune(self) -> None:
        now = self._now()
        if now - self._pruned_at >= self._settings.prune_every:
            self._pruned_at = now
            removed = self._journal.prune(self._applied, now)
            if removed:
                log.info("journal_pruned", segments=removed)
