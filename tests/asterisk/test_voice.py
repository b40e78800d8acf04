"""A voice whispered to a caller on the real Asterisk: heard, hushed, and gone with whoever spoke."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import soundfile

from line102.calls import CallId
from line102.errors import Gone, Refused, Unreachable
from line102.events import CallAnswered
from line102.ports import KeyPressed, LinkUp
from telephony.ami.backoff import BackoffSettings
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.settings import AriSettings
from telephony.ari.stage import Stage
from telephony.voice import AsteriskVoice, VoiceSettings
from tests.asterisk.ami_watch import watching
from tests.asterisk.conftest import TestPbx
from tests.asterisk.help_line import controlling, heard_tone, hearing_caller, put_announcements, put_tone
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_dialplan import Calls, course, seen

pytestmark = pytest.mark.asterisk

VOICE_HZ, VOICE_S, SOUND = 1500, 2.0, "line102/ru/test-offer"
RINGING_HZ = 425
QUICK = BackoffSettings(first=timedelta(milliseconds=50), cap=timedelta(milliseconds=200))


class Mouth:
    """A running feed and a voice on the real PBX."""

    def __init__(self, client: AriClient) -> None:
        self.client = client
        self.stage = Stage()
        self.voice = AsteriskVoice(client, self.stage, VoiceSettings(node="line102", sounds="/srv/sounds"))
        self.up = asyncio.Event()
        self.feed = AriFeed(client, self.stage, report=self._report, tidy=self.voice.sweep, backoff=QUICK)

    def _report(self, report: object) -> None:
        if isinstance(report, LinkUp):
            self.up.set()

    async def leftovers(self) -> list[str]:
        return [channel.id for channel in await self.client.channels() if "line102-voice-" in channel.id]


@asynccontextmanager
async def speaking(pbx: TestPbx) -> AsyncIterator[Mouth]:
    settings = AriSettings(
        user=pbx.ari_user, password=pbx.values.ari_password, host="127.0.0.1", port=pbx.values.http_port
    )
    async with AriClient.session(settings) as client, asyncio.TaskGroup() as group:
        mouth = Mouth(client)
        running = group.create_task(mouth.feed.run())
        await asyncio.wait_for(mouth.up.wait(), 5)
        yield mouth
        running.cancel()


@pytest.fixture(autouse=True)
def prompt(pbx: TestPbx) -> None:
    put_announcements(pbx)
    put_tone(pbx, SOUND, VOICE_HZ, VOICE_S)


@pytest.fixture
def calls(pbx: TestPbx) -> Calls:
    return Calls(pbx)


@pytest.fixture
async def mouth(pbx: TestPbx) -> AsyncIterator[Mouth]:
    async with speaking(pbx) as mouth:
        yield mouth
        assert await mouth.leftovers() == []


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_a_waiting_caller_hears_it_over_the_ringing_and_keeps_their_place(
    pbx: TestPbx, calls: Calls, mouth: Mouth
) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            began = time.monotonic()
            await speech.say(SOUND)
            assert time.monotonic() - began == pytest.approx(VOICE_S, abs=0.5)
            await speech.say(SOUND)  # again, in the same ear
        before = len(call.heard())
        assert heard_tone(call.heard(), VOICE_HZ) == pytest.approx(2 * VOICE_S, abs=0.6)
        await seen(lambda: heard_tone(call.heard()[before:], RINGING_HZ) > 0.5, what="the ringing goes on")
        assert heard_tone(call.heard()[before + 4000 :], VOICE_HZ) == 0
        assert course(pbx, call_id) == ["OFFERED", "RECORDING", "ENTERQUEUE"], "never left the queue"


async def test_it_is_hushed_when_an_operator_answers(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    async with watching(pbx) as watch, phone(pbx, "op1", answers_after_s=1), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            saying = asyncio.create_task(speech.say(SOUND))
            await watch.until(lambda: watch.of(CallAnswered))
            await speech.hush()
            await asyncio.wait_for(saying, 1)
            await speech.hush()  # nothing is said: nothing happens
        before = len(call.heard())
        await seen(lambda: heard_tone(call.heard()[before:], 880) > 1, what="the operator is heard")
        assert heard_tone(call.heard()[before + 2000 :], VOICE_HZ) == 0
        assert 0.4 < heard_tone(call.heard(), VOICE_HZ) < VOICE_S - 0.3


async def test_hushed_before_it_was_begun(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            saying = asyncio.create_task(speech.say(SOUND))
            await asyncio.sleep(0)  # it has asked, nothing was answered yet
            await speech.hush()
            await asyncio.wait_for(saying, 1)
        assert heard_tone(call.heard(), VOICE_HZ) < 0.5


async def test_a_caller_who_hangs_up_in_mid_prompt_is_gone(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            saying = asyncio.create_task(speech.say(SOUND))
            await seen(lambda: heard_tone(call.heard(), VOICE_HZ) > 0.2, what="the voice")
            await call.hang_up()
            with pytest.raises(Gone):
                await asyncio.wait_for(saying, 2)
            with pytest.raises(Gone):
                await speech.say(SOUND)
        await calls.reaches("ENDED")
        with pytest.raises(Gone):
            async with mouth.voice.speak_to(call_id):
                pass


async def test_a_sound_that_is_not_there_is_refused(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=NEVER_S):
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            for sound in ("line102/ru/absent", "../etc/x", "http://there/x", ""):
                with pytest.raises(Refused):
                    await asyncio.wait_for(speech.say(sound), 5)
            await speech.say("line102/ru/back-to-102")  # and the voice is as good as before


async def test_it_speaks_in_the_self_service(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    async with phone(pbx, "op1", answers_after_s=0.1), caller(pbx, talk_s=NEVER_S, number="77010000009"):
        await calls.reaches("CONNECT op1")
        async with hearing_caller(pbx) as call:
            call_id = CallId(await calls.reaches("ENTERQUEUE", 1))
            async with controlling(pbx) as control, mouth.voice.speak_to(call_id) as speech:
                await control.send(call_id, self_service=True)  # the voice goes with them from the queue
                await calls.reaches("HELPLINE", 1)
                before = len(call.heard())
                await speech.say(SOUND)
                heard = call.heard()[before:]
                assert heard_tone(heard, VOICE_HZ) == pytest.approx(VOICE_S, abs=0.4)
                assert heard_tone(heard, RINGING_HZ) < 0.3, "silence behind it"
                await control.keep_alive(call_id)


async def swept(mouth: Mouth) -> bool:
    return await mouth.leftovers() == []


async def test_the_service_dies_in_mid_word(pbx: TestPbx, calls: Calls) -> None:
    """Its connection is gone and nothing was cleaned up: the caller waits as before; the next service sweeps."""
    async with phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with speaking(pbx) as dying:
            name = f"line102-voice-{call_id}-0badcafe-snoop"
            with dying.stage.watch(name) as snoop:
                await dying.client.whisper(call_id, name)
                await snoop.entered()
            await dying.client.play(name, "line102-voice-x-play-1", sound=f"/srv/sounds/{SOUND}")
            await seen(lambda: heard_tone(call.heard(), VOICE_HZ) > 0.2, what="the voice")
        assert course(pbx, call_id)[-1] == "ENTERQUEUE"
        async with speaking(pbx) as next_one:  # tidies before it says up
            await until(lambda: swept(next_one), within_s=2)
        before = len(call.heard())
        await seen(lambda: heard_tone(call.heard()[before:], RINGING_HZ) > 0.5, what="the ringing goes on")
        assert course(pbx, call_id)[-1] == "ENTERQUEUE"


async def test_without_the_feed_nothing_is_begun(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=NEVER_S):
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with speaking(pbx) as mouth:
            mouth.stage.darken("cut")
            with pytest.raises(Unreachable):
                async with mouth.voice.speak_to(call_id):
                    pass
            assert await mouth.leftovers() == []


async def test_a_key_pressed_while_waiting_is_seen(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch, phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        for key in "1#":
            call.press(key)
            await watch.until(lambda key=key: [event.key for event in watch.of(KeyPressed)][-1:] == [key])
        assert {event.call_id for event in watch.of(KeyPressed)} == {call_id}
        assert course(pbx, call_id)[-1] == "ENTERQUEUE"


async def test_what_is_whispered_is_not_in_the_recording(pbx: TestPbx, calls: Calls, mouth: Mouth) -> None:
    """Asterisk gives a frame to its listeners before it mixes the whisper in (audiohook.c): docs/pbx.md says so."""
    async with phone(pbx, "op1", answers_after_s=NEVER_S), hearing_caller(pbx) as call:
        call_id = CallId(await calls.reaches("ENTERQUEUE"))
        async with mouth.voice.speak_to(call_id) as speech:
            await speech.say(SOUND)
        assert heard_tone(call.heard(), VOICE_HZ) > VOICE_S - 0.5
    await calls.reaches("ENDED")
    path = pbx.recordings / f"{call_id}-out.wav"
    await seen(lambda: soundfile.info(path).frames > 0, what="a closed recording")
    samples, _ = soundfile.read(path, dtype="int16")
    assert heard_tone(samples, VOICE_HZ) == 0
    assert heard_tone(samples, RINGING_HZ) > 0.5
