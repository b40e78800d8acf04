"""One talk of the machine with one caller: what it says, and what comes back, as one stream of inputs. No decisions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.heard import Broken, CallerGone, Elapsed, Heard, PromptEnded
from line102.calls import CallId
from line102.errors import Gone, Line102Error
from line102.ports import Speech, Voice

TICK_S = 1.0  # one ``Elapsed`` after so long without anything else
CAPACITY = 100  # inputs of one talk that nobody has read yet; when full the oldest goes


class Inbox:
    """Where a caller's words, keys and fate wait for the dialogue."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Heard] = asyncio.Queue(CAPACITY)

    def put(self, heard: Heard) -> None:
        if self._items.full():
            self._items.get_nowait()
        self._items.put_nowait(heard)

    async def next(self) -> Heard:
        try:
            async with asyncio.timeout(TICK_S):
                return await self._items.get()
        except TimeoutError:
            return Elapsed()


class Talk:
    """Says one thing at a time; what is said anew cuts off what was being said."""

    def __init__(self, speech: Speech, inbox: Inbox, tasks: asyncio.TaskGroup) -> None:
        self._speech = speech
        self._inbox = inbox
        self._tasks = tasks
        self._saying: asyncio.Task[None] | None = None

    def say(self, sounds: list[str]) -> None:
        """One after the other; ``PromptEnded`` comes when the last was said to its end."""
        self.hush()
        self._saying = self._tasks.create_task(self._say(sounds), name="say")

    def hush(self) -> None:
        if self._saying is not None:
            self._saying.cancel()
        self._saying = None

    async def said(self, within_s: float) -> None:
        """Return when what is being said was said, or after ``within_s`` seconds."""
        if self._saying is not None:
            await asyncio.wait([self._saying], timeout=within_s)

    async def _say(self, sounds: list[str]) -> None:
        try:
            for sound in sounds:
                await self._speech.say(sound)
        except asyncio.CancelledError:
            await self._speech.hush()
            raise
        except Gone:
            self._inbox.put(CallerGone())
        except Line102Error as error:
            self._inbox.put(Broken(str(error)))
        else:
            self._inbox.put(PromptEnded())


@asynccontextmanager
async def talking(voice: Voice, call_id: CallId, inbox: Inbox) -> AsyncIterator[Talk]:
    """Speak to the caller until the block is left. Raises Gone, Unreachable, Refused."""
    async with voice.speak_to(call_id) as speech, asyncio.TaskGroup() as tasks:
        talk = Talk(speech, inbox, tasks)
        try:
            yield talk
        finally:
            talk.hush()
