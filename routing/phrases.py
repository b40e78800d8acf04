"""Triage, first form: phrases. It scores what a caller said; it decides nothing (shadow mode only). Pure.

Danger beats everything. A call is called a question only when nearly every word of it is explained as one: whatever
is not understood counts against it, so that a turn in mid-call, a covert call or a misheard word goes to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from line102.words import Assessment, Evidence, Label
from routing.corpus import CorpusLine
from routing.cues import Cue, CueBook, Kind, Match, seed_cues
from routing.mined import mine
from routing.tokens import Token, tokenise

ASSESSOR = "phrases@1"
MIN_WORDS = 3  # fewer words are never a question
MAX_UNKNOWN = 0.3  # share of a question's words that may stand unexplained
NEAR = 88.0  # rapidfuzz ratio from which an utterance repeats a line of the corpus
_LABEL_OF = {
    Kind.EMERGENCY: Label.EMERGENCY,
    Kind.ALARM: Label.EMERGENCY,
    Kind.NON_URGENT: Label.NON_URGENT,
    Kind.TOPIC: Label.INFORMATIONAL,
    Kind.ASKS: Label.INFORMATIONAL,
    Kind.NUISANCE: Label.NUISANCE,
    Kind.ARTEFACT: Label.SILENT_OR_UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One utterance with everything found in it."""

    text: str
    tokens: tuple[Token, ...]
    matches: tuple[Match, ...]
    near: CorpusLine | None

    def weight(self, *kinds: Kind) -> float:
        """Sum over distinct cues: a word said five times is not five pieces of evidence."""
        return sum({m.cue: m.cue.weight for m in self.matches if m.cue.kind in kinds}.values())

    @property
    def unknown(self) -> float:
        """Share of words that no cue explains, 0.0-1.0."""
        explained = {at for match in self.matches for at in range(match.first, match.last + 1)}
        return 1 - len(explained) / len(self.tokens) if self.tokens else 1.0


class PhraseAssessor:
    """Compares an utterance with written cues, with cues mined from ``lines``, and with ``lines`` themselves."""

    def __init__(self, lines: Sequence[CorpusLine], cues: Sequence[Cue] | None = None) -> None:
        written = seed_cues() if cues is None else tuple(cues)
        self._book = CueBook((*written, *mine(lines, written)))
        self._lines = tuple(lines)
        self._texts = [utils.default_process(line.text) for line in lines]

    def assess(self, text: str) -> Assessment:
        """Assess the caller's words so far. Total and deterministic; offsets count characters of ``text``."""
        tokens = tokenise(text)
        reading = _Reading(text, tokens, self._book.find(tokens), self._nearest(text, tokens))
        label, confidence = _judge(reading)
        return Assessment(
            label=label,
            confidence=round(confidence, 3),
            evidence=_evidence(reading, label),
            vetoes=_vetoes(reading),
            text=text,
            assessor=ASSESSOR,
        )

    def _nearest(self, text: str, tokens: Sequence[Token]) -> CorpusLine | None:
        if len(tokens) < MIN_WORDS:
            return None
        best = process.extractOne(utils.default_process(text), self._texts, scorer=fuzz.ratio, score_cutoff=NEAR)
        return None if best is None else self._lines[best[2]]


def _judge(reading: _Reading) -> tuple[Label, float]:
    """The label and how sure, 0.0-1.0. The order of these lines is the policy: danger first, question last."""
    danger = reading.weight(Kind.EMERGENCY, Kind.ALARM)
    event = reading.weight(Kind.NON_URGENT)
    topic = reading.weight(Kind.TOPIC)
    asks = reading.weight(Kind.ASKS)
    near = reading.near.label if reading.near else None
    if danger >= 1 or near is Label.EMERGENCY:
        return Label.EMERGENCY, min(0.95, 0.55 + 0.15 * danger)
    if not reading.tokens:
        return Label.SILENT_OR_UNCLEAR, 0.9
    if event < 1 and near not in (Label.NON_URGENT, Label.NUISANCE) and danger == 0:
        if reading.weight(Kind.NUISANCE) >= 1 and topic < 1:
            return Label.NUISANCE, 0.5
        if reading.weight(Kind.ARTEFACT) >= 1:
            return Label.SILENT_OR_UNCLEAR, 0.6
        if _is_question(reading, topic, asks):
            return Label.INFORMATIONAL, min(0.95, 0.5 + 0.1 * (topic + asks) - reading.unknown)
    if event >= 1 or near is Label.NON_URGENT:
        return Label.NON_URGENT, min(0.8, 0.4 + 0.1 * event)
    if near is Label.NUISANCE:
        return Label.NUISANCE, 0.5
    return _doubt(reading)


def _is_question(reading: _Reading, topic: float, asks: float) -> bool:
    written = any(match.cue.kind is Kind.TOPIC and match.cue.weight >= 1 for match in reading.matches)
    if len(reading.tokens) < MIN_WORDS or not written:
        return False
    return reading.unknown <= MAX_UNKNOWN and (asks >= 1 or topic >= 2)


def _doubt(reading: _Reading) -> tuple[Label, float]:
    """Nothing clear was found: never a question. Enough words are somebody's matter, few are unclear."""
    content = reading.unknown * len(reading.tokens)
    return (Label.NON_URGENT, 0.2) if content >= 2 else (Label.SILENT_OR_UNCLEAR, 0.3)


def _evidence(reading: _Reading, label: Label) -> tuple[Evidence, ...]:
    """The words that speak for ``label``, in the order of the text; each stretch once, the longest cue first."""
    kept: list[Match] = []
    taken: set[int] = set()
    for match in sorted(reading.matches, key=lambda m: (m.first - m.last, -m.cue.weight, m.first, m.cue.phrase)):
        span = range(match.first, match.last + 1)
        if _LABEL_OF.get(match.cue.kind) is label and taken.isdisjoint(span):
            taken.update(span)
            kept.append(match)
    kept.sort(key=lambda m: m.first)
    found = [_cite(reading, m.first, m.last, label, m.cue.phrase.replace("*", "…")) for m in kept]
    if reading.near is not None and reading.near.label is label:
        found.append(_cite(reading, 0, len(reading.tokens) - 1, label, reading.near.text))
    return tuple(found)


def _cite(reading: _Reading, first: int, last: int, label: Label, because: str) -> Evidence:
    start, end = reading.tokens[first].start, reading.tokens[last].end
    return Evidence(words=reading.text[start:end], start=start, end=end, label=label, because=because)


def _vetoes(reading: _Reading) -> tuple[str, ...]:
    """Why this call may not be treated as a question, whatever the label says."""
    if not reading.tokens:
        return ("silent",)
    vetoes = []
    if len(reading.tokens) < MIN_WORDS:
        vetoes.append("too few words")
    if reading.weight(Kind.EMERGENCY, Kind.ALARM) > 0:
        vetoes.append("danger words")
    if reading.weight(Kind.NON_URGENT) > 0:
        vetoes.append("an event of the caller's own")
    if reading.unknown > MAX_UNKNOWN:
        vetoes.append("too much not understood")
    return tuple(vetoes)
