"""The bounded hand-over from a tap's socket to whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from line102.errors import Line102Error
from line102.ports import AudioChunk


class ChunkBuffer:
    """Holds at most ``capacity`` of sound for one reader.

    Rule when full: the oldest chunk is dropped and counted, and the reader sees a jump in ``at``. Iteration gives what
    is held, and then ends (``finish``) or raises (``fail``).
    """

    def __init__(self, capacity: timedelta) -> None:
        self._capacity_s = capacity.total_seconds()
        self._chunks: deque[AudioChunk] = deque()
        self._held_s = 0.0
        self._changed = asyncio.Event()
        self._over = False
        self._failure: Line102Error | None = None
        self.dropped_chunks = 0
        self.dropped_s = 0.0

    def put(self, chunk: AudioChunk) -> None:
        self._chunks.append(chunk)
        self._held_s += _seconds(chunk)
        while self._held_s > self._capacity_s and len(self._chunks) > 1:
            oldest = _seconds(self._chunks.popleft())
            self._held_s -= oldest
            self.dropped_chunks += 1
            self.dropped_s += oldest
        self._changed.set()

    def finish(self) -> None:
        """No more will come, as it should be. A second end changes nothing."""
        self._over = True
        self._changed.set()

    def fail(self, error: Line102Error) -> None:
        """No more will come, and why. A second end changes nothing."""
        if not self._over:
            self._failure = error
        self.finish()

    def __aiter__(self) -> ChunkBuffer:
        return self

    async def __anext__(self) -> AudioChunk:
        while not self._chunks:
            if self._failure is not None:
                raise self._failure
            if self._over:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        chunk = self._chunks.popleft()
        self._held_s -= _seconds(chunk)
        return chunk


def _seconds(chunk: AudioChunk) -> float:
    return len(chunk.samples) / chunk.sample_rate_hz
