"""G.711 µ-law by table. (No ``audioop``: deprecated, gone in Python 3.13.)"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENCE = 0xFF  # the code of the sample 0
_BIAS = 132
_CLIP = 32635


def _decode_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = ((code >> 4) & 7).astype(np.int32)
    magnitude = ((((code & 15).astype(np.int32) << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_DECODED = _decode_table()


def decode(payload: bytes) -> NDArray[np.int16]:
    """n bytes (20 ms = 160) → shape (n,), 8 kHz mono, |x| ≤ 32124. Never raises. Source: ITU-T G.711."""
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


def encode(samples: NDArray[np.int16]) -> bytes:
    """int16 mono samples, shape (n,) → n bytes; louder than 32635 is clipped. Source: ITU-T G.711."""
    value = samples.astype(np.int32)
    magnitude = np.minimum(np.abs(value), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    code = np.where(value < 0, 0x80, 0) | (exponent << 4) | mantissa
    return bytes((~code.astype(np.uint8)).astype(np.uint8))
