"""Whole systems side by side, by one definition: streams at real-time pace in, and when each word could be read.

    python -m bench.peers.live --model DIR --peers FOLDER [--only NAMES] [--streams 1,4,8] [--quick] [--json FILE]

Each word's true end is known. It is shown by the first update in whose whole text it stands in its right place. A point
is kept up with when 95 of 100 words are shown within 1.8 s of being spoken and at most 5 of 100 never. Systems, clients
and this program share the two cores. What the command line means is told in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from bench.engine import add_load, keep, machine, running, shorten
from bench.engine_speech import Turn, speakers
from bench.peers import clients
from bench.peers.clients import Shown
from bench.peers.compare import PROJECT
from bench.word_lateness import Change, Word, lateness
from transcription.listener import StreamListener
from transcription.pool import PoolSettings
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_process import WorkerSettings

P95_SHOWN_S = 1.8
MOST_NEVER = 0.05  # share of the words

Listen = Callable[..., Awaitable[list[Shown]]]
"""One stream: who speaks, its name, loop time of the first sample; ``pace`` and ``deaf_s`` for the odd cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    name: str
    peer: str | None = None
    setting: str = "shipped"
    environment: tuple[tuple[str, str], ...] = ()
    target: int | None = None  # as many times as many streams we want to carry


TWO_THREADS = (("OMP_NUM_THREADS", "2"),)
PRODUCTS = (
    Product(name="ours"),
    Product(name="whisper-live, as shipped", peer="whisper-live", target=3),
    Product(name="whisper-live, tuned", peer="whisper-live", setting="tuned", environment=TWO_THREADS),
    Product(name="whisperlivekit, as shipped", peer="whisperlivekit", target=5),
    Product(name="whisperlivekit, tuned", peer="whisperlivekit", setting="tuned", environment=TWO_THREADS),
)


def command(product: Product, python: Path, model: Path, port: int) -> list[str]:
    """How a peer's own server is started: the exact flags."""
    if product.peer == "whisper-live":
        parts = [str(python), "-m", "bench.peers.whisper_live_server", "--model", str(model), "--port", str(port)]
        return [*parts, "--setting", product.setting]
    parts = [str(python.with_name("wlk")), "serve", "--host", "127.0.0.1", "--port", str(port), "--pcm-input"]
    parts += ["--model_dir", str(model), "--backend-policy", "localagreement", "--backend", "faster-whisper"]
    parts += ["--warmup-file", "", "--log-level", "ERROR"]
    if product.setting == "tuned":  # fewer passes, shorter buffers, words committed at once when the model is sure
        parts += ["--asr-coalesce-min-s", "1.0", "--buffer_trimming_sec", "8", "--confidence-validation"]
    return parts


@asynccontextmanager
async def serving(product: Product, arguments: argparse.Namespace) -> AsyncIterator[tuple[Listen, int | None]]:
    """The way to give it a stream, and the process that computes."""
    if product.peer is None:
        with TemporaryDirectory() as folder:
            local = WorkerSettings(model=str(arguments.model), threads=2, socket_folder=Path(folder))
            async with running(PoolSettings(local=local, in_flight=4096)) as pool:
                pressure = Pressure(datetime.now(UTC))
                listener = StreamListener(pool, SpeechModel(), ListenerSettings(), pressure)
                yield partial(clients.ours, listener), pool.links[0].hello.pid
        return
    port = _free_port()
    python = arguments.peers / product.peer / "bin" / "python"
    process = await asyncio.create_subprocess_exec(
        *command(product, python, arguments.model, port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=None if arguments.verbose else asyncio.subprocess.DEVNULL,
        env={
            "PATH": f"{python.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": str(Path.home()),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(PROJECT),
            "HF_HUB_OFFLINE": "1",
            **dict(product.environment),
        },
    )
    try:
        await _answers(port, process)
        talk = clients.whisper_live if product.peer == "whisper-live" else clients.whisperlivekit
        yield partial(talk, port), process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(120):
        while True:
            if process.returncode is not None:
                raise SystemExit("the peer ended before it answered; look with --verbose")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.3)
                continue
            writer.close()
            return


def words_of(turns: Sequence[Turn]) -> list[Word]:
    """Every word with its true time; within a turn by the number of letters."""
    words: list[Word] = []
    for turn in turns:
        parts = turn.text.split()
        letters = np.cumsum([0, *(len(part) + 1 for part in parts)])
        times = turn.start + (turn.end - turn.start) * letters / letters[-1]
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            words.append(Word(part, float(times[number]), float(times[number + 1]), last))
    return words


