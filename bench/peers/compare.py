"""Our engine and its peers side by side: the same windows, weights, cores and clock.

    python -m bench.peers.install FOLDER
    python -m bench.peers.compare --model DIR --peers FOLDER [--only ours,whisper-live] [--quick] [--json FILE]

For each system the search of bench.engine; then one table. Raw results and exact flags go to FILE.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.engine import PATIENT, add_load, keep, machine, measure, most_kept_up, shorten
from transcription.pool import PoolSettings
from transcription.worker_process import WorkerSettings

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What is measured. ``peer`` None: ours."""

    name: str
    peer: str | None = None
    setting: str = "shipped"
    processes: int = 1
    environment: tuple[tuple[str, str], ...] = ()
    ours: tuple[tuple[str, Any], ...] = ()  # fields of WorkerSettings


ONE_THREAD = (("OMP_NUM_THREADS", "1"),)
TWO_THREADS = (("OMP_NUM_THREADS", "2"),)
SYSTEMS = (
    System(name="ours"),
    System(name="ours, no batches", ours=(("batch", 1),)),
    System(name="ours, padded to 30 s", ours=(("dynamic_context", False),)),
    System(name="ours, padded, no batches", ours=(("dynamic_context", False), ("batch", 1))),
    System(name="faster-whisper, one lock, as shipped", peer="faster-whisper"),
    System(name="faster-whisper, one lock, tuned", peer="faster-whisper", setting="tuned", environment=TWO_THREADS),
    System(
        name="faster-whisper, process per core, as shipped",
        peer="faster-whisper",
        processes=2,
        environment=ONE_THREAD,
    ),
    System(
        name="faster-whisper, process per core, tuned",
        peer="faster-whisper",
        setting="tuned",
        processes=2,
        environment=ONE_THREAD,
    ),
    System(name="whisper-live, batches, as shipped", peer="whisper-live"),
    System(name="whisper-live, batches, tuned", peer="whisper-live", setting="tuned", environment=TWO_THREADS),
    System(name="whisperlivekit, as shipped", peer="whisperlivekit"),
    System(name="whisperlivekit, tuned", peer="whisperlivekit", setting="tuned", environment=TWO_THREADS),
)
TARGETS = {
    "faster-whisper, one lock, as shipped": 8,
    "faster-whisper, process per core, as shipped": 5,
    "whisper-live, batches, as shipped": 3,
    "whisperlivekit, as shipped": 5,
}
"""How many times as many streams we want to carry."""


def environment(system: System) -> dict[str, str]:
    """Of a peer's process: nothing of ours but the path; no hub, no telemetry."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(Path.home()),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        **dict(system.environment),
    }


def command(system: System, python: Path, model: Path, socket: Path) -> list[str]:
    assert system.peer is not None
    parts = [str(python), "-m", "bench.peers.engines", "--peer", system.peer, "--setting", system.setting]
    return [*parts, "--model", str(model), "--socket", str(socket)]


@asynccontextmanager
async def started(system: System, arguments: argparse.Namespace, socket: Path) -> AsyncIterator[str]:
    """One peer process; its address."""
    assert system.peer is not None
    python = arguments.peers / system.peer / "bin" / "python"
    process = await asyncio.create_subprocess_exec(
        *command(system, python, arguments.model, socket),
        stdout=asyncio.subprocess.PIPE,
        stderr=None if arguments.verbose else asyncio.subprocess.DEVNULL,
        env=environment(system),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(180):
            while (line := await process.stdout.readline()).strip() != b"ready":
                if not line:
                    raise SystemExit(f"{system.name}: ended before it was ready; look with --verbose")
        yield f"unix:{socket}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def one(system: System, arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything measured of one system."""
    print(f"== {system.name}", flush=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            if system.peer is None:
                more = dict(system.ours)
                local = WorkerSettings(model=str(arguments.model), threads=2, socket_folder=folder, **more)
                settings = PoolSettings(local=local, **PATIENT)
            else:
                places = [folder / f"{number}.sock" for number in range(system.processes)]
                addresses = [await stack.enter_async_context(started(system, arguments, place)) for place in places]
                settings = PoolSettings(addresses=tuple(addresses), **PATIENT)
            points = await measure(settings, arguments)
    flags = {
        "environment": dict(system.environment),
        "processes": system.processes,
        "command": command(system, Path("python"), Path("DIR"), Path("SOCKET")) if system.peer else dict(system.ours),
    }
    if arguments.cost:
        return {"name": system.name, "flags": flags, "points": [], **points[0]}
    return {"name": system.name, "streams": most_kept_up(points), "flags": flags, "points": points}


def table(results: list[dict[str, Any]]) -> str:
    """One line per system, ours over each. Other programs on the machine disturb the processor time a window least."""
    ours = next((result for result in results if result["name"] == "ours"), None)
    rows = [
        "| system | streams kept up with | ours is | target | cpu ms a window | ours is | words wrong | not answered |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        times, cost = "", cpu(result)
        if ours is not None:
            times = f"{ours['streams'] / result['streams']:.1f} times" if result["streams"] else "carries none"
        cheaper = f"{cost / least:.1f} times cheaper" if ours is not None and (least := cpu(ours)) and cost else ""
        target = f"≥ {TARGETS[result['name']]}" if result["name"] in TARGETS else ""
        words = max((point["words wrong %"] for point in result["points"]), default=0.0)
        failed = sum(point["failed"] + point["dropped"] for point in result["points"])
        cells = [result["name"], result["streams"], times, target, cost, cheaper, f"{words} %", failed]
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(rows)


def costs(results: list[dict[str, Any]]) -> str:
    """Processor time a window, of each system as many windows at once."""
    ours = next((result["cost"]["cpu ms a window"] for result in results if result["name"] == "ours"), None)
    rows = ["| system | cpu ms a window | ours is | words wrong |", "|---|---|---|---|"]
    for result in results:
        spent = result["cost"]["cpu ms a window"]
        times = f"{spent / ours:.1f} times cheaper" if ours else ""
        rows.append(f"| {result['name']} | {spent} | {times} | {result['cost']['words wrong %']} % |")
    return "\n".join(rows)


def cpu(result: dict[str, Any]) -> float:
    """Milliseconds of processor time a window, at the most streams that were kept up with, else at the first point."""
    at = [point for point in result["points"] if point["streams"] == result["streams"]] or result["points"][:1]
    return next((point["engine, cpu ms a window"] or 0.0 for point in at), 0.0)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="the folder bench.peers.install made")
    parser.add_argument("--only", help="names of systems, or their beginnings, with semicolons between")
    parser.add_argument("--verbose", action="store_true", help="show what the peers say")
    add_load(parser)
    parser.set_defaults(search=[1, 128])
    arguments = parser.parse_args()
    shorten(arguments)
    only = arguments.only.split(";") if arguments.only else [""]
    results = [await one(system, arguments) for system in SYSTEMS if any(system.name.startswith(name) for name in only)]
    print(costs(results) if arguments.cost else table(results))
    flags = {name: str(value) for name, value in vars(arguments).items()}
    keep(arguments.json, {"machine": machine(arguments.model), "flags": flags, "systems": results})


if __name__ == "__main__":
    asyncio.run(main())
