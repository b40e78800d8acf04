"""LocalAgreement-2: which words of an utterance that goes on are settled. Pure.

Each pass reads the utterance from its beginning, with more audio behind. Words in which two passes in a row agree are
committed and stay as they are until the final; the rest is a tail that may change. Compared are words without case and
punctuation. The last word of a pass may be cut by the window's end: it is not committed, and not shown before a word
follows it or the speaker pauses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What people see of an utterance that goes on; its first ``committed`` characters are settled."""

    text: str
    committed: int


class Agreement:
    """One utterance."""

    def __init__(self) -> None:
        self._committed: list[str] = []
        self._before: list[str] = []  # the pass before this one
        self._language = ""

    def hear(self, text: str, language: str, *, paused: bool = False) -> Shown:
        """The next pass; ``paused``: its audio ends in silence, so that its last word is whole.

        In another language the passes have nothing to agree on: everything begins anew.
        """
        if language != self._language:
            self._committed, self._before, self._language = [], [], language
        words = text.split()
        words = self._committed + words[following(self._committed, words) :]
        whole = words if paused else words[:-1]
        agreed = _common(whole, self._before)
        if agreed > len(self._committed):
            self._committed = words[:agreed]
        self._before = words
        shown = whole if len(whole) >= len(self._committed) else self._committed
        return Shown(" ".join(shown), len(" ".join(self._committed)))


def following(committed: list[str], words: list[str]) -> int:
    """Where in ``words`` the words after the committed ones begin: behind the beginning that is most like them."""
    row = list(range(len(words) + 1))  # row[j]: edit distance of the committed words so far and words[:j]
    for i, word in enumerate(committed, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(words, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (plain(word) != plain(other)))
    return min(range(len(row)), key=lambda j: (row[j], abs(j - len(committed))))


def plain(word: str) -> str:
    """Without case and punctuation."""
    return re.sub(r"[\W_]+", "", word.casefold())


def _common(a: list[str], b: list[str]) -> int:
    """Length of the common beginning."""
    for place, (x, y) in enumerate(zip(a, b, strict=False)):
        if plain(x) != plain(y):
            return place
    return min(len(a), len(b))
