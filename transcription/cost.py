"""What a batch will cost to compute, learned from what the last ones cost. Pure: same observations, same predictions.

    encoding = a * calls + b * frames + c * frames^2         (summed over the items)
    decoding = d * steps + e * tokens + f * tokens * frames  (steps: tokens of the longest item; all share a step)

Each term is corrected by its share of the error, in ratios: it stays positive, and one outlier moves it little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEARNING = 0.1  # share of the error taken over from one observation
MOST_SURPRISE = math.log(2)  # a neighbour on the machine may make one batch ten times slower: believe a factor of two
PROMPT_STEPS = 2  # the prompt's own step, and the end of text

ENCODING = (0.2e-3, 0.0226e-3, 8.4e-9)
"""Seconds: one thread, int8, shape of Whisper tiny; measured 13.4 ms for 5 s and 31 ms for 10 s."""
DECODING = (2.8e-3, 0.18e-3, 0.49e-6)
"""Seconds: the same; measured 3.2 ms for a token alone, 0.6 ms among 16."""
SPOKEN_TOKENS_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one batch turned out to be, and how long it took."""

    frames: int  # of the shared bucket
    tokens: tuple[int, ...]  # written for each item
    seconds: tuple[float, ...]  # of audio of each item
    calls: int  # of the encoder
    encoding_s: float
    decoding_s: float


class CostModel:
    """One per loaded model and device."""

    def __init__(self) -> None:
        self._encoding = ENCODING
        self._decoding = DECODING
        self._tokens_per_second = SPOKEN_TOKENS_PER_SECOND

    def tokens(self, seconds: float) -> float:
        """How many tokens so much audio is likely to give, its prompt and end included."""
        return self._tokens_per_second * seconds + PROMPT_STEPS

    def encoding_s(self, frames: int) -> float:
        """One more item of so many frames."""
        return _sum(self._encoding, _encoding(1, 1, frames))

    def decoding_s(self, frames: int, longest: float, tokens: float) -> float:
        """A batch whose longest item has ``longest`` tokens and all together ``tokens``."""
        return _sum(self._decoding, (longest, tokens, tokens * frames))

    def observe(self, work: Work) -> None:
        """Learn from a batch."""
        items = len(work.tokens)
        tokens = [count + PROMPT_STEPS for count in work.tokens]
        steps = (max(tokens), sum(tokens), sum(tokens) * work.frames)
        self._encoding = _corrected(self._encoding, _encoding(work.calls, items, work.frames), work.encoding_s)
        self._decoding = _corrected(self._decoding, steps, work.decoding_s)
        spoken = sum(seconds for seconds, tokens in zip(work.seconds, work.tokens, strict=True) if tokens)
        if spoken > 0:
            rate = sum(work.tokens) / spoken
            self._tokens_per_second += LEARNING * (min(max(rate, 1.0), 20.0) - self._tokens_per_second)


def _encoding(calls: int, items: int, frames: int) -> tuple[float, float, float]:
    return (calls, items * frames, items * frames * frames)


def _sum(terms: Sequence[float], amounts: Sequence[float]) -> float:
    return sum(term * amount for term, amount in zip(terms, amounts, strict=True))


def _corrected(terms: tuple[float, ...], amounts: tuple[float, ...], took_s: float) -> tuple[float, float, float]:
    predicted = _sum(terms, amounts)
    surprise = math.log(max(took_s, 1e-6) / predicted)
    surprise = LEARNING * min(max(surprise, -MOST_SURPRISE), MOST_SURPRISE)
    a, b, c = (
        term * math.exp(surprise * term * amount / predicted) for term, amount in zip(terms, amounts, strict=True)
    )
    return a, b, c
