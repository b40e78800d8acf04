"""How long a window is to the computer: frames, buckets and the most tokens its speech can need. Pure.

CTranslate2's traps that these numbers step around are listed in docs/transcription.md.
"""

from __future__ import annotations

import math

FRAMES_PER_SECOND = 100
SAMPLES_PER_FRAME = 160  # 10 ms at 16 kHz
STOCK_FRAMES = 3000  # 30 s: every stock Whisper model
BUCKETS = (200, 300, 400, 500, 600, 800, 1000, 1500, STOCK_FRAMES)
"""Frames a window is padded to. Never 160 (80 mels) or 256 (128 mels): CTranslate2 would encode those twice (trap 1).
Few of them, because each new shape costs memory for good."""
ROOM = 10
"""Frames of silence that a bucket must leave behind the audio where the model's limit allows: 29 % of the demo model's
partials looped when they could fill their bucket (1.98 s in 200 frames), none with 0.1 s of room (n = 561)."""
TOKENS_PER_SECOND = 14
SPARE_TOKENS = 8
DECODER_POSITIONS = 448


def frames_of(samples: int) -> int:
    """Frames that so many samples at 16 kHz fill."""
    return -(-samples // SAMPLES_PER_FRAME)


def bucket(frames: int, limit: int, *, dynamic: bool) -> int:
    """Frames to pad to. Raises ValueError when the window is longer than the model reads."""
    if frames > limit:
        raise ValueError(f"a window of {frames} frames is longer than the {limit} that this model reads")
    if not dynamic:
        return STOCK_FRAMES
    return next((size for size in BUCKETS if frames + ROOM <= size <= limit), limit)


def token_cap(seconds: float) -> int:
    """Most tokens that so much speech can need; more is a loop."""
    return min(math.ceil(TOKENS_PER_SECOND * seconds) + SPARE_TOKENS, DECODER_POSITIONS // 2)


def max_length(cap: int, prompt: int) -> int:
    """What to pass as ``max_length`` so that ``cap`` tokens may be generated after ``prompt`` tokens.

    CTranslate2 generates min(max_length / 2, max_length - prompt + 1) (trap 2).
    """
    return min(2 * max(cap, prompt), DECODER_POSITIONS)
