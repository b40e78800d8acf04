"""Words that no correction may touch: ordinary words, what triage takes for evidence, weapons, numbers. Pure.

A recogniser that hears "пожар" has perhaps heard "Пожарского"; a correction that is wrong there costs a life, and one
that is left out costs a letter. So the lists are generous: a doubtful word counts as ordinary.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from routing.cues import PREFIX_RATIO, SHORTEST_FUZZY, WHOLE_RATIO, Kind, seed_cues
from routing.tokens import fold

ORDINARY = ("ordinary.ru.txt.gz", "ordinary.kk.txt.gz")  # beginnings of words; see terms/README.md
EVIDENCE = frozenset(Kind) - {Kind.NEUTRAL}  # neutral cues hold place names, and say nothing about danger
# No dictionary holds these.
WEAPONS = ("макаров*", "калаш*", "травмат*", "сайга", "сайгу", "сайги", "сайгой", "наган*", "тозик*", "акм", "глок*")
KEPT_LETTERS, CUT_LETTERS = 5, 3
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

    def __init__(self, beginnings: Iterable[str], cues: Iterable[str]) -> None:
        """``beginnings``: of ordinary words; ``cues``: words that are evidence, with a trailing * as beginnings."""
        self._ordinary: NDArray[np.uint32] = np.unique(np.fromiter(map(_mark, beginnings), dtype=np.uint32))
        words = {fold(word) for cue in cues for word in cue.split()}
        self._whole = frozenset(word for word in words if not word.endswith("*"))
        self._prefixes = tuple(sorted({word.rstrip("*") for word in words if word.endswith("*")}))
        self._long_whole = sorted(word for word in self._whole if len(word) >= SHORTEST_FUZZY)
        self._long_prefixes: dict[int, list[str]] = {}
        for prefix in self._prefixes:
            if len(prefix) >= SHORTEST_FUZZY:
                self._long_prefixes.setdefault(len(prefix), []).append(prefix)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or not word.isalpha():
            return True
        return self._is_evidence(word) or any(self._known(stem) for stem in _stems(word))

    def _known(self, stem: str) -> bool:
        at = int(np.searchsorted(self._ordinary, mark := _mark(stem)))
        return at < len(self._ordinary) and int(self._ordinary[at]) == mark

    def _is_evidence(self, word: str) -> bool:
        """As triage reads it: whole, as a beginning, or misheard a little. At least as generous as routing.cues."""
        if word in self._whole or word.startswith(self._prefixes):
            return True
        if len(word) < SHORTEST_FUZZY - 1:
            return False
        if process.extractOne(word, self._long_whole, scorer=fuzz.ratio, score_cutoff=WHOLE_RATIO):
            return True
        return any(
            process.extractOne(word[:cut], prefixes, scorer=fuzz.ratio, score_cutoff=PREFIX_RATIO)
            for cut, prefixes in self._long_prefixes.items()
            if len(word) >= cut
        )


@cache
def shipped() -> Protected:
    """The words that come with line102: dictionaries of both languages, triage's cues, weapons. About 0.5 s, once."""
    cues = [cue.phrase for cue in seed_cues() if cue.kind in EVIDENCE]
    return Protected(_shipped_beginnings(), [*cues, *WEAPONS])


def _shipped_beginnings() -> Iterator[str]:
    for name in ORDINARY:
        packed = files("transcription").joinpath("terms", name).read_bytes()
        yield from gzip.decompress(packed).decode("utf-8").split()


def _mark(stem: str) -> int:
    return crc32(stem.encode())


def _stems(word: str) -> Iterator[str]:
    """What would stand in the lists if ``word`` were ordinary: its beginning, or a word before Kazakh endings."""
    yield beginning(word)
    for cut in range(3, len(word) + 1):
        ending = word[cut:]
        if _KK_ENDING.fullmatch(ending) or _KK_VERB.fullmatch(ending):
            yield "=" + word[:cut]
