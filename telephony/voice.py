"""A voice in a caller's ear: a snoop that whispers. The caller's channel stays where it is, whatever happens to us."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from line102.calls import CallId
from line102.errors import Gone, Line102Error, Refused, Unreachable
from telephony.ari.client import AriClient
from telephony.ari.stage import Stage, Watch
from telephony.media.names import OurNames, VoiceNames
from telephony.media.shielding import to_its_end
from telephony.within import within

log = structlog.get_logger(__name__)
HANGING_UP_S = 0.5
_SOUND = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")  # no ".." and nothing that ARI takes for another scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """``node`` is Asterisk's ``systemname``. ``sounds``: the folder of prompts as Asterisk sees it (``@SOUNDS@``)."""

    node: str
    sounds: str
    set_up_within: timedelta = timedelta(seconds=3)
    longest: timedelta = timedelta(seconds=120)  # of one sound


class AsteriskVoice:
    """Implements ``ports.Voice``. Needs an ``AriFeed`` on the same ``stage``; until it is up, raises Unreachable."""

    def __init__(self, client: AriClient, stage: Stage, settings: VoiceSettings) -> None:
        self._client = client
        self._stage = stage
        self._settings = settings
        self._ours = OurNames.of_voices(settings.node)
        self._live: set[str] = set()

    @asynccontextmanager
    async def speak_to(self, call_id: CallId) -> AsyncIterator[Whisper]:
        """See ``ports.Voice``. Whoever opened it closes it when an operator answers: a voice does not know."""
        names = VoiceNames.of(call_id)
        async with AsyncExitStack() as stack:
            snoop = stack.enter_context(self._stage.watch(names.snoop))
            self._live.add(names.snoop)
            stack.push_async_callback(self._remove, names.snoop)
            await self._set_up(call_id, names, snoop)
            yield Whisper(self._client, self._stage, self._settings, call_id, names, snoop)

    async def sweep(self) -> int:
        """Remove this node's voices that nobody here holds; return how many. Raises Unreachable."""
        said = await self._client.channels()
        leftovers = [channel.id for channel in said if channel.id in self._ours and channel.id not in self._live]
        for channel_id in leftovers:
            await self._delete(channel_id)
        if leftovers:
            log.warning("voices_swept", channels=len(leftovers))
        return len(leftovers)

    async def _set_up(self, call_id: CallId, names: VoiceNames, snoop: Watch) -> None:
        what = f"a voice for call {call_id}"
        async with within(self._settings.set_up_within, what):
            await to_its_end(self._client.whisper(call_id, names.snoop))
            await snoop.entered()
        if snoop.over.is_set():
            raise Gone(f"call {call_id}")

    async def _remove(self, channel_id: str) -> None:
        await to_its_end(self._delete(channel_id))
        self._live.discard(channel_id)

    async def _delete(self, channel_id: str) -> None:
        try:
            await self._client.delete_channel(channel_id)
        except Gone:
            pass
        except Line102Error as error:
            log.warning("voice_left_behind", channel=channel_id, why=str(error))  # a later sweep removes it


class Whisper:
    """Implements ``ports.Speech``: one sound at a time; the next one waits until the one before has ended."""

    def __init__(
        self, client: AriClient, stage: Stage, settings: VoiceSettings, call_id: CallId, names: VoiceNames, snoop: Watch
    ) -> None:
        self._client = client
        self._stage = stage
        self._settings = settings
        self._call_id = call_id
        self._names = names
        self._snoop = snoop
        self._said = 0  # sounds so far
        self._turn = asyncio.Lock()
        self._playing: Watch | None = None
        self._hushed = False

    async def say(self, sound: str) -> None:
        """Play ``sound`` (``line102/ru/offer``) to its end, or until ``hush``.

        Raises Gone (the caller hung up), Unreachable (the PBX or the feed is lost), Refused (no such sound).
        """
        if not _SOUND.fullmatch(sound):
            raise Refused(f"the sound {sound!r}", "its name is no path below the sounds folder")
        async with self._turn:
            await self._say(sound)

    async def _say(self, sound: str) -> None:
        self._said += 1
        with self._stage.watch(self._names.playback(self._said)) as playing, self._snoop.ends_too(playing):
            self._playing, self._hushed = playing, False
            try:
                await self._play(sound, playing)
            finally:
                with suppress(Line102Error):  # else it ends with its channel
                    await to_its_end(self._stop(playing))  # cancelled in mid-word: the caller hears no more of it
                self._playing = None

    async def hush(self) -> None:
        """Stop what is being said; ``say`` then returns. Nothing being said: nothing happens. Raises Unreachable."""
        self._hushed = True
        if self._playing is not None:
            await self._stop(self._playing)

    async def _stop(self, playing: Watch) -> None:
        if not playing.over.is_set():
            with suppress(Gone):  # over at the same moment, or not begun: ``_play`` looks again
                await self._client.stop_playback(playing.channel_id)

    async def _play(self, sound: str, playing: Watch) -> None:
        self._look()
        file = f"{self._settings.sounds}/{sound}"
        try:
            await to_its_end(self._client.play(self._names.snoop, playing.channel_id, sound=file))
        except Refused:
            self._look()  # not in our hands any more: the caller has hung up
            raise
        if self._hushed:
            await self._stop(playing)
        async with within(self._settings.longest, f"the end of {sound}"):
            await playing.over.wait()
        if playing.failed and not self._hushed:
            with suppress(TimeoutError):  # a hang-up fails the sound first, and ends the channel then
                async with asyncio.timeout(HANGING_UP_S):
                    await self._snoop.over.wait()
        self._look()
        if playing.failed and not self._hushed:
            raise Refused(f"the sound {sound}", "Asterisk could not play it")

    def _look(self) -> None:
        if self._snoop.dark is not None:
            raise Unreachable(f"the voice for call {self._call_id}", self._snoop.dark)
        if self._snoop.over.is_set():
            raise Gone(f"call {self._call_id}")
