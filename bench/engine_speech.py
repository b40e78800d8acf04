"""Who says what and when on N streams: the same audio for every system that is measured. Same seed, same samples.

Each stream is one side of a call: Russian or Kazakh (one language a stream, known to all), one or two held-out
sentences a turn, 2 to 8 s, then 0.7 to 1.6 s of quiet line. Synthesised at 8 kHz through A-law, brought to 16 kHz once
and kept on disk.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from tests.speech import LINE_RATE_HZ, sentences, silence

RATE_HZ = 16_000
LONGEST_S = 7.4  # of a turn, so that with its margins it stays below the segmenter's 8 s
BETWEEN_SENTENCES_S = 0.2  # shorter than the silence that ends an utterance
SENTENCES = 120  # a language
CACHE = Path(tempfile.gettempdir()) / "line102-bench-speech"

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks from ``start`` to ``end`` (seconds of the stream)."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """One stream. ``samples``: int16 at 16 kHz, the whole of it."""

    language: str
    turns: tuple[Turn, ...]
    samples: Samples

    @property
    def talking(self) -> float:
        """Share of the time."""
        return sum(turn.end - turn.start for turn in self.turns) / (len(self.samples) / RATE_HZ)


def speakers(count: int, seconds: float, *, seed: int) -> list[Speaker]:
    """``count`` streams of at least ``seconds``; a stream does not depend on how many there are."""
    return [_speaker(number, seconds, random.Random(f"{seed} {number}")) for number in range(count)]


def _speaker(number: int, seconds: float, rng: random.Random) -> Speaker:
    language = ("ru", "kk")[number % 2]
    known, quiet = _prepared(language), _quiet()
    parts, turns, at = [quiet[: int(RATE_HZ * rng.uniform(0.5, 2.5))]], [], 0.0
    at = len(parts[0]) / RATE_HZ
    while at < seconds:
        text, samples = known[rng.randrange(len(known))]
        more_text, more = known[rng.randrange(len(known))]
        if len(samples) + len(more) < (LONGEST_S - BETWEEN_SENTENCES_S) * RATE_HZ:
            text = f"{text} {more_text}"
            samples = np.concatenate([samples, quiet[: int(BETWEEN_SENTENCES_S * RATE_HZ)], more])
        turns.append(Turn(text, at, at + len(samples) / RATE_HZ))
        parts += [samples, quiet[: int(RATE_HZ * rng.uniform(0.7, 1.6))]]
        at += (len(samples) + len(parts[-1])) / RATE_HZ
    return Speaker(language, tuple(turns), np.concatenate(parts))


@cache
def _quiet() -> Samples:
    return _at_16_khz(silence(3.0))


@cache
def _prepared(language: str) -> list[tuple[str, Samples]]:
    path = CACHE / f"{language}-{SENTENCES}-1.npz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        spoken = [
            one for one in sentences(language, SENTENCES, seed=102) if len(one.samples) < LONGEST_S * LINE_RATE_HZ
        ]
        arrays: dict[str, Any] = {f"s{number}": _at_16_khz(one.samples) for number, one in enumerate(spoken)}
        own = path.with_suffix(f".{random.SystemRandom().getrandbits(48)}.npz")
        np.savez(own, texts=np.array([one.text for one in spoken]), **arrays)
        own.rename(path)
    with np.load(path) as stored:
        return [(str(text), stored[f"s{number}"]) for number, text in enumerate(stored["texts"])]


def _at_16_khz(samples: Samples) -> Samples:
    resampled = soxr.resample(samples.astype(np.float32), LINE_RATE_HZ, RATE_HZ)
    rounded: Samples = np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)
    return rounded
