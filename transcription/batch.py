"""Which of the waiting windows are computed together. Pure.

No window waits for company: a free thread takes the one that is due first and what fits with it. Encoding gains
nothing from company on a CPU, but all items of a batch share each step of the decoder, and its cost hardly grows with
them. They must have one encoder length, so a shorter window may be promoted to a longer bucket: when the shared steps
save more than the longer encoding costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from transcription.cost import CostModel

TOGETHER_S = 5.0
"""Windows that are due later than this after the first do not hold it up: catch-up never joins live words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A window as the computer sees it."""

    model: str  # which of the loaded models reads it
    beam_size: int
    frames: int  # its own tight bucket
    seconds: float  # of audio


class Due(Protocol):
    @property
    def due(self) -> float: ...

    @property
    def load(self) -> Load: ...


Window = TypeVar("Window", bound=Due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much one batch may be."""

    items: int
    seconds: float  # of predicted work

    @classmethod
    def now(cls, items: int, *, late: bool) -> Room:
        """In time, a batch is short, so that the next urgent window soon finds a free thread. Behind time only doing
        more in the same time helps: short batches would be small ones, and those fall back further.
        """
        return cls(items=items, seconds=2.0 if late else 0.5)


class _Filling:
    """A batch of one bucket while it grows. ``saved_s``: against computing its windows among their own buckets."""

    def __init__(self, first: Load, frames: int, cost: CostModel) -> None:
        self.frames = frames
        self._cost = cost
        self._longest = self._tokens = cost.tokens(first.seconds)
        self._encoding = cost.encoding_s(frames)
        self.predicted_s = self._encoding + cost.decoding_s(frames, self._longest, self._tokens)
        self.saved_s = _alone(first, cost) - self.predicted_s

    def take(self, load: Load, apart_s: float, most_s: float) -> bool:
        """Let it in if it pays and there is time for it."""
        tokens = self._cost.tokens(load.seconds)
        longest, total = max(self._longest, tokens), self._tokens + tokens
        encoding = self._encoding + self._cost.encoding_s(self.frames)
        predicted = encoding + self._cost.decoding_s(self.frames, longest, total)
        saved = apart_s - (predicted - self.predicted_s)
        if predicted > most_s or (saved <= 0 and load.frames != self.frames):
            return False
        self._longest, self._tokens, self._encoding, self.predicted_s = longest, total, encoding, predicted
        self.saved_s += saved
        return True


def form(waiting: Sequence[Window], cost: CostModel, room: Room) -> tuple[list[Window], int]:
    """The windows of the next batch and the frames they are padded to. ``waiting``: not empty, in order of ``due``.

    The first is always in it. Those that stay behind lose nothing: they are first next time.
    """
    first = waiting[0]
    mates = [
        window
        for window in waiting[1:]
        if (window.load.model, window.load.beam_size) == (first.load.model, first.load.beam_size)
        and window.due - first.due <= TOGETHER_S
    ]
    apart = _apart([window.load for window in mates], cost, room)
    best: tuple[float, list[Window], int] | None = None
    for frames in sorted({first.load.frames, *(w.load.frames for w in mates if w.load.frames > first.load.frames)}):
        filling, batch = _Filling(first.load, frames, cost), [first]
        for window in mates:
            if len(batch) == room.items:
                break
            if window.load.frames <= frames and filling.take(window.load, apart[window.load.frames], room.seconds):
                batch.append(window)
        if best is None or filling.saved_s > best[0]:
            best = (filling.saved_s, batch, frames)
    assert best is not None
    return best[1], best[2]


def _alone(load: Load, cost: CostModel) -> float:
    tokens = cost.tokens(load.seconds)
    return cost.encoding_s(load.frames) + cost.decoding_s(load.frames, tokens, tokens)


def _apart(loads: Sequence[Load], cost: CostModel, room: Room) -> dict[int, float]:
    """Seconds that a window of each bucket costs if its bucket's windows are computed together, without the others."""
    costs = {}
    for frames, count in Counter(load.frames for load in loads).items():
        lengths = [cost.tokens(load.seconds) for load in loads if load.frames == frames][: room.items]
        together = cost.decoding_s(frames, max(lengths), sum(lengths)) / min(count, room.items)
        costs[frames] = cost.encoding_s(frames) + together
    return costs