async def point(product: Product, arguments: argparse.Namespace, streams: int, seed: int) -> dict[str, Any]:
    """One number of streams; a fresh server each, as one that fell behind stays behind."""
    everybody = speakers(streams, arguments.warm_up + arguments.seconds, seed=seed)
    load = os.getloadavg()[0]
    async with serving(product, arguments) as (listen, pid):
        began, cpu = time.monotonic() + 1.0, _cpu(pid)
        results = await asyncio.gather(
            *(listen(speaker, f"s{number}", began) for number, speaker in enumerate(everybody)), return_exceptions=True
        )
        cpu = _cpu(pid) - cpu
    shown: list[float] = []
    ended: list[float] = []
    words = never = changed = 0
    for speaker, heard in zip(everybody, results, strict=True):
        said = [word for word in words_of(speaker.turns) if word.start_s >= arguments.warm_up]
        changes = [] if isinstance(heard, BaseException) else [change(update) for update in heard]
        late = lateness(said, changes)
        shown += late.shown
        ended += late.final
        words, never, changed = words + late.words, never + late.never, changed + late.changed
    audio = sum(len(speaker.samples) for speaker in everybody) / 16_000
    return {
        "streams": streams,
        "seed": seed,
        "words": words,
        "shown p50": percentile(shown, 50),
        "shown p95": percentile(shown, 95),
        "end of turn p95": percentile(ended, 95),
        "never %": round(100 * never / max(1, words), 1),
        "changed per 100": round(100 * changed / max(1, words), 1),
        "broken streams": [repr(heard) for heard in results if isinstance(heard, BaseException)],
        "cpu s a minute of audio": round(60 * cpu / audio, 2),
        "load before": round(load, 1),
        "load after": round(os.getloadavg()[0], 1),
        "raw shown": [round(value, 3) for value in shown],
    }


def change(update: Shown) -> Change:
    return Change(update.at, 0.0, update.at, update.text, 0, final=True)


def _cpu(pid: int | None) -> float:
    if pid is None or not psutil.pid_exists(pid):
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def percentile(values: Sequence[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 2) if values else float("nan")


def kept_up(result: dict[str, Any]) -> bool:
    return bool(result["shown p95"] <= P95_SHOWN_S and result["never %"] <= 100 * MOST_NEVER)


async def search(product: Product, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The points asked for, or doubling until it falls behind and halving after that."""
    results: list[dict[str, Any]] = []

    async def one(streams: int) -> bool:
        good = True
        for seed in arguments.seeds:
            result = await point(product, arguments, streams, seed)
            results.append(result)
            good = good and kept_up(result)
            values = "  ".join(f"{name} {value}" for name, value in result.items() if name != "raw shown")
            print(f"   {values}  {'kept up' if kept_up(result) else '-'}", flush=True)
        return good

    if arguments.streams:
        for streams in arguments.streams:
            await one(streams)
        return results
    low, high = 0, arguments.search[0]
    while high <= arguments.search[1] and await one(high):
        low, high = high, 2 * high
    for _ in range(arguments.points):
        middle = (low + high) // 2
        if high - low <= max(1, low // 10):
            break
        low, high = (middle, high) if await one(middle) else (low, middle)
    return results


def most(results: Sequence[dict[str, Any]]) -> int:
    good = 0
    for streams in sorted({result["streams"] for result in results}):
        if not all(kept_up(result) for result in results if result["streams"] == streams):
            break
        good = streams
    return good


def table(systems: Sequence[dict[str, Any]]) -> str:
    """One line per system, at the most streams it kept up with, else at the fewest that were tried."""
    ours = next((most(system["points"]) for system in systems if system["name"] == "ours"), None)
    targets = {product.name: product.target for product in PRODUCTS}
    names = ["shown p50", "shown p95", "end of turn p95", "never %", "changed per 100", "cpu s a minute of audio"]
    rows = [f"| system | streams | ours is | target | {' | '.join(names)} |", f"|{'---|' * (len(names) + 4)}"]
    for system in systems:
        streams = most(system["points"])
        at = next(p for p in system["points"] if p["streams"] == streams or not streams)
        times = "" if ours is None else f"{ours / streams:.1f} times" if streams else "carries none"
        target = f"≥ {targets[system['name']]}" if targets.get(system["name"]) else ""
        rows.append(f"| {system['name']} | {streams} | {times} | {target} | {' | '.join(str(at[n]) for n in names)} |")
    return "\n".join(rows)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="the folder bench.peers.install made")
    parser.add_argument("--only", default="", help="beginnings of names, with semicolons between")
    parser.add_argument("--verbose", action="store_true", help="show what the peers say")
    add_load(parser)
    parser.set_defaults(search=[1, 64])
    arguments = parser.parse_args()
    shorten(arguments)
    systems: list[dict[str, Any]] = []
    for product in PRODUCTS:
        if not any(product.name.startswith(name) for name in arguments.only.split(";")):
            continue
        print(f"== {product.name}", flush=True)
        points = await search(product, arguments)
        flags = command(product, Path("python"), Path("DIR"), 0) if product.peer else []
        systems.append({"name": product.name, "command": flags, "environment": product.environment, "points": points})
    print(table(systems))
    options = {name: str(value) for name, value in vars(arguments).items()}
    keep(arguments.json, {"machine": machine(arguments.model), "flags": options, "systems": systems})


if __name__ == "__main__":
    asyncio.run(main())
