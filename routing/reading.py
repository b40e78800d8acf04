"""One utterance as both voices heard it: the written phrases in it and the model's scores of its stretches. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from line102.words import Label
from routing.cues import CueBook, Kind, Match
from routing.text_model import LABELS, Floats, Scores, TextModel
from routing.tokens import Token

WINDOWS = (5, 8, 12)  # words: a turn is read in pieces too, so that a long question does not dilute it
MATTER_WINDOW = 8
SHORT = 7  # words
_EMERGENCY, _EVENT = LABELS.index(Label.EMERGENCY), LABELS.index(Label.NON_URGENT)
_QUESTION, _UNCLEAR = LABELS.index(Label.INFORMATIONAL), LABELS.index(Label.SILENT_OR_UNCLEAR)
_COUNTED = (
    Kind.EMERGENCY,
    Kind.ALARM,
    Kind.ACUTE,
    Kind.COVERT,
    Kind.NON_URGENT,
    Kind.TOPIC,
    Kind.ASKS,
    Kind.NUISANCE,
)
_MOST = 3  # of one kind; more say no more
_AFTER_ALARM = 4  # words


@dataclass(frozen=True, slots=True)
class Reading:
    """Scores are the text model's, 0.0-1.0, per label in the order of LABELS."""

    text: str
    tokens: tuple[Token, ...]
    matches: tuple[Match, ...]
    scores: Scores
    whole: Floats
    matter: float  # of the MATTER_WINDOW words that sound most like a matter for the police
    unknown: float  # share of words that neither voice knows
    alarm: tuple[float, float]  # of words of alarm where they stand: how little a question, how much an emergency
    signs: NDArray[np.float64]  # what the second reading weighs

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(match.cue.kind for match in self.matches)


def read(text: str, tokens: tuple[Token, ...], book: CueBook, model: TextModel) -> Reading:
    """``tokens``: of ``text``, at least one."""
    words = [token.word for token in tokens]
    scores = model.scores(words)
    matches = book.find(tokens)
    explained = {at for match in matches for at in range(match.first, match.last + 1)}
    unknown = sum(at not in explained and not model.knows(word) for at, word in enumerate(words)) / len(words)
    pieces = {size: scores.windows(size) for size in WINDOWS}
    near = pieces[MATTER_WINDOW]
    whole = scores.whole()
    return Reading(
        text=text,
        tokens=tokens,
        matches=matches,
        scores=scores,
        whole=whole,
        matter=float((near[:, _EMERGENCY] + near[:, _EVENT]).max()),
        unknown=unknown,
        alarm=_alarm(scores, matches, len(words)),
        signs=_signs(whole, pieces, matches, words, unknown),
    )


def _alarm(scores: Scores, matches: tuple[Match, ...], words: int) -> tuple[float, float]:
    """A word of alarm is judged with what follows it, so that a long question before it cannot excuse it.

    (1.0, 0.0) without such a word.
    """
    spans = [(m.first, min(words, m.last + 1 + _AFTER_ALARM)) for m in matches if m.cue.kind is Kind.ALARM]
    if not spans:
        return 1.0, 0.0
    first, last = np.array(spans).T
    local = scores.stretch(first, last)
    return float(local[:, _QUESTION].min()), float(local[:, _EMERGENCY].max())


def _signs(
    whole: Floats, pieces: dict[int, Floats], matches: tuple[Match, ...], words: list[str], unknown: float
) -> NDArray[np.float64]:
    """The utterance as numbers: scores as log odds, stretches at their worst, phrases counted."""
    odds = list(whole)
    for of in pieces.values():
        matter = of[:, _EMERGENCY] + of[:, _EVENT]
        odds += [of[:, _EMERGENCY].max(), of[:, _EVENT].max(), matter.max(), of[:, _QUESTION].min()]
        odds += [of[:, _UNCLEAR].max(), of[-1, _EMERGENCY], of[-1, _QUESTION]]
    bounded = np.clip(np.array(odds, dtype=np.float64), 1e-4, 1 - 1e-4)
    counts = Counter(match.cue.kind for match in matches)
    rest = [unknown, np.log(len(words)), float(len(words) < SHORT), len(set(words)) / len(words)]
    rest += [float(min(counts[kind], _MOST)) for kind in _COUNTED]
    return np.concatenate([np.log(bounded / (1 - bounded)), rest])
