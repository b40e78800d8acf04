"""The bounded hand-over: what happens when the listener is slower than the caller speaks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from line102.errors import Unreachable
from line102.ports import AudioChunk
from telephony.media.buffer import ChunkBuffer

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def chunk(number: int) -> AudioChunk:
    return AudioChunk(T0 + timedelta(milliseconds=100 * number), np.full(800, number, dtype=np.int16), 8000)


async def test_what_goes_in_comes_out_and_ends() -> None:
    buffer = ChunkBuffer(timedelta(seconds=1))
    for number in range(3):
        buffer.put(chunk(number))
    buffer.finish()
    assert [int(c.samples[0]) async for c in buffer] == [0, 1, 2]


async def test_when_full_the_oldest_goes_is_counted_and_leaves_a_jump() -> None:
    buffer = ChunkBuffer(timedelta(seconds=1))
    buffer.put(chunk(0))
    assert int((await anext(buffer)).samples[0]) == 0
    for number in range(1, 26):
        buffer.put(chunk(number))
    buffer.finish()
    kept = [c async for c in buffer]
    assert len(kept) == 10
    assert kept[0].at == T0 + timedelta(seconds=1.6)
    assert buffer.dropped_chunks == 15
    assert buffer.dropped_s == pytest.approx(1.5)


async def test_a_failure_comes_after_what_was_heard() -> None:
    buffer = ChunkBuffer(timedelta(seconds=1))
    buffer.put(chunk(0))
    buffer.fail(Unreachable("the PBX", "gone"))
    buffer.finish()
    assert int((await anext(buffer)).samples[0]) == 0
    with pytest.raises(Unreachable):
        await anext(buffer)


async def test_a_failure_after_the_end_is_nothing() -> None:
    buffer = ChunkBuffer(timedelta(seconds=1))
    buffer.finish()
    buffer.fail(Unreachable("the PBX", "gone"))
    assert [c async for c in buffer] == []


async def test_a_waiting_reader_is_woken() -> None:
    buffer = ChunkBuffer(timedelta(seconds=1))
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        reader = group.create_task(anext(buffer))
        await asyncio.sleep(0)
        buffer.put(chunk(7))
    assert int(reader.result().samples[0]) == 7
