"""Crossings: "угол Абая и Розыбакиева", "Абай мен Жандосов қиылысы". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from line102.words import PlaceCandidate
from routing.places.context import Context
from routing.places.named import Named
from routing.places.units import Role, Unit

JOINED = " / "  # between the streets of a crossing's name
_BONUS = 0.06
_FILLS = frozenset(("на", "по", "проспекта", "проспект", "улицы", "улица", "ближе", "чуть"))


def crossings(text: str, units: Sequence[Unit], named: Sequence[Named]) -> list[PlaceCandidate]:
    """Two streets said one after the other, joined by nothing or by words that join."""
    streets = [one for one in named if one.mention.options[0].place.kind == "street"]
    found = []
    for one, other in pairwise(streets):
        between = units[one.mention.after : other.mention.first]
        if one.mention.options[0].place == other.mention.options[0].place or not _join(between):
            continue
        found.append(_crossing(text, one, other, _is_said(units, one, other)))
    return found


def _join(between: Sequence[Unit]) -> bool:
    """Whether nothing stands between two streets but what joins them or the house of the first."""
    joins = (Role.AND, Role.CROSSING, Role.STREET, Role.NEAR, Role.HOUSE)
    plain = [unit for unit in between if unit.role not in joins and unit.value is None and unit.word not in _FILLS]
    return len(between) <= 6 and all(len(unit.word) == 1 for unit in plain)


def _is_said(units: Sequence[Unit], one: Named, other: Named) -> bool:
    """Whether a word of crossings stands before, between or behind."""
    around = units[max(0, one.mention.first - 2) : other.mention.after + 2]
    return any(unit.role is Role.CROSSING for unit in around)


def _crossing(text: str, one: Named, other: Named, said: bool) -> PlaceCandidate:
    first, second = one.mention.options[0], other.mention.options[0]
    start, end = min(one.start, other.start), max(one.end, other.end)
    weak = (one, other)[one.mention.context > other.mention.context].mention.context
    bonus = _BONUS if said or weak > Context.NONE else 0.02
    score = max(one.score_of(first), other.score_of(second)) + bonus
    return PlaceCandidate(
        name=first.place.name + JOINED + second.place.name,
        house=one.house or other.house,
        score=round(min(0.995, score), 3),
        words=text[start:end],
        start=start,
        end=end,
        kind="crossing",
    )
