"""GET /api/wallboard over the real web server: a day of 3,000 calls, 40 of them waiting.

    python -m bench.wallboard                  300 requests, one after the other
    python -m bench.wallboard --calls 6000 --waiting 60

The promise is 50 ms at p95 (issue 6). All on loopback; prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from line102.calls import CallId
from line102.day_calls import DayCall
from line102.day_figures import Day
from line102.own_figures import day_began
from line102.targets import ShareTarget, Targets
from tests.edge.web_console import web_console

SHARES = ((10, 0.9), (20, 0.98))
ZONE = ZoneInfo("Asia/Almaty")


def day_of(calls: int, waiting: int, now: datetime) -> Day:
    """``calls`` evenly since midnight, every seventh abandoned; the last ``waiting`` wait, one second apart."""
    shares = tuple(ShareTarget(within=timedelta(seconds=s), share=share) for s, share in SHARES)
    day = Day(ZONE, Targets(mean=timedelta(seconds=8), shares=shares))
    midnight = day_began(now, ZONE)
    step = (now - midnight) / max(calls, 1)
    over = (_call(i, midnight + i * step, waited_ms=(i * 37) % 30_000) for i in range(calls - waiting))
    day.fill(over, [])
    for i in range(waiting):
        day.take(_call(calls - i, now - timedelta(seconds=i), waited_ms=None))
    return day


def _call(number: int, at: datetime, *, waited_ms: int | None) -> DayCall:
    over, abandoned = waited_ms is not None, waited_ms is not None and number % 7 == 0
    return DayCall(
        call_id=CallId(f"bench-{number}"),
        offered_at=at,
        waited_ms=waited_ms,
        answered=over and not abandoned,
        abandoned=abandoned,
        unseen=False,
        deflected=over and number % 11 == 0,
        over=over,
    )


async def measure(calls: int, waiting: int, requests: int) -> dict[str, float]:
    day = day_of(calls, waiting, datetime.now(UTC))
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with web_console(Path(folder), enter="boss", day=day) as console:
            for _ in range(requests):
                began = time.perf_counter()
                said = await console.json("/api/wallboard")
                took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "calls": said["today"]["offered"],
        "waiting": said["today"]["waiting"],
        "p50_ms": round(took[len(took) // 2], 1),
        "p95_ms": round(took[-(-len(took) * 95 // 100) - 1], 1),
        "worst_ms": round(took[-1], 1),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--calls", type=int, default=3000)
    asked.add_argument("--waiting", type=int, default=40)
    asked.add_argument("--requests", type=int, default=300)
    said = asked.parse_args()
    print(json.dumps(asyncio.run(measure(said.calls, said.waiting, said.requests))))


if __name__ == "__main__":
    main()
