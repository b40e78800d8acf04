"""Stand-ins for what may be done to a call, and for the voice. The real ones: tests/asterisk/test_help_line.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from line102.calls import CallId, QueueName
from line102.errors import Line102Error

Done = tuple[str, CallId, object]  # what, to whom, with what


class FakeControl:
    """Remembers what was asked for, in order. ``failing``: what raises, by name; ``happened`` is set at each act."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.failing: dict[str, Line102Error] = {}
        self.happened = asyncio.Event()

    def of(self, what: str) -> list[object]:
        return [given for name, _, given in self.done if name == what]

    async def until(self, what: str, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while len(self.of(what)) < times:
                self.happened.clear()
                await self.happened.wait()

    async def raise_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        self._act("raise_priority", call_id, priority)

    async def withdraw(self, call_id: CallId, queue: QueueName, info: str) -> None:
        self._act("withdraw", call_id, info)

    async def prepare(self, call_id: CallId, language: str, *, self_service: bool, by: str) -> None:
        self._act("prepare", call_id, (language, self_service, by))

    async def transfer(self, call_id: CallId) -> None:
        self._act("transfer", call_id, None)

    async def keep_alive(self, call_id: CallId) -> None:
        self._act("keep_alive", call_id, None)

    async def to_person(self, call_id: CallId) -> None:
        self._act("to_person", call_id, None)

    async def back_to_102(self, call_id: CallId) -> None:
        self._act("back_to_102", call_id, None)

    async def note_served(self, call_id: CallId) -> None:
        self._act("note_served", call_id, None)

    def _act(self, what: str, call_id: CallId, given: object) -> None:
        self.done.append((what, call_id, given))
        self.happened.set()
        if what in self.failing:
            raise self.failing[what]


class FakeVoice:
    """Says everything at once, unless ``slow``: then a sound lasts until it is hushed. ``failing``: opening raises."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.hushed = 0
        self.open = 0
        self.slow = False
        self.failing: Line102Error | None = None

    @asynccontextmanager
    async def speak_to(self, call_id: CallId) -> AsyncIterator[FakeVoice]:
        if self.failing is not None:
            raise self.failing
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    async def say(self, sound: str) -> None:
        self.said.append(sound)
        if self.slow:
            await asyncio.Event().wait()

    async def hush(self) -> None:
        self.hushed += 1
