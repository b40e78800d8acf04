"""One feed, many pages. A page that reads too slowly is cut off and re-reads the snapshot; it never slows a call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from line102.board import Board, FeedItem, Light, Load, Snapshot
from line102.call_backs import CallBack
from line102.desks import DeskView
from line102.events import LedgerEvent
from line102.ports import CallStory, MemberSeen

CAPACITY = 1000  # feed items a page may lag behind before it is cut off


class SlowReader(Exception):
    """This subscriber lagged by more than CAPACITY items: read the snapshot again."""


class Subscription:
    """The feed from one snapshot on. After a cut-off ``next`` drains what is whole, then raises SlowReader."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._items: asyncio.Queue[FeedItem] = asyncio.Queue(CAPACITY)
        self.lost = False

    def offer(self, item: FeedItem) -> None:
        if self.lost or self._items.full():
            self.lost = True
        else:
            self._items.put_nowait(item)

    async def next(self) -> FeedItem:
        if self._items.empty() and self.lost:
            raise SlowReader
        return await self._items.get()


class Broadcast:
    """The board plus its readers. All methods run in the service's event loop."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._readers: set[Subscription] = set()
        self.cut_off = 0  # subscribers cut off for being slow, since start

    def event(self, event: LedgerEvent) -> None:
        self._spread(self.board.apply(event))

    def recall(self, story: CallStory) -> None:
        """Put an ended call back on the board, until it is finished."""
        self._spread(self.board.recall(story))

    def recall_call_back(self, task: CallBack) -> None:
        """A task that only the store knew."""
        self._spread(self.board.recall_call_back(task))

    def member(self, member: MemberSeen) -> None:
        self._spread(self.board.seat(member))

    def desk(self, desk: DeskView) -> None:
        self._spread(self.board.desk(desk))

    def light(self, light: Light) -> None:
        self._spread(self.board.light(light))

    def load(self, load: Load) -> None:
        self._spread(self.board.load(load))

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A snapshot and every change after it, without a hole between the two."""
        reader = Subscription(self.board.snapshot(datetime.now(UTC)))
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    @property
    def readers(self) -> int:
        return len(self._readers)

    def _spread(self, items: Iterable[FeedItem]) -> None:
        for item in items:
            for reader in self._readers:
                was_lost = reader.lost
                reader.offer(item)
                self.cut_off += reader.lost and not was_lost
