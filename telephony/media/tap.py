"""Copies of a call's audio: snoop + media websocket, one tap per direction. The caller's channel is untouched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import aiohttp
import structlog

from line102.calls import CallId, Side
from line102.errors import Gone, Line102Error, ProtocolViolation, Refused, Unreachable
from line102.ports import AudioChunk
from telephony.ari.client import AriClient
from telephony.ari.stage import Stage, Watch
from telephony.media.buffer import ChunkBuffer
from telephony.media.figures import TapFigures
from telephony.media.frames import MediaStarted, parse_control
from telephony.media.hearing import Hearing
from telephony.media.names import OurNames, TapNames
from telephony.media.shielding import to_its_end

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TapSettings:
    """``node`` is Asterisk's ``systemname``, with which every call id begins.

    ``audio_format``: telephone audio is 8 kHz, so ``slin`` (8 kHz linear) is all there is: Asterisk needs not resample
    it and sends half the bytes of ``slin16``. Whoever recognises resamples once, as it does for recordings.
    """

    node: str
    audio_format: str = "slin"
    chunk: timedelta = timedelta(milliseconds=100)
    capacity: timedelta = timedelta(seconds=30)  # per tap; 16 KB a second
    set_up_within: timedelta = timedelta(seconds=5)
    quiet: timedelta = timedelta(seconds=10)  # no frame for so long: ask whether the caller is still there


class AsteriskTaps:
    """Implements ``ports.Taps``. Needs an ``AriFeed`` on the same ``stage``; until it is up open raises Unreachable."""

    def __init__(self, client: AriClient, stage: Stage, settings: TapSettings) -> None:
        self._client = client
        self._stage = stage
        self._settings = settings
        self._ours = OurNames(settings.node)
        self._live: set[str] = set()
        self._hearings: set[Hearing] = set()
        self._closed = TapFigures()

    @asynccontextmanager
    async def open(self, call_id: CallId, side: Side) -> AsyncIterator[AsyncIterator[AudioChunk]]:
        """Hear one side until the call ends. See ``ports.Taps``; also raises Refused.

        The iterator ends when the caller hangs up and raises Unreachable when the PBX or the link is lost. Leaving the
        context, however that happens, removes what was made on the PBX.
        """
        names = TapNames.of(call_id, side)
        async with AsyncExitStack() as stack:
            snoop = stack.enter_context(self._stage.watch(names.snoop))
            media = stack.enter_context(self._stage.watch(names.media))
            self._live |= names.all()
            stack.push_async_callback(self._remove, names)
            hearing = await self._set_up(call_id, side, names, snoop, media, stack)
            self._hearings.add(hearing)
            stack.callback(self._retire, hearing)
            tasks = asyncio.TaskGroup()
            await tasks.__aenter__()
            # The group is closed without the body's exception, which is nobody's but the body's.
            stack.push_async_callback(tasks.__aexit__, None, None, None)
            for work in (tasks.create_task(hearing.pump()), tasks.create_task(hearing.attend())):
                stack.callback(work.cancel)
            yield hearing.buffer

    async def sweep(self) -> int:
        """Remove this node's taps that nobody here holds; return how many channels and bridges. Raises Unreachable.

        One service per node: a second one with the same node name would lose its taps.
        """
        channels = [said.id for said in await self._client.channels() if self._is_leftover(said.id)]
        bridges = [said.id for said in await self._client.bridges() if self._is_leftover(said.id)]
        for channel_id in channels:
            await self._delete_channel(channel_id)
        for bridge_id in bridges:
            await self._delete_bridge(bridge_id)
        if swept := len(channels) + len(bridges):
            self._closed.swept += swept
            log.warning("taps_swept", channels=len(channels), bridges=len(bridges))
        return swept

    def figures(self) -> TapFigures:
        total = TapFigures(open=len(self._hearings))
        for part in (self._closed, *(hearing.figures() for hearing in self._hearings)):
            total.add(part)
        return total

    async def _set_up(
        self, call_id: CallId, side: Side, names: TapNames, snoop: Watch, media: Watch, stack: AsyncExitStack
    ) -> Hearing:
        within = self._settings.set_up_within.total_seconds()
        try:
            async with asyncio.timeout(within):
                socket, start = await self._connect(call_id, side, names, snoop, media, stack)
        except TimeoutError as error:
            self._closed.refused += 1
            raise Unreachable(f"a tap of call {call_id}", f"not set up within {within:g} s") from error
        except (Unreachable, Refused, ProtocolViolation) as error:
            if snoop.over.is_set() and not snoop.dark:
                raise Gone(f"call {call_id}") from error
            self._closed.refused += 1
            if isinstance(error, ProtocolViolation):
                raise Unreachable(error.what, error.why) from error
            raise
        self._closed.opened += 1
        return Hearing(
            self._client,
            call_id,
            media_id=names.media,
            socket=socket,
            start=start,
            snoop=snoop,
            buffer=ChunkBuffer(self._settings.capacity),
            chunk=self._settings.chunk,
            quiet=self._settings.quiet,
        )

    async def _connect(
        self, call_id: CallId, side: Side, names: TapNames, snoop: Watch, media: Watch, stack: AsyncExitStack
    ) -> tuple[aiohttp.ClientWebSocketResponse, MediaStarted]:
        client = self._client
        await to_its_end(client.snoop(call_id, names.snoop, spy=_spy(side)))
        connection_id = await to_its_end(client.external_media(names.media, audio_format=self._settings.audio_format))
        await to_its_end(client.create_bridge(names.bridge))
        socket = await client.media_socket(connection_id)
        stack.push_async_callback(socket.close)
        start = await _start_of(socket)
        await snoop.entered()
        await media.entered()
        await client.add_to_bridge(names.bridge, (names.snoop, names.media))
        return socket, start

    async def _remove(self, names: TapNames) -> None:
        await to_its_end(self._remove_all(names))

    async def _remove_all(self, names: TapNames) -> None:
        await self._delete_channel(names.snoop)
        await self._delete_channel(names.media)
        await self._delete_bridge(names.bridge)
        self._live -= names.all()

    async def _delete_channel(self, channel_id: str) -> None:
        try:
            await self._client.delete_channel(channel_id)
        except Gone:
            pass
        except Line102Error as error:
            log.warning("tap_left_behind", channel=channel_id, why=str(error))  # a later sweep removes it

    async def _delete_bridge(self, bridge_id: str) -> None:
        try:
            await self._client.delete_bridge(bridge_id)
        except Gone:
            pass
        except Line102Error as error:
            log.warning("tap_left_behind", bridge=bridge_id, why=str(error))

    def _retire(self, hearing: Hearing) -> None:
        self._hearings.discard(hearing)
        self._closed.add(hearing.figures())

    def _is_leftover(self, name: str) -> bool:
        return name in self._ours and name not in self._live


def _spy(side: Side) -> str:
    """Source: res_stasis_snoop.c: ``in`` is what comes from the channel's phone, ``out`` what is sent to it."""
    match side:
        case Side.CALLER:
            return "in"
        case Side.OPERATOR:
            return "out"
        case _:
            assert_never(side)


async def _start_of(socket: aiohttp.ClientWebSocketResponse) -> MediaStarted:
    """The first message must say what will come."""
    message = await socket.receive()
    if message.type is aiohttp.WSMsgType.TEXT:
        control = parse_control(message.data)
        if isinstance(control, MediaStarted):
            return control
        raise ProtocolViolation("the media websocket", f"{control.name} came before MEDIA_START")
    if message.type is aiohttp.WSMsgType.BINARY:
        raise ProtocolViolation("the media websocket", "sound came before MEDIA_START")
    raise Unreachable("the media websocket", f"it closed before MEDIA_START (code {socket.close_code})")
