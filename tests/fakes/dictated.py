"""A recogniser that says what a test dictates, under the contract of ``ports.Recogniser``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from line102.ports import Recognised, Window

Said = str | Recognised | Exception | asyncio.Event


def words(text: str, language: str = "ru") -> Recognised:
    return Recognised(text=text, language=language, confidence=0.9, no_speech=0.0, model="dictated@0", suppressed=None)


class Dictated:
    """Does what it is told for each window, and says which window it was; an event makes it wait first."""

    def __init__(self, do: Callable[[Window], Said] = lambda window: "слово") -> None:
        self.windows: list[Window] = []
        self._do = do

    async def recognise(self, window: Window) -> Recognised:
        self.windows.append(window)
        done = self._do(window)
        if isinstance(done, asyncio.Event):
            await done.wait()
            done = "слово"
        if isinstance(done, Exception):
            raise done
        return done if isinstance(done, Recognised) else words(done)
