"""Names as they are written, as they sound, and without their endings. Pure."""

from __future__ import annotations

import re

from routing.tokens import fold

_SOUND = str.maketrans(
    {
        **dict.fromkeys("оөәяa", "а"),
        **dict.fromkeys("еэиыйіё", "и"),
        **dict.fromkeys("юұү", "у"),
        **dict(zip("бдгвзжщцхқғһң", "пткфсшшскккхн", strict=True)),
        **dict.fromkeys("ьъ", ""),
    }
)
_DOUBLED = re.compile(r"(\D)\1+")
_RUSSIAN = (
    *("ского", "скому", "ской", "скую", "ская", "ский", "ском", "ским"),
    *("ого", "его", "ому", "ему", "ыми", "ими", "ами", "ями"),
    *("ая", "яя", "ую", "юю", "ой", "ей", "ый", "ий", "ое", "ее", "ым", "им", "ом", "ем", "ах", "ях"),
    *"аяуюеоиыьй",
)
_KAZAKH_ENDINGS = (
    "ындагы индеги ндагы ндеги дагы деги тагы теги ындамын индемин ндамын ндемин дамын демин тамын темин "
    "ынын инин нын нин дын дин тын тин ынан инен нан нен дан ден тан тен ында инде нда нде да де та те "
    "га ге ка ке ына ине на не ны ни ды ди ты ти мен пен бен мын мин"
)
_KAZAKH = tuple(sorted(_KAZAKH_ENDINGS.split(), key=lambda ending: (-len(ending), ending)))
_WHERE = ("да", "де", "та", "те", "нда", "нде", "ын", "ин")  # in, from and of a place
MIN_STEM = 3  # letters that a longer ending leaves


def sound(word: str) -> str:
    """How ``word`` is heard: vowels that Russian blurs, voiced and voiceless letters, and doubled ones are the same."""
    return _DOUBLED.sub(r"\1", fold(word).replace("дж", "ж").translate(_SOUND))


def stem(word: str) -> str:
    """``word`` (folded) without a Russian ending: "абая", "абаю" and "абай" → "аба"."""
    for ending in _RUSSIAN:
        left = len(word) - len(ending)
        if word.endswith(ending) and left >= (2 if len(ending) == 1 else MIN_STEM):
            kept = "ск" if ending.startswith("ск") else ""
            return word[:left] + kept
    return word


def readings(word: str) -> tuple[tuple[str, bool], ...]:
    """The stems that ``word`` (folded) may have, each with whether a Kazakh ending that tells where was taken away."""
    found = [(stem(word), False)]
    for ending in _KAZAKH:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            reading = (stem(word[: -len(ending)]), any(sign in ending for sign in _WHERE))
            if all(reading[0] != known for known, _ in found):
                found.append(reading)
            if len(found) == 3:
                break
    return tuple(found)
