"""Sounds of a telephone line that hold no words: float at 8 kHz, |x| <= 1, of so many seconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
NOTES_HZ = (262, 294, 330, 349, 392, 440, 494, 523, 440, 392, 349, 330)
Floats = NDArray[np.float32]


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def _noise(level: float, seconds: float) -> Floats:
    noise: Floats = np.random.default_rng(2).standard_normal(int(seconds * RATE_HZ)).astype(np.float32) * level
    return noise


def _tones(hertz: tuple[int, ...], on_s: float, off_s: float, seconds: float) -> Floats:
    t = _time(seconds)
    wave = sum(np.sin(2 * np.pi * f * t) for f in hertz) * (t % (on_s + off_s) < on_s) * (0.3 / len(hertz))
    return np.asarray(wave, np.float32)


def _melody(seconds: float) -> Floats:
    """Notes of half a second with two overtones: hold music at its plainest."""
    t = _time(seconds)
    hertz = np.array(NOTES_HZ)[(t / 0.5).astype(int) % len(NOTES_HZ)]
    wave = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in (1, 2, 3)) * 0.12
    return np.asarray(wave, np.float32)


SOUNDS: dict[str, Callable[[float], Floats]] = {
    "ringback": partial(_tones, (425,), 1.0, 4.0),
    "dialling tone": partial(_tones, (425,), 60.0, 0.0),
    "DTMF": partial(_tones, (770, 1336), 0.2, 0.2),
    "hold music": _melody,
    "silence": partial(_noise, 0.0),
    "line noise": partial(_noise, 0.01),
    "loud noise": partial(_noise, 0.3),
}
