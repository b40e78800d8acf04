"""What arrives on a media websocket: control texts and PCM frames. Pure.

Source: Asterisk's chan_websocket.c, control messages as JSON (``f(json)``), Asterisk ≥ 22.8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from line102.errors import ProtocolViolation

SAMPLE_BYTES = 2  # signed linear, 16 bit, little-endian on every machine that Debian's Asterisk runs on here
SAMPLE_RATES_HZ = {"slin": 8000, "slin12": 12000, "slin16": 16000, "slin24": 24000, "slin48": 48000}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted:
    """Asterisk begins to send: ``frame_bytes`` in each full frame."""

    sample_rate_hz: int
    frame_bytes: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A control message that we know of and need not act upon, or do not know: counted by its name."""

    name: str


class _Control(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    event: str


class _Start(_Control):
    format: str
    optimal_frame_size: int


def parse_control(text: str) -> MediaStarted | Notice:
    """Raises ProtocolViolation for what is not a control message, or a start in a format that we did not ask for."""
    try:
        name = _Control.model_validate_json(text).event
        if name != "MEDIA_START":
            return Notice(name)
        start = _Start.model_validate_json(text)
    except ValidationError as error:
        raise ProtocolViolation("the media websocket", f"not a control message: {error.errors()[0]['type']}") from error
    rate = SAMPLE_RATES_HZ.get(start.format)
    if rate is None or start.optimal_frame_size <= 0:
        raise ProtocolViolation("the media websocket", f"{start.format!r} frames of {start.optimal_frame_size} bytes")
    return MediaStarted(sample_rate_hz=rate, frame_bytes=start.optimal_frame_size)


class Framing:
    """Turns binary frames into samples, and counts those of an unexpected size (they are used all the same)."""

    def __init__(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self.frames = 0
        self.wrong_sizes = 0

    def samples(self, data: bytes) -> NDArray[np.int16]:
        """n bytes → shape (n // 2,), int16; a last odd byte is no sample and is left out. Never raises."""
        self.frames += 1
        if len(data) != self._frame_bytes:
            self.wrong_sizes += 1
        whole = len(data) - len(data) % SAMPLE_BYTES
        return np.frombuffer(data[:whole], dtype="<i2").astype(np.int16, copy=False)
