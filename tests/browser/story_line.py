"""The real web server with the story on its board: what the browser tests, edge tests and screenshots look at."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from line102.aftercare import Aftercare
from line102.board import Board, Light, Load
from line102.broadcast import Broadcast
from line102.calls import CallId
from line102.events import Entry
from line102.live import LiveCalls
from line102.ports import MemberSeen
from line102.scribe import Scribe
from line102.web.decisions_api import Deciding
from tests.browser.scene import RECORDING_S, Step
from tests.browser.story_guide import story_guide, story_modes
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import (
    MemoryJournal,
    ScriptedCatchUp,
    ScriptedIngest,
    ScriptedListener,
    ScriptedTaps,
    SilentGuide,
    assess,
)

RATE_HZ = 8000


class StoryLine:
    """A board, its feed, its ledger and its recordings."""

    def __init__(self, recordings: Path) -> None:
        self.board = Board("story")
        self.broadcast = Broadcast(self.board)
        self.ledger = MemoryLedger()
        self.recordings = recordings
        self.journal = MemoryJournal()
        self.scribe = Scribe(self.journal, self.broadcast)
        self.modes = story_modes()
        self.control, guide = story_guide(self.scribe, self.broadcast, self.modes)
        self.deciding = Deciding(guide=guide, table=self.modes.table)
        self._seq = 0

    def choose_language(self, call_id: CallId, language: str | None) -> None:
        """As the service does it; what is chosen stands in ``journal``."""
        aftercare = Aftercare(ScriptedIngest(), ScriptedCatchUp(), assess, self.scribe)
        live = LiveCalls(ScriptedTaps(), ScriptedListener(), assess, self.scribe, aftercare, SilentGuide())
        live.choose_language(call_id, language)

    async def tell(self, steps: Iterable[tuple[float, Step]], until: float = math.inf) -> None:
        """Everything that happens before second ``until`` of the story, at once."""
        for second, step in sorted(steps, key=lambda timed: timed[0]):
            if second < until:
                await self.step(step)

    async def step(self, step: Step) -> None:
        match step:
            case MemberSeen():
                self.broadcast.member(step)
            case Light():
                self.broadcast.light(step)
            case Load():
                self.broadcast.load(step)
            case _:
                self.broadcast.event(step)
                self._seq += 1
                if not self.ledger.away:
                    await self.ledger.apply([Entry(node="story", seq=self._seq, event=step)])
                path = getattr(step, "path", None)
                if path is not None:
                    write_tones(self.recordings / path)


def write_tones(path: Path) -> None:
    """A stereo WAV of RECORDING_S: the caller's tone left, the operator's right, so that a player has work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(_tones())


@cache
def _tones() -> bytes:
    frames = (
        struct.pack("<hh", round(4000 * math.sin(i * 0.3)), round(4000 * math.sin(i * 0.2)))
        for i in range(round(RATE_HZ * RECORDING_S))
    )
    return b"".join(frames)
