"""Whether two names mean one place, however they are written. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from routing.places.gazetteer import Place
from routing.places.index import keys_of
from routing.places.sounds import sound
from routing.places.units import Role, read_units

_TYPES = (Role.STREET, Role.MICRODISTRICT, Role.DISTRICT)
_SPEAKING = frozenset(("рынок", "базары", "базар", "станция", "станциясы", "имени", "атындагы", "г", "город"))


class SamePlace:
    """Compares after case, ё, Kazakh letters, endings, "улица" and "көшесі", and by the gazetteer's other names.

    An old name equals the present one, and so does the Kazakh name; two streets that had one name are both equal to it.
    """

    def __init__(self, gazetteer: Sequence[Place]) -> None:
        self._places: dict[str, set[str]] = defaultdict(set)
        for place in gazetteer:
            for name in place.names:
                self._places[plain_name(name)].add(place.name)

    def __call__(self, name: str, other: str) -> bool:
        one, two = plain_name(name), plain_name(other)
        if one == two or sound(one) == sound(two):
            return True
        return bool(self._places.get(one, set()) & self._places.get(two, set()))


def plain_name(name: str) -> str:
    """``name`` for comparing: folded, without its type word and endings; "" when nothing is left."""
    units = read_units(name)
    kept = [unit for unit in units if unit.role not in _TYPES and unit.word not in _SPEAKING]
    if not any(unit.value is None for unit in kept):  # "8 микрорайон": the word is the name
        kept = [unit for unit in units if unit.value is not None or unit.role in _TYPES]
        kept.sort(key=lambda unit: unit.value is None)
    return keys_of(kept)[0].text if kept else ""
