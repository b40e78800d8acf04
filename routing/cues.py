"""Cues: short phrases that mean something, and where they stand in an utterance. Pure.

A cue's words must come in order with at most ``MAX_GAP`` words between. A word of a cue is matched whole or, with a
trailing ``*``, as a beginning; words of six letters and more may be misheard a little (rapidfuzz ratio).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from line102.errors import BadSetting
from routing.tokens import Token, fold

REMEMBERED = 5_000  # words, about 1.5 kB each
MAX_GAP = 2  # words between two words of a cue
SHORTEST_FUZZY = 6  # letters; shorter words must match exactly
WHOLE_RATIO = 90.0  # rapidfuzz ratio, 0-100, for whole words
PREFIX_RATIO = 83.0  # the same for beginnings: one letter wrong in six


class Kind(StrEnum):
    """What a cue says about the call. Names of the tables in cues.toml."""

    EMERGENCY = "emergency"
    ALARM = "alarm"
    ACUTE = "acute"
    COVERT = "covert"
    NON_URGENT = "non_urgent"
    TOPIC = "topic"
    ASKS = "asks"
    NUISANCE = "nuisance"
    ARTEFACT = "artefact"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Cue:
    """``phrase`` as written; ``weight`` is how much one occurrence counts, 1.0 for a cue written by a person."""

    kind: Kind
    phrase: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """``cue`` stands at tokens[first] … tokens[last]."""

    cue: Cue
    first: int
    last: int


def seed_cues() -> tuple[Cue, ...]:
    """The cues that come with line102. Raises BadSetting when the file was damaged."""
    text = files("routing").joinpath("corpus", "cues.toml").read_text(encoding="utf-8")
    return read_cues(text, source="routing/corpus/cues.toml")


def read_cues(text: str, *, source: str) -> tuple[Cue, ...]:
    """Read TOML: one table per kind, one list of phrases per language. Raises BadSetting naming the table."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadSetting(source, str(wrong), "Correct this file.") from wrong
    cues: dict[tuple[Kind, str], Cue] = {}
    for name, languages in tables.items():
        if name not in list(Kind) or not isinstance(languages, dict):
            raise BadSetting(f"{source} [{name}]", "unknown table", f"Use {', '.join(Kind)}.")
        for language, phrases in languages.items():
            if not isinstance(phrases, list) or not all(isinstance(p, str) and p.strip(" *") for p in phrases):
                raise BadSetting(f"{source} [{name}] {language}", "not a list of phrases", "Write words in quotes.")
            for phrase in phrases:
                cues.setdefault((Kind(name), fold(phrase)), Cue(Kind(name), phrase))
    return tuple(cues.values())


class CueBook:
    """All cues, laid out so that one utterance is compared with every word of them at once."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._cues = tuple(cues)
        words = sorted({word for cue in self._cues for word in fold(cue.phrase).split()})
        column = {word: index for index, word in enumerate(words)}
        self._columns = tuple(tuple(column[word] for word in fold(cue.phrase).split()) for cue in self._cues)
        self._width = len(words)
        self._groups = _grouped(words)
        self._by_first: dict[int, list[int]] = {}
        self._rows: dict[str, NDArray[np.bool_]] = {}
        for index, columns in enumerate(self._columns):
            self._by_first.setdefault(columns[0], []).append(index)

    def find(self, tokens: Sequence[Token]) -> tuple[Match, ...]:
        """Every cue in ``tokens``, in the order of the text; ties in the order of the cues."""
        if not tokens:
            return ()
        hits = self._hits([token.word for token in tokens])
        found: list[Match] = []
        for first, column in zip(*(axis.tolist() for axis in np.nonzero(hits)), strict=True):
            for index in self._by_first.get(column, ()):
                last = _follow(hits, first, self._columns[index])
                if last is not None:
                    found.append(Match(self._cues[index], first, last))
        return tuple(found)

    def _hits(self, words: list[str]) -> NDArray[np.bool_]:
        """Whether word i of the utterance matches word j of the book; shape (len(words), width).

        Rows are remembered: a caller's words so far are read again with every new piece of text.
        """
        if len(self._rows) > REMEMBERED:
            self._rows.clear()
        new = [word for word in dict.fromkeys(words) if word not in self._rows]
        if new:
            self._rows.update(zip(new, self._compared(new), strict=True))
        return np.array([self._rows[word] for word in words])

    def _compared(self, words: list[str]) -> NDArray[np.bool_]:
        hits = np.zeros((len(words), self._width), dtype=np.bool_)
        for group in self._groups:
            given = [word[: group.cut] if len(word) >= group.cut else "" for word in words] if group.cut else words
            scores = process.cdist(given, group.words, scorer=fuzz.ratio, score_cutoff=group.ratio, dtype=np.float32)
            hits[:, group.columns] = scores > 0
        return hits


@dataclass(frozen=True, slots=True)
class _Group:
    """Words of the book that are compared in the same way."""

    cut: int  # letters compared; 0: the whole word
    ratio: float
    words: list[str]
    columns: list[int]


def _grouped(words: Sequence[str]) -> tuple[_Group, ...]:
    groups: dict[tuple[int, float], _Group] = {}
    for column, word in enumerate(words):
        prefix = word.endswith("*")
        bare = word.rstrip("*")
        fuzzy = len(bare) >= SHORTEST_FUZZY
        key = (len(bare) if prefix else 0, (PREFIX_RATIO if prefix else WHOLE_RATIO) if fuzzy else 100.0)
        group = groups.setdefault(key, _Group(key[0], key[1], [], []))
        group.words.append(bare)
        group.columns.append(column)
    return tuple(groups.values())


def _follow(hits: NDArray[np.bool_], first: int, columns: tuple[int, ...]) -> int | None:
    """Index of the last word of a cue that begins at ``first``, or None when it is not whole."""
    at = first
    for column in columns[1:]:
        window = range(at + 1, min(at + 2 + MAX_GAP, hits.shape[0]))
        following = next((place for place in window if hits[place, column]), None)
        if following is None:
            return None
        at = following
    return at
