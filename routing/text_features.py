"""What the text model sees of an utterance: pieces of words, words without endings, and pairs of them. Pure.

Every feature belongs to one word (a pair to its later word), so that any stretch of an utterance is scored by sums
over its words; routing/text_model.py reads all beginnings and all windows of a text in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 2, 5  # letters of a piece, the edges of the word counted
REACH = 3  # a word is paired with so many words before it
KEPT_LETTERS, CUT_LETTERS = 5, 2
BEFORE = "^"  # stands before the first word


def features_of(words: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Ids of all features of folded ``words`` in order, and for each the index of its word."""
    stems = [BEFORE, *(stem(word) for word in words)]
    ids: list[NDArray[np.uint32]] = []
    owners: list[int] = []
    for at, word in enumerate(words):
        near = stems[max(0, at + 1 - REACH) : at + 1]
        pairs = [crc32(f"{other}_{stems[at + 1]}".encode()) for other in near]
        ids += (_pieces(word), np.array(pairs, dtype=np.uint32))
        owners.append(len(ids[-2]) + len(pairs))
    if not ids:
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.intp)
    return np.concatenate(ids), np.repeat(np.arange(len(words)), owners)


def stem(word: str) -> str:
    """The word without its ending: Russian and Kazakh inflect at the end. Numbers are all alike."""
    if word.isdigit():
        return "#" * min(len(word), 3)
    return word if len(word) <= KEPT_LETTERS else word[: max(KEPT_LETTERS, len(word) - CUT_LETTERS)]


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> NDArray[np.uint32]:
    """The word, its stem and its pieces; a house number and a year say the same."""
    edged = f" {stem(word) if word.isdigit() else word} "
    found = {f"={stem(word)}"}
    for length in range(SHORTEST, LONGEST + 1):
        found.update(edged[at : at + length] for at in range(max(1, len(edged) - length + 1)))
    ids = np.array(sorted(crc32(piece.encode()) for piece in found), dtype=np.uint32)
    ids.setflags(write=False)
    return ids
