"""Words of an utterance with the place where they stand. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_ARTEFACT = re.compile(r"\[[^\]]*\]")
# Kazakh letters lie outside the Russian alphabet; recognisers often write their neighbours: "кызылга" for "қызылға".
_FOLD = str.maketrans("ёәғқңөұүһі", "еагкноуухи")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``word`` is folded, [start, end) are characters of the given text."""

    word: str
    start: int
    end: int


def fold(word: str) -> str:
    """Casefold, ё→е, Kazakh letters to their Russian neighbours. Keeps the length of Cyrillic words."""
    return word.casefold().translate(_FOLD)


def tokenise(text: str) -> tuple[Token, ...]:
    """The words of ``text`` in order; what a recogniser put in [brackets] is no word of the caller's."""
    masked = _ARTEFACT.sub(lambda found: " " * len(found.group()), text)
    return tuple(Token(fold(found.group()), found.start(), found.end()) for found in _WORD.finditer(masked))
