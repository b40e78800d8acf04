"""How late words are on a running line: end of an utterance → its final text in the feed, newest audio → partial.

    make demo                        # in one terminal, or any running service on this machine
    python -m bench.line --seconds 120 --account demo-supervisor

Listens to the feed as a page does. The clock of both ends is this machine's. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from line102.accounts import LinkKind
from line102.cli.accounts import file_of, new_link
from line102.config import read_settings


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--account", default="demo-supervisor", help="whose eyes (default: the demonstration's)")
    asked = parser.parse_args()
    settings = read_settings(asked.config)
    url = f"http://{settings.web.host}:{settings.web.port}"
    measured = Measured()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        once = new_link(file_of(settings), LinkKind.SIGN_IN, asked.account).partition("once=")[2]
        await http.post(f"{url}/enter", data={"once": once})
        async with http.ws_connect(f"{url}/api/feed", headers={"Origin": url}, max_msg_size=0) as feed:
            try:
                async with asyncio.timeout(asked.seconds):
                    async for message in feed:
                        measured.take(json.loads(message.data), datetime.now(UTC))
            except TimeoutError:
                pass
    print(json.dumps(measured.report(asked.seconds), ensure_ascii=False, indent=1))


class Measured:
    """Lateness in seconds, by kind."""

    def __init__(self) -> None:
        self._began: dict[str, datetime] = {}
        self._late: dict[str, list[float]] = {"final": [], "partial": []}
        self._calls: set[str] = set()
        self._from_recording = 0

    def take(self, message: dict[str, Any], now: datetime) -> None:
        if message["type"] == "snapshot":
            for call in message["live"]["calls"]:
                self._know(call)
        elif message["type"] == "call":
            self._know(message["call"])
        elif message["type"] == "segment" and message["call_id"] in self._began:
            segment = message["segment"]
            if segment["heard"] != "live":
                self._from_recording += 1
                return
            self._calls.add(message["call_id"])
            said = self._began[message["call_id"]].timestamp() + segment["end_s"]
            self._late["final" if segment["final"] else "partial"].append(now.timestamp() - said)

    def report(self, seconds: float) -> dict[str, object]:
        late = {kind: _spread(values) for kind, values in self._late.items()}
        return {
            "seconds": seconds,
            "calls": len(self._calls),
            "segments_from_recordings": self._from_recording,
            "late_s": late,
            "load_average": os.getloadavg(),
            "cores": os.cpu_count(),
        }

    def _know(self, call: dict[str, Any]) -> None:
        if call["recording_began_at"]:
            self._began[call["id"]] = datetime.fromisoformat(call["recording_began_at"])


def _spread(values: list[float]) -> dict[str, float | int]:
    if len(values) < 2:
        return {"n": len(values)}
    cuts = statistics.quantiles(values, n=20)
    return {"n": len(values), "p50": round(cuts[9], 2), "p95": round(cuts[18], 2), "max": round(max(values), 2)}


if __name__ == "__main__":
    asyncio.run(main())
