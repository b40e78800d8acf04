"""What stands around a name: does it speak of a place, or of a person? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from routing.places.units import Role, Unit


class Context(IntEnum):
    """How clearly the words around a name speak of a place."""

    PERSON = 0  # they speak of a person
    NONE = 1
    WEAK = 2  # a preposition, a house number, a case ending "at"
    STRONG = 3  # "улица", "көшесі", "угол", "микрорайон"


_PLACE_WORDS = (Role.STREET, Role.MICRODISTRICT, Role.DISTRICT, Role.CROSSING)
_NAME_WORDS = ("фамили", "зовут", "есим", "атым", "имя", "зовит", "позов", "беспокоит")
_PATRONYMIC = ("ович", "евич", "овна", "евна", "ична", "улы", "кызы")
_CROSSING_REACH = 4  # units
_NAME_WORDS_REACH = 3  # words: "моя фамилия, значит, Сатпаева"


def context_of(units: Sequence[Unit], first: int, after: int, *, cased: bool) -> Context:
    """The context of the name at units [first, after); ``cased``: it has a Kazakh ending such as "-да"."""
    before = units[first - 1] if first > 0 else None
    behind = units[after] if after < len(units) else None
    if (before is not None and before.role in _PLACE_WORDS) or (behind is not None and behind.role in _PLACE_WORDS):
        return Context.STRONG
    around = units[max(0, first - _CROSSING_REACH) : after + _CROSSING_REACH]
    crossed = any(unit.role is Role.CROSSING for unit in around)
    if crossed and any(unit is not None and unit.role is Role.AND for unit in (before, behind)):
        return Context.STRONG  # "угол Абая и Манаса"
    numbered = crossed or _is_numbered(units, after)
    if not numbered and _is_person(units, first, after):
        return Context.PERSON
    if numbered or cased or _is_near(units, first, after):
        return Context.WEAK
    return Context.NONE


def marked_kind(units: Sequence[Unit], first: int, after: int) -> str:
    """The kind of place that the word beside the name says: "street", "microdistrict", "district" or ""."""
    for at in (after, first - 1):
        if 0 <= at < len(units):
            match units[at].role:
                case Role.STREET:
                    return "street"
                case Role.MICRODISTRICT:
                    return "microdistrict"
                case Role.DISTRICT:
                    return "district"
                case _:
                    pass
    return ""


def _is_numbered(units: Sequence[Unit], at: int) -> bool:
    """Whether a house's number follows, with or without "дом"."""
    if at < len(units) and units[at].role is Role.HOUSE:
        at += 1
    return at < len(units) and units[at].value is not None


def _is_near(units: Sequence[Unit], first: int, after: int) -> bool:
    beside = [units[at] for at in (first - 1, after) if 0 <= at < len(units)]
    if first == 0 and after == len(units):
        return True  # nothing but the name: the answer to "where are you?"
    return any(unit.role is Role.NEAR for unit in beside)


def _is_person(units: Sequence[Unit], first: int, after: int) -> bool:
    if first > 0 and units[first - 1].role is Role.PERSON:
        return True
    if any(unit.word.startswith(_NAME_WORDS) for unit in units[max(0, first - _NAME_WORDS_REACH) : first]):
        return True
    behind = units[after : after + 2]
    return any(unit.word.endswith(_PATRONYMIC) or unit.word.startswith(_NAME_WORDS) for unit in behind)
