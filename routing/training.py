"""Making a text model from labelled lines. Needs scikit-learn and scipy, which the running service never imports."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from line102.words import Label
from routing.corpus import CorpusLine
from routing.cues import CueBook, seed_cues
from routing.model_files import packed_weights, unpacked_weights
from routing.noise import corrupt
from routing.reading import Reading, read
from routing.second_reading import no_networks
from routing.second_training import FOLDS, fit_networks, folds_of
from routing.text_features import features_of
from routing.text_model import LABELS, Floats, ModelSheet, TextModel, Weights, stem_hash
from routing.tokens import tokenise

NAME = "text-linear-3"
NOISE = (0.10, 0.25)  # word error rates of the spoiled copies that are learned beside each line
NOISE_SEED, READ_SEED = 1000, 1005  # of what the first, the second reading learns; evaluation uses others
MIN_LINES = 3  # a feature that fewer texts have, spoiled copies counted, is left out
TURNED = 4  # one question in so many is run into an emergency
SOFTNESS = 10.0  # C of the logistic regression: chosen on training lines, docs/triage.md

_NO_SHEET = ModelSheet(name=NAME, arrays_sha256="", data_sha256="", lines=0, gate={})


def train(lines: Sequence[CorpusLine]) -> tuple[TextModel, bytes]:
    """A model and the bytes of its file. Deterministic; about two minutes. Raises ValueError for too few lines.

    The second reading is fitted on lines that the model it reads with never saw.
    """
    missing = [label for label in LABELS if sum(line.label is label for line in lines) < FOLDS]
    if missing:
        raise ValueError(f"fewer than {FOLDS} lines are labelled {', '.join(missing)}")
    signs: list[NDArray[np.float64]] = []
    labels: list[Label] = []
    folds = folds_of(lines)
    for fold in sorted(set(folds)):
        held = [line for line, of in zip(lines, folds, strict=True) if of == fold]
        model = TextModel(_fit([line for line, of in zip(lines, folds, strict=True) if of != fold]), _NO_SHEET)
        for label, reading in _readings(held, model):
            signs.append(reading.signs)
            labels.append(label)
    packed = packed_weights(replace(_fit(lines), second=fit_networks(np.array(signs), labels)))
    sheet = ModelSheet(
        name=NAME,
        arrays_sha256=hashlib.sha256(packed).hexdigest(),
        data_sha256=data_sha256(lines),
        lines=len(lines),
        gate={},
    )
    return TextModel(unpacked_weights(packed), sheet), packed


def _readings(lines: Sequence[CorpusLine], model: TextModel) -> Iterator[tuple[Label, Reading]]:
    """Each line and each turn as it is and spoiled; those without words have nothing to read."""
    book = CueBook(seed_cues())
    told = _told(lines)
    for copy, rate in enumerate((0.0, *NOISE)):
        for said, language, label in told:
            text = corrupt(said, rate, READ_SEED + copy, language) if rate else said
            tokens = tokenise(text)
            if tokens:
                yield LABELS[label], read(text, tokens, book, model)


def _told(lines: Sequence[CorpusLine]) -> list[tuple[str, str, int]]:
    return [(line.text, line.language, LABELS.index(line.label)) for line in lines] + list(_turns(lines))


def _turns(lines: Sequence[CorpusLine]) -> Iterator[tuple[str, str, int]]:
    """Calls that turn: their second parts alone, and questions that run into an emergency."""
    emergency = LABELS.index(Label.EMERGENCY)
    for line in lines:
        if line.label is Label.EMERGENCY and line.turns_at:
            yield " ".join(line.text.split()[line.turns_at :]), line.language, emergency
    for language in sorted({line.language for line in lines}):
        asked = [one.text for one in lines if one.language == language and one.label is Label.INFORMATIONAL]
        danger = [one.text for one in lines if one.language == language and one.label is Label.EMERGENCY]
        for question, turn in zip(asked[::TURNED], danger[::TURNED], strict=False):
            yield f"{question} {turn}", language, emergency


def data_sha256(lines: Sequence[CorpusLine]) -> str:
    """Names the data: texts and labels, in their order."""
    told = "\n".join(f"{line.label}\t{line.text}" for line in lines)
    return hashlib.sha256(told.encode()).hexdigest()


def _learned(lines: Sequence[CorpusLine]) -> tuple[list[list[str]], list[int]]:
    """What the first reading learns from: words and labels of the lines, of turns, and of spoiled copies of both."""
    told = _told(lines)
    texts = [text for text, _, _ in told]
    for copy, rate in enumerate(NOISE):
        texts += [corrupt(text, rate, NOISE_SEED + copy, language) for text, language, _ in told]
    labels = [label for _, _, label in told] * (1 + len(NOISE))
    return [[token.word for token in tokenise(text)] for text in texts], labels


def _fit(lines: Sequence[CorpusLine]) -> Weights:
    from sklearn.linear_model import LogisticRegression

    words, labels = _learned(lines)
    known = sorted({stem_hash(token.word) for line in lines for token in tokenise(line.text)})
    features = [features_of(one)[0] for one in words]
    texts_of = Counter(feature for one in features for feature in set(one.tolist()))
    ids = np.array(sorted(feature for feature, texts in texts_of.items() if texts >= MIN_LINES), dtype=np.uint32)
    idf = np.array([np.log((1 + len(words)) / (1 + texts_of[int(feature)])) + 1 for feature in ids], dtype=np.float32)
    table = _table(features, ids, idf)
    fitted = LogisticRegression(C=SOFTNESS, class_weight="balanced", max_iter=100).fit(table, labels)
    return Weights(
        ids=ids,
        idf=idf,
        weights=fitted.coef_.T.astype(np.float32),
        bias=fitted.intercept_.astype(np.float32),
        known=np.array(known, dtype=np.uint32),
        second=no_networks(),
    )


def _table(features: Sequence[NDArray[np.uint32]], ids: NDArray[np.uint32], idf: Floats) -> Any:
    """A sparse row of unit length for each text, as routing/text_model.py scores it."""
    from scipy.sparse import csr_matrix

    columns, values, ends = [], [], [0]
    for one in features:
        at = np.minimum(np.searchsorted(ids, one), len(ids) - 1)
        at = at[ids[at] == one]
        columns.append(at)
        values.append(idf[at] / max(float(np.sqrt((idf[at] ** 2).sum())), 1e-9))
        ends.append(ends[-1] + len(at))
    table = csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(features), len(ids)))
    table.sum_duplicates()
    return table
