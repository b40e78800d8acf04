"""How many streams one engine carries: each hands in a partial window every second of speech and a final at its end.

    python -m bench.tiny_shape DIR
    python -m bench.engine --model DIR [--streams 16,24,32,40] [--seconds 60] [--seeds 1,2,3] [--json FILE]
    python -m bench.engine --model DIR --search 4,64 --seconds 40        # doubles, then halves the interval
    python -m bench.engine --model DIR --padded                          # windows padded to 30 s
    python -m bench.engine --model DIR --batch 1                         # no batches
    python -m bench.engine --at unix:/path                               # a worker or peer that already runs

Windows grow as the live segmenter's do: 0.3 s before the speech, to now; finals 0.5 s after its end. As in the live
path a newer partial waits for the one in flight (``late``: it could not be handed in when due) and a final overtakes
it. Measured from handing in to the result. A point is kept up with when p95 <= 0.9 s and no partial was late or dropped
and no final failed. Workers and this program share the two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import platform
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ctranslate2
import numpy as np
import psutil

from bench.engine_speech import RATE_HZ, Speaker, speakers
from line102.calls import CallId, Side
from line102.errors import Line102Error
from line102.ports import Window
from tests.speech import word_errors
from transcription.pool import PoolSettings, WorkerPool
from transcription.priority import due_in
from transcription.worker_process import WorkerSettings

P95_S = 0.9
PATIENT: dict[str, Any] = {"in_flight": 4096, "hung_after": timedelta(minutes=5)}
"""Of the pool: whoever is slow is measured, not taken for dead."""
LOST_AFTER_S = 10.0  # a final without a result by then has failed; it also bounds how long a point takes
BEFORE_S, AFTER_S, HANGOVER_S = 0.3, 0.3, 0.5  # as transcription.segmenter.Limits


@dataclass(slots=True)
class Measured:
    """One point. Latencies in seconds from handing in to the result."""

    partials: list[float] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)
    overtaken: list[float] = field(default_factory=list)  # age of a partial when its final took over; it is no update
    late: int = 0  # partials that were due while one of the stream was still in flight
    dropped: int = 0  # partials turned away by the engine
    failed: int = 0  # finals without a result
    answered: int = 0  # windows, also those of the warm-up
    words: int = 0
    words_wrong: int = 0


def window(speaker: Speaker, name: str, start: float, end: float, revision: int, *, final: bool) -> Window:
    """The only place here that makes a Window."""
    return Window(
        call_id=CallId(name),
        side=Side.CALLER,
        start=timedelta(seconds=start),
        end=timedelta(seconds=end),
        revision=revision,
        final=final,
        language=speaker.language,
        samples=speaker.samples[round(start * RATE_HZ) : round(end * RATE_HZ)],
        due_in=due_in(Side.CALLER, answered=False, final=final),
    )


class Stream:
    """One side of a call that only hands in windows; what it hears was segmented beforehand."""

    def __init__(self, pool: WorkerPool, speaker: Speaker, name: str, warm_until: float, into: Measured) -> None:
        self._pool, self._speaker, self._name = pool, speaker, name
        self._warm_until, self._into = warm_until, into
        self._revision = 0
        self._guess: asyncio.Task[None] | None = None
        self._handed_in = 0.0
        self._newest: tuple[float, float] | None = None

    async def run(self, began: float, seconds: float) -> None:
        """Speak in real time from loop time ``began``; ends after the last final."""
        async with asyncio.TaskGroup() as tasks:
            for turn in self._speaker.turns:
                if turn.end > seconds:
                    break
                start = max(0.0, turn.start - BEFORE_S)
                due = start + 1.0
                while due < turn.end + HANGOVER_S:
                    await _at(began + due)
                    self._partial(start, due, tasks)
                    due += 1.0
                await _at(began + turn.end + HANGOVER_S)
                self._overtake()
                tasks.create_task(self._final(start, turn.end + AFTER_S, turn.text))

    @property
    def _counts(self) -> bool:
        return _now() >= self._warm_until

    def _partial(self, start: float, end: float, tasks: asyncio.TaskGroup) -> None:
        if self._guess is not None and not self._guess.done():
            self._newest = (start, end)  # as in the live path: handed in when the one in flight is back
            self._into.late += self._counts
            return
        self._newest = (start, end)
        self._guess = tasks.create_task(self._guesses())

    async def _guesses(self) -> None:
        while self._newest is not None:
            (start, end), self._newest = self._newest, None
            self._handed_in = _now()
            self._revision += 1
            try:
                await self._pool.recognise(window(self._speaker, self._name, start, end, self._revision, final=False))
            except Line102Error:
                self._into.dropped += self._counts
            else:
                self._into.answered += 1
                if self._counts:
                    self._into.partials.append(_now() - self._handed_in)

    def _overtake(self) -> None:
        self._newest = None
        if self._guess is not None and not self._guess.done():
            self._guess.cancel()
            if self._counts:
                self._into.overtaken.append(_now() - self._handed_in)

    async def _final(self, start: float, end: float, said: str) -> None:
        handed_in, counts = _now(), self._counts
        self._revision += 1
        try:
            heard = await self._pool.recognise(
                window(self._speaker, self._name, start, end, self._revision, final=True)
            )
        except Line102Error:
            self._into.failed += counts
            return
        self._into.answered += 1
        if counts:
            self._into.finals.append(_now() - handed_in)
            wrong, words = word_errors(heard.text, said)
            self._into.words_wrong, self._into.words = self._into.words_wrong + wrong, self._into.words + words


async def _at(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - _now()))


def _now() -> float:
    return time.monotonic()  # the same clock as asyncio's loop


async def point(pool: WorkerPool, streams: int, seconds: float, warm_up: float, seed: int) -> dict[str, Any]:
    """One number of streams for ``warm_up + seconds``."""
    measured, began = Measured(), _now() + 0.2
    everybody = speakers(streams, warm_up + seconds, seed=seed)
    load, clock, own = os.getloadavg()[0], _now(), time.process_time()
    engine = engine_cpu(pool)
    async with asyncio.TaskGroup() as tasks:
        for number, speaker in enumerate(everybody):
            stream = Stream(pool, speaker, f"s{number}", began + warm_up, measured)
            tasks.create_task(stream.run(began, warm_up + seconds))
    took = _now() - clock
    every = measured.partials + measured.finals
    spent, answered = engine_cpu(pool) - engine, measured.answered
    return {
        "streams": streams,
        "seed": seed,
        "windows": len(every),
        "p50": _percentile(every, 50),
        "p95": _percentile(every, 95),
        "p99": _percentile(every, 99),
        "p95 finals": _percentile(measured.finals, 95),
        "late": measured.late,
        "dropped": measured.dropped,
        "failed": measured.failed,
        "overtaken": len(measured.overtaken),
        "oldest overtaken": max(measured.overtaken, default=0.0),
        "words wrong %": round(100 * measured.words_wrong / max(1, measured.words), 1),
        "talking": round(float(np.mean([speaker.talking for speaker in everybody])), 2),
        "engine, cores": round(spent / took, 2),
        "engine, cpu ms a window": round(1000 * spent / answered, 1) if answered else None,
        "this program, cores": round((time.process_time() - own) / took, 2),
        "load before": round(load, 1),
        "load after": round(os.getloadavg()[0], 1),
        "raw": {"partials": _rounded(measured.partials), "finals": _rounded(measured.finals)},
    }


async def settled(pool: WorkerPool) -> None:
    """Until a short window comes back at once: what an overloaded engine still has in hand is no part of the next
    point. Gives up after 30 s.
    """
    speaker, began = speakers(1, 3, seed=0)[0], _now()
    while _now() - began < 30:
        asked = _now()
        with suppress(Line102Error, TimeoutError):
            async with asyncio.timeout(30 - (asked - began)):
                await pool.recognise(window(speaker, "probe", 0.0, 1.0, 1, final=True))
            if _now() - asked < P95_S:
                return


async def cost(pool: WorkerPool, count: int, at_once: int) -> dict[str, Any]:
    """``count`` finals of other streams each, ``at_once`` of them in flight, as fast as they come: the processor time a
    window. The one figure that holds on a machine that others use too.
    """
    everybody, room = speakers(count, 8, seed=5), asyncio.Semaphore(at_once)
    wrong = words = 0

    async def ask(number: int, speaker: Speaker) -> None:
        nonlocal wrong, words
        turn = speaker.turns[0]
        async with room:
            asked = window(speaker, f"s{number}", turn.start - BEFORE_S, turn.end + AFTER_S, 1, final=True)
            heard = await pool.recognise(asked)
        more, of = word_errors(heard.text, turn.text)
        wrong, words = wrong + more, words + of

    await settled(pool)
    before, began = engine_cpu(pool), _now()
    async with asyncio.TaskGroup() as tasks:
        for number, speaker in enumerate(everybody):
            tasks.create_task(ask(number, speaker))
    spent = engine_cpu(pool) - before
    return {
        "windows": count,
        "at once": at_once,
        "cpu ms a window": round(1000 * spent / count, 1),
        "windows a second": round(count / (_now() - began), 2),
        "words wrong %": round(100 * wrong / max(1, words), 1),
    }


def engine_cpu(pool: WorkerPool) -> float:
    """Seconds of processor time that the engine's processes have spent so far: other programs hardly change it."""
    times = [psutil.Process(link.hello.pid).cpu_times() for link in pool.links]
    return sum(time.user + time.system for time in times)


