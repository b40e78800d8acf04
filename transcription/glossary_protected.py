"""Words that no correction may touch: ordinary words, what triage takes for evidence, weapons, numbers. Pure.

A recogniser that hears "пожар" has perhaps heard "Пожарского"; a correction that is wrong there costs a life, and one
that is left out costs a letter. So the lists are generous: a doubtful word counts as ordinary.
"""

from __future__ import annotations

import gzip
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from zlib import crc32

import numpy as np
from rapidfuzz import fuzz, process

from routing.cues import PREFIX_RATIO, SHORTEST_FUZZY, WHOLE_RATIO, Cue, Kind, seed_cues
from routing.tokens import fold

ORDINARY = ("ordinary.ru.txt.gz", "ordinary.kk.txt.gz")  # beginnings of words; see terms/README.md
MARKS = "ordinary.marks.gz"  # of all of them, ready made: the distances of the sorted marks as little-endian uint32
EVIDENCE = frozenset(Kind) - {Kind.NEUTRAL}  # neutral cues hold place names, and say nothing about the matter
DANGER = frozenset((Kind.EMERGENCY, Kind.NON_URGENT))  # also when misheard a little, as triage reads them
SHORTEST_BEGINNING = 4  # letters; "тартып ал*" must not protect every word in "ал"
# No dictionary holds these.
WEAPONS = ("макаров*", "калаш*", "травмат*", "сайга", "сайгу", "сайги", "сайгой", "наган*", "тозик*", "акм", "глок*")
KEPT_LETTERS, CUT_LETTERS = 8, 3
_KK_ENDING = re.compile(  # folded: plural, possessive, case, person; each may be absent
    r"(лар|лер|дар|дер|тар|тер)?"
    r"(ымыз|имиз|мыз|миз|ыныз|иниз|ныз|низ|ым|им|м|ын|ин|н|сы|си|ы|и)?"
    r"(нын|нин|дын|дин|тын|тин|нда|нде|да|де|та|те|ндан|нден|дан|ден|тан|тен|нан|нен|мен|бен|пен"
    r"|га|ге|ка|ке|на|не|а|е|ды|ди|ты|ти|ны|ни)?"
    r"(гы|ги)?(мын|мин|пын|пин|бын|бин|сын|син|мыз|миз|пыз|пиз|быз|биз|сыз|сиз)?"
)
_KK_VERB = re.compile(  # folded, after the stem of a verb
    r"(ма|ме|ба|бе|па|пе)?(й|йды|йди|йик|йык|ды|ди|ты|ти|ып|ип|п|ап|еп|са|се|ган|ген|кан|кен|ар|ер|р|атын|етин|ушы|уши|у)"
    r"(м|н|к|мын|мин|пын|пин|сын|син|сыз|сиз|мыз|миз|быз|биз|ныз|низ|ныздар|низдер|ты|ти|шы|ши|да|де|га|ге|нан|нен)*"
)


def beginning(word: str) -> str:
    """What the lists hold of a folded word: without its ending."""
    return word[: max(KEPT_LETTERS, len(word) - CUT_LETTERS)]


class Protected:
    """``word in protected``, for folded words."""

    def __init__(self, ordinary: array[int], cues: Iterable[Cue]) -> None:
        """``ordinary``: sorted marks of ordinary words; ``cues``: what triage knows."""
        self._ordinary = ordinary
        evidence = {(word, cue.kind in DANGER) for cue in cues if cue.kind in EVIDENCE for word in _words(cue)}
        self._whole = frozenset(word.rstrip("*") for word, _ in evidence)
        begun = {(word[:-1], danger) for word, danger in evidence if word.endswith("*")}
        self._begun = tuple(sorted({word for word, _ in begun if len(word) >= SHORTEST_BEGINNING}))
        self._danger = sorted(word for word, danger in evidence if danger and _is_long(word) and word[-1] != "*")
        self._danger_begun: dict[int, list[str]] = {}
        for word, danger in sorted(begun):
            if danger and _is_long(word):
                self._danger_begun.setdefault(len(word), []).append(word)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or not word.isalpha():
            return True
        return any(self._known(stem) for stem in _stems(word)) or self._is_evidence(word)

    def _known(self, stem: str) -> bool:
        at = bisect_left(self._ordinary, mark := _mark(stem))
        return at < len(self._ordinary) and self._ordinary[at] == mark

    def _is_evidence(self, word: str) -> bool:
        """As triage reads it: whole, as a beginning, or misheard a little. At least as generous as routing.cues."""
        if word in self._whole or word.startswith(self._begun):
            return True
        if process.extractOne(word, self._danger, scorer=fuzz.ratio, score_cutoff=WHOLE_RATIO):
            return True
        return any(
            process.extractOne(word[:cut], begun, scorer=fuzz.ratio, score_cutoff=PREFIX_RATIO)
            for cut, begun in self._danger_begun.items()
            if len(word) >= cut
        )


@cache
def shipped() -> Protected:
    """The words that come with line102: dictionaries of both languages, triage's cues, weapons."""
    return Protected(shipped_marks(), [*seed_cues(), *(Cue(Kind.EMERGENCY, name) for name in WEAPONS)])


def shipped_marks() -> array[int]:
    """Sorted; read ready made in 15 ms, where making them from the lists took 0.7 s and 100 MiB at each start."""
    packed = files("transcription").joinpath("terms", MARKS).read_bytes()
    return array("I", np.cumsum(np.frombuffer(gzip.decompress(packed), "<u4"), dtype=np.uintc).tobytes())


def marks(beginnings: Iterable[str]) -> array[int]:
    """Sorted marks of beginnings of words as terms/README.md says: 4 bytes a word instead of 100."""
    return array("I", sorted(set(map(_mark, beginnings))))


def shipped_beginnings() -> Iterator[str]:
    """What ``shipped_marks`` was made from."""
    for name in ORDINARY:
        packed = files("transcription").joinpath("terms", name).read_bytes()
        yield from gzip.decompress(packed).decode("utf-8").split()


def _words(cue: Cue) -> list[str]:
    return fold(cue.phrase).split()


def _is_long(word: str) -> bool:
    return len(word.rstrip("*")) >= SHORTEST_FUZZY


def _mark(stem: str) -> int:
    return crc32(stem.encode())


def _stems(word: str) -> Iterator[str]:
    """What would stand in the lists if ``word`` were ordinary: its beginning, or a word before Kazakh endings."""
    yield beginning(word)
    for cut in range(3, len(word) + 1):
        ending = word[cut:]
        if _KK_ENDING.fullmatch(ending) or _KK_VERB.fullmatch(ending):
            yield "=" + word[:cut]
