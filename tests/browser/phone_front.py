"""The built console with a telephone in it and nothing behind: sign-in and the desk's phone are made up, the websocket
goes to the real Asterisk. For what is the phone's own: links that are cut, a second page, a microphone refused.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

from line102.web.access import SECURITY_HEADERS
from line102.web.console_files import ConsoleFiles

DIST = Path(__file__).parents[2] / "console" / "dist"
TAKEN_OVER, IN_USE = 4001, 4002
EMPTY_LINE: dict[str, Any] = {"seq": 1, "node": "test", "flags": "hidden", "recognition": None} | {
    name: [] for name in ("calls", "members", "lights", "gaps", "languages", "desks", "call_backs")
}


class PhoneFront:
    """One operator's service. ``held`` is what pages said they hold, in order."""

    def __init__(self, pbx: Any, operator: str = "op1", *, answer: str = "ring") -> None:
        self._pbx = pbx
        self._operator = operator
        self._answer = answer
        self._sockets: list[web.WebSocketResponse] = []
        self._feeds: list[web.WebSocketResponse] = []
        self._upstream = f"ws://{pbx.values.http_bind}:{pbx.values.http_port}/ws"
        self.held: list[list[str]] = []
        self.keep_alives = 0
        self.tells = False  # True: the feed tells of an empty line, and the page is a desk
        self.open = True  # False: the service is away
        self.deaf = False  # True: the link is there, and nothing goes through
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[PhoneFront]:
        app = web.Application()
        app.on_response_prepare.append(_headers)
        app.router.add_get("/api/session", self._session)
        app.router.add_get("/api/desk/phone", self._phone)
        app.router.add_post("/api/desk/phone/held", self._held)
        app.router.add_get("/phone", self._proxy)
        app.router.add_get("/api/feed", self._feed)
        app.router.add_route("*", "/api/{rest:.*}", _nothing)
        app.router.add_get("/{path:.*}", ConsoleFiles(DIST).get)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await self.cut()
            await runner.cleanup()

    async def cut(self) -> None:
        """Every websocket is gone, as after a crash."""
        for socket in list(self._sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    async def tell(self, message: dict[str, Any]) -> None:
        """Over the feed, to every page that is still there."""
        for feed in self._feeds:
            if not feed.closed:
                await feed.send_json(message)

    async def _session(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "account": self._operator,
                "display_name": "Айгуль С.",
                "roles": ["operator"],
                "operator": self._operator,
                "phone": "web",
                "language": "ru",
                "must_change": False,
            }
        )

    async def _phone(self, _: web.Request) -> web.Response:
        if not self.open:
            raise web.HTTPServiceUnavailable
        name = f"{self._operator}-web"
        settings = {"user": name, "password": self._pbx.password_of(name), "domain": "line102", "path": "/phone"}
        return web.json_response({**settings, "answer": self._answer, "ice": []})

    async def _held(self, request: web.Request) -> web.Response:
        self.held.append((await request.json())["calls"])
        return web.Response(status=204)

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        feed = web.WebSocketResponse()
        await feed.prepare(request)
        self._feeds.append(feed)
        if self.tells:
            await feed.send_json({"type": "snapshot", "live": {**EMPTY_LINE, "at": datetime.now(UTC).isoformat()}})
        await feed.receive()
        return feed

    async def _proxy(self, request: web.Request) -> web.StreamResponse:
        if not self.open:
            raise web.HTTPServiceUnavailable
        page = web.WebSocketResponse(protocols=("sip",))
        await page.prepare(request)
        if self._sockets:
            if "take" not in request.query:
                await page.close(code=IN_USE)
                return page
            for other in list(self._sockets):
                await other.close(code=TAKEN_OVER)
        self._sockets.append(page)
        try:
            async with aiohttp.ClientSession() as http, http.ws_connect(self._upstream, protocols=("sip",)) as asterisk:
                await self._pump(page, asterisk)
        finally:
            self._sockets.remove(page)
        return page

    async def _pump(self, page: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse) -> None:
        async def up() -> None:
            async for message in page:
                if self.deaf or message.type != WSMsgType.TEXT:
                    continue
                if message.data == "\r\n\r\n":
                    self.keep_alives += 1
                    await page.send_str("\r\n")
                else:
                    await asterisk.send_str(message.data)
            await asterisk.close()

        async def down() -> None:
            async for message in asterisk:
                if not self.deaf:
                    data = message.data
                    await page.send_str(data if isinstance(data, str) else data.decode())
            await page.close()

        with contextlib.suppress(ConnectionError):
            await asyncio.gather(up(), down())


async def _headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)


async def _nothing(_: web.Request) -> web.Response:
    raise web.HTTPNotFound
