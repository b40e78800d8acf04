"""Two people on a telephone, synthesised, with the true time of every word: what the benchmarks listen to.

The word times come from espeak-ng's own word events (the demo model's recipe reads them).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
import soxr
from numpy.typing import NDArray

from bench.word_lateness import Word
from tests.speech import DEMO_MODEL, LINE_RATE_HZ, VOICES, held_out, over_the_line


@dataclass(frozen=True, slots=True)
class Track:
    """One side: int16 at 8 kHz, and what it says when, in seconds from its first sample."""

    samples: NDArray[np.int16]
    words: tuple[Word, ...]
    language: str


def dialogue(seed: int, seconds: float, *, lead_s: float = 4.0) -> tuple[Track, Track]:
    """The caller and the operator take turns of one or two sentences; 40 % of the calls are in Kazakh."""
    dice = random.Random(seed)
    language = "kk" if dice.random() < 0.4 else "ru"
    sides = [_Side(language, dice), _Side(language, dice)]
    at, turn = lead_s, 0
    while at < seconds - 8:
        at = sides[turn % 2].speak(at, dice) + dice.uniform(0.6, 1.4)
        turn += 1
    return sides[0].track(seconds, seed), sides[1].track(seconds, seed + 1)


def not_speech(seconds: float) -> Iterator[tuple[str, Track]]:
    """What lines carry when nobody speaks: silence, noise, ringback, hold music, DTMF, an open window."""
    time = np.arange(int(seconds * LINE_RATE_HZ)) / LINE_RATE_HZ
    dice = np.random.default_rng(5)
    white = dice.standard_normal(len(time))
    chord = sum(np.sin(2 * np.pi * f * time) for f in (262, 330, 392, 523))
    steps = np.sin(
        2
        * np.pi
        * np.repeat(dice.choice([262, 294, 330, 349, 392, 440], int(seconds * 3) + 1), LINE_RATE_HZ // 3)[: len(time)]
        * time
    )
    keys = np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time)
    sounds = {
        "silence": 0.0 * time,
        "white noise": 0.05 * white,
        "low noise": 0.4 * np.convolve(white, np.ones(40) / 40, "same"),
        "ringback": 0.2 * np.sin(2 * np.pi * 425 * time) * (time % 5 < 1),
        "hold music": 0.05 * chord * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * time)) + 0.1 * steps,
        "DTMF": 0.15 * keys * (time % 1.5 < 0.2),
    }
    for name, sound in sounds.items():
        yield name, Track(over_the_line(sound.astype(np.float32)), (), "")


class _Side:
    def __init__(self, language: str, dice: random.Random) -> None:
        self._language = language
        self._voice = {
            "variant": dice.choice(VOICES),
            "rate": dice.randint(140, 195),
            "pitch": dice.randint(30, 70),
        }
        self._parts: list[tuple[float, NDArray[np.float32]]] = []
        self._words: list[Word] = []

    def speak(self, at: float, dice: random.Random) -> float:
        """Say one or two sentences; returns when they end."""
        for _ in range(dice.choice([1, 1, 2])):
            text = dice.choice(held_out()[self._language])
            audio, starts = _espeak().speak(text, self._language, times=True, **self._voice)
            spoken = text.split()
            for n, word in enumerate(spoken):
                begin, end = at + starts[n] / 16_000, at + starts[n + 1] / 16_000
                self._words.append(Word(word, begin, end, last=n == len(spoken) - 1))
            self._parts.append((at, soxr.resample(audio.astype(np.float32) / 65_536, 16_000, LINE_RATE_HZ)))
            at += len(audio) / 16_000 + dice.uniform(0.5, 0.9)
        return at

    def track(self, seconds: float, seed: int) -> Track:
        audio = np.zeros(int(seconds * LINE_RATE_HZ), np.float32)
        for at, part in self._parts:
            first = int(at * LINE_RATE_HZ)
            audio[first : first + len(part)] += part[: len(audio) - first]
        return Track(over_the_line(audio, seed=seed), tuple(self._words), self._language)


@cache
def _espeak() -> ModuleType:
    sys.path.insert(0, str(DEMO_MODEL / "recipe"))
    return import_module("synth")  # a script of the recipe: it has no package
