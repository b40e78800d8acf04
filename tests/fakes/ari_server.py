"""A scripted Asterisk, as far as ARI and media websockets go: it answers as 22.10.1 did, or fails as the test says."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from aiohttp import WSMsgType, hdrs, web

from telephony.ari.settings import AriSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STALL = -1
SLOW = -2  # done 0.2 s later, even if nobody waits for the answer any more: Asterisk does not stop half-way
FRAME = 160  # samples


@dataclass
class Snoop:
    of: str
    spy: str  # "" for one that whispers


@dataclass
class FakeAri:
    """``callers``: channels that exist in the dialplan. ``answers``: "POST snoop" → statuses, used one by one."""

    password: str = "secret"
    port: int = 0
    callers: set[str] = field(default_factory=set)
    answers: dict[str, deque[int]] = field(default_factory=dict)
    media_start: bool = True
    deaf: bool = False  # an event socket that answers no ping, as behind a cable that was pulled
    frames: int | None = None  # frames after which the media socket is cut; None: goes on
    frame_bytes: int = 320
    snoops: dict[str, Snoop] = field(default_factory=dict)
    media: dict[str, asyncio.Event] = field(default_factory=dict)  # media channel → hang up
    bridges: dict[str, set[str]] = field(default_factory=dict)
    playbacks: dict[str, str] = field(default_factory=dict)  # id → sound, while it plays; a test ends it
    said: list[str] = field(default_factory=list)  # every sound begun
    feeds: list[web.WebSocketResponse] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    stalled: int = 0
    subscriptions: int = 0

    def script(self, request: str, *statuses: int) -> None:
        self.answers.setdefault(request, deque()).extend(statuses)

    @property
    def leftovers(self) -> set[str]:
        return {*self.snoops, *self.media, *self.bridges}

    def settings(self, **changed: object) -> AriSettings:
        values: dict[str, object] = {"user": "line102", "password": "secret", "host": "127.0.0.1", "port": self.port}
        return AriSettings(**(values | changed))  # type: ignore[arg-type]

    async def say(self, kind: str, channel_id: str = "", **more: object) -> None:
        channel = {"channel": {"id": channel_id, "name": f"Snoop/{channel_id}"}} if channel_id else {}
        await self.say_text(json.dumps({"type": kind, "application": "line102", **channel, **more}))

    async def say_text(self, text: str) -> None:
        for feed in self.feeds:
            if not feed.closed:
                await feed.send_str(text)

    async def hang_up(self, caller: str) -> None:
        """As Asterisk does: the snoops end with the caller, the media channels stay until told."""
        for name in [name for name, snoop in self.snoops.items() if snoop.of == caller]:
            del self.snoops[name]
            await self.say("StasisEnd", name)
            await self.say("ChannelDestroyed", name)
        self.callers.discard(caller)

    async def played(self, state: str = "done") -> None:
        """Whatever is being played comes to its end, or fails."""
        for name in list(self.playbacks):
            del self.playbacks[name]
            await self.say("PlaybackFinished", playback={"id": name, "state": state, "media_uri": "sound:x"})

    async def cut_feeds(self) -> None:
        for feed in self.feeds:
            await feed.close()
        self.feeds.clear()

    # ------------------------------------------------------------ the server

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._gate])
        app.add_routes(
            [
                web.get("/ari/events", self._events),
                web.get("/media/{connection}", self._media_socket),
                web.get("/ari/channels", self._list_channels),
                web.get("/ari/bridges", self._list_bridges),
                web.get("/ari/channels/{id}", self._channel),
                web.get("/ari/channels/{id}/variable", self._variable),
                web.post("/ari/channels/{id}/snoop/{snoop}", self._snoop),
                web.post("/ari/channels/{id}/play/{playback}", self._play_sound),
                web.delete("/ari/playbacks/{id}", self._stop_sound),
                web.post("/ari/channels/externalMedia", self._external_media),
                web.post("/ari/bridges/{id}", self._create_bridge),
                web.post("/ari/bridges/{id}/addChannel", self._add),
                web.delete("/ari/channels/{id}", self._delete_channel),
                web.delete("/ari/bridges/{id}", self._delete_bridge),
            ]
        )
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = f"{request.method} {_kind(request.path)}"
        self.requests.append(name)
        given = request.headers.get(hdrs.AUTHORIZATION, "")
        if given != AriSettings(user="line102", password=self.password).authorization:
            return web.json_response({"message": "Authentication required"}, status=401)
        scripted = self.answers.get(name)
        status = scripted.popleft() if scripted else 200
        if status == STALL:
            self.stalled += 1
            await asyncio.Event().wait()
        if status >= 400:
            return web.json_response({"message": f"scripted {status}"}, status=status)
        answer: web.StreamResponse = await asyncio.shield(_done(handler, request, 0.2 if status == SLOW else 0))
        return answer

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        assert dict(request.query) == {"app": "line102", "subscribeAll": "false"}
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.subscriptions += 1
        self.feeds.append(socket)
        while self.deaf:
            await asyncio.sleep(0.01)
        async for _ in socket:
            pass
        return socket

    async def _media_socket(self, request: web.Request) -> web.WebSocketResponse:
        media_id = request.match_info["connection"].removeprefix("connection-of-")
        hung_up = self.media.get(media_id)
        if hung_up is None:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(protocols=("media",))
        await socket.prepare(request)
        assert socket.ws_protocol == "media"
        await self.say("StasisStart", media_id)
        if self.media_start:
            start = {"event": "MEDIA_START", "format": "slin", "optimal_frame_size": 320, "channel_id": media_id}
            await socket.send_str(json.dumps(start))
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(_drain(socket))
                await self._play(socket, media_id, hung_up)
                await socket.close()
                reading.cancel()
        else:
            await _drain(socket)
        self.media.pop(media_id, None)
        return socket

    async def _play(self, socket: web.WebSocketResponse, media_id: str, hung_up: asyncio.Event) -> None:
        """Frame number n holds the value n, in both directions; only while bridged with a living snoop."""
        number = 0
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not hung_up.is_set() and not socket.closed and number != self.frames:
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))
            mates = set().union(*(mates for mates in self.bridges.values() if media_id in mates))
            if mates & self.snoops.keys() and not hung_up.is_set() and not socket.closed:
                await socket.send_bytes(np.full(self.frame_bytes // 2, number, dtype="<i2").tobytes())
                number += 1

    async def _list_channels(self, request: web.Request) -> web.Response:
        return web.json_response([{"id": i, "name": f"x/{i}"} for i in (*self.callers, *self.snoops, *self.media)])

    async def _list_bridges(self, request: web.Request) -> web.Response:
        return web.json_response([{"id": i, "channels": sorted(mates)} for i, mates in self.bridges.items()])

    async def _channel(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self._existing(request), "name": "PJSIP/trunk-00000000"})

    async def _variable(self, request: web.Request) -> web.Response:
        return web.json_response({"value": f"connection-of-{self._existing(request)}"})

    async def _snoop(self, request: web.Request) -> web.Response:
        name = request.match_info["snoop"]
        self.snoops[name] = Snoop(self._existing(request), request.query.get("spy", ""))
        await self.say("StasisStart", name)
        return web.json_response({"id": name, "name": f"Snoop/{name}"})

    async def _play_sound(self, request: web.Request) -> web.Response:
        self._existing(request)
        name, media = request.match_info["playback"], request.query["media"]
        self.playbacks[name] = media
        self.said.append(media)
        await self.say("PlaybackStarted", playback={"id": name, "state": "playing", "media_uri": media})
        return web.json_response({"id": name, "state": "playing"}, status=201)

    async def _stop_sound(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.playbacks:
            return web.json_response({"message": "Playback not found"}, status=404)
        await self.played()
        return web.Response(status=204)

    async def _external_media(self, request: web.Request) -> web.Response:
        assert request.query["transport"] == "websocket"
        assert request.query["transport_data"] == "f(json)d(in)"
        name = request.query["channelId"]
        self.media[name] = asyncio.Event()
        said = {"MEDIA_WEBSOCKET_CONNECTION_ID": f"connection-of-{name}"}
        return web.json_response({"id": name, "name": "WebSocket/INCOMING/0x1", "channelvars": said})

    async def _create_bridge(self, request: web.Request) -> web.Response:
        self.bridges[request.match_info["id"]] = set()
        return web.json_response({"id": request.match_info["id"], "channels": []})

    async def _add(self, request: web.Request) -> web.Response:
        channels = request.query["channel"].split(",")
        if not {*channels} <= {*self.snoops, *self.media}:
            return web.json_response({"message": "Channel not found"}, status=400)
        self.bridges[request.match_info["id"]] |= {*channels}
        return web.Response(status=204)

    async def _delete_channel(self, request: web.Request) -> web.Response:
        name = self._existing(request)
        self.snoops.pop(name, None)
        if name in self.media:
            self.media.pop(name).set()
        await self.say("ChannelDestroyed", name)
        return web.Response(status=204)

    async def _delete_bridge(self, request: web.Request) -> web.Response:
        if self.bridges.pop(request.match_info["id"], None) is None:
            return web.json_response({"message": "Bridge not found"}, status=404)
        return web.Response(status=204)

    def _existing(self, request: web.Request) -> str:
        name = request.match_info["id"]
        if name not in {*self.callers, *self.snoops, *self.media}:
            raise web.HTTPNotFound(text='{"message": "Channel not found"}')
        return name


@asynccontextmanager
async def serving(fake: FakeAri) -> AsyncIterator[FakeAri]:
    """The fake on a free loopback port; entering it again on the same port is a restart."""
    runner = web.AppRunner(fake.application(), shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", fake.port, reuse_address=True)
    await site.start()
    fake.port = runner.addresses[0][1]
    try:
        yield fake
    finally:
        await runner.cleanup()


def _kind(path: str) -> str:
    """/ari/channels/X/snoop/Y → snoop; /ari/channels/X → channel; …"""
    parts = path.removeprefix("/ari").strip("/").split("/")
    match parts:
        case ["media", _]:
            return "media socket"
        case ["channels", "externalMedia"]:
            return "externalMedia"
        case ["channels", _, action, *_] | ["bridges", _, action]:
            return action
        case ["channels", _]:
            return "channel"
        case ["playbacks", _]:
            return "playback"
        case ["bridges", _]:
            return "bridge"
        case _:
            return parts[-1]


async def _done(handler: Handler, request: web.Request, after_s: float) -> web.StreamResponse:
    await asyncio.sleep(after_s)
    return await handler(request)


async def _drain(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY)
