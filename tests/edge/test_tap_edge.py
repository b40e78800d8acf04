"""Taps against a scripted Asterisk: everything that can go wrong half-way, and nothing is left on the PBX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import numpy as np
import pytest

from line102.calls import CallId, Side
from line102.errors import Gone, Line102Error, Refused, Unreachable
from line102.ports import AudioChunk
from telephony.ari.client import AriClient
from telephony.ari.stage import Stage
from telephony.media.tap import AsteriskTaps, TapSettings
from tests.edge.test_ari_feed import MS, Heard, until
from tests.fakes.ari_server import SLOW, STALL, FakeAri, serving

CALL = CallId("line102-1.1")


class Tapping:
    def __init__(self, fake: FakeAri, client: AriClient, **changed: object) -> None:
        self.fake = fake
        self.heard = Heard(fake, client)
        values: dict[str, object] = {"node": "line102", "set_up_within": 400 * MS, "quiet": 150 * MS}
        self.taps = AsteriskTaps(client, self.stage, TapSettings(**(values | changed)))  # type: ignore[arg-type]
        self.heard.feed._tidy = self.taps.sweep

    @property
    def stage(self) -> Stage:
        return self.heard.stage

    async def hear(self, side: Side = Side.CALLER) -> list[AudioChunk]:
        async with self.taps.open(CALL, side) as audio:
            return [chunk async for chunk in audio]


@asynccontextmanager
async def tapping(fake: FakeAri, **changed: object) -> AsyncIterator[Tapping]:
    """A running feed and taps on ``fake``, which leaves nothing behind, whatever the test did."""
    settings = fake.settings(deadline=timedelta(seconds=1))
    async with AriClient.session(settings) as client, asyncio.TaskGroup() as group:
        made = Tapping(fake, client, **changed)
        running = group.create_task(made.heard.feed.run())
        await until(lambda: bool(made.heard.ups))
        yield made
        assert made.taps._live == set()
        assert made.stage._watches == {}
        assert made.taps.figures().open == 0
        running.cancel()


@pytest.fixture
async def fake() -> AsyncIterator[FakeAri]:
    async with serving(FakeAri(callers={CALL})) as fake:
        yield fake


@pytest.fixture
async def pbx(fake: FakeAri) -> AsyncIterator[Tapping]:
    async with tapping(fake) as pbx:
        yield pbx


def frames_of(chunks: list[AudioChunk]) -> list[int]:
    return np.concatenate([chunk.samples for chunk in chunks])[::160].tolist() if chunks else []


@pytest.mark.parametrize(("side", "spy"), [(Side.CALLER, "in"), (Side.OPERATOR, "out")])
async def test_one_side_until_the_caller_hangs_up(pbx: Tapping, side: Side, spy: str) -> None:
    chunks: list[AudioChunk] = []
    async with pbx.taps.open(CALL, side) as audio:
        assert [(snoop.of, snoop.spy) for snoop in pbx.fake.snoops.values()] == [(CALL, spy)]
        async for chunk in audio:
            chunks.append(chunk)
            if len(chunks) == 3:
                await pbx.fake.hang_up(CALL)
    numbers = frames_of(chunks)
    assert numbers == list(range(len(numbers)))  # every frame once, the last ones too
    assert len(numbers) >= 15
    assert all(chunk.sample_rate_hz == 8000 for chunk in chunks)
    assert pbx.fake.leftovers == set()
    assert pbx.taps.figures().frames == len(numbers)


async def test_leaving_early_leaves_nothing_behind(pbx: Tapping) -> None:
    async with pbx.taps.open(CALL, Side.CALLER) as audio:
        await anext(audio)
        assert len(pbx.fake.leftovers) == 3
    assert pbx.fake.leftovers == set()
    assert CALL in pbx.fake.callers


async def test_an_error_of_the_listener_comes_out_as_it_is(pbx: Tapping) -> None:
    with pytest.raises(ZeroDivisionError):
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            await anext(audio)
            _ = 1 / 0
    assert pbx.fake.leftovers == set()


async def test_the_caller_has_hung_up_before_we_came(pbx: Tapping) -> None:
    pbx.fake.callers.clear()
    with pytest.raises(Gone):
        await pbx.hear()
    assert pbx.taps.figures().refused == 0


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ("POST snoop", 404, Gone),
        ("POST snoop", 409, Refused),
        ("POST snoop", 500, Unreachable),
        ("POST externalMedia", 409, Refused),
        ("POST externalMedia", 500, Unreachable),
        ("POST bridge", 500, Unreachable),
        ("GET media socket", 500, Unreachable),
        ("GET media socket", STALL, Unreachable),
        ("POST addChannel", 409, Refused),
        ("POST addChannel", 500, Unreachable),
        ("POST addChannel", STALL, Unreachable),
    ],
)
async def test_a_set_up_that_fails_half_way_leaves_nothing_behind(
    pbx: Tapping, request_: str, status: int, error: type[Line102Error]
) -> None:
    pbx.fake.script(request_, status)
    with pytest.raises(error):
        await pbx.hear()
    assert pbx.fake.leftovers == set()
    assert pbx.taps.figures().refused == (0 if error is Gone else 1)


async def test_media_that_never_starts(pbx: Tapping) -> None:
    pbx.fake.media_start = False
    with pytest.raises(Unreachable, match="not set up within"):
        await pbx.hear()
    await until(lambda: pbx.fake.leftovers == set())


async def test_the_caller_hangs_up_during_the_set_up(pbx: Tapping) -> None:
    pbx.fake.media_start = False
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(_error_of(pbx.hear()))
        await until(lambda: "GET media socket" in pbx.fake.requests)
        await pbx.fake.hang_up(CALL)
    assert isinstance(hearing.result(), Gone | Unreachable)
    await until(lambda: pbx.fake.leftovers == set())


@pytest.mark.parametrize(
    "stalled", ["POST snoop", "POST externalMedia", "POST bridge", "GET media socket", "POST addChannel"]
)
async def test_cancelled_in_the_middle_of_any_step(fake: FakeAri, stalled: str) -> None:
    async with tapping(fake) as pbx, asyncio.TaskGroup() as group:
        fake.script(stalled, STALL)
        hearing = group.create_task(pbx.hear())
        await until(lambda: fake.stalled == 1)
        hearing.cancel()
        await asyncio.wait({hearing}, timeout=5)
        assert hearing.cancelled()
        assert fake.leftovers == set()


@pytest.mark.parametrize("slow", ["POST snoop", "POST externalMedia", "POST bridge"])
async def test_cancelled_while_the_pbx_is_still_making_it(pbx: Tapping, slow: str) -> None:
    """What is made after we stopped waiting would outlive its removal."""
    pbx.fake.script(slow, SLOW)
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(pbx.hear())
        await until(lambda: slow in pbx.fake.requests)
        hearing.cancel()
    with pytest.raises(TimeoutError):
        await until(lambda: pbx.fake.leftovers != set(), within=0.4)
    assert pbx.taps.figures().swept == 0


async def test_cancelled_again_during_the_removal(pbx: Tapping) -> None:
    pbx.fake.script("DELETE channel", SLOW)
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(pbx.hear())
        await until(lambda: pbx.taps.figures().frames > 3)
        hearing.cancel()
        await until(lambda: "DELETE channel" in pbx.fake.requests)
        hearing.cancel()
    assert pbx.fake.leftovers == set()
    assert pbx.taps.figures().swept == 0


async def test_cancelled_while_listening(pbx: Tapping) -> None:
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(pbx.hear())
        await until(lambda: pbx.taps.figures().frames > 3)
        hearing.cancel()
        await asyncio.wait({hearing}, timeout=5)
    assert hearing.cancelled()
    assert pbx.fake.leftovers == set()


async def test_the_media_socket_is_cut_while_the_call_goes_on(pbx: Tapping) -> None:
    pbx.fake.frames = 12
    chunks: list[AudioChunk] = []
    with pytest.raises(Unreachable, match="while the call goes on"):
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            async for chunk in audio:
                chunks.append(chunk)  # noqa: PERF401 what was heard before the cut counts
    assert frames_of(chunks) == list(range(12))
    assert pbx.fake.leftovers == set()


async def test_the_event_feed_is_lost(pbx: Tapping) -> None:
    with pytest.raises(Unreachable):
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            async for _ in audio:
                await pbx.fake.cut_feeds()
    assert pbx.fake.leftovers == set()
    await until(lambda: len(pbx.heard.ups) == 2)
    async with pbx.taps.open(CALL, Side.CALLER) as audio:
        await anext(audio)


async def test_the_pbx_dies_and_comes_back(fake: FakeAri) -> None:
    reborn = FakeAri(callers={CALL})
    async with AsyncDeath(reborn) as death, tapping(reborn) as pbx:
        with pytest.raises(Unreachable):
            async with pbx.taps.open(CALL, Side.CALLER) as audio:
                await anext(audio)
                await death.die()
                async for _ in audio:
                    pass
        with pytest.raises(Unreachable):
            await pbx.hear()
        assert len(reborn.leftovers) > 0  # nobody could be told
        await death.rise()
        await until(lambda: len(pbx.heard.ups) == 2)
        assert reborn.leftovers == set()


class AsyncDeath:
    """A server that can be ended and started again on its port."""

    def __init__(self, fake: FakeAri) -> None:
        self._fake = fake
        self._serving = serving(fake)

    async def __aenter__(self) -> AsyncDeath:
        await self._serving.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.die()

    async def die(self) -> None:
        await self._serving.__aexit__(None, None, None)

    async def rise(self) -> None:
        self._serving = serving(self._fake)
        await self._serving.__aenter__()


async def test_an_end_that_the_feed_did_not_show_is_found_by_asking(pbx: Tapping) -> None:
    async with asyncio.timeout(5):
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            await anext(audio)
            pbx.fake.snoops.clear()  # no event
            pbx.fake.callers.clear()
            async for _ in audio:
                pass
    assert pbx.fake.leftovers == set()


async def test_a_quiet_caller_stays_tapped_and_the_silence_is_a_jump(pbx: Tapping) -> None:
    async with pbx.taps.open(CALL, Side.CALLER) as audio:
        before = await anext(audio)
        taken, pbx.fake.snoops = pbx.fake.snoops, {}  # the phone sends nothing
        asked = pbx.fake.requests.count("GET channel")
        await until(lambda: pbx.fake.requests.count("GET channel") >= asked + 3)
        pbx.fake.snoops = taken
        async for chunk in audio:
            if chunk.at - before.at > timedelta(milliseconds=400):
                break
            before = chunk
    assert pbx.taps.figures().holes == 1


async def test_a_slow_listener_loses_the_oldest_and_sees_it(fake: FakeAri) -> None:
    async with tapping(fake, capacity=200 * MS) as pbx:
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            first = await anext(audio)
            await until(lambda: pbx.taps.figures().dropped_chunks >= 3)
            second = await anext(audio)
        assert second.at - first.at >= timedelta(milliseconds=400)
        assert pbx.taps.figures().dropped_s >= 0.3


async def test_wrong_frame_sizes_and_strange_controls_are_counted(pbx: Tapping) -> None:
    pbx.fake.frame_bytes = 318
    async with pbx.taps.open(CALL, Side.CALLER) as audio:
        await anext(audio)
    assert pbx.taps.figures().wrong_sizes >= 5


async def test_the_sweep_takes_our_leftovers_and_nothing_else(fake: FakeAri) -> None:
    stem = "line102-tap-line102-1.1-caller-0badcafe"
    other = "line102-tap-astana-1.1-caller-0badcafe"
    fake.bridges = {f"{stem}-bridge": set(), f"{other}-bridge": set(), "operators": set()}
    fake.media = {f"{stem}-media": asyncio.Event(), f"{other}-media": asyncio.Event()}
    async with tapping(fake) as pbx:
        assert fake.leftovers == {f"{other}-bridge", f"{other}-media", "operators"}
        assert pbx.taps.figures().swept == 2
        async with pbx.taps.open(CALL, Side.CALLER) as audio:
            await anext(audio)
            assert await pbx.taps.sweep() == 0  # what is in use stays
            await anext(audio)
    assert CALL in fake.callers


async def test_without_a_feed_nothing_is_made(fake: FakeAri) -> None:
    async with AriClient.session(fake.settings()) as client:
        taps = AsteriskTaps(client, Stage(), TapSettings(node="line102"))
        with pytest.raises(Unreachable):
            async with taps.open(CALL, Side.CALLER):
                pass
    assert fake.requests == []


async def _error_of(hearing: AsyncIterator[object] | object) -> BaseException | None:
    try:
        await hearing  # type: ignore[misc]
    except Line102Error as error:
        return error
    return None
