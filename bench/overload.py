"""A minute of twice the load that one worker can bear, and how everything comes back:

    python -m bench.overload [--calls 9] [--calm 15] [--overload 60] [--json FILE]

Callers and operators speak in real time; every third caller still waits for an operator. First the worker has all it
needs, and its share of busy time is measured. Then it is stopped for most of each 100 ms (SIGSTOP, SIGCONT), so that
it runs for half of that share: twice the load. Then it is let go. Told are the level of each second, how long after
the overload level 0 was back, and what became of all speech: every spoken word must lie in text, in something
suppressed, or in a visible gap, and none of the gaps may be a waiting caller's. Batches grow under load, so the
effective overload is a little less than twofold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from bench.dialogues import Track, dialogue
from line102.calls import CallId, Side
from line102.ports import AudioChunk, Standing
from line102.words import Segment, Stretch
from tests.speech import LINE_OPENED, LINE_RATE_HZ, demo_pool
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

TURN_S = 0.1  # of stopping and continuing
NEAR_S = 0.4  # a word may stick out of its segment by so much
AFTER_S = 60.0  # for which recovery is watched


async def measure(asked: argparse.Namespace, pool: WorkerPool) -> dict[str, Any]:
    listener = StreamListener(pool, SpeechModel(), ListenerSettings(), pool.pressure)
    levels: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch(pool, levels))
        length = asked.calm + asked.overload + AFTER_S
        sides = [
            (side, track, tasks.create_task(_hear(listener, track, f"c{n}", side, answered=n % 3 != 0)), n % 3 != 0)
            for n in range(asked.calls)
            for side, track in zip((Side.CALLER, Side.OPERATOR), dialogue(n, length), strict=True)
            if side is Side.CALLER or n % 3 != 0
        ]
        await asyncio.sleep(asked.calm)
        busy = pool.counters.computing_s / asked.calm
        await _throttle(busy / 2, asked.overload)
        ended, at_end = time.monotonic(), pool.pressure.state.level
        for _ in range(int(10 * AFTER_S)):
            if not pool.pressure.state.level:
                break
            await asyncio.sleep(0.1)
        recovered = time.monotonic() - ended
        await asyncio.wait([task for _, _, task, _ in sides])
        watching.cancel()
    heard = [(side, track, task.result(), answered) for side, track, task, answered in sides]
    return {
        "worker busy in calm": round(busy, 3),
        "level each second": "".join(map(str, levels)),
        "level at the end of the overload": at_end,
        "seconds to level 0": round(recovered, 1),
        "words said": sum(len(track.words) for _, track, _, _ in heard),
        "words in nothing": sum(_in_nothing(track, items) for _, track, items, _ in heard),
        "became": dict(Counter(_fate(item) for _, _, items, _ in heard for item in items)),
        "gaps of waiting callers": sum(
            isinstance(i, Stretch) for _, _, items, answered in heard if not answered for i in items
        ),
        "pressure": asdict(pool.pressure.figures),
        "load average": os.getloadavg(),
    }


async def _throttle(share: float, seconds: float) -> None:
    """The worker runs for ``share`` of the time."""
    (worker,) = [p for p in psutil.Process().children(recursive=True) if "transcription.worker" in p.cmdline()]
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        os.kill(worker.pid, signal.SIGSTOP)
        await asyncio.sleep(TURN_S * (1 - share))
        os.kill(worker.pid, signal.SIGCONT)
        await asyncio.sleep(TURN_S * share)


async def _watch(pool: WorkerPool, levels: list[int]) -> None:
    while True:
        levels.append(pool.pressure.state.level)
        await asyncio.sleep(1)


async def _hear(
    listener: StreamListener, track: Track, name: str, side: Side, *, answered: bool
) -> list[Segment | Stretch]:
    heard = listener.listen(CallId(name), side, _audio(track), LINE_OPENED, Standing(answered=answered))
    return [item async for item in heard if isinstance(item, Stretch) or item.final]


async def _audio(track: Track) -> AsyncIterator[AudioChunk]:
    """20 ms at a time by the clock."""
    began, step = time.monotonic(), LINE_RATE_HZ // 50
    for first in range(0, len(track.samples), step):
        at = (first + step) / LINE_RATE_HZ
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        yield AudioChunk(
            LINE_OPENED + timedelta(seconds=first / LINE_RATE_HZ), track.samples[first : first + step], LINE_RATE_HZ
        )


def _in_nothing(track: Track, items: list[Segment | Stretch]) -> int:
    spans = np.array([(i.start.total_seconds() - NEAR_S, i.end.total_seconds() + NEAR_S) for i in items]).reshape(-1, 2)
    middles = [(word.start_s + word.end_s) / 2 for word in track.words]
    return sum(not ((spans[:, 0] <= at) & (at <= spans[:, 1])).any() for at in middles)


def _fate(item: Segment | Stretch) -> str:
    if isinstance(item, Stretch):
        return f"gap: {item.reason}"
    return f"suppressed: {item.suppressed}" if item.suppressed else "text"


async def run(asked: argparse.Namespace) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        async with demo_pool(Path(folder)) as pool:
            return await measure(asked, pool)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=9)
    parser.add_argument("--calm", type=float, default=15.0, help="seconds")
    parser.add_argument("--overload", type=float, default=60.0, help="seconds")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    result = asyncio.run(run(asked))
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if asked.json is not None:
        asked.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
