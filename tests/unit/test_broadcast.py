"""A page gets every change after its snapshot, or is told that it did not."""

import asyncio

import pytest

from line102 import broadcast as broadcasts
from line102.board import Board
from line102.broadcast import Broadcast, SlowReader
from line102.calls import CallId
from line102.events import CallOffered
from tests.fakes.scripted import at


def offered(n: int) -> CallOffered:
    return CallOffered(call_id=CallId(f"pbx-1.{n}"), at=at(n), number="7701", dialled="102")


async def test_no_hole_between_snapshot_and_feed() -> None:
    broadcast = Broadcast(Board("test"))
    broadcast.event(offered(1))
    with broadcast.subscribe() as page:
        for n in range(2, 6):
            broadcast.event(offered(n))
        assert page.snapshot.seq == 1
        assert [(await page.next()).seq for _ in range(4)] == [2, 3, 4, 5]


async def test_a_slow_page_is_cut_off_after_what_is_whole_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcasts, "CAPACITY", 3)
    broadcast = Broadcast(Board("test"))
    with broadcast.subscribe() as slow, broadcast.subscribe() as quick:
        for n in range(1, 6):
            broadcast.event(offered(n))
            assert (await quick.next()).seq == n
        assert [(await slow.next()).seq for _ in range(3)] == [1, 2, 3]
        with pytest.raises(SlowReader):
            await slow.next()
    assert broadcast.cut_off == 1
    assert broadcast.readers == 0


async def test_a_reader_that_waits_and_is_then_cut_off_is_told() -> None:
    broadcast = Broadcast(Board("test"))
    with broadcast.subscribe() as page:
        waiting = asyncio.ensure_future(page.next())
        await asyncio.sleep(0)
        broadcast.event(offered(1))
        assert (await asyncio.wait_for(waiting, 1)).seq == 1
