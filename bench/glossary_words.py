"""Makes transcription/terms/ordinary.*.gz from Debian's hunspell-ru and hunspell-kk.

``python -m bench.glossary_words``: only to follow a newer dictionary. Same dictionaries, same bytes.
``python -m bench.glossary_words --marks``: only ordinary.marks.gz, from the lists that are there.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from routing.tokens import fold
from transcription.glossary_protected import MARKS, beginning, marks, shipped_beginnings

DICTIONARIES = Path("/usr/share/hunspell")
TERMS = Path(__file__).resolve().parent.parent / "transcription" / "terms"
Rules = dict[str, list[tuple[str, str, re.Pattern[str]]]]


def read_rules(path: Path) -> Rules:
    """Suffix rules of an .aff file: flag → (letters to take off, letters to put on, condition)."""
    rules: Rules = defaultdict(list)
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        match line.split():
            case ["SFX", flag, off, on, condition, *_]:
                rules[flag].append((off.strip("0"), on.strip("0"), re.compile(condition + "$")))
    return rules


def entries(name: str) -> Iterator[tuple[str, str]]:
    """(word, flags) of a .dic file; abbreviations in capitals and words with marks are left out."""
    for line in (DICTIONARIES / f"{name}.dic").read_text(encoding="utf-8-sig").splitlines()[1:]:
        word, _, flags = line.strip().partition("/")
        if word.isalpha() and not (word.isupper() and len(word) > 1):
            yield word, flags


def forms(name: str) -> Iterator[str]:
    """Every word that the dictionary accepts."""
    rules = read_rules(DICTIONARIES / f"{name}.aff")
    for word, flags in entries(name):
        yield word
        for flag in flags:
            for off, on, condition in rules.get(flag, ()):
                if word.endswith(off) and condition.search(word):
                    yield word[: len(word) - len(off)] + on


def pack_marks() -> None:
    distances = np.diff(np.array(marks(shipped_beginnings()), np.uint32), prepend=np.uint32(0))
    packed = gzip.compress(distances.astype("<u4").tobytes(), 9, mtime=0)
    (TERMS / MARKS).write_bytes(packed)
    print("marks", len(distances), "words,", len(packed), "bytes")


def main() -> None:
    if "--marks" not in sys.argv[1:]:
        pack_lists()
    pack_marks()


def pack_lists() -> None:
    russian = {beginning(fold(form)) for form in forms("ru_RU")}
    kazakh = {"=" + fold(word) for word, _ in entries("kk_KZ")}
    kazakh |= {word[:-1] for word in kazakh if word.endswith("у") and len(word) > 4}  # the stem of a verb
    for language, words in (("ru", russian), ("kk", kazakh)):
        packed = gzip.compress(("\n".join(sorted(words)) + "\n").encode(), 9, mtime=0)
        (TERMS / f"ordinary.{language}.txt.gz").write_bytes(packed)
        print(language, len(words), "beginnings,", len(packed), "bytes")


if __name__ == "__main__":
    main()
