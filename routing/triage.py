"""Triage: two voices read what a caller said so far. It scores; it decides nothing. Pure.

Phrases that people wrote know what danger sounds like; a trained model knows what questions sound like. Either voice
raises an emergency; a question needs the model to be sure and every veto to be silent.
"""

from __future__ import annotations

import numpy as np

from line102.words import Assessment, Evidence, Label, Urgency
from routing.cues import Cue, CueBook, Kind, seed_cues
from routing.evidence import cited, spoken_for
from routing.reading import Reading, read
from routing.spoken_language import language_of
from routing.text_model import LABELS, TextModel
from routing.tokens import tokenise
from routing.vetoes import Heard, vetoes_of

PHRASES = "phrases@3"
RAISE = 0.12  # surety of danger: chosen for recall on training lines, docs/triage.md
RAISE_ALARM = 0.70  # the same of a word of alarm and what follows it
SURE_DANGER = 0.30  # below it: perhaps, so the caller is raised by one step, not by two
_UNCLEAR = LABELS.index(Label.SILENT_OR_UNCLEAR)


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
        reading = read(text, tokens, self._book, self._model)
        danger, question = self._model.weighed(reading.signs)
        label, confidence = judged(reading, danger, question)
        language = language_of(text, [token.word for token in tokens])
        return Assessment(
            label=label,
            confidence=round(confidence, 3),
            evidence=_evidence(reading, label),
            vetoes=vetoes_of(_heard(reading, question), language),
            text=text,
            assessor=self.version,
            urgency=_urgency(label, confidence),
            language=language,
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


def judged(reading: Reading, danger: float, question: float) -> tuple[Label, float]:
    """The label and how sure, 0.0-1.0. Danger first, and by either voice; ``danger``, ``question``: the sureties."""
    if Kind.EMERGENCY in reading.kinds:
        return Label.EMERGENCY, max(0.7, danger)
    if danger >= RAISE or reading.alarm[1] >= RAISE_ALARM:
        return Label.EMERGENCY, max(danger, reading.alarm[1])
    scores = reading.whole.copy()
    scores[LABELS.index(Label.EMERGENCY)] = 0.0  # it was asked above, with more to go by
    best = LABELS[int(np.argmax(scores))]
    return best, question if best is Label.INFORMATIONAL else float(scores.max())


def _urgency(label: Label, confidence: float) -> Urgency:
    """Perhaps an emergency moves ahead too, but not before those who surely are in danger."""
    if label is Label.EMERGENCY:
        return Urgency.DANGER if confidence >= SURE_DANGER else Urgency.UNCLEAR
    return Urgency.UNCLEAR if label is Label.SILENT_OR_UNCLEAR else Urgency.NORMAL


def _heard(reading: Reading, question: float) -> Heard:
    return Heard(
        words=tuple(token.word for token in reading.tokens),
        kinds=reading.kinds,
        question=question,
        alarm=reading.alarm[0],
        unclear=float(reading.whole[_UNCLEAR]),
        matter=reading.matter,
        unknown=reading.unknown,
    )


def _evidence(reading: Reading, label: Label) -> tuple[Evidence, ...]:
    return cited(reading.text, reading.tokens, reading.matches, label) or spoken_for(
        reading.text, reading.tokens, reading.scores.speaking_for(LABELS.index(label)), label
    )
