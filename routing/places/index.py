"""Which names of the gazetteer a few words sound like. Pure but for a memory of the last answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from routing.places.gazetteer import Place
from routing.places.sounds import readings, sound, stem
from routing.places.units import Role, Unit, read_units

MAX_WINDOW = 5  # units of a name
_NEAREST = 12  # names whose pairs of sounds agree best are compared letter by letter
_MIN_PAIRS = 0.4  # Dice coefficient of pairs of sounds
_MIN_ALIKE = 0.68
_INNER_STEM = 5  # letters from which a word inside a name loses its ending


@dataclass(frozen=True, slots=True)
class Alike:
    """A place whose name resembles the words, 0.0-1.0."""

    place: Place
    likeness: float
    cased: bool  # a Kazakh case ending was taken away


@dataclass(frozen=True, slots=True)
class Key:
    """Words as they are looked up: without spaces and endings."""

    text: str
    cased: bool = False


def keys_of(units: Sequence[Unit]) -> tuple[Key, ...]:
    """The keys that ``units`` may stand for, the plainest first."""
    words = [unit.word for unit in units]
    last = max((at for at, word in enumerate(words) if word.isalpha() and len(word) > 1), default=-1)
    if last < 0:
        return (Key("".join(words)),)
    inner = [stem(word) if len(word) >= _INNER_STEM and word.isalpha() else word for word in words]
    before, after = "".join(inner[:last]), "".join(inner[last + 1 :])
    return tuple(Key(before + reading + after, cased) for reading, cased in readings(words[last]))


class NameIndex:
    """Every name of ``places``, found by equal or similar keys."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._exact: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            for key in _name_keys(place):
                if place not in self._exact[key]:
                    self._exact[key].append(place)
        self._keys = list(self._exact)
        self._sounds = [sound(key) for key in self._keys]
        self._digits = [_digits(key) for key in self._keys]
        pairs: dict[str, list[int]] = defaultdict(list)
        for at, heard in enumerate(self._sounds):
            for pair in _pairs(heard):
                pairs[pair].append(at)
        self._postings = {pair: np.array(ats, dtype=np.int32) for pair, ats in pairs.items()}
        self._sizes = np.array([len(_pairs(heard)) for heard in self._sounds], dtype=np.float32)
        self.similar = lru_cache(maxsize=8192)(self._similar)
        self.longest = max((len(key) for key in self._keys), default=0)

    def exact(self, keys: Sequence[Key]) -> tuple[Alike, ...]:
        """The places of exactly this name, whatever its ending."""
        for key in keys:
            if key.text in self._exact:
                return tuple(Alike(place, 1.0, key.cased) for place in self._exact[key.text])
        return ()

    def _similar(self, keys: tuple[Key, ...]) -> tuple[Alike, ...]:
        """The places whose name sounds similar, the nearest first; numbers must be equal."""
        best: dict[int, Alike] = {}
        for key in keys:
            heard, digits = sound(key.text), _digits(key.text)
            for at in self._nearest(heard):
                if self._digits[at] != digits or not _begin_alike(heard, self._sounds[at]):
                    continue
                likeness = _likeness(key.text, self._keys[at], heard, self._sounds[at])
                for place in self._exact[self._keys[at]] if likeness >= _MIN_ALIKE else ():
                    known = best.get(id(place))
                    if known is None or known.likeness < likeness:
                        best[id(place)] = Alike(place, likeness, key.cased)
        return tuple(sorted(best.values(), key=lambda alike: (-alike.likeness, alike.place.name, alike.place.kind)))

    def _nearest(self, heard: str) -> list[int]:
        pairs = _pairs(heard)
        postings = [self._postings[pair] for pair in pairs if pair in self._postings]
        if not postings:
            return []
        shared: NDArray[np.intp] = np.bincount(np.concatenate(postings), minlength=len(self._keys))
        dice = 2 * shared / (self._sizes + len(pairs))
        near = np.flatnonzero(dice >= _MIN_PAIRS)
        if len(near) > _NEAREST:
            near = near[np.argsort(-dice[near], kind="stable")[:_NEAREST]]
        return [int(at) for at in near]


def _likeness(written: str, name: str, heard: str, name_heard: str) -> float:
    return float(0.5 * fuzz.ratio(written, name) + 0.5 * fuzz.ratio(heard, name_heard)) / 100


def _begin_alike(heard: str, name: str) -> bool:
    """What comes first is seldom misheard; without this, "палатасының" would be like "Алатау"."""
    return heard[:1] == name[:1] or heard[1:3] == name[1:3]


def _name_keys(place: Place) -> list[str]:
    found: dict[str, None] = {}
    for name in place.names:
        units = read_units(name)
        found.setdefault(keys_of(units)[0].text)
        plain = [unit for unit in units if unit.role not in (Role.STREET, Role.DISTRICT)]
        if plain and len(plain) < len(units) and place.kind == "street":
            found.setdefault(keys_of(plain)[0].text)
        # "8 микрорайон" is also said "микрорайон 8".
        if len(units) == 2 and units[0].value is not None and units[1].role is Role.MICRODISTRICT:
            found.setdefault(keys_of((units[1], units[0]))[0].text)
    return [key for key in found if key]


def _pairs(heard: str) -> frozenset[str]:
    framed = f"^{heard}$"
    return frozenset(framed[at : at + 2] for at in range(len(framed) - 1))


def _digits(key: str) -> str:
    return " ".join(re.findall(r"\d+", key))
