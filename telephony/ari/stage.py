"""Who waits for which channel or playback: subscribe here before it is made, then make it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from line102.errors import Unreachable


class Watch:
    """What the event feed has seen of one channel or playback of ours."""

    def __init__(self, channel_id: str) -> None:
        self.channel_id = channel_id
        self.over = asyncio.Event()  # it has left, or we can no longer see it
        self.dark: str | None = None  # why we can no longer see it
        self.failed = False  # of a playback: not all of it could be played
        self._entered = asyncio.Event()
        self._with_it: list[Watch] = []

    async def entered(self) -> None:
        """Wait until the channel is in our Stasis application and may be put into a bridge. Raises Unreachable."""
        await self._entered.wait()
        if self.dark is not None:
            raise Unreachable("the ARI event feed", self.dark)

    def see_entry(self) -> None:
        self._entered.set()

    def see_end(self) -> None:
        self._entered.set()
        self.over.set()
        for other in self._with_it:
            other.see_end()

    @contextmanager
    def ends_too(self, other: Watch) -> Iterator[None]:
        """While in the block, the end of this ends ``other``: a playback and the channel it is played to."""
        self._with_it.append(other)
        try:
            yield
        finally:
            self._with_it.remove(other)

    def lose_sight(self, reason: str) -> None:
        self.dark = reason
        self.see_end()


class Stage:
    """What is watched now. Bounded by the number of open taps and voices."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._dark: str | None = "not connected yet"

    @contextmanager
    def watch(self, channel_id: str) -> Iterator[Watch]:
        """Raises Unreachable while the feed is dark: what we cannot watch we do not make."""
        if self._dark is not None:
            raise Unreachable("the ARI event feed", self._dark)
        watch = self._watches[channel_id] = Watch(channel_id)
        try:
            yield watch
        finally:
            del self._watches[channel_id]

    def get(self, channel_id: str) -> Watch | None:
        return self._watches.get(channel_id)

    def light(self) -> None:
        self._dark = None

    def darken(self, reason: str) -> None:
        """The feed is lost: everybody who watches learns it at once."""
        self._dark = reason
        for watch in self._watches.values():
            watch.lose_sight(reason)
