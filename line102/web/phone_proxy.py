"""GET /phone: the page's SIP, over our own origin, passed on to Asterisk's websocket and back.

One page per operator. Close codes: 4001 another page took the phone, 4002 another page has it (``?take=1`` takes it),
4003 the session is over: never while that seat rings or talks, but as soon as it is free.
Audio never passes here: it goes between the browser and Asterisk, and goes on when this is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import WSMsgType, web

from line102.calls import OperatorId
from line102.web.person import person_of

log = structlog.get_logger()

TAKEN_OVER, IN_USE, SIGNED_OUT, PBX_AWAY = 4001, 4002, 4003, 1013
PING, PONG = "\r\n\r\n", "\r\n"  # keep-alive of RFC 5626; we answer it, so that the page knows that the way is open
LONGEST_BYTES = 64 * 1024  # of one SIP message
SEND_WITHIN_S = 10.0
HEARTBEAT_S = 15.0
LOOK_EVERY_S = 15.0  # at the session, which may end while the phone is open
LOOK_AGAIN_S = 1.0  # at the seat, once the session is over: shorter than Asterisk's pause between two calls


@dataclass(frozen=True, slots=True)
class StayingOn:
    """``may_sit``: whether who opened this still has that seat. ``is_free``: it is known that no call is there."""

    may_sit: Callable[[web.Request, OperatorId], bool]
    is_free: Callable[[OperatorId], bool]


class PhoneProxy:
    """``upstream``: Asterisk's websocket, ws://host:port/ws."""

    def __init__(self, upstream: str, check_origin: Callable[[web.Request], None], stays: StayingOn) -> None:
        self._upstream = upstream
        self._check_origin = check_origin
        self._stays = stays
        self._pages: dict[OperatorId, web.WebSocketResponse] = {}

    async def get(self, request: web.Request) -> web.StreamResponse:
        self._check_origin(request)
        operator = person_of(request).seat
        page = web.WebSocketResponse(protocols=("sip",), heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_BYTES)
        await page.prepare(request)
        before = self._pages.get(operator)
        if before is not None and not before.closed:
            if "take" not in request.query:
                await page.close(code=IN_USE)
                return page
            await before.close(code=TAKEN_OVER)
        self._pages[operator] = page
        try:
            await self._serve(page, request, operator)
        finally:
            if self._pages.get(operator) is page:
                del self._pages[operator]
        return page

    async def close(self) -> None:
        """The service goes: pages connect again by themselves, talks go on."""
        for page in tuple(self._pages.values()):
            await page.close(code=aiohttp.WSCloseCode.GOING_AWAY)

    async def _serve(self, page: web.WebSocketResponse, request: web.Request, operator: OperatorId) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.ws_connect(self._upstream, protocols=("sip",), max_msg_size=LONGEST_BYTES) as asterisk,
            ):
                watch = asyncio.create_task(self._watch(page, request, operator), name="phone's session")
                try:
                    await self._pump(page, asterisk)
                finally:
                    watch.cancel()
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            log.warning("phone_link_broken", why=type(error).__name__)
        await page.close(code=PBX_AWAY)

    async def _watch(self, page: web.WebSocketResponse, request: web.Request, operator: OperatorId) -> None:
        """Close the page's phone when its session is over; a call that is there, or may be there, comes first."""
        over = False
        while not (over and self._stays.is_free(operator)):
            await asyncio.sleep(LOOK_AGAIN_S if over else LOOK_EVERY_S)
            over = not self._stays.may_sit(request, operator)
        await page.close(code=SIGNED_OUT, message=b"the session is over")

    async def _pump(self, page: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse) -> None:
        """Until either side ends. Whoever does not take a message for SEND_WITHIN_S is gone."""

        async def up() -> None:
            async for message in page:
                if message.type is not WSMsgType.TEXT:
                    continue
                if message.data == PING:
                    await _send(page, PONG)
                else:
                    await _send(asterisk, message.data)

        async def down() -> None:
            async for message in asterisk:
                if message.type is WSMsgType.TEXT:
                    await _send(page, message.data)
                elif message.type is WSMsgType.BINARY:
                    await _send(page, message.data.decode("utf-8", "replace"))

        ways = [asyncio.ensure_future(up()), asyncio.ensure_future(down())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _send(to: web.WebSocketResponse | aiohttp.ClientWebSocketResponse, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await to.send_str(text)
