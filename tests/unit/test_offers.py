"""The offer to a caller who waits, from the flag to the queue that is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from line102.errors import Unreachable
from line102.events import (
    CallEnded,
    CallFlagged,
    OfferEnded,
)
from line102.words import Mode, OfferEnd
from tests.fakes.desk import A, Desk, answered, running


@asynccontextmanager
async def offered(desk: Desk) -> AsyncIterator[Desk]:
    """A caller who asked a question waits, nobody is free, and the offer is being said."""
    desk.voice.slow = True
    desk.mode(Mode.OFFER)
    desk.operators("talking")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        async with asyncio.timeout(5):
            while not desk.voice.said:
                await asyncio.sleep(0)
        yield desk


async def test_a_key_accepts_and_the_caller_leaves_the_queue() -> None:
    async with offered(Desk()) as desk:
        assert desk.voice.said == ["line102/ru/offer"]
        desk.presses("1")
        await desk.control.until("withdraw")
        assert desk.control.of("withdraw") == ["help"]
        assert desk.control.of("prepare") == [("ru", True, "caller")]
        assert (await desk.until(OfferEnded)).how is OfferEnd.ACCEPTED
        assert desk.voice.open == 0


@pytest.mark.parametrize(
    ("act", "how"),
    [
        (lambda desk: desk.presses("2"), OfferEnd.REFUSED),
        (lambda desk: desk.says("нет не надо"), OfferEnd.REFUSED),
        (lambda desk: desk.happen(answered()), OfferEnd.OPERATOR_ANSWERED),
        (lambda desk: desk.happen(CallEnded(call_id=A, at=datetime.now(UTC))), OfferEnd.CALLER_GONE),
        (lambda desk: desk.says("тут нож"), OfferEnd.VETOED),
    ],
)
async def test_everything_else_leaves_the_caller_in_their_place(act: Callable[[Desk], None], how: OfferEnd) -> None:
    async with offered(Desk()) as desk:
        act(desk)
        assert (await desk.until(OfferEnded)).how is how
        await asyncio.sleep(0)
        assert desk.control.of("withdraw") == []
        assert desk.voice.open == 0


async def test_a_voice_that_fails_leaves_the_caller_in_their_place() -> None:
    desk = Desk()
    desk.voice.failing = Unreachable("ARI", "scripted")
    desk.mode(Mode.OFFER)
    desk.operators("talking")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        assert (await desk.until(OfferEnded)).how is OfferEnd.BROKEN
        assert desk.control.of("withdraw") == []


@pytest.mark.parametrize("status", ["free"])
async def test_nobody_is_asked_while_an_operator_is_free(status: str) -> None:
    desk = Desk()
    desk.mode(Mode.OFFER)
    desk.operators(status)
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        await desk.until(CallFlagged)
        await asyncio.sleep(0)
        assert desk.voice.said == []


async def test_a_mode_turned_down_stops_offers_at_once() -> None:
    desk = Desk()
    desk.mode(Mode.OFFER)
    desk.operators("free")
    async with running(desk):
        desk.calls()
        desk.says("как подать заявление")
        desk.mode(Mode.SHADOW)
        desk.operators("talking")
        await desk.control.happened.wait() if desk.control.done else await asyncio.sleep(0)
        assert desk.voice.said == []
