"""What one stream has to say, in order, to one reader."""

from __future__ import annotations

import asyncio
from collections import deque

from line102.words import Segment, Stretch

CAPACITY = 32


class Outbox:
    """Holds 32 items. A newer partial takes the place of one that nobody has read yet, and a final of an utterance
    follows none of its partials; when full a partial is dropped, and a final or a stretch waits for room."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.dropped = 0
        self._items: deque[Segment | Stretch] = deque()
        self._closed = False
        self._changed = asyncio.Condition()

    async def offer(self, partial: Segment) -> None:
        async with self._changed:
            self._drop_partial()
            if len(self._items) >= self.capacity:
                self.dropped += 1
                return
            self._items.append(partial)
            self._changed.notify_all()

    async def put(self, item: Segment | Stretch) -> None:
        async with self._changed:
            self._drop_partial()
            await self._changed.wait_for(lambda: len(self._items) < self.capacity)
            self._items.append(item)
            self._changed.notify_all()

    async def close(self) -> None:
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def next(self) -> Segment | Stretch | None:
        """None: closed, and everything was read."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._items) or self._closed)
            item = self._items.popleft() if self._items else None
            self._changed.notify_all()
            return item

    def _drop_partial(self) -> None:
        """Only the last item can be a partial: finals come in order, and each takes the place of its partial."""
        if self._items and isinstance(last := self._items[-1], Segment) and not last.final:
            self._items.pop()
            self.dropped += 1
