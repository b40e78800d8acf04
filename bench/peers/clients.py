"""One live stream through each system by its own protocol: audio at 20 ms real-time pace, and what was shown when."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import numpy as np

from bench.engine_speech import RATE_HZ, Samples, Speaker
from line102.calls import CallId, Side
from line102.ports import AudioChunk, Standing
from line102.words import Segment
from tests.speech import LINE_OPENED
from transcription.listener import StreamListener

STEP = RATE_HZ // 50
DRAIN_S = 6.0  # after the last audio; what comes later is lost


Pace = Callable[[Samples, float], AsyncIterator[tuple[int, Samples]]]
"""Audio of a stream that began at a loop time, in pieces of 20 ms with their first sample, each when it is due."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All text of a stream that a reader had before them at ``at`` (seconds of the stream)."""

    at: float
    text: str


async def paced(samples: Samples, began: float) -> AsyncIterator[tuple[int, Samples]]:
    """20 ms at a time by the clock, each when its last sample was spoken."""
    for first in range(0, len(samples) - STEP + 1, STEP):
        await asyncio.sleep(max(0.0, began + (first + STEP) / RATE_HZ - time.monotonic()))
        yield first, samples[first : first + STEP]


async def ours(
    listener: StreamListener, speaker: Speaker, name: str, began: float, *, pace: Pace = paced, deaf_s: float = 0.0
) -> list[Shown]:
    """Through transcription/listener.py."""
    shown: list[Shown] = []
    lines: dict[timedelta, str] = {}

    async def audio() -> AsyncIterator[AudioChunk]:
        async for first, samples in pace(speaker.samples, began):
            yield AudioChunk(LINE_OPENED + timedelta(seconds=first / RATE_HZ), samples, RATE_HZ)

    standing = Standing(language=speaker.language)
    with suppress(TimeoutError):
        async with asyncio.timeout_at(began + len(speaker.samples) / RATE_HZ + DRAIN_S):
            async for item in listener.listen(CallId(name), Side.CALLER, audio(), LINE_OPENED, standing):
                await asyncio.sleep(max(0.0, began + deaf_s - time.monotonic()))
                if isinstance(item, Segment):
                    lines[item.start] = item.text if item.suppressed is None else ""
                    shown.append(Shown(time.monotonic() - began, " ".join(lines[start] for start in sorted(lines))))
    return shown


async def whisper_live(
    port: int, speaker: Speaker, name: str, began: float, *, pace: Pace = paced, deaf_s: float = 0.0
) -> list[Shown]:
    """A JSON greeting, float32 audio as binary messages, JSON with the last segments back."""
    shown: list[Shown] = []
    lines: dict[float, str] = {}

    def read(message: dict[str, Any]) -> str:
        done = [segment for segment in message.get("segments", []) if segment["completed"]]
        open_ = [segment for segment in message.get("segments", []) if not segment["completed"]]
        lines.update({float(segment["start"]): segment["text"] for segment in done})
        return " ".join([*(lines[start] for start in sorted(lines)), *(segment["text"] for segment in open_)])

    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{port}") as socket:
        options = {"uid": name, "language": speaker.language, "task": "transcribe", "model": "small", "use_vad": True}
        await socket.send_json(options)
        while json.loads(await socket.receive_str()).get("message") != "SERVER_READY":
            pass
        talk = _Talk(socket, speaker, began, pace, deaf_s)
        await talk.run(np.float32, read, shown)
    return shown


async def whisperlivekit(
    port: int, speaker: Speaker, name: str, began: float, *, pace: Pace = paced, deaf_s: float = 0.0
) -> list[Shown]:
    """int16 audio as binary messages, JSON with all lines and the unvalidated rest back."""
    shown: list[Shown] = []

    def read(message: dict[str, Any]) -> str:
        lines = [line.get("text") or "" for line in message.get("lines", [])]
        return " ".join([*lines, message.get("buffer_transcription") or ""])

    url = f"ws://127.0.0.1:{port}/asr?language={speaker.language}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        talk = _Talk(socket, speaker, began, pace, deaf_s)
        await talk.run(np.int16, read, shown)
    return shown


@dataclass(frozen=True, slots=True)
class _Talk:
    """Sends at pace and reads at once, until nothing can come any more."""

    socket: aiohttp.ClientWebSocketResponse
    speaker: Speaker
    began: float
    pace: Pace
    deaf_s: float  # reads nothing before

    async def run(self, kind: type, read: Callable[[dict[str, Any]], str], shown: list[Shown]) -> None:
        end = self.began + len(self.speaker.samples) / RATE_HZ + DRAIN_S
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end), asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(kind))
                await asyncio.sleep(max(0.0, self.began + self.deaf_s - time.monotonic()))
                async for message in self.socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        text = read(json.loads(message.data))
                        if text and (not shown or shown[-1].text != text):
                            shown.append(Shown(time.monotonic() - self.began, text))

    async def _send(self, kind: type) -> None:
        async for _, samples in self.pace(self.speaker.samples, self.began):
            audio = samples if kind is np.int16 else samples.astype(np.float32) / np.float32(32768)
            await self.socket.send_bytes(audio.tobytes())
