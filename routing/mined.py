"""Cues mined from the labelled corpus: words and pairs of words that only one label uses. Pure, deterministic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from line102.words import Label
from routing.corpus import CorpusLine
from routing.cues import Cue, Kind
from routing.tokens import fold, tokenise

MIN_LINES = 2  # a phrase must stand in so many lines of its label, and in no line of another
COMMON_LABELS = 3  # a word that so many labels use says nothing about any
WEIGHT = 0.5  # half of a cue that a person wrote
_KIND = {
    Label.EMERGENCY: Kind.EMERGENCY,
    Label.NON_URGENT: Kind.NON_URGENT,
    Label.INFORMATIONAL: Kind.TOPIC,
    Label.NUISANCE: Kind.NUISANCE,
    Label.SILENT_OR_UNCLEAR: Kind.ARTEFACT,
}


def mine(lines: Sequence[CorpusLine], known: Sequence[Cue]) -> tuple[Cue, ...]:
    """Distinctive phrases of ``lines`` that ``known`` does not hold yet; neutral words of ``known`` are not mined."""
    skip = {fold(cue.phrase).rstrip("*") for cue in known}
    lines_of: dict[str, dict[Label, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        for phrase in _phrases(line.text):
            lines_of[phrase][line.label] += 1
    mined = []
    for phrase in sorted(lines_of):
        labels = lines_of[phrase]
        if phrase.rstrip("*") in skip:
            continue
        if len(labels) > 1:
            if " " not in phrase and len(labels) >= COMMON_LABELS:
                mined.append(Cue(Kind.NEUTRAL, phrase, WEIGHT))
            continue
        ((label, count),) = labels.items()
        if count >= MIN_LINES:
            mined.append(Cue(_KIND[label], phrase, WEIGHT))
    return tuple(mined)


@lru_cache(maxsize=4096)  # leave-one-out mines the same lines again and again
def _phrases(text: str) -> frozenset[str]:
    stems = [_stem(token.word) for token in tokenise(text) if not token.word.isdigit()]
    alone = {stem for stem in stems if len(stem) >= 4}
    pairs = {f"{one} {two}" for one, two in pairwise(stems)}
    return frozenset(alone | pairs)


def _stem(word: str) -> str:
    """The word without its ending, as a cue: Russian and Kazakh inflect at the end."""
    return word if len(word) <= 5 else word[: max(5, len(word) - 2)] + "*"
