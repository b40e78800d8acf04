"""Sounds that are not speech, told from the samples alone: tones and noise. Pure.

They do not decide whether a window is read, only whether words that the model wrote over such a sound are shown as
speech. The limits are far from every sentence of the test set (docs/transcription.md), because a wrong one hides words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TONE = "a tone, not speech"
NOISE = "noise, not speech"

FRAME = 512  # samples at 16 kHz, 32 ms
BAND = slice(4, 112)  # bins of 31 Hz: 125-3500 Hz, what a telephone line carries
FEWEST_FRAMES = 8
LOUD = 0.05  # of the loudest frame's energy; quieter frames are pauses
IN_TWO_PEAKS = 0.93
"""Share of the energy in the two strongest peaks of the whole window: ringback 1.00, DTMF 0.99; speech 0.83 at most."""
NOISY = 0.4
"""Spectral flatness of the tenth of the frames that is least flat: white noise, byte-swapped audio 0.46-0.51; speech
0.06 at most, drowned in as much noise 0.28: vowels stand out. (Music could be told by its flatness as well, but so
would speech through a narrow codec.)"""


def not_speech(samples: NDArray[np.int16]) -> str | None:
    """What this window holds instead of speech; None when it may well be speech. int16 mono at 16 kHz, shape (n,)."""
    power = _loud_frames(samples)
    if len(power) < FEWEST_FRAMES:
        return None
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    if _in_two_peaks(power) > IN_TWO_PEAKS:
        return TONE
    return NOISE if np.percentile(flatness, 10) > NOISY else None


def _loud_frames(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Power spectra of the frames that are not pauses, shape (frames, bins)."""
    if len(samples) < FRAME:
        return np.zeros((0, 1), np.float32)
    audio = samples.astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(audio, FRAME)[:: FRAME // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1))[:, BAND] ** 2
    energy = power.sum(axis=1)
    loud: NDArray[np.float32] = power[energy > LOUD * energy.max()] + np.float32(1e-9)
    return loud


def _in_two_peaks(power: NDArray[np.float32]) -> float:
    mean = (power / power.sum(axis=1, keepdims=True)).mean(axis=0)
    share = 0.0
    for _ in range(2):
        peak = int(mean.argmax())
        around = slice(max(0, peak - 2), peak + 3)
        share += float(mean[around].sum())
        mean[around] = 0
    return share
