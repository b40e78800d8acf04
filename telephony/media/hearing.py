"""One open tap: reads its socket into the buffer, and finds out why the sound ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp

from line102.calls import CallId
from line102.errors import Gone, Line102Error, ProtocolViolation, Unreachable
from line102.ports import AudioChunk
from telephony.ari.client import AriClient
from telephony.ari.stage import Watch
from telephony.media.assembly import Assembly
from telephony.media.buffer import ChunkBuffer
from telephony.media.figures import TapFigures
from telephony.media.frames import Framing, MediaStarted, parse_control

ASK_AGAIN_S = 0.1
HANGING_UP_S = 1.0  # a snoop ends a moment before the caller's channel is gone


class Hearing:
    """``pump`` and ``attend`` run side by side for as long as the tap is open."""

    def __init__(
        self,
        client: AriClient,
        call_id: CallId,
        *,
        media_id: str,
        socket: aiohttp.ClientWebSocketResponse,
        start: MediaStarted,
        snoop: Watch,
        buffer: ChunkBuffer,
        chunk: timedelta,
        quiet: timedelta,
    ) -> None:
        self.buffer = buffer
        self._client = client
        self._call_id = call_id
        self._media_id = media_id
        self._socket = socket
        self._snoop = snoop
        self._quiet_s = quiet.total_seconds()
        self._framing = Framing(start.frame_bytes)
        anchor = (datetime.now(UTC), asyncio.get_running_loop().time())
        self._assembly = Assembly(sample_rate_hz=start.sample_rate_hz, chunk=chunk, anchor=anchor)
        self._unknown_controls = 0
        self._ended = asyncio.Event()

    async def pump(self) -> None:
        """Socket → buffer, until the sound ends; then tell the buffer why. Never raises."""
        await self._read_all()
        self._ended.set()
        self._hand_over(self._assembly.flush())
        failure = await self._why_it_ended()
        if failure is None:
            self.buffer.finish()
        else:
            self.buffer.fail(failure)

    async def attend(self) -> None:
        """When the snoop channel has left, end the media channel: its socket closes after the last frame."""
        await self._snoop.over.wait()
        if not self._snoop.dark:
            with suppress(Line102Error):
                await self._client.delete_channel(self._media_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(HANGING_UP_S):
                    await self._ended.wait()
        await self._socket.close()

    async def _read_all(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            try:
                message = await self._socket.receive(timeout=self._quiet_s)
            except TimeoutError:
                self._hand_over(self._assembly.flush())
                if await self._caller_hung_up():
                    return
                continue
            if message.type is aiohttp.WSMsgType.BINARY:
                self._hand_over(self._assembly.add(self._framing.samples(message.data), clock()))
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._obey(message.data)
            else:
                return

    def _hand_over(self, chunks: Sequence[AudioChunk]) -> None:
        for chunk in chunks:
            self.buffer.put(chunk)

    def _obey(self, text: str) -> None:
        """Nothing that Asterisk may say to a listener needs an answer; what we do not expect is counted."""
        with suppress(ProtocolViolation):
            if isinstance(parse_control(text), MediaStarted):
                return
        self._unknown_controls += 1

    async def _caller_hung_up(self) -> bool:
        try:
            await self._client.channel(self._call_id)
        except Gone:
            return True
        except Line102Error:
            return False  # not known; the event feed notices a dead PBX
        return False

    async def _why_it_ended(self) -> Unreachable | None:
        """None: the caller hung up."""
        what = f"the sound of call {self._call_id}"
        if self._snoop.dark:
            return Unreachable(what, self._snoop.dark)
        try:
            async with asyncio.timeout(HANGING_UP_S):
                while True:
                    await self._client.channel(self._call_id)
                    await asyncio.sleep(ASK_AGAIN_S)
        except Gone:
            return None
        except TimeoutError:
            return Unreachable(what, f"the PBX ended it while the call goes on (code {self._socket.close_code})")
        except Line102Error as error:
            return Unreachable(what, str(error))

    def figures(self) -> TapFigures:
        return TapFigures(
            frames=self._framing.frames,
            wrong_sizes=self._framing.wrong_sizes,
            holes=self._assembly.holes,
            hole_s=self._assembly.hole_s,
            dropped_chunks=self.buffer.dropped_chunks,
            dropped_s=self.buffer.dropped_s,
            unknown_controls=self._unknown_controls,
        )
