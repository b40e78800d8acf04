"""Which language a window is read in, from what the model hears and what was spoken before. Pure.

A wrong language does not give a few wrong words but another sentence, sometimes a translation. So the language of a
side stays what it was unless the new one is clear, and half a word decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

SHORTEST_TO_SWITCH_S = 1.5
CLEAR = 0.8
"""Probability, among the configured languages, at which a side's language changes."""


@dataclass(frozen=True, slots=True)
class Choice:
    language: str
    probability: float  # 0.0-1.0, among the configured languages


class Listened:
    """What was heard of the language of the utterance of one side that goes on.

    Listening costs a partial a tenth of its work, and with a model for each language a second encoding. So it is done
    again only when there is twice as much to hear, and at each pause and end.
    """

    def __init__(self) -> None:
        self._start = timedelta(0)
        self._length = timedelta(0)  # of the last pass that listened; zero: none did
        self._language: str | None = None

    def known(self, start: timedelta, end: timedelta) -> str | None:
        """The language that a partial of [start, end) of the recording is read in; None: listen for it."""
        return self._language if start == self._start and end - start < 2 * self._length else None

    def heard(self, start: timedelta, end: timedelta, language: str) -> None:
        """A pass that listened chose this. What is too short to change a language settles nothing."""
        if (end - start).total_seconds() >= SHORTEST_TO_SWITCH_S:
            self._start, self._length, self._language = start, end - start, language


def choose(probabilities: Mapping[str, float], before: str | None, seconds_of_audio: float) -> Choice:
    """``probabilities``: the model's, of each configured language (at least one), in the order of the settings."""
    total = sum(probabilities.values())
    shares = {name: p / total if total > 0 else 1 / len(probabilities) for name, p in probabilities.items()}
    likeliest = max(shares, key=lambda name: shares[name])
    switch = seconds_of_audio >= SHORTEST_TO_SWITCH_S and shares[likeliest] >= CLEAR
    language = likeliest if switch or before not in shares or before is None else before
    return Choice(language, shares[language])
