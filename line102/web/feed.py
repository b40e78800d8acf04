"""The live feed: one snapshot, then every change with its number, a ping every 15 s."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import WSCloseCode, web

from line102.board import FeedItem
from line102.broadcast import Broadcast, SlowReader, Subscription
from line102.web.feed_schemas import PingMessage, SnapshotMessage
from line102.web.shown import Shown

log = structlog.get_logger()

PING_EVERY_S = 15.0
SEND_WITHIN_S = 20.0  # a page that takes nothing for so long is gone
TOO_SLOW = 4000  # close code: read the snapshot again
SIGNED_OUT = 4003  # close code: the session is over
FRAMES_KEPT = 256  # encoded changes shared by all readers; when full the oldest is encoded again by who needs it


class Feed:
    """Serves /api/feed. Every reader has its own bounded subscription (broadcast.CAPACITY); see SlowReader."""

    def __init__(
        self,
        broadcast: Broadcast,
        shown: Shown,
        clock: Callable[[], datetime],
        check_origin: Callable[[web.Request], None],
        may_go_on: Callable[[web.Request], bool],
    ) -> None:
        self._broadcast = broadcast
        self._shown = shown
        self._clock = clock
        self._check_origin = check_origin
        self._may_go_on = may_go_on  # asked at each PING_EVERY_S: a session may end while its page is open
        self._frames: OrderedDict[int, str] = OrderedDict()
        self._open: set[web.WebSocketResponse] = set()

    async def get(self, request: web.Request) -> web.StreamResponse:
        self._check_origin(request)
        socket = web.WebSocketResponse(heartbeat=PING_EVERY_S, max_msg_size=4096)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            with self._broadcast.subscribe() as subscription:
                await self._serve(request, socket, subscription)
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """Tell every page that the service goes away; each reconnects by itself."""
        for socket in tuple(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the service stops")

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse, subscription: Subscription) -> None:
        async with asyncio.TaskGroup() as tasks:
            pump = tasks.create_task(self._pump(socket, subscription), name="feed")
            watch = tasks.create_task(self._watch(request, socket), name="feed's session")
            async for _ in socket:  # pages have nothing to say; this notices that they left
                pass
            pump.cancel()
            watch.cancel()

    async def _watch(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            if not self._may_go_on(request):
                await socket.close(code=SIGNED_OUT, message=b"the session is over")
                return

    async def _pump(self, socket: web.WebSocketResponse, subscription: Subscription) -> None:
        snapshot = subscription.snapshot
        seq = snapshot.seq
        first = SnapshotMessage(type="snapshot", live=self._shown.live(snapshot))
        try:
            await self._send(socket, first.model_dump_json())
            while True:
                item = await _next(subscription)
                if item is None:
                    ping = PingMessage(type="ping", seq=seq, at=self._clock())
                    await self._send(socket, ping.model_dump_json())
                else:
                    await self._send(socket, self._frame(item))
                    seq = item.seq
        except SlowReader:
            log.warning("page_too_slow", seq=seq)
            await socket.close(code=TOO_SLOW, message=b"too slow: read the snapshot again")
        except TimeoutError:
            log.warning("page_takes_nothing", seq=seq)
            await socket.close(code=TOO_SLOW, message=b"nothing taken", drain=False)
        except ConnectionError:
            return  # the page left

    async def _send(self, socket: web.WebSocketResponse, text: str) -> None:
        async with asyncio.timeout(SEND_WITHIN_S):
            await socket.send_str(text)

    def _frame(self, item: FeedItem) -> str:
        known = self._frames.get(item.seq)
        if known is None:
            known = self._shown.change(item, self._clock()).model_dump_json()
            self._frames[item.seq] = known
            if len(self._frames) > FRAMES_KEPT:
                self._frames.popitem(last=False)
        return known


async def _next(subscription: Subscription) -> FeedItem | None:
    """The next change; None when nothing happened for PING_EVERY_S."""
    try:
        async with asyncio.timeout(PING_EVERY_S):
            return await subscription.next()
    except TimeoutError:
        return None
