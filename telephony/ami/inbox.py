"""The bounded hand-over of events from one connection to its one consumer.

Capacity: ``event_capacity``. When full: the event that does not fit closes the connection, so that the consumer
drains what is whole, learns of the loss, and re-synchronises. Never a silent gap.
"""

from __future__ import annotations

import asyncio
from collections import deque

from line102.errors import Unreachable
from telephony.ami.message import Message


class Inbox:
    def __init__(self, what: str, capacity: int) -> None:
        self._what = what
        self._capacity = capacity
        self._messages: deque[Message] = deque()
        self._changed = asyncio.Event()
        self._closed_because: str | None = None

    def __len__(self) -> int:
        return len(self._messages)

    def offer(self, message: Message) -> bool:
        """Whether ``message`` fitted. Must be followed by ``close`` when it did not."""
        if self._closed_because is not None or len(self._messages) >= self._capacity:
            return False
        self._messages.append(message)
        self._changed.set()
        return True

    def close(self, why: str) -> None:
        if self._closed_because is None:
            self._closed_because = why
            self._changed.set()

    async def take(self) -> Message:
        """The next event, in order. Raises Unreachable after the last one once the connection is closed."""
        while not self._messages:
            if self._closed_because is not None:
                raise Unreachable(self._what, self._closed_because)
            self._changed.clear()
            await self._changed.wait()
        return self._messages.popleft()
