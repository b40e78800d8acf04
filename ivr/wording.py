"""Spoken words made comparable across recognisers' spellings. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_ARTEFACT = re.compile(r"\[[^\]]*\]|\([^)]*\)")  # "[смех]": the recogniser's words, not the caller's
# Recognisers often write a Kazakh letter as its Russian neighbour: "кызыл" for "қызыл".
_FOLD = str.maketrans("ёәғқңөұүһіi", "еагкноуухии")


def words_of(text: str) -> tuple[str, ...]:
    """Casefolded words, ё→е, Kazakh letters as their Russian neighbours. Write word lists through ``fold``."""
    return tuple(_WORD.findall(fold(_ARTEFACT.sub(" ", text))))


def fold(text: str) -> str:
    return text.casefold().translate(_FOLD)
