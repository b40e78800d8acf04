"""What was decided about calls, being done: each apart from the others, so that one that breaks costs no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from line102.calls import CallId
from line102.errors import Gone, Line102Error
from line102.supervise import guarded

CAPACITY = 2000  # things that may wait; when full the guide's periodic look finds them again

Act = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class Attempts:
    """An attempt that fails is logged and over: to try again is the business of whoever still wants it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[str, Act]] = asyncio.Queue(CAPACITY)
        self._busy: set[tuple[str, CallId]] = set()  # begun and not over, so that it is not begun twice

    def begin(self, what: str, call_id: CallId, act: Act) -> None:
        """At most one ``what`` per call at a time; one too many, or without room, is dropped."""
        key = (what, call_id)
        if key in self._busy or self._waiting.full():
            return
        self._busy.add(key)

        async def done() -> None:
            try:
                await act()
            except Gone:
                pass  # the caller hung up, or an operator was quicker
            except Line102Error as error:
                log.warning("not_done", what=what, call_id=call_id, why=str(error))
            finally:
                self._busy.discard(key)

        self._waiting.put_nowait((f"{what} {call_id}", done))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                name, act = await self._waiting.get()
                tasks.create_task(_once(name, act), name=name)


async def _once(name: str, act: Act) -> None:
    await guarded(name, act)
