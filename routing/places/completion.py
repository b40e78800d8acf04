"""Places for what an operator has typed so far: by prefix, and by likeness where the prefix is mistyped. Pure.

Russian, Kazakh, old and short names count. Letters compare as ``tokens.fold`` and ``sounds.sound`` make them, so that
"кабанбай" is "Қабанбай". What was typed with a Latin keyboard by mistake is read as the keys that were meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from routing.places.gazetteer import Place
from routing.places.sounds import sound
from routing.places.units import Role, role_of
from routing.tokens import tokenise

MAX_TEXT = 100  # characters; more is no address
_LIKE_FROM = 3  # letters: two resemble too much
_LEAST_ALIKE = 0.7
_OLD, _INNER, _ALIKE = 0.02, 0.05, 0.85  # what an old name, a word within a name, and likeness cost
_LANDMARK = 0.01  # streets are typed more often
_HOUSED = frozenset({"street", "microdistrict"})
_HOUSE = re.compile(r"^(.*?\w)[\s,]+(?:(?:дом|д|үй|уй)\.?\s*)?(?:№\s*)?(\d[\w/\\-]*)(?:[\s,]+(?:үй|уй|дом))?\s*$", re.I)
_CORNER = re.compile(r"\s*(?:/|\bугол\b|\bуг\b\.?|\bқиылысы\b|\bпересечение\b)\s*", re.I)
_DISTRICT = "микрорайон"
_KEYS = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoice:
    """A place that may be meant. ``matched``: the name that what was typed resembles; it may be an old one."""

    name: str
    kazakh: str  # "": the gazetteer does not say
    house: str  # as typed; ""
    kind: str  # as in the gazetteer, or "crossing"
    matched: str
    score: float  # 0.0-1.0
    latitude: float | None = None  # degrees, WGS 84
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    """A name from one of its words on."""

    place: Place
    name: str
    cost: float


class PlaceCompletion:
    """Built once per gazetteer; asked at every key."""

    def __init__(self, gazetteer: Sequence[Place]) -> None:
        forms = sorted(((typed, form) for place in gazetteer for typed, form in _forms(place)), key=lambda one: one[0])
        self._typed = [typed for typed, _ in forms]
        self._forms = [form for _, form in forms]
        self._sounds: dict[str, list[tuple[str, int]]] = defaultdict(list)  # by their first sound
        for at, typed in enumerate(self._typed):
            heard = sound(typed)
            self._sounds[heard[:1]].append((heard, at))

    def complete(self, text: str, *, limit: int = 8) -> tuple[PlaceChoice, ...]:
        """The likeliest first; () for a text without a letter or digit. Total."""
        text = text[:MAX_TEXT]
        found = self._complete(text, limit)
        if not found and text.isascii() and any(letter.isalpha() for letter in text):
            found = self._complete(text.lower().translate(_KEYS), limit)
        return tuple(found[:limit])

    def _complete(self, text: str, limit: int) -> list[PlaceChoice]:
        sides = [side for side in _CORNER.split(text) if side.strip()]
        if len(sides) == 2:
            corners = self._corners(sides[0], sides[1], limit)
            if corners:
                return corners
        found = self._prefixed(text)
        with_house = _HOUSE.match(text)
        if with_house is not None:
            named = self._named(with_house[1], limit)
            found += [replace(choice, house=with_house[2]) for choice in named if choice.kind in _HOUSED]
        if len(found) < limit:
            found += self._alike(text)
        return _ranked(found)

    def _named(self, text: str, limit: int) -> list[PlaceChoice]:
        found = self._prefixed(text)
        return _ranked(found if len(found) >= limit else [*found, *self._alike(text)])

    def _corners(self, one: str, other: str, limit: int) -> list[PlaceChoice]:
        first = [choice for choice in self._named(one, limit) if choice.kind == "street"][:1]
        return [
            replace(choice, name=f"{known.name} / {choice.name}", kazakh="", kind="crossing")
            for known in first
            for choice in self._named(other, limit)
            if choice.kind == "street" and choice.name != known.name
        ]

    def _prefixed(self, text: str) -> list[PlaceChoice]:
        typed = _typed(text)
        found: list[PlaceChoice] = []
        at = bisect_left(self._typed, typed) if typed else len(self._typed)
        while at < len(self._typed) and self._typed[at].startswith(typed):
            whole = 1.0 if self._typed[at] == typed else 0.97
            found.append(_choice(self._forms[at], whole))
            at += 1
        return found

    def _alike(self, text: str) -> list[PlaceChoice]:
        heard = sound(_typed(text))
        if len(heard) < _LIKE_FROM:
            return []
        best: dict[int, float] = {}
        known = self._sounds.get(heard[:1], [])
        digits = _digits(heard)
        for length in range(len(heard) - 1, len(heard) + 2):
            begun = [form[:length] for form, _ in known]
            alike = process.cdist([heard], begun, scorer=Levenshtein.normalized_similarity, score_cutoff=_LEAST_ALIKE)
            for n in alike[0].nonzero()[0]:
                form, at = known[n]
                if _digits(form) != digits:
                    continue  # hospital 4 is not a mistyped hospital 7
                best[at] = max(best.get(at, 0.0), float(alike[0][n]))
        return [_choice(self._forms[at], likeness * _ALIKE) for at, likeness in best.items()]


def _forms(place: Place) -> Iterator[tuple[str, _Form]]:
    """What may be typed for a place: each name from each of its words on."""
    for name in place.names:
        words = _typed(name).split()
        cost = (_OLD if name in place.old else 0.0) + (_LANDMARK if place.kind == "landmark" else 0.0)
        for at in range(len(words)):
            yield " ".join(words[at:]), _Form(place, name, cost + (_INNER if at else 0.0))
        if len(words) == 2 and words[0].isdecimal() and words[1] == _DISTRICT:  # "8 микрорайон", "микрорайон 8"
            yield f"{_DISTRICT} {words[0]}", _Form(place, name, cost)


def _typed(text: str) -> str:
    """Folded words, without those that only say that it is a street; "мкр" is written out."""
    words = [_DISTRICT if role_of(token.word) is Role.MICRODISTRICT else token.word for token in tokenise(text)]
    told = [word for word in words if role_of(word) is not Role.STREET]
    return " ".join(told or words)


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _choice(form: _Form, likeness: float) -> PlaceChoice:
    place = form.place
    return PlaceChoice(
        name=place.name,
        kazakh=place.kazakh,
        house="",
        kind=place.kind,
        matched=form.name,
        score=round(max(0.0, likeness - form.cost), 3),
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _ranked(found: Iterable[PlaceChoice]) -> list[PlaceChoice]:
    """Each place with its best name; of equal ones the shorter name first."""
    best: dict[tuple[str, str, str], PlaceChoice] = {}
    for choice in sorted(found, key=lambda c: (-c.score, len(c.name), c.name, c.kind, c.house)):
        best.setdefault((choice.kind, choice.name, choice.house), choice)
    return list(best.values())
