"""The supervised event feed: up, lost, back; what it tells, and what it counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from line102.errors import Unreachable
from line102.events import Link
from line102.ports import LinkDown, LinkUp
from telephony.ami.backoff import BackoffSettings
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.stage import Stage
from tests.fakes.ari_server import STALL, FakeAri, serving

MS = timedelta(milliseconds=1)
FAST = BackoffSettings(first=10 * MS, cap=40 * MS, after_refusal=50 * MS)


class Heard:
    """A running feed and what it reported."""

    def __init__(self, fake: FakeAri, client: AriClient) -> None:
        self.fake = fake
        self.stage = Stage()
        self.reports: list[LinkUp | LinkDown] = []
        self.tidied = 0
        self.feed = AriFeed(client, self.stage, report=self.reports.append, tidy=self._tidy, backoff=FAST)

    async def _tidy(self) -> None:
        self.tidied += 1
        await self.feed._client.channels()

    @property
    def ups(self) -> list[LinkUp]:
        return [report for report in self.reports if isinstance(report, LinkUp)]

    @property
    def downs(self) -> list[LinkDown]:
        return [report for report in self.reports if isinstance(report, LinkDown)]


async def until(condition: Callable[[], bool], within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(fake: FakeAri, **changed: object) -> AsyncIterator[Heard]:
    async with AriClient.session(fake.settings(**{"deadline": 300 * MS, "ping_every": 100 * MS} | changed)) as client:
        heard = Heard(fake, client)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(heard.feed.run())
            yield heard
            running.cancel()


async def test_it_tidies_before_it_says_up() -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: bool(heard.ups))
        assert heard.tidied == 1
        up = heard.ups[0]
        assert (up.link, up.present, up.pbx_started_at) == (Link.ARI, frozenset(), None)


async def test_a_lost_feed_is_reported_and_comes_back() -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: len(heard.ups) == 1)
        with heard.stage.watch("x") as watch:
            await fake.cut_feeds()
            async with asyncio.timeout(2):
                await watch.over.wait()
            with pytest.raises(Unreachable):
                await watch.entered()
        await until(lambda: len(heard.ups) == 2)
        assert [type(report).__name__ for report in heard.reports] == ["LinkUp", "LinkDown", "LinkUp"]
        assert heard.ups[0].at <= heard.downs[0].last_seen <= heard.ups[1].at


async def test_a_server_away_is_one_report_however_often_it_is_tried() -> None:
    fake = FakeAri()
    async with serving(fake):
        pass
    async with listening(fake) as heard:
        await until(lambda: bool(heard.downs))
        with pytest.raises(Unreachable), heard.stage.watch("x"):
            pass
        async with serving(fake):
            await until(lambda: bool(heard.ups))
            assert len(heard.downs) == 1


async def test_a_wrong_password_names_its_setting_and_does_not_hammer() -> None:
    async with serving(FakeAri(password="changed")) as fake, listening(fake) as heard:
        await until(lambda: fake.requests.count("GET events") >= 3)
        assert len(heard.downs) == 1
        assert "secrets.toml" in heard.downs[0].reason
        fake.password = "secret"
        await until(lambda: bool(heard.ups))


async def test_a_tidying_that_fails_is_a_failed_connect() -> None:
    async with serving(FakeAri()) as fake:
        fake.script("GET channels", 500)
        async with listening(fake) as heard:
            await until(lambda: bool(heard.ups))
            assert [type(report).__name__ for report in heard.reports] == ["LinkDown", "LinkUp"]


async def test_a_stalled_handshake_is_left_at_the_deadline() -> None:
    async with serving(FakeAri()) as fake:
        fake.script("GET events", STALL)
        async with listening(fake, deadline=100 * MS) as heard:
            await until(lambda: bool(heard.ups))
            assert len(heard.downs) == 1


async def test_a_quiet_feed_is_not_a_dead_one() -> None:
    async with serving(FakeAri()) as fake, listening(fake, ping_every=40 * MS) as heard:
        await until(lambda: bool(heard.ups))
        with pytest.raises(TimeoutError):
            await until(lambda: len(heard.reports) > 1, within=0.5)  # a dozen pings


async def test_a_feed_that_answers_no_ping_is_dead() -> None:
    async with serving(FakeAri(deaf=True)) as fake, listening(fake, ping_every=100 * MS) as heard:
        await until(lambda: bool(heard.downs))
        assert len(heard.ups) == 1
        fake.deaf = False
        await until(lambda: len(heard.ups) >= 2)


async def test_unknown_events_are_counted_and_known_ones_are_not() -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: bool(heard.ups))
        await fake.say("ChannelVarset", "x")
        await fake.say("PigeonArrived")
        await fake.say("PigeonArrived")
        await until(lambda: heard.feed.unrecognised["PigeonArrived"] == 2)
        assert dict(heard.feed.unrecognised) == {"PigeonArrived": 2}


@pytest.mark.parametrize("text", ["{", "[]", '{"type":7}', '{"type":"StasisEnd"}', '{"type":"StasisEnd","channel":{}}'])
async def test_a_malformed_event_is_counted_and_the_feed_lives(text: str) -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: bool(heard.ups))
        await fake.say_text(text)
        await until(lambda: heard.feed.malformed == 1)
        with heard.stage.watch("x") as watch:
            await fake.say("StasisStart", "x")
            async with asyncio.timeout(2):
                await watch.entered()
            assert not watch.over.is_set()
            await fake.say("StasisEnd", "x")
            async with asyncio.timeout(2):
                await watch.over.wait()
        assert len(heard.reports) == 1


async def test_another_service_with_our_name_is_reported() -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: bool(heard.ups))
        await fake.say("ApplicationReplaced")
        await until(lambda: bool(heard.downs))
        assert "application name" in heard.downs[0].reason


async def test_a_channel_that_nobody_waits_for_is_swept_at_once() -> None:
    async with serving(FakeAri()) as fake, listening(fake) as heard:
        await until(lambda: bool(heard.ups))
        await fake.say("StasisStart", "came-too-late")
        await until(lambda: heard.tidied == 2)


async def test_when_the_service_stops_listening_watchers_learn_it() -> None:
    async with serving(FakeAri()) as fake:
        async with listening(fake) as heard:
            await until(lambda: bool(heard.ups))
            stage = heard.stage
        with pytest.raises(Unreachable), stage.watch("x"):
            pass
