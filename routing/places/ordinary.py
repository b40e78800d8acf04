"""Words that are no place's name unless something beside them says so. Pure."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from routing.places.sounds import readings, stem
from routing.tokens import tokenise

_WORDS = "ordinary.txt"
_MIN_CASED = 4  # letters that a Kazakh ending leaves


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(stem(word) for word in _section("words"))


@cache
def _given() -> frozenset[str]:
    return frozenset(stem(word) for word in _section("given names"))


@cache
def _section(heading: str) -> tuple[str, ...]:
    text = files("routing").joinpath("places", _WORDS).read_text(encoding="utf-8")
    _, _, after = text.partition(f"[{heading}]\n")
    return tuple(token.word for token in tokenise(after.partition("[")[0]))


@cache
def _read(word: str) -> tuple[str, ...]:
    plain, *cased = (reading for reading, _ in readings(word))
    return (plain, *(reading for reading in cased if len(reading) >= _MIN_CASED))


def is_ordinary(word: str) -> bool:
    """Whether ``word`` (folded) is one that people say without meaning a place."""
    return len(word) <= 2 or any(reading in _ordinary() for reading in _read(word))


def is_given_name(word: str) -> bool:
    """Whether ``word`` (folded) is also what people are called: "Абай", "Манас"."""
    return any(reading in _given() for reading in _read(word))
