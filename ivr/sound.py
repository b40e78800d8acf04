"""Speech as a telephone carries it: 8 kHz mono 16 bit, without silence around it, all at one loudness. Pure."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import soxr
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
LEVEL_DBFS = -20.0  # RMS while somebody speaks; full scale = 32768
PEAK_DBFS = -1.0  # never above: nothing clips
_FRAME = 160  # samples: 20 ms
_SILENT_DBFS = -55.0  # a recording below this holds no voice
_BELOW_PEAK_DB = 30.0  # frames this far below the loudest one are pauses
_MARGIN_FRAMES = 4  # kept before and after: 80 ms
_LEAST_VOICE_FRAMES = 10


def telephone(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.int16] | None:
    """Samples in -1.0…1.0, shape (n,) or (n, channels), to what the telephone plays; None: there is no voice in it."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    narrow = soxr.resample(mono.astype(np.float32), rate_hz, SAMPLE_RATE_HZ) if rate_hz != SAMPLE_RATE_HZ else mono
    levels = _frame_levels(narrow)
    if not len(levels) or not np.isfinite(levels).any() or levels.max() < _SILENT_DBFS:
        return None
    voiced = np.flatnonzero(levels > max(levels.max() - _BELOW_PEAK_DB, _SILENT_DBFS))
    if len(voiced) < _LEAST_VOICE_FRAMES:
        return None
    first, last = max(0, voiced[0] - _MARGIN_FRAMES), voiced[-1] + 1 + _MARGIN_FRAMES
    cut = narrow[first * _FRAME : last * _FRAME]
    spoken_dbfs = 10 * np.log10(np.mean(10 ** (levels[voiced] / 10)))
    peak_dbfs = 20 * np.log10(np.abs(cut).max())
    gain = 10 ** (min(LEVEL_DBFS - spoken_dbfs, PEAK_DBFS - peak_dbfs) / 20)
    return np.asarray(np.rint(cut * gain * 32767), dtype=np.int16)


def length(samples: NDArray[np.int16]) -> timedelta:
    return timedelta(seconds=len(samples) / SAMPLE_RATE_HZ)


def _frame_levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """RMS of each whole 20 ms, dBFS; -inf for digital silence."""
    whole = samples[: len(samples) - len(samples) % _FRAME].astype(np.float64).reshape(-1, _FRAME)
    with np.errstate(divide="ignore"):
        return np.asarray(10 * np.log10(np.mean(whole**2, axis=1)))
