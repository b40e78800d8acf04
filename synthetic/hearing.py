"""What a caller hears, told apart as a person would: the ringing tone, somebody speaking, nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
RINGING_HZ = 425  # asterisk-conf/indications.conf
_PIECE = 800  # samples: 0.1 s
_LOUD = 100.0  # root mean square of int16 from which a piece is a sound; the line's own noise is below 10
_RINGS_FROM = 0.6  # share of the energy near the tone; it goes on under a voice that is whispered in


@dataclass(slots=True)
class Hearing:
    """Counts from ``begins`` on, a place in everything heard since the answer. ``silent_since``: loop time."""

    begins: int
    silent_since: float
    speech_s: float = 0.0
    _rest: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, dtype=np.int16))

    def take(self, heard: NDArray[np.int16], now: float) -> None:
        """``heard``: everything so far, 8 kHz; each sample counts once."""
        fresh = np.concatenate([self._rest, heard[self.begins :]])
        self.begins = max(self.begins, len(heard))
        whole = len(fresh) // _PIECE * _PIECE
        self._rest = fresh[whole:]
        for piece in fresh[:whole].reshape(-1, _PIECE):
            if is_loud(piece):
                self.silent_since = now
                self.speech_s += 0.0 if is_ringing(piece) else _PIECE / SAMPLE_RATE_HZ


def is_loud(piece: NDArray[np.int16]) -> bool:
    return bool(np.sqrt(np.mean(piece.astype(np.float64) ** 2)) > _LOUD)


def is_ringing(piece: NDArray[np.int16]) -> bool:
    """Whether most of a loud 0.1 s is the ringing tone."""
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    frequency = np.fft.rfftfreq(len(piece), 1 / SAMPLE_RATE_HZ)
    near = power[np.abs(frequency - RINGING_HZ) <= 25].sum()
    return bool(near > _RINGS_FROM * power.sum())
