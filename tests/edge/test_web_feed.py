"""The feed: a snapshot, numbers without holes, and a page that reads too slowly is cut off, never waited for."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from line102.board import Lamp, Light
from line102.broadcast import CAPACITY
from line102.calls import CallId, Side
from line102.events import SegmentHeard
from line102.web import feed as feeds
from line102.words import Segment
from tests.browser.line_story import evening
from tests.edge.json_schema import problems
from tests.edge.web_console import WebConsole, web_console


async def opened(console: WebConsole) -> aiohttp.ClientWebSocketResponse:
    return await console.session.ws_connect(f"{console.address}/api/feed", origin=console.address)


async def test_a_snapshot_then_every_change_by_number(tmp_path: Path) -> None:
    async with web_console(tmp_path, show_shadow_flags=True) as console:
        document = await console.json("/api/openapi.json")
        socket = await opened(console)
        first = await socket.receive_json(timeout=5)
        assert first["type"] == "snapshot"
        seq = first["live"]["seq"]
        start = datetime.now(UTC)
        await console.line.tell(evening(start, n=7))
        await console.line.step(Light(lamp=Lamp.STORE, up=False, since=start, why="away"))
        last = console.line.board.snapshot(start).seq
        kinds = set()
        messages = [first]
        while seq < last:
            message = await socket.receive_json(timeout=5)
            assert message["seq"] == seq + 1
            seq = message["seq"]
            kinds.add(message["type"])
            messages.append(message)
        assert kinds == {"call", "segment", "member", "light"}
        schema = document["components"]["schemas"]["FeedMessage"]
        for message in messages:
            assert problems(message, schema, document) == []
        await socket.close()
    assert console.line.broadcast.readers == 0


async def test_hidden_flags_do_not_ride_in_the_feed(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        socket = await opened(console)
        text = await socket.receive_str(timeout=5)
        await console.line.tell(evening(datetime.now(UTC), n=7), until=12)
        await console.line.step(Light(lamp=Lamp.DISK, up=False, since=datetime.now(UTC)))
        while '"light"' not in text:
            assert "EMERGENCY" not in text and "danger words" not in text
            text = await socket.receive_str(timeout=5)
        await socket.close()


def words(n: int) -> SegmentHeard:
    segment = Segment(
        side=Side.CALLER,
        start=timedelta(seconds=n % 20),
        end=timedelta(seconds=n % 20 + 1),
        revision=n,
        text=f"{n} " + "слово " * 400,
        language="ru",
        confidence=0.9,
        model="scripted",
    )
    return SegmentHeard(call_id=CallId("story-20.1"), at=datetime.now(UTC), segment=segment)


async def test_a_slow_page_is_cut_off_and_told_to_read_again(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        quick, slow = await opened(console), await opened(console)
        for n in range(CAPACITY * 20):  # how much the kernel buffers for the slow page differs from machine to machine
            await console.line.step(words(n))
            if n % 200 == 0:
                await _drain(quick)
            if console.line.broadcast.cut_off:
                break
        assert console.line.broadcast.cut_off == 1, "the quick page is not cut off with the slow one"
        seqs = []
        while (message := await slow.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT:
            seqs.append(_seq(json.loads(message.data)))
        assert slow.close_code == feeds.TOO_SLOW
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "what came before the cut is whole"
        await slow.close()
        await quick.close()
        again = await opened(console)
        assert (await again.receive_json(timeout=5))["type"] == "snapshot"
        await again.close()


async def test_a_ping_says_where_the_feed_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PING_EVERY_S", 0.05)
    async with web_console(tmp_path) as console:
        socket = await opened(console)
        first = await socket.receive_json(timeout=5)
        ping = await socket.receive_json(timeout=5)
        assert ping["type"] == "ping"
        assert ping["seq"] == first["live"]["seq"]
        await socket.close()


async def test_a_stopping_service_says_goodbye(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        socket = await opened(console)
        await socket.receive_json(timeout=5)
        _, goodbye = await asyncio.gather(console.stop(), socket.receive(timeout=5))
        assert goodbye.type is aiohttp.WSMsgType.CLOSE
        assert goodbye.data == aiohttp.WSCloseCode.GOING_AWAY
        await socket.close()


async def _drain(socket: aiohttp.ClientWebSocketResponse) -> None:
    try:
        while True:
            await socket.receive(timeout=0.02)
    except TimeoutError:
        return


def _seq(message: dict[str, Any]) -> int:
    seq = message["live"]["seq"] if message["type"] == "snapshot" else message["seq"]
    assert isinstance(seq, int)
    return seq
