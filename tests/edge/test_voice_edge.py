"""A voice against a scripted Asterisk: what must happen when the PBX is slow, refuses, or is lost in mid-word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from line102.calls import CallId
from line102.errors import Gone, Line102Error, Refused, Unreachable
from telephony.ari.client import AriClient
from telephony.ari.stage import Stage
from telephony.voice import AsteriskVoice, VoiceSettings
from tests.edge.test_ari_feed import MS, Heard, until
from tests.fakes.ari_server import SLOW, STALL, FakeAri, serving

CALL = CallId("line102-1.1")
OFFER = "line102/kk/offer"


class Mouth:
    def __init__(self, fake: FakeAri, client: AriClient, **changed: timedelta) -> None:
        self.fake = fake
        self.heard = Heard(fake, client)
        values: dict[str, timedelta] = {"set_up_within": 400 * MS}
        settings = VoiceSettings(node="line102", sounds="/srv/sounds", **(values | changed))
        self.voice = AsteriskVoice(client, self.stage, settings)
        self.heard.feed._tidy = self.voice.sweep

    @property
    def stage(self) -> Stage:
        return self.heard.stage


@asynccontextmanager
async def speaking(fake: FakeAri, **changed: timedelta) -> AsyncIterator[Mouth]:
    """A running feed and a voice on ``fake``, which leave nothing behind, whatever the test did."""
    settings = fake.settings(deadline=timedelta(seconds=1))
    async with AriClient.session(settings) as client, asyncio.TaskGroup() as group:
        mouth = Mouth(fake, client, **changed)
        running = group.create_task(mouth.heard.feed.run())
        await until(lambda: bool(mouth.heard.ups))
        yield mouth
        assert mouth.voice._live == set()
        assert mouth.stage._watches == {}
        running.cancel()


@pytest.fixture
async def fake() -> AsyncIterator[FakeAri]:
    async with serving(FakeAri(callers={CALL})) as fake:
        yield fake


@pytest.fixture
async def pbx(fake: FakeAri) -> AsyncIterator[Mouth]:
    async with speaking(fake) as pbx:
        yield pbx


async def test_a_sound_is_said_to_its_end_and_nothing_stays(pbx: Mouth) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        assert [(snoop.of, snoop.spy) for snoop in pbx.fake.snoops.values()] == [(CALL, "")]
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        assert not saying.done()
        await pbx.fake.played()
        await asyncio.wait_for(saying, 1)
    assert pbx.fake.said == ["sound:/srv/sounds/line102/kk/offer"]
    assert pbx.fake.leftovers == set()


async def test_a_hush_that_comes_while_the_sound_is_being_begun(pbx: Mouth) -> None:
    pbx.fake.script("POST play", SLOW)
    async with pbx.voice.speak_to(CALL) as speech:
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: "POST play" in pbx.fake.requests)
        await speech.hush()
        await asyncio.wait_for(saying, 2)
        assert pbx.fake.playbacks == {}


async def test_leaving_in_mid_word_ends_it(pbx: Mouth) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), pbx.voice.speak_to(CALL) as speech:
            await speech.say(OFFER)
    assert pbx.fake.playbacks == {}
    assert pbx.fake.leftovers == set()


async def test_cancelled_in_mid_word_the_next_sound_can_be_said(pbx: Mouth) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        saying.cancel()
        await asyncio.wait({saying}, timeout=1)
        assert pbx.fake.playbacks == {}
        again = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        await pbx.fake.played()
        await asyncio.wait_for(again, 1)


async def test_a_second_sound_waits_for_its_turn(pbx: Mouth) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        first, second = asyncio.create_task(speech.say(OFFER)), asyncio.create_task(speech.say("line102/ru/offer"))
        for done, waits in ((first, second), (second, None)):
            await until(lambda: bool(pbx.fake.playbacks))
            assert waits is None or not waits.done()
            await pbx.fake.played()
            await asyncio.wait_for(done, 1)
    assert [sound.rpartition("sounds/")[2] for sound in pbx.fake.said] == [OFFER, "line102/ru/offer"]


async def test_the_next_sound_cuts_off_the_one_before(pbx: Mouth) -> None:
    """As a dialogue does it: cancelled and said anew in one breath."""
    async with pbx.voice.speak_to(CALL) as speech:
        first = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        first.cancel()
        second = asyncio.create_task(speech.say("line102/ru/offer"))
        await until(lambda: len(pbx.fake.said) == 2)
        assert list(pbx.fake.playbacks.values()) == ["sound:/srv/sounds/line102/ru/offer"]
        await pbx.fake.played()
        await asyncio.wait_for(second, 1)


@pytest.mark.parametrize("first", ["failed sound", "end of the channel"])
async def test_a_hang_up_is_gone_whichever_way_it_is_told(pbx: Mouth, first: str) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        if first == "failed sound":
            await pbx.fake.played("failed")
        await pbx.fake.hang_up(CALL)
        with pytest.raises(Gone):
            await asyncio.wait_for(saying, 2)
    assert pbx.fake.leftovers == set()


async def test_a_missing_sound_is_refused(pbx: Mouth) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        await pbx.fake.played("failed")
        with pytest.raises(Refused):
            await asyncio.wait_for(saying, 2)


async def test_the_feed_is_lost_in_mid_word(pbx: Mouth) -> None:
    async with pbx.voice.speak_to(CALL) as speech:
        saying = asyncio.create_task(speech.say(OFFER))
        await until(lambda: bool(pbx.fake.playbacks))
        await pbx.fake.cut_feeds()
        with pytest.raises(Unreachable):
            await asyncio.wait_for(saying, 2)
        await until(lambda: len(pbx.heard.ups) == 2)
    assert pbx.fake.leftovers == set()


@pytest.mark.parametrize(
    ("request_name", "status", "error"),
    [
        ("POST snoop", 404, Gone),
        ("POST snoop", 500, Unreachable),
        ("POST snoop", STALL, Unreachable),
        ("POST play", 500, Unreachable),
        ("POST play", 404, Gone),
        ("POST play", 409, Refused),
    ],
)
async def test_what_the_pbx_refuses_is_said(
    pbx: Mouth, request_name: str, status: int, error: type[Line102Error]
) -> None:
    pbx.fake.script(request_name, status)
    with pytest.raises(error):
        async with pbx.voice.speak_to(CALL) as speech:
            await speech.say(OFFER)
    assert pbx.fake.leftovers == set()


async def test_a_sound_without_end_is_left(fake: FakeAri) -> None:
    async with speaking(fake, longest=200 * MS) as pbx:
        async with pbx.voice.speak_to(CALL) as speech:
            with pytest.raises(Unreachable):
                await speech.say(OFFER)
            assert fake.playbacks == {}


async def test_a_predecessors_voice_is_swept_and_a_living_one_is_not(pbx: Mouth) -> None:
    old = f"line102-voice-{CALL}-0badcafe-snoop"
    async with pbx.voice.speak_to(CALL):
        (living,) = pbx.fake.snoops
        pbx.fake.snoops[old] = pbx.fake.snoops[living]
        assert await pbx.voice.sweep() == 1
        assert set(pbx.fake.snoops) == {living}
