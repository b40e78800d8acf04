"""House numbers: "сорок пять дробь два", "12а", "дом 12 корпус 3", "жиырма бесінші үй". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.places.units import Role, Unit

MAX_HOUSE = 2000
_LETTERS = {"a": "а", "b": "б", "бэ": "б", "вэ": "в", "гэ": "г", "дэ": "д"}
_LETTER = frozenset("абвгдежз") | frozenset(_LETTERS)
_SAID_APART = frozenset(("а", "б", "в", "г", "д", "бэ", "вэ", "гэ", "дэ"))
_FRACTION = ("дроб", "слеш", "слэш", "болшек", "болек")
_BLOCK = ("корпус", "корп", "блок", "строени")
_FLAT = ("кварт", "кв", "подъезд", "этаж", "патер", "петер", "кабат", "киреберис", "офис")
# What is counted here is no house.
_COUNTED_WORDS = (
    "лет год час минут человек раз метр километр тысяч рубл тенге жас адам рет сагат бала ребен дет машин сынып "
    "класс больниц аурухан микрорайон дня дней день куннен сутк недел проц"
)
_PEOPLE = ("мужчин", "мужчины", "женщин", "женщины", "парня", "парней")
_COUNTED = tuple(_COUNTED_WORDS.split())
_NO_HOUSE_AFTER = (*_FLAT, "телефон", "маршрут", "автобус", "школ", "больниц")
_AND_SO = ("квартир", "кв", "подъезд", "этаж", "угол", "уй", "патер", "корпус", "дом", "дроб", "тез", "прие", "быстр")


@dataclass(frozen=True, slots=True)
class House:
    """A house number at units [first, after)."""

    number: str  # "45/2", "12а", "12 корпус 3"
    first: int
    after: int


def read_house(text: str, units: Sequence[Unit], at: int) -> House | None:
    """The house whose number begins at ``units[at]``; None: what stands there is no house's number."""
    unit = units[at]
    if unit.value is None or not 0 < unit.value <= MAX_HOUSE or _counts_something(units, at):
        return None
    if at > 0 and _starts(units[at - 1], _NO_HOUSE_AFTER):
        return None
    floor = at + 1 < len(units) and _starts(units[at + 1], _FLAT)
    if floor and unit.ordinal and unit.head:
        return House(str(unit.head), at, at + 1)  # "двести двадцать второй этаж": house 220
    if floor and (unit.ordinal or _is_kazakh_flat(units, at)) and not _is_number(units, at + 2):
        return None
    number, after = _with_letter(text, units, at + 1, str(unit.value))
    number, after = _with_fraction(text, units, after, number)
    return House(*_with_block(units, after, number, at))


def _with_letter(text: str, units: Sequence[Unit], at: int, number: str) -> tuple[str, int]:
    if at >= len(units) or units[at].word not in _LETTER:
        return number, at
    unit = units[at]
    gap = text[units[at - 1].end : unit.start]
    glued = gap in ("", "-", '"')
    apart = gap == " " and unit.word in _SAID_APART and _ends_there(text, units, at)
    if not (glued or apart):
        return number, at
    return number + _LETTERS.get(unit.word, unit.word), at + 1


def _ends_there(text: str, units: Sequence[Unit], at: int) -> bool:
    """Whether a letter said apart closes the address: "12 а" does, "12 а он дерётся" does not."""
    if units[at].word == "в":  # "12 в квартире"
        return not text[units[at].end :].strip(" .,!?")
    if units[at].word not in ("а", "д") or at + 1 == len(units):
        return True
    after = units[at + 1]
    if units[at].word == "д" and after.value is not None:
        return False
    comma = any(sign in text[units[at].end : after.start] for sign in ",.;!?")
    return comma or _starts(after, _AND_SO) or after.role in (Role.HOUSE, Role.CROSSING, Role.STREET)


def _with_fraction(text: str, units: Sequence[Unit], at: int, number: str) -> tuple[str, int]:
    if _is_number(units, at) and text[units[at - 1].end : units[at].start].strip() == "/":
        return _with_letter(text, units, at + 1, f"{number}/{units[at].value}")
    if at < len(units) and _starts(units[at], _FRACTION) and _is_number(units, at + 1):
        return _with_letter(text, units, at + 2, f"{number}/{units[at + 1].value}")
    return number, at


def _with_block(units: Sequence[Unit], at: int, number: str, first: int) -> tuple[str, int, int]:
    here = at + 1 if at < len(units) and units[at].role is Role.HOUSE else at
    if here < len(units) and (_starts(units[here], _BLOCK) or units[here].word == "к") and _is_number(units, here + 1):
        return f"{number} корпус {units[here + 1].value}", first, here + 2
    if _is_number(units, here) and here + 1 < len(units) and _starts(units[here + 1], _BLOCK):
        return f"{number} корпус {units[here].value}", first, here + 2
    return number, first, at


def _counts_something(units: Sequence[Unit], at: int) -> bool:
    return at + 1 < len(units) and (_starts(units[at + 1], _COUNTED) or units[at + 1].word in _PEOPLE)


def _is_kazakh_flat(units: Sequence[Unit], at: int) -> bool:
    return _starts(units[at + 1], ("патер", "петер", "кабат", "киреберис"))


def _is_number(units: Sequence[Unit], at: int) -> bool:
    return at < len(units) and units[at].value is not None


def _starts(unit: Unit, beginnings: Sequence[str]) -> bool:
    return unit.value is None and unit.word.startswith(tuple(beginnings))
