"""Tell the story for ever, for working on the console: ``.venv/bin/python -m tests.browser.dev_story [PORT]``.

``--record FILE`` writes the first 40 s of its feed as JSON lines instead (the console's own tests read them).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from line102.web.feed_schemas import SnapshotMessage
from line102.web.server import WebServer
from line102.web.shown import Shown
from tests.browser.line_story import before, evening
from tests.browser.story_line import StoryLine
from tests.signed_in import METRICS_KEY, PASSWORD, sign_in_parts

DIST = Path(__file__).parents[2] / "console" / "dist"
AGAIN_AFTER_S = 110


async def serve(port: int, head_start: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        line = StoryLine(Path(folder))
        server = WebServer(
            "127.0.0.1",
            port,
            line.broadcast,
            line.ledger,
            line.recordings,
            DIST,
            sign_in_parts(Path(folder), line),
            METRICS_KEY,
            choose_language=line.choose_language,
            languages=("ru", "kk"),
            decisions=line.deciding,
            show_shadow_flags=True,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run())
            tasks.create_task(_tell(line, head_start))
            address = f"http://127.0.0.1:{await server.listening()}/"
            print(f"{address}  (chief, boss, op1 …; password {PASSWORD})", flush=True)


async def _tell(line: StoryLine, head_start: float) -> None:
    start = datetime.now(UTC) - timedelta(seconds=head_start)
    await line.tell(before(start))
    for n in count():
        began = time.monotonic() - (head_start if n == 0 else 0)
        start = datetime.now(UTC) - timedelta(seconds=head_start if n == 0 else 0)
        for second, step in sorted(evening(start, n), key=lambda timed: timed[0]):
            await asyncio.sleep(max(0.0, second - (time.monotonic() - began)))
            await line.step(step)
        await asyncio.sleep(max(0.0, AGAIN_AFTER_S - (time.monotonic() - began)))


async def record(file: Path) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    line = StoryLine(Path(tempfile.mkdtemp()))
    shown = Shown(flags=True, languages=("ru", "kk"))
    await line.tell(before(start))
    with line.broadcast.subscribe() as feed:
        snapshot = shown.live(feed.snapshot).model_copy(update={"at": start})
        lines = [SnapshotMessage(type="snapshot", live=snapshot).model_dump_json()]
        await line.tell(evening(start), until=40)
        waiting = feed._items.qsize()
        items = [feed._items.get_nowait() for _ in range(waiting)]
    lines += [shown.change(item, start + timedelta(seconds=40)).model_dump_json() for item in items]
    await asyncio.to_thread(file.write_text, "\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", nargs="?", type=int, default=8199)
    parser.add_argument("--head-start", type=float, default=26.0, help="seconds of the story that are over already")
    parser.add_argument("--record", type=Path)
    asked = parser.parse_args()
    if asked.record:
        asyncio.run(record(asked.record))
    else:
        asyncio.run(serve(asked.port, asked.head_start))
