"""What waits for the model in one worker, and what gives way when it is full. Pure.

Order: what is due first goes first, whatever it is. Due is arrival plus what the window allows (words.due_in), so that
priorities and ageing are one thing: nothing waits for ever behind what is more important.

A newer window of a stream takes the place of its waiting partial, whose text would be thrown away. It keeps that place,
the first one's time of submission and the earlier deadline, or a stream in a hurry would never be served.

When full: catch-up gives way to live words, then the partial that is due last, then the newcomer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from transcription.batch import Load

Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Generic[Owner]):
    """A window that waits. Times in seconds of one clock."""

    key: tuple[int, int]  # of the client and of its window
    stream: tuple[int, str, str]  # the same for all windows of one side of one call
    start_s: float  # of its audio, in the call
    final: bool
    live: bool  # False: catch-up
    since: float  # when it, or the first of those it replaced, came
    due: float
    load: Load
    owner: Owner


@dataclass(frozen=True, slots=True)
class GaveWay(Generic[Owner]):
    waiting: Waiting[Owner]
    kind: str  # "busy" (a final), "dropped" (a partial)
    why: str


class WindowQueue(Generic[Owner]):
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._waiting: dict[tuple[int, int], Waiting[Owner]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def in_order(self) -> list[Waiting[Owner]]:
        """What waits, due first first; of two that are due together the one that came first."""
        return sorted(self._waiting.values(), key=lambda one: (one.due, one.since, one.key))

    def offer(self, new: Waiting[Owner]) -> list[GaveWay[Owner]]:
        """Put ``new`` in; return who gave way, perhaps ``new`` itself. Each must be told."""
        gave_way = []
        for old in [old for old in self._waiting.values() if _overtakes(new, old)]:
            del self._waiting[old.key]
            gave_way.append(GaveWay(old, "dropped", "overtaken"))
            new = replace(new, since=min(old.since, new.since), due=min(old.due, new.due))
        self._waiting[new.key] = new
        if len(self) > self.capacity:
            loser = self._least_needed(new)
            del self._waiting[loser.key]
            gave_way.append(GaveWay(loser, "busy" if loser.final else "dropped", "queue full"))
        return gave_way

    def put_back(self, waiting: Waiting[Owner]) -> None:
        """One that was taken and has still to be computed: it was let in before, so there is room for it."""
        self._waiting[waiting.key] = waiting

    def take(self, chosen: Sequence[Waiting[Owner]]) -> None:
        """Remove what is computed now."""
        for waiting in chosen:
            del self._waiting[waiting.key]

    def forget(self, key: tuple[int, int]) -> bool:
        """Take back one that waits; False when it does not (any more)."""
        return self._waiting.pop(key, None) is not None

    def forget_client(self, client: int) -> None:
        """Nobody is there any more to read the answers."""
        for key in [key for key in self._waiting if key[0] == client]:
            del self._waiting[key]

    def _least_needed(self, new: Waiting[Owner]) -> Waiting[Owner]:
        expendable = [one for one in self._waiting.values() if not one.live]
        expendable = expendable or [one for one in self._waiting.values() if not one.final]
        if not expendable or not new.live:
            return new
        return max(expendable, key=lambda one: (one.due, one.since, one.key))


def _overtakes(new: Waiting[Owner], old: Waiting[Owner]) -> bool:
    """Not where ``new`` is of earlier audio: catch-up of a call that goes on leaves its live partial alone."""
    return not old.final and old.stream == new.stream and new.start_s >= old.start_s
