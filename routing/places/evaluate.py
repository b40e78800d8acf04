"""How well places are found in labelled utterances: ``line102 places evaluate FILE``. Pure but for its clock."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from line102.errors import BadSetting
from line102.words import PlaceCandidate
from routing.places.crossings import JOINED
from routing.places.finder import PlaceFinder
from routing.places.same_place import SamePlace

FIRST_FEW = 3
_Z = 1.959964  # standard normal: 95 % two-sided
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One utterance and the places that it truly names."""

    line_id: str
    text: str
    language: str  # "" when the file does not say
    streets: tuple[str, ...]  # streets, microdistricts or landmarks; (): none is named
    house: str  # "": none


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """What was found in one line, and whether it is right; None: the question does not arise."""

    line: PlaceLine
    candidates: tuple[PlaceCandidate, ...]
    milliseconds: float
    first: bool | None
    among: bool | None
    house: bool | None

    @property
    def false_find(self) -> bool:
        """A place was found where none was named; a district alone is no address and does not count."""
        return not self.line.streets and any(one.kind != "district" for one in self.candidates)


def read_lines(lines: Iterable[str], *, source: str) -> tuple[PlaceLine, ...]:
    """Read JSON lines; blank ones are skipped. Raises BadSetting naming ``source`` and the line."""
    read = []
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            read.append(_read_line(raw, number))
        except ValueError as wrong:
            raise BadSetting(f"{source}:{number}", str(wrong), "Correct or remove this line.") from wrong
    if not read:
        raise BadSetting(source, "no line in it", 'Each line is like {"text": "…", "streets": ["…"], "house": "12"}.')
    return tuple(read)


def judge(
    finder: PlaceFinder, same: SamePlace, lines: Sequence[PlaceLine], clock: Callable[[], float]
) -> tuple[JudgedLine, ...]:
    """Find the places of every line; ``clock`` counts seconds."""
    judged = []
    for line in lines:
        began = clock()
        candidates = finder.find(line.text)
        spent = (clock() - began) * 1000
        judged.append(_judge(same, line, candidates, spent))
    return tuple(judged)


def report(judged: Sequence[JudgedLine]) -> dict[str, object]:
    """Shares with 95 % bounds, per language and in all."""
    languages = sorted({one.line.language for one in judged if one.line.language})
    by_language = {name: [one for one in judged if one.line.language == name] for name in languages}
    return {name: _figures(some) for name, some in ((ALL, list(judged)), *by_language.items())}


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % bounds of a share, 0.0-1.0; (0, 1) of nothing. Source: Wilson 1927, score interval."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _judge(same: SamePlace, line: PlaceLine, candidates: tuple[PlaceCandidate, ...], milliseconds: float) -> JudgedLine:
    first = among = house = None
    if line.streets:
        named = [one.name.split(JOINED) for one in candidates]
        first = bool(named) and all(any(same(name, true) for true in line.streets) for name in named[0])
        few = [name for names in named[:FIRST_FEW] for name in names]
        among = all(any(same(name, true) for name in few) for true in line.streets)
    if line.house:
        found = candidates[0].house if candidates else ""
        house = plain_house(found) == plain_house(line.house)
    return JudgedLine(line, candidates, milliseconds, first, among, house)


def plain_house(number: str) -> str:
    """A house number for comparing: "45 дробь 2" = "45/2", "12 корпус 3" = "12к3"."""
    plain = "".join(number.casefold().split())
    for written, sign in (("дробь", "/"), ("слеш", "/"), ("корпус", "к"), ("корп.", "к"), ("блок", "к"), ("-", "")):
        plain = plain.replace(written, sign)
    return plain.removeprefix("дом").removeprefix("№")


def _figures(judged: Sequence[JudgedLine]) -> dict[str, object]:
    spent = sorted(one.milliseconds for one in judged)
    empty = [one for one in judged if not one.line.streets]
    false = [one for one in empty if one.false_find]
    invented = [one for one in judged if not one.line.house and one.candidates and one.candidates[0].house]
    return {
        "lines": len(judged),
        "street_first": _share([one.first for one in judged]),
        "street_among_three": _share([one.among for one in judged]),
        "house": _share([one.house for one in judged]),
        "house_invented": {"count": len(invented), "ids": [one.line.line_id for one in invented]},
        "none_named": len(empty),
        "false_finds": {
            **_share([one.false_find for one in empty]),
            "ids": [one.line.line_id for one in false],
            "candidates": sum(len(one.candidates) for one in false),
        },
        "milliseconds": {
            "mean": round(sum(spent) / len(spent), 3),
            "p95": round(spent[int(0.95 * (len(spent) - 1))], 3),
        },
    }


def _share(answers: Sequence[bool | None]) -> dict[str, object]:
    given = [one for one in answers if one is not None]
    right, of = sum(given), len(given)
    low, high = wilson(right, of)
    share = round(right / of, 4) if of else None
    return {"right": right, "of": of, "share": share, "bounds_95": [round(low, 4), round(high, 4)]}


def _read_line(raw: str, number: int) -> PlaceLine:
    try:
        given = json.loads(raw)
    except (json.JSONDecodeError, RecursionError) as wrong:
        raise ValueError(f"not JSON: {getattr(wrong, 'msg', 'nested too deeply')}") from wrong
    if not isinstance(given, dict):
        raise ValueError("not a JSON object")
    streets = given.get("streets")
    if not isinstance(streets, list) or not all(isinstance(one, str) and one.strip() for one in streets):
        raise ValueError("streets: not a list of names")
    return PlaceLine(
        line_id=str(given.get("id") or number),
        text=_text(given, "text", required=True),
        language=_text(given, "lang"),
        streets=tuple(streets),
        house=_text(given, "house"),
    )


def _text(given: Mapping[str, object], key: str, *, required: bool = False) -> str:
    value = given.get(key)
    if value is None and not required:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and key == "house":
        return str(value)
    if not isinstance(value, str) or (required and not value.strip()):
        raise ValueError(f"{key}: missing or not a text")
    return value
