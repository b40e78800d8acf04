"""The real web server with the story on its board: what the browser tests, edge tests and screenshots look at."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from line102.board import Board, Light
from line102.broadcast import Broadcast
from line102.calls import CallId, CallRecord
from line102.errors import Unreachable
from line102.events import Entry, GapFound
from line102.ports import CallStory, MemberSeen
from tests.browser.line_story import RECORDING_S, Step

KEY = "story-key-of-the-tests-only"


class BoardLedger:
    """A ledger for pages alone: it knows what the board knows, and can be away."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.away = False

    async def apply(self, entries: Sequence[Entry]) -> None:
        raise NotImplementedError

    async def applied_seq(self, node: str) -> int:
        raise NotImplementedError

    async def open_calls(self) -> Sequence[CallRecord]:
        raise NotImplementedError

    async def call(self, call_id: CallId) -> CallStory | None:
        return next((s for s in self._stories() if s.record.call_id == call_id), None)

    async def calls(self, *, limit: int, before: datetime | None = None) -> Sequence[CallStory]:
        newest = sorted(self._stories(), key=lambda s: s.record.offered_at, reverse=True)
        return [s for s in newest if before is None or s.record.offered_at < before][:limit]

    async def gaps(self, *, since: datetime) -> Sequence[GapFound]:
        self._check()
        return [g for g in self._board.snapshot(datetime.now(UTC)).gaps if g.at >= since]

    def _stories(self) -> tuple[CallStory, ...]:
        self._check()
        return self._board.snapshot(datetime.now(UTC)).calls

    def _check(self) -> None:
        if self.away:
            raise Unreachable("store", "the test took it away")


class StoryLine:
    """A board, its feed and its recordings."""

    def __init__(self, recordings: Path) -> None:
        self.board = Board("story")
        self.broadcast = Broadcast(self.board)
        self.ledger = BoardLedger(self.board)
        self.recordings = recordings

    def tell(self, steps: Iterable[tuple[float, Step]], until: float = math.inf) -> None:
        """Everything that happens before second ``until`` of the story, at once."""
        for second, step in sorted(steps, key=lambda timed: timed[0]):
            if second < until:
                self.step(step)

    def step(self, step: Step) -> None:
        match step:
            case MemberSeen():
                self.broadcast.member(step)
            case Light():
                self.broadcast.light(step)
            case _:
                self.broadcast.event(step)
                path = getattr(step, "path", None)
                if path is not None:
                    write_tones(self.recordings / path)


def write_tones(path: Path) -> None:
    """A stereo WAV of RECORDING_S: the caller's tone left, the operator's right, so that a player has work."""
    rate = 8000
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = b"".join(
        struct.pack("<hh", round(4000 * math.sin(i * 0.3)), round(4000 * math.sin(i * 0.2)))
        for i in range(round(rate * RECORDING_S))
    )
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(frames)
