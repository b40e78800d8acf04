"""Whether memory grows: many streams, hour after hour of audio, the service's side and the worker apart.

    python -m bench.memory [--streams 20] [--minutes 60] [--times-real-time 1] [--json FILE]

Faster than real time gives the same windows in less time. Compared are the medians of a minute of audio around minute 5
and of the last one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from numpy.typing import NDArray

from bench.dialogues import dialogue
from line102.calls import CallId, Side
from line102.ports import AudioChunk, Standing
from line102.words import Segment, Stretch
from tests.speech import LINE_OPENED, LINE_RATE_HZ, demo_pool, on_the_line
from transcription.listener import StreamListener
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

LOOP_S = 120.0  # of dialogue, then the same again
SAMPLE_S = 6.0  # of audio between two looks at the memory


class Watch:
    """Resident MiB of this process and of its workers, by minute of audio."""

    def __init__(self, pace: float) -> None:
        self._began = time.monotonic()
        self._pace = pace
        self.seen: list[tuple[float, float, float]] = []

    async def run(self) -> None:
        own = psutil.Process()
        while True:
            await asyncio.sleep(SAMPLE_S / self._pace)
            workers = sum(child.memory_info().rss for child in own.children(recursive=True))
            minute = (time.monotonic() - self._began) * self._pace / 60
            self.seen.append((minute, own.memory_info().rss / 2**20, workers / 2**20))

    def around(self, minute: float, column: int) -> float:
        return round(median(row[column] for row in self.seen if abs(row[0] - minute) <= 0.5), 1)


async def paced(samples: NDArray[np.int16], pace: float) -> AsyncIterator[AudioChunk]:
    """20 ms at a time, by the clock, not by sleeps that add up."""
    began = time.monotonic()
    async for chunk in on_the_line(samples):
        due = began + (chunk.at - LINE_OPENED).total_seconds() / pace
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield chunk


async def measure(streams: int, minutes: float, pace: float, folder: Path) -> dict[str, object]:
    finals = missed = 0

    async def one(number: int, listener: StreamListener) -> None:
        nonlocal finals, missed
        track = dialogue(7000 + number, LOOP_S, lead_s=1.0)[0]
        samples = np.tile(track.samples, int(-(-minutes * 60 // LOOP_S)))[: int(minutes * 60 * LINE_RATE_HZ)]
        audio = paced(samples, pace)
        async for item in listener.listen(CallId(f"m{number}"), Side.CALLER, audio, LINE_OPENED, Standing()):
            finals += isinstance(item, Segment) and item.final
            missed += isinstance(item, Stretch)

    async with demo_pool(folder) as pool:
        listener = StreamListener(pool, SpeechModel(), ListenerSettings(), pool.pressure)
        watch = Watch(pace)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch.run())
            await asyncio.gather(*(one(number, listener) for number in range(streams)))
            watching.cancel()
    last = watch.seen[-1][0] - 0.5
    figures = {}
    for column, name in ((1, "service side"), (2, "worker")):
        early, late = watch.around(min(5.0, last / 2), column), watch.around(last, column)
        figures[name] = {"MiB early": early, "MiB late": late, "growth %": round(100 * (late / early - 1), 1)}
    return {
        "streams": streams,
        "minutes of audio": round(watch.seen[-1][0], 1),
        "times real time": pace,
        "finals": finals,
        "stretches": missed,
        **figures,
        "load average": os.getloadavg(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--times-real-time", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        result = asyncio.run(measure(asked.streams, asked.minutes, asked.times_real_time, Path(folder)))
    text = json.dumps(result, ensure_ascii=False, indent=1)
    print(text)
    if asked.json:
        asked.json.write_text(text)


if __name__ == "__main__":
    main()
