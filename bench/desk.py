"""The desk's numbers of speed, on the real service and the real page. Everything on this machine.

    python -m bench.desk [--only painted,load,size,hour,feed] [--seconds 60] [--calls 40] [--desks 30] [--seed 102]

An AMI source (what a real Asterisk wrote, said again for each of the calls), the whole service in its own process,
Chromium for one desk and a process that reads the feed of the others. Words come where the recogniser's would. Prints a
table each; raw figures in var/bench/desk-NAME.json. Ends with 1 when a number misses its aim, 2 when there is none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError

from bench.desk_figures import Row, table
from bench.desk_heap import hour
from bench.desk_runs import feed, loads, painted, size
from bench.desk_stage import BenchError
from line102.errors import Line102Error

Bench = Callable[[argparse.Namespace, Path], Awaitable[tuple[list[Row], dict[str, Any]]]]
BENCHES: dict[str, Bench] = {"painted": painted, "load": loads, "size": size, "hour": hour, "feed": feed}


def main() -> int:
    asked = _asked()
    met = True
    for name in asked.only:
        before = os.getloadavg()[0]
        try:
            with tempfile.TemporaryDirectory(prefix=f"line102-desk-{name}-") as folder:
                rows, raw = asyncio.run(_bounded(BENCHES[name], asked, Path(folder)))
        except (BenchError, Line102Error, TimeoutError, OSError, AssertionError, PlaywrightError) as error:
            print(f"bench.desk: {name}: {_why(error)}", file=sys.stderr)
            return 2
        flags = {key: str(value) if isinstance(value, Path) else value for key, value in vars(asked).items()}
        around = {"at": datetime.now(UTC).isoformat(), "cores": os.cpu_count(), "load": [before, os.getloadavg()[0]]}
        asked.out.mkdir(parents=True, exist_ok=True)
        file = asked.out / f"desk-{name}.json"
        file.write_text(json.dumps({"flags": flags, **around, **raw}, ensure_ascii=False, indent=1), "utf-8")
        print(f"\n{name} (load average {before:.1f} before, {os.getloadavg()[0]:.1f} after) → {file}\n{table(rows)}")
        met = met and all(row.met is not False for row in rows)
    return 0 if met else 1


def _why(error: Exception) -> str:
    return str(error).partition("\n")[0] or "not within its time"


async def _bounded(bench: Bench, asked: argparse.Namespace, folder: Path) -> tuple[list[Row], dict[str, Any]]:
    try:
        async with asyncio.timeout(600 + 6 * asked.seconds):
            return await bench(asked, folder)
    except BaseExceptionGroup as group:  # the traffic's own: what broke in it is the reason
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from group


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=_names, default=list(BENCHES), help=f"of {','.join(BENCHES)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60, help="of each measured stretch")
    parser.add_argument("--calls", type=int, default=40, help="on the line at once")
    parser.add_argument("--every", type=float, default=1.5, help="seconds from one new call to the next")
    parser.add_argument("--desks", type=int, default=30)
    parser.add_argument("--loads", type=int, default=10, help="of the page, cold, and as many warm")
    parser.add_argument("--hours", type=int, default=2, help="of 60 calls each, for the heap")
    parser.add_argument("--seed", type=int, default=102)
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    return parser.parse_args()


def _names(given: str) -> list[str]:
    names = given.split(",")
    if wrong := [name for name in names if name not in BENCHES]:
        raise argparse.ArgumentTypeError(f"{wrong[0]} is none of {', '.join(BENCHES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
