"""Making a text model from labelled lines. Needs scikit-learn and scipy, which the running service never imports."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from line102.words import Label
from routing.corpus import CorpusLine
from routing.model_files import packed_weights, unpacked_weights
from routing.noise import corrupt
from routing.text_features import features_of
from routing.text_model import LABELS, ModelSheet, TextModel, Weights, stem_hash
from routing.tokens import tokenise

NAME = "text-linear-1"
NOISE = (0.10, 0.25)  # word error rates of the spoiled copies that are learned beside each line
NOISE_SEED = 1000  # evaluation uses others
MIN_LINES = 3  # a feature that fewer texts have, spoiled copies counted, is left out
TURNED = 4  # one question in so many is run into an emergency
SOFTNESS = 10.0  # C of the logistic regression: chosen on training lines, docs/triage.md


def train(lines: Sequence[CorpusLine]) -> tuple[TextModel, bytes]:
    """A model and the bytes of its file. Deterministic. Raises ValueError when a label has no line."""
    missing = [label for label in LABELS if not any(line.label is label for line in lines)]
    if missing:
        raise ValueError(f"no line is labelled {', '.join(missing)}")
    told = [(line.text, line.language, LABELS.index(line.label)) for line in lines] + list(_turns(lines))
    texts = [text for text, _, _ in told]
    for copy, rate in enumerate(NOISE):
        texts += [corrupt(text, rate, NOISE_SEED + copy, language) for text, language, _ in told]
    labels = [label for _, _, label in told] * (1 + len(NOISE))
    words = [[token.word for token in tokenise(text)] for text in texts]
    known = np.array(sorted({stem_hash(word) for one in words[: len(lines)] for word in one}), dtype=np.uint32)
    packed = packed_weights(_fit(words, labels, known))
    sheet = ModelSheet(
        name=NAME,
        arrays_sha256=hashlib.sha256(packed).hexdigest(),
        data_sha256=data_sha256(lines),
        lines=len(lines),
        gate={},
    )
    return TextModel(unpacked_weights(packed), sheet), packed


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


def _fit(words: Sequence[Sequence[str]], labels: Sequence[int], known: NDArray[np.uint32]) -> Weights:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    features = [features_of(one)[0] for one in words]
    texts_of = Counter(feature for one in features for feature in set(one.tolist()))
    ids = np.array(sorted(feature for feature, texts in texts_of.items() if texts >= MIN_LINES), dtype=np.uint32)
    idf = np.array([np.log((1 + len(words)) / (1 + texts_of[int(feature)])) + 1 for feature in ids], dtype=np.float32)
    columns, values, ends = [], [], [0]
    for one in features:
        at = np.minimum(np.searchsorted(ids, one), len(ids) - 1)
        at = at[ids[at] == one]
        columns.append(at)
        values.append(idf[at] / max(float(np.sqrt((idf[at] ** 2).sum())), 1e-9))
        ends.append(ends[-1] + len(at))
    table = csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(words), len(ids)))
    table.sum_duplicates()
    fitted = LogisticRegression(C=SOFTNESS, class_weight="balanced", max_iter=100).fit(table, labels)
    return Weights(
        ids=ids,
        idf=idf,
        weights=fitted.coef_.T.astype(np.float32),
        bias=fitted.intercept_.astype(np.float32),
        known=known,
    )