def _percentile(values: Sequence[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 3) if values else float("nan")


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in values]


def kept_up(result: dict[str, Any]) -> bool:
    return bool(result["p95"] <= P95_S) and not result["late"] + result["dropped"] + result["failed"]


@asynccontextmanager
async def running(settings: PoolSettings) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(settings)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(pool.run())
        async with asyncio.timeout(180):
            await pool.ready()
            while len(pool.links) < len(settings.addresses) + (settings.local_workers if settings.local else 0):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # the pool has no event for "all of them"
        try:
            yield pool
        finally:
            keeper.cancel()


def worker_settings(arguments: argparse.Namespace, folder: Path) -> WorkerSettings:
    """Ours, by the switches. A switch that this worker does not know yet is an error of its own, never ignored."""
    more: dict[str, Any] = {}
    if arguments.batch is not None:
        more["batch"] = arguments.batch
    return WorkerSettings(
        model=str(arguments.model),
        threads=arguments.threads,
        dynamic_context=False if arguments.padded else None,
        socket_folder=folder,
        **more,
    )


async def measure(settings: PoolSettings, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """All points that were asked for, or the search for the largest that is kept up with."""
    results: list[dict[str, Any]] = []

    async def one(pool: WorkerPool, streams: int) -> bool:
        good = True
        for seed in arguments.seeds:
            await settled(pool)
            result = await point(pool, streams, arguments.seconds, arguments.warm_up, seed)
            results.append(result)
            good = good and kept_up(result)
            print(line(result), flush=True)
        return good

    async with running(settings) as pool:
        if arguments.cost:
            results.append({"cost": await cost(pool, *arguments.cost)})
            print("   " + "  ".join(f"{name} {value}" for name, value in results[0]["cost"].items()), flush=True)
            return results
        if arguments.streams:
            for streams in arguments.streams:
                await one(pool, streams)
            return results
        low, high, most = 0, arguments.search[0], arguments.search[1]
        while high <= most and await one(pool, high):
            low, high = high, 2 * high
        high = min(high, most + 1)
        for _ in range(arguments.points):
            middle = (low + high) // 2
            if high - low <= max(1, low // 10):
                break
            low, high = (middle, high) if await one(pool, middle) else (low, middle)
    return results


def line(result: dict[str, Any]) -> str:
    mark = "kept up" if kept_up(result) else "-"
    return (
        f"{result['streams']:4d} streams  p50 {result['p50']:.3f}  p95 {result['p95']:.3f}  p99 {result['p99']:.3f}"
        f"  finals p95 {result['p95 finals']:.3f}  late {result['late']}  dropped {result['dropped']}"
        f"  failed {result['failed']}  of {result['windows']}  words wrong {result['words wrong %']} %"
        f"  cpu {result['engine, cpu ms a window']} ms a window  load {result['load before']}  {mark}"
    )


def most_kept_up(results: Sequence[dict[str, Any]]) -> int:
    """Largest number of streams that every seed kept up with, below the first that one did not."""
    good = 0
    for streams in sorted({result["streams"] for result in results}):
        if not all(kept_up(result) for result in results if result["streams"] == streams):
            break
        good = streams
    return good


def machine(model: Path | None) -> dict[str, Any]:
    """What the numbers hold for."""
    weights = model / "model.bin" if model else None
    return {
        "cores": os.cpu_count(),
        "allowed cores": sorted(os.sched_getaffinity(0)),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "ctranslate2": ctranslate2.__version__,
        "model.bin sha256": hashlib.sha256(weights.read_bytes()).hexdigest()[:16] if weights else None,
        "began": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def add_load(parser: argparse.ArgumentParser) -> None:
    """Switches that every system shares."""
    parser.add_argument("--streams", type=numbers, help="these numbers of streams, instead of a search")
    parser.add_argument("--search", type=numbers, default=[4, 128], metavar="FROM,TO")
    parser.add_argument(
        "--cost", type=numbers, metavar="COUNT,AT_ONCE", help="only the processor time a window, for a busy machine"
    )
    parser.add_argument("--points", type=int, default=4, help="most points between the last doubling and the answer")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warm-up", type=float, default=5)
    parser.add_argument("--seeds", type=numbers, default=[1])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="15 s a point, 3 s of warm-up, at most 2 points to refine")


def shorten(arguments: argparse.Namespace) -> None:
    if arguments.quick:
        arguments.seconds, arguments.warm_up, arguments.points = 15, 3, 2


def keep(path: Path | None, report: dict[str, Any]) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", type=Path)
    which.add_argument("--at", action="append", help="address of a running worker; may be given several times")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--threads", type=int, default=2, help="of each worker")
    parser.add_argument("--padded", action="store_true", help="pad every window to 30 s, as stock weights need")
    parser.add_argument("--batch", type=int, help="most windows decoded at once; 1: no batches")
    add_load(parser)
    arguments = parser.parse_args()
    shorten(arguments)
    return arguments


async def main() -> None:
    arguments = _arguments()
    with TemporaryDirectory() as folder:
        if arguments.model:
            local = worker_settings(arguments, Path(folder))
            settings = PoolSettings(local=local, local_workers=arguments.workers, **PATIENT)
        else:
            settings = PoolSettings(addresses=tuple(arguments.at), **PATIENT)
        results = await measure(settings, arguments)
    if not arguments.cost:
        print(f"most streams kept up with (p95 <= {P95_S} s, nothing late, dropped or failed): {most_kept_up(results)}")
    flags = {name: str(value) for name, value in vars(arguments).items()}
    keep(arguments.json, {"machine": machine(arguments.model), "flags": flags, "points": results})


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
