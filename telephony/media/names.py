"""The ids of what a tap makes on the PBX: chosen by us, so that we can recognise what a dead predecessor left. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from secrets import token_hex

from line102.calls import CallId, Side

PREFIX = "line102-tap-"
VOICE_PREFIX = "line102-voice-"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapNames:
    """One tap: ``line102-tap-<call>-<side>-<token>-<part>``; the token keeps a second tap of the same side apart."""

    snoop: str
    media: str
    bridge: str

    @classmethod
    def of(cls, call_id: CallId, side: Side, token: str | None = None) -> TapNames:
        stem = f"{PREFIX}{call_id}-{side}-{token or token_hex(4)}"
        return cls(snoop=f"{stem}-snoop", media=f"{stem}-media", bridge=f"{stem}-bridge")

    def all(self) -> frozenset[str]:
        return frozenset((self.snoop, self.media, self.bridge))


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNames:
    """One voice: ``line102-voice-<call>-<token>-snoop``, and ``…-play-<number>`` for each sound it says."""

    snoop: str
    stem: str

    @classmethod
    def of(cls, call_id: CallId, token: str | None = None) -> VoiceNames:
        stem = f"{VOICE_PREFIX}{call_id}-{token or token_hex(4)}"
        return cls(snoop=f"{stem}-snoop", stem=stem)

    def playback(self, number: int) -> str:
        return f"{self.stem}-play-{number}"


class OurNames:
    """Tells the ids of this node's taps from everybody else's. A call id is ``<node>-<seconds>.<number>``."""

    def __init__(self, node: str) -> None:
        sides = "|".join(Side)
        self._ours = re.compile(rf"{re.escape(f'{PREFIX}{node}-')}\d+\.\d+-({sides})-[0-9a-f]+-(snoop|media|bridge)")

    @classmethod
    def of_voices(cls, node: str) -> OurNames:
        """The same for voices' channels."""
        names = cls(node)
        names._ours = re.compile(rf"{re.escape(f'{VOICE_PREFIX}{node}-')}\d+\.\d+-[0-9a-f]+-snoop")
        return names

    def __contains__(self, name: str) -> bool:
        return self._ours.fullmatch(name) is not None
