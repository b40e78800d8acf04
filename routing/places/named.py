"""A named place with its house. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.places.houses import House, read_house
from routing.places.mentions import Mention, Option
from routing.places.units import Role, Unit

_FILL = (Role.STREET, Role.MICRODISTRICT, Role.HOUSE)  # may stand between a name and its number
_FILL_WORDS = frozenset(("в", "во", "дом", "номер", "номери", "там", "где", "это", "ну", "вот"))
_BEFORE_NAME = frozenset(("на", "по", "в", "ул", "это"))
_REACH = 6  # units between a name and a "дом" that belongs to it
_HOUSE_BONUS = 0.05


@dataclass(frozen=True, slots=True)
class Named:
    """One mention, the characters it came from, and the house that belongs to it ("": none was named)."""

    mention: Mention
    start: int
    end: int
    house: str = ""

    def score_of(self, option: Option) -> float:
        """0.0-1.0: who names a house speaks of where they are."""
        return round(min(0.99, option.score + (_HOUSE_BONUS if self.house else 0.0)), 3)


def with_houses(text: str, units: Sequence[Unit], mentions: Sequence[Mention]) -> tuple[Named, ...]:
    """Give every mention the number that belongs to it; no number belongs to two."""
    taken = {at for mention in mentions for at in range(mention.first, mention.after)}
    found: list[Named] = []
    for number, mention in enumerate(mentions):
        until = mentions[number + 1].first if number + 1 < len(mentions) else len(units)
        house = _behind(text, units, mention, until) or _before(text, units, mention, taken)
        start, end = units[mention.first].start, units[mention.after - 1].end
        if house is not None:
            taken.update(range(house.first, house.after))
            start, end = min(start, units[house.first].start), max(end, units[house.after - 1].end)
        found.append(Named(mention, start, end, house.number if house else ""))
    return tuple(found)


def _behind(text: str, units: Sequence[Unit], mention: Mention, until: int) -> House | None:
    """The number after the name: at once, after words that fill, or after "дом" a little later."""
    at = mention.after
    while at < until and (units[at].role in _FILL or units[at].word in _FILL_WORDS):
        at += 1
    if at < until and units[at].value is not None:
        return read_house(text, units[:until], at)
    for later in range(at, min(until, mention.after + _REACH) - 1):
        if units[later].role is Role.HOUSE and units[later + 1].value is not None:
            return read_house(text, units[:until], later + 1)
        if later + 1 < until and units[later].value is not None and units[later + 1].role is Role.HOUSE:
            return read_house(text, units[:until], later)
    return None


def _before(text: str, units: Sequence[Unit], mention: Mention, taken: set[int]) -> House | None:
    """The number before the name: "дом 12 по Абая", "в двадцать пятом доме на Абая"."""
    for first in range(max(0, mention.first - _REACH), mention.first):
        if units[first].value is None or first in taken:
            continue
        house = read_house(text, units[: mention.first], first)
        if house is None:
            continue
        said = _says_house(units, first - 1) or _says_house(units, house.after, until=mention.first)
        # "сорок пять дробь два Шевченко дом"
        said = said or (house.after == mention.first and _says_house(units, mention.after))
        if said and all(_fills(unit) for unit in units[house.after : mention.first]):
            return house
    return None


def _says_house(units: Sequence[Unit], at: int, until: int | None = None) -> bool:
    """Whether "дом", "үй" or "дом номер" stands at ``at``."""
    if 0 < at < len(units) and units[at].word.startswith("номер"):
        at -= 1
    return 0 <= at < (len(units) if until is None else until) and units[at].role is Role.HOUSE


def _fills(unit: Unit) -> bool:
    return unit.role in _FILL or unit.word in _BEFORE_NAME
