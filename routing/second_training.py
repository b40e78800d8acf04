"""Fitting the second reading. Needs scikit-learn, which the running service never imports."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from line102.words import Label
from routing.corpus import CorpusLine
from routing.second_reading import KINDS, Networks

FOLDS = 7
NETWORKS, UNITS = 5, 32
SOFTNESS = 10.0  # alpha: chosen with whole authors left out, docs/triage.md
ROUNDS, BATCH, STEP = 12, 256, 3e-3


def folds_of(lines: Sequence[CorpusLine]) -> list[int]:
    """The fold of each line, 0 … FOLDS-1. All of an author's lines share one; lines without author are spread.

    A reading of a line whose author the model knows is surer than one of a stranger, and callers are strangers.
    """
    fold_of: dict[str, int] = {}
    filled = [0] * FOLDS
    for author, count in sorted(Counter(line.author for line in lines if line.author).items(), key=lambda x: -x[1]):
        fold_of[author] = filled.index(min(filled))
        filled[fold_of[author]] += count
    return [fold_of[line.author] if line.author else crc32(line.text.encode()) % FOLDS for line in lines]


def fit_networks(signs: NDArray[np.float64], labels: Sequence[Label]) -> Networks:
    """``signs``: (readings, signs), of lines that the model read without having learned them. Deterministic."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    centre, scale = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    kinds = np.array([KINDS.index(label) if label in KINDS else len(KINDS) - 1 for label in labels])
    fitted = []
    for seed in range(NETWORKS):
        network = MLPClassifier(
            (UNITS,),
            alpha=SOFTNESS,
            max_iter=ROUNDS,
            batch_size=min(BATCH, len(kinds)),
            learning_rate_init=STEP,
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # few rounds are meant: more learn by heart
            fitted.append(network.fit((signs - centre) / scale, kinds))
    return Networks(
        even=np.array([centre, scale]),
        hidden=np.array([one.coefs_[0] for one in fitted]),
        hidden_bias=np.array([one.intercepts_[0] for one in fitted]),
        out=np.array([one.coefs_[1] for one in fitted]),
        out_bias=np.array([one.intercepts_[1] for one in fitted]),
    )
