"""The real web server on loopback with the story on its board, for the tests of the web edge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from line102.account_file import AccountFile
from line102.web.server import WebServer
from tests.browser.line_story import before, evening
from tests.browser.story_line import StoryLine
from tests.signed_in import METRICS_KEY, sign_in, sign_in_parts


@dataclass
class WebConsole:
    line: StoryLine
    address: str
    session: aiohttp.ClientSession
    running: asyncio.Task[None]
    accounts: AccountFile

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    async def json(self, path: str, status: int = 200) -> Any:
        async with self.session.get(self.address + path) as response:
            assert response.status == status, await response.text()
            return await response.json()


@asynccontextmanager
async def web_console(folder: Path, *, enter: str = "chief", **more: Any) -> AsyncIterator[WebConsole]:
    """Story told up to second 40; ``enter`` signs in, "" for nobody. ``more`` goes to WebServer.

    ``desk`` and ``phones`` make their parts of the line; ``oidc`` is the centre's provider.
    """
    line = StoryLine(folder / "recordings")
    dist = folder / "dist"
    (dist / "assets").mkdir(parents=True, exist_ok=True)
    (dist / "index.html").write_text("<!doctype html><title>console</title>")
    (dist / "assets" / "app-1.js").write_text("1;")
    if "desk" in more:
        more["desk"] = more["desk"](line)
    if "phones" in more:
        more["phones"] = more["phones"](line)
    parts = sign_in_parts(folder, line, more.pop("oidc", None))
    settings = {"choose_language": line.choose_language, "languages": ("ru", "kk"), "decisions": line.deciding, **more}
    server = WebServer(
        "127.0.0.1", 0, line.broadcast, line.ledger, line.recordings, dist, parts, METRICS_KEY, **settings
    )
    start = datetime.now(UTC)
    await line.tell(before(start))
    await line.tell(evening(start), until=40)
    running = asyncio.create_task(server.run())
    try:
        address = f"http://127.0.0.1:{await server.listening()}"
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            if enter:
                assert await sign_in(session, address, enter) == 204
            yield WebConsole(line, address, session, running, parts.accounts)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
