"""The trained voice: scores an utterance, and every stretch of it, for each label. Pure once it is read.

A linear model over routing/text_features.py, evaluated with numpy alone: the service needs no training library.
routing/model_files.py keeps it, routing/training.py makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from line102.words import Label
from routing.second_reading import Networks
from routing.text_features import features_of, stem

LABELS = tuple(Label)  # the order of the columns
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSheet:
    """What model.json says of model.npz."""

    name: str
    arrays_sha256: str
    data_sha256: str  # of the training lines, in their order
    lines: int
    gate: dict[str, object]  # what the evaluation gate measured; {} for a model that has not passed one

    @property
    def version(self) -> str:
        return f"{self.name}@{self.arrays_sha256[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """``ids`` ascending; row i of ``weights`` is feature ids[i]; ``known`` are hashes of the stems of training."""

    ids: NDArray[np.uint32]
    idf: Floats  # (n,)
    weights: Floats  # (n, labels)
    bias: Floats  # (labels,)
    known: NDArray[np.uint32]
    second: Networks


class Scores:
    """One utterance, read once; every stretch [i, j) of its words is then a subtraction."""

    def __init__(self, sums: Floats, squares: Floats, bias: Floats) -> None:
        self._sums, self._squares, self._bias = sums, squares, bias

    def stretch(self, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
        """Probabilities of the stretches [first, last) of words, shape (stretches, labels)."""
        sums = self._sums[last] - self._sums[first]
        length = np.sqrt(np.maximum(self._squares[last] - self._squares[first], 1e-9))
        return _softmax(sums / length[:, None] + self._bias)

    def whole(self) -> Floats:
        """Probabilities of the whole utterance, shape (labels,)."""
        return np.asarray(self.stretch(np.array([0]), np.array([len(self._sums) - 1]))[0], dtype=np.float32)

    def windows(self, size: int) -> Floats:
        """Probabilities of every ``size`` neighbouring words; of the whole text when it has not as many."""
        words = len(self._sums) - 1
        first = np.arange(max(1, words - size + 1))
        return self.stretch(first, np.minimum(first + size, words))

    def speaking_for(self, column: int) -> Floats:
        """How much each word speaks for a label against the mean of all, shape (words,); 0 says nothing."""
        each = np.diff(self._sums, axis=0)
        return np.asarray(each[:, column] - each.mean(axis=1), dtype=np.float32)


class TextModel:
    """``assess`` of routing/triage.py asks it for scores; it decides nothing."""

    def __init__(self, weights: Weights, sheet: ModelSheet) -> None:
        self._weights = weights
        self._scaled = weights.weights * weights.idf[:, None]
        self._squared = weights.idf**2
        self._known = frozenset(weights.known.tolist())
        self.sheet = sheet

    def scores(self, words: Sequence[str]) -> Scores:
        """Read folded ``words`` (routing/tokens.py)."""
        features, owners = features_of(words)
        at = np.minimum(np.searchsorted(self._weights.ids, features), len(self._weights.ids) - 1)
        met = self._weights.ids[at] == features
        at, owners = at[met], owners[met]
        ends = np.searchsorted(owners, np.arange(len(words)), side="right")
        sums = np.zeros((len(words) + 1, len(LABELS)), dtype=np.float32)
        squares = np.zeros(len(words) + 1, dtype=np.float32)
        if len(at):
            running = np.concatenate(
                [np.zeros((1, len(LABELS))), np.cumsum(self._scaled[at], axis=0, dtype=np.float64)]
            )
            sums[1:] = running[ends]
            squares[1:] = np.concatenate([[0.0], np.cumsum(self._squared[at], dtype=np.float64)])[ends]
        return Scores(sums, squares, self._weights.bias)

    def weighed(self, signs: NDArray[np.float64]) -> tuple[float, float]:
        """The second reading of ``Reading.signs``: how surely an emergency, how surely a question; 0.0-1.0 each."""
        return self._weights.second.weigh(signs)

    def knows(self, word: str) -> bool:
        """Whether a folded word, whatever its ending, stood in the training data."""
        return stem_hash(word) in self._known


def stem_hash(word: str) -> int:
    """What ``Weights.known`` holds of a folded word."""
    return crc32(stem(word).encode())


def _softmax(margins: Floats) -> Floats:
    raised = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
