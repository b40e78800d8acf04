"""The words that speak for a label, with the places where they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from line102.words import Evidence, Label
from routing.cues import Kind, Match
from routing.text_model import Floats
from routing.tokens import Token

MOST = 3  # words that the model cites
LABEL_OF = {
    Kind.EMERGENCY: Label.EMERGENCY,
    Kind.ALARM: Label.EMERGENCY,
    Kind.ACUTE: Label.EMERGENCY,
    Kind.COVERT: Label.EMERGENCY,
    Kind.NON_URGENT: Label.NON_URGENT,
    Kind.TOPIC: Label.INFORMATIONAL,
    Kind.ASKS: Label.INFORMATIONAL,
    Kind.NUISANCE: Label.NUISANCE,
    Kind.ARTEFACT: Label.SILENT_OR_UNCLEAR,
}


def cited(text: str, tokens: Sequence[Token], matches: Sequence[Match], label: Label) -> tuple[Evidence, ...]:
    """The written phrases that speak for ``label``, in the order of the text; each stretch once, the longest first."""
    kept: list[Match] = []
    taken: set[int] = set()
    for match in sorted(matches, key=lambda m: (m.first - m.last, -m.cue.weight, m.first, m.cue.phrase)):
        span = range(match.first, match.last + 1)
        if LABEL_OF.get(match.cue.kind) is label and taken.isdisjoint(span):
            taken.update(span)
            kept.append(match)
    kept.sort(key=lambda m: m.first)
    return tuple(_cite(text, tokens, m.first, m.last, label, m.cue.phrase.replace("*", "…")) for m in kept)


def spoken_for(text: str, tokens: Sequence[Token], weights: Floats, label: Label) -> tuple[Evidence, ...]:
    """The words that moved the model most towards ``label``, in the order of the text; () when none did."""
    best = [int(at) for at in np.argsort(-weights, kind="stable")[:MOST] if weights[at] > 0]
    return tuple(_cite(text, tokens, at, at, label, "learned from labelled calls") for at in sorted(best))


def _cite(text: str, tokens: Sequence[Token], first: int, last: int, label: Label, because: str) -> Evidence:
    start, end = tokens[first].start, tokens[last].end
    return Evidence(words=text[start:end], start=start, end=end, label=label, because=because)
