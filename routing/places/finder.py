"""Finds the places that a caller names. Pure, deterministic; about a millisecond for an utterance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from line102.words import PlaceCandidate
from routing.places.crossings import crossings
from routing.places.gazetteer import Place, shipped_gazetteer
from routing.places.index import NameIndex
from routing.places.mentions import find_mentions
from routing.places.named import Named, with_houses
from routing.places.units import read_units

MAX_CANDIDATES = 6
MAX_TEXT = 2000  # characters; of a longer text the end is read: what was said last is what matters
_LEAST = 0.5  # of a score


class PlaceFinder:
    """Candidates for the places of one gazetteer."""

    def __init__(self, gazetteer: Sequence[Place] | None = None) -> None:
        self._index = NameIndex(shipped_gazetteer() if gazetteer is None else gazetteer)

    def find(self, text: str) -> tuple[PlaceCandidate, ...]:
        """The places that ``text``, a caller's words so far, may name; the likeliest first, at most 6.

        Never raises. Offsets are characters of ``text``.
        """
        skipped = max(0, len(text) - MAX_TEXT)
        read = text[skipped:]
        units = read_units(read)
        named = with_houses(read, units, find_mentions(self._index, units))
        found = [*crossings(read, units, named), *(one for each in named for one in _candidates(read, each))]
        found = [replace(one, start=one.start + skipped, end=one.end + skipped) for one in found]
        return _ranked(found)


def _candidates(text: str, named: Named) -> list[PlaceCandidate]:
    return [
        PlaceCandidate(
            name=option.place.name,
            house=named.house,
            score=named.score_of(option),
            words=text[named.start : named.end],
            start=named.start,
            end=named.end,
            kind=option.place.kind,
            latitude=option.place.latitude,
            longitude=option.place.longitude,
        )
        for option in named.mention.options
    ]


def _ranked(found: Sequence[PlaceCandidate]) -> tuple[PlaceCandidate, ...]:
    """The best of each place; of equal ones the earlier said first."""
    best: dict[tuple[str, str], PlaceCandidate] = {}
    for one in sorted(found, key=lambda c: (-c.score, c.start, c.name, c.kind)):
        if one.score >= _LEAST:
            best.setdefault((one.kind, one.name), one)
    return tuple(best.values())[:MAX_CANDIDATES]
