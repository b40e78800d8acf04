"""What waits for the model in one worker, and what gives way when it is full. Pure.

Rules: finals go before partials, each in order of arrival. A newer window of a stream overtakes its waiting partial.
When full,
the oldest partial gives way; when only finals wait, the newcomer is turned away ("busy" if final, "dropped" if
partial).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Owner]):
    """A window that waits. ``key`` is unique per window, ``stream`` the same for all windows of one side of one
    call.
    """

    key: tuple[int, int]
    stream: tuple[int, str, str]
    final: bool
    owner: Owner


@dataclass(frozen=True, slots=True)
class GaveWay(Generic[Owner]):
    waiting: Waiting[Owner]
    kind: str  # "busy", "dropped"
    why: str


class WindowQueue(Generic[Owner]):
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._finals: OrderedDict[tuple[int, int], Waiting[Owner]] = OrderedDict()
        self._partials: OrderedDict[tuple[int, int], Waiting[Owner]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._finals) + len(self._partials)

    def offer(self, new: Waiting[Owner]) -> list[GaveWay[Owner]]:
        """Put ``new`` in; return who gave way, perhaps ``new`` itself. Each must be told."""
        gave_way = [
            GaveWay(old, "dropped", "overtaken")
            for old in [old for old in self._partials.values() if old.stream == new.stream]
            if self.forget(old.key)
        ]
        if len(self) >= self.capacity:
            if self._partials:
                gave_way.append(GaveWay(self._partials.popitem(last=False)[1], "dropped", "queue full"))
            else:
                return [*gave_way, GaveWay(new, "busy" if new.final else "dropped", "queue full")]
        (self._finals if new.final else self._partials)[new.key] = new
        return gave_way

    def take(self) -> Waiting[Owner] | None:
        for queue in (self._finals, self._partials):
            if queue:
                return queue.popitem(last=False)[1]
        return None

    def forget(self, key: tuple[int, int]) -> bool:
        """Take back one that waits; False when it does not (any more)."""
        return (self._finals.pop(key, None) or self._partials.pop(key, None)) is not None
