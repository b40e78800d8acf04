"""Triage: two voices read what a caller said so far. It scores; it decides nothing. Pure.

Phrases that people wrote know what danger sounds like; a trained model knows what questions sound like. Either voice
raises an emergency; a question needs the model to be sure and every veto to be silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from line102.words import Assessment, Evidence, Label, Urgency
from routing.cues import Cue, CueBook, Kind, Match, seed_cues
from routing.evidence import cited, spoken_for
from routing.spoken_language import language_of
from routing.text_model import LABELS, Scores, TextModel
from routing.tokens import Token, tokenise
from routing.vetoes import Heard, vetoes_of

PHRASES = "phrases@2"
WINDOW = 8  # words: a question that turns is read in pieces too, so that its length does not dilute the turn
LONG_WINDOW = 12
RAISE = 0.42  # of emergency_score, below: chosen for recall on training lines, docs/triage.md
RAISE_WITH_SIGN = 0.22  # when a word of alarm, of now or of a covert call stands there too
_SIGNS = (Kind.ALARM, Kind.ACUTE, Kind.COVERT)
_EMERGENCY, _QUESTION = LABELS.index(Label.EMERGENCY), LABELS.index(Label.INFORMATIONAL)
_EVENT, _UNCLEAR = LABELS.index(Label.NON_URGENT), LABELS.index(Label.SILENT_OR_UNCLEAR)


@dataclass(frozen=True, slots=True)
class Reading:
    """One utterance as both voices heard it. Scores are 0.0-1.0."""

    text: str
    tokens: tuple[Token, ...]
    matches: tuple[Match, ...]
    scores: Scores
    whole: tuple[float, ...]  # per label, in the order of LABELS
    danger: float  # the most dangerous stretch of LONG_WINDOW words
    matter: float  # the stretch of WINDOW words that sounds most like a matter for the police
    unknown: float  # share of words that neither voice knows

    def has(self, *kinds: Kind) -> bool:
        return any(match.cue.kind in kinds for match in self.matches)

    @property
    def emergency_score(self) -> float:
        return (self.whole[_EMERGENCY] + 0.5 * self.danger) / 1.5


class Triage:
    """``assess`` is total and deterministic; about 1 ms."""

    def __init__(self, model: TextModel, cues: tuple[Cue, ...] | None = None) -> None:
        self._book = CueBook(seed_cues() if cues is None else cues)
        self._model = model
        self.version = f"{PHRASES}+{model.sheet.version}"

    def assess(self, text: str) -> Assessment:
        """Assess the caller's words so far; offsets of the evidence count characters of ``text``."""
        tokens = tokenise(text)
        if not tokens:
            return self._silence(text)
        reading = self._read(text, tokens)
        label, confidence = judged(reading)
        language = language_of(text, [token.word for token in tokens])
        return Assessment(
            label=label,
            confidence=round(min(1.0, confidence), 3),
            evidence=_evidence(reading, label),
            vetoes=vetoes_of(_heard(reading), language),
            text=text,
            assessor=self.version,
            urgency=_urgency(reading, label),
            language=language,
        )

    def read(self, text: str) -> Reading | None:
        """What both voices heard, for ``evaluate --trace`` and for tuning; None without words."""
        tokens = tokenise(text)
        return self._read(text, tokens) if tokens else None

    def _read(self, text: str, tokens: tuple[Token, ...]) -> Reading:
        words = [token.word for token in tokens]
        scores = self._model.scores(words)
        pieces, long_pieces = scores.windows(WINDOW), scores.windows(LONG_WINDOW)
        matches = self._book.find(tokens)
        explained = {at for match in matches for at in range(match.first, match.last + 1)}
        unknown = sum(at not in explained and not self._model.knows(word) for at, word in enumerate(words))
        return Reading(
            text=text,
            tokens=tokens,
            matches=matches,
            scores=scores,
            whole=tuple(float(one) for one in scores.whole()),
            danger=float(long_pieces[:, _EMERGENCY].max()),
            matter=float((pieces[:, _EMERGENCY] + pieces[:, _EVENT]).max()),
            unknown=unknown / len(words),
        )

    def _silence(self, text: str) -> Assessment:
        return Assessment(
            label=Label.SILENT_OR_UNCLEAR,
            confidence=0.9,
            evidence=(),
            vetoes=("silent",),
            text=text,
            assessor=self.version,
            urgency=Urgency.UNCLEAR,
        )


def judged(reading: Reading) -> tuple[Label, float]:
    """The label and how sure, 0.0-1.0. Danger first, and by either voice."""
    score = reading.emergency_score
    if reading.has(Kind.EMERGENCY):
        return Label.EMERGENCY, max(0.7, score)
    if score >= (RAISE_WITH_SIGN if reading.has(*_SIGNS) else RAISE):
        return Label.EMERGENCY, max(0.5, score)
    best = int(np.argmax(reading.whole))
    if best == _EMERGENCY:
        return Label.EMERGENCY, reading.whole[best]
    return LABELS[best], reading.whole[best]


def _urgency(reading: Reading, label: Label) -> Urgency:
    if label is Label.EMERGENCY:
        return Urgency.DANGER
    return Urgency.UNCLEAR if label is Label.SILENT_OR_UNCLEAR else Urgency.NORMAL


def _heard(reading: Reading) -> Heard:
    return Heard(
        words=tuple(token.word for token in reading.tokens),
        kinds=frozenset(match.cue.kind for match in reading.matches),
        question=reading.whole[_QUESTION],
        unclear=reading.whole[_UNCLEAR],
        matter=reading.matter,
        unknown=reading.unknown,
    )


def _evidence(reading: Reading, label: Label) -> tuple[Evidence, ...]:
    return cited(reading.text, reading.tokens, reading.matches, label) or spoken_for(
        reading.text, reading.tokens, reading.scores.speaking_for(LABELS.index(label)), label
    )
