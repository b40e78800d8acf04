"""The real service in a process of its own, with the words of its calls told on stdin instead of recognised.

    python -m bench.desk_service SETTINGS

Lines of JSON: {"call", "side", "start_s", "end_s", "text", "final"} is what a recogniser would have answered,
{"call", "over": true} is the end of that call's audio. Nothing else is replaced but the recordings, which Asterisk
would have written: each is found whole, without speech in it. No ARI is there, so the light for audio is out.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from line102.app import Service, service
from line102.calls import CallId, Side
from line102.config import read_settings
from line102.logs import configure_logs
from line102.ports import AudioChunk, Standing
from line102.words import Segment, Stretch
from tests.fakes.scripted import ScriptedCatchUp, ScriptedIngest

SILENCE = np.zeros(160, np.int16)


class ToldWords:
    """Taps and listener in one: audio "comes" whenever something is told of that side, and is heard as that."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, Side], asyncio.Queue[Segment | None]] = defaultdict(asyncio.Queue)
        self._over: set[str] = set()

    def tell(self, line: dict[str, Any]) -> None:
        if line.get("over"):
            self._over.add(line["call"])
            for side in Side:
                self._told[line["call"], side].put_nowait(None)
            return
        self._told[line["call"], Side(line["side"])].put_nowait(
            Segment(
                side=Side(line["side"]),
                start=timedelta(seconds=line["start_s"]),
                end=timedelta(seconds=line["end_s"]),
                text=line["text"],
                language="ru",
                confidence=0.9,
                model="told",
                final=line["final"],
                committed=None if line["final"] else len(line["text"]) // 2,
            )
        )

    @asynccontextmanager
    async def open(self, call_id: CallId, side: Side) -> AsyncIterator[AsyncIterator[AudioChunk]]:
        yield self._audio()

    async def _audio(self) -> AsyncIterator[AudioChunk]:
        while True:
            yield AudioChunk(at=datetime.now(UTC), samples=SILENCE, sample_rate_hz=8000)

    async def listen(
        self,
        call_id: CallId,
        side: Side,
        audio: AsyncIterator[AudioChunk],
        recording_began_at: datetime,
        standing: Standing,
    ) -> AsyncGenerator[Segment | Stretch, None]:
        await anext(audio)
        if call_id not in self._over:
            while (segment := await self._told[call_id, side].get()) is not None:
                await anext(audio)
                yield segment
        await anext(audio)
        self._told.pop((call_id, side), None)


def with_told_words(built: Service) -> ToldWords:
    """Its private parts are replaced: the service has no door for this, and needs none in its work."""
    words = ToldWords()
    built.live._taps = words
    built.live._listener = words
    built.aftercare._ingest = ScriptedIngest()
    built.aftercare._catching_up._catch_up = ScriptedCatchUp()
    return words


async def main() -> None:
    configure_logs(verbose=False)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with service(read_settings(Path(sys.argv[1]))) as built:
        words = with_told_words(built)
        running = asyncio.create_task(built.run())
        while line := await reader.readline():
            words.tell(json.loads(line))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
