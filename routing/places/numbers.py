"""Numbers in Russian and Kazakh words, mixed as callers mix them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from routing.places.ordinary import is_ordinary
from routing.places.sounds import sound
from routing.tokens import Token


class _Rank(Enum):
    ONE = 1  # 1-9
    TEEN = 2  # 10-19 in Russian: no unit may follow
    TEN = 3  # 20-90, and Kazakh 10
    HUNDRED = 4
    HUNDREDS = 5  # Kazakh "жүз": what stands before it multiplies


@dataclass(frozen=True, slots=True)
class _Numeral:
    value: int
    rank: _Rank
    ordinal: bool
    kazakh: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A number of ``length`` tokens. ``head``: its value without an ordinal last word (0: none), see houses.py."""

    value: int
    ordinal: bool
    length: int
    head: int = 0


_ONES = "один одна одну одного одном одной|два две двух двум|три трех|четыре четырех|пять пяти|шесть шести|семь семи|"
_ONES += "восемь восьми|девять девяти"
_TEENS = "десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
_TENS = "двадцать двадцати|тридцать тридцати|сорок сорока|пятьдесят пятидесяти писят|шестьдесят шестидесяти шисят|"
_TENS += "семьдесят семидесяти|восемьдесят восьмидесяти|девяносто девяноста"
_HUNDREDS = "сто ста|двести двухсот|триста трехсот|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот"
_ORDINAL_ONES = "перв втор трет четверт пят шест седьм восьм девят"
_ORDINAL_TENS = "двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност"
_ADJECTIVE = "ый ий ой ая ое ого ом ому ую ей ем его ье ья ьей ьем ьего ьему"
_KAZAKH_ONES = "бир еки уш торт бес алты жети сегиз тогыз"
_KAZAKH_TENS = "он жиырма отыз кырык елу алпыс жетпис сексен токсан"
_KAZAKH_CASES = "да де та те дан ден тан тен га ге ка ке дын дин тын тин нын нин"
_FUZZY_FROM = 7  # letters of a numeral that may be misheard
_ALIKE = str.maketrans({"ы": "и", "э": "е", "ь": "", "ъ": ""})
_DOUBLED = re.compile(r"(\D)\1+")
_NAMES = frozenset(("алтын", "сери", "ески", "керей"))  # parts of names that are near to a numeral
_SHORTEST_MISHEARD = 4  # letters of a numeral beside another
_FUZZY = 88.0  # rapidfuzz ratio of the sounds
_ORDINAL_ENDINGS = "нши ншы инши ыншы сыншы синши"
_ORDINAL_CASES = ["", "си", "сы", "синде", "сында", "де", "да"]


def _spoken(word: str) -> str:
    """``word`` (folded) as numerals are compared: closer than names, for "без" is not "бес", nor "керек" "қырық"."""
    return _DOUBLED.sub(r"\1", word.translate(_ALIKE).replace("дц", "ц").replace("тц", "ц"))


def _numerals() -> tuple[dict[str, _Numeral], frozenset[str]]:
    """By their sound, and as they are written (folded)."""
    found: dict[str, _Numeral] = {}
    written: set[str] = set()

    def add(words: str, value: int, rank: _Rank, ordinal: bool = False, kazakh: bool = False) -> None:
        for word in words.split():
            written.add(word)
            found.setdefault(_spoken(word), _Numeral(value, rank, ordinal, kazakh))

    for at, words in enumerate(_ONES.split("|"), start=1):
        add(words, at, _Rank.ONE)
    for at, word in enumerate(_TEENS.split(), start=10):
        add(f"{word}ь {word}и {word.replace('надцат', 'нацат')}ь", at, _Rank.TEEN)
        add(" ".join(word + ending for ending in _ADJECTIVE.split()), at, _Rank.TEEN, ordinal=True)
    for at, words in enumerate(_TENS.split("|"), start=2):
        add(f"{words} {words.replace('дцат', 'цат')}", at * 10, _Rank.TEN)
    for at, words in enumerate(_HUNDREDS.split("|"), start=1):
        add(words, at * 100, _Rank.HUNDRED)
    for at, word in enumerate(_ORDINAL_ONES.split(), start=1):
        add(" ".join(word + ending for ending in _ADJECTIVE.split()), at, _Rank.ONE, ordinal=True)
    for at, word in enumerate(_ORDINAL_TENS.split(), start=2):
        add(" ".join(word + ending for ending in _ADJECTIVE.split()), at * 10, _Rank.TEN, ordinal=True)
    add(" ".join("сот" + ending for ending in _ADJECTIVE.split()), 100, _Rank.HUNDRED, ordinal=True)
    for at, word in enumerate(_KAZAKH_ONES.split(), start=1):
        _add_kazakh(add, word, at, _Rank.ONE)
    for at, word in enumerate(_KAZAKH_TENS.split(), start=1):
        _add_kazakh(add, word, at * 10, _Rank.TEN)
    _add_kazakh(add, "жуз", 100, _Rank.HUNDREDS)
    return found, frozenset(written)


def _add_kazakh(add: object, word: str, value: int, rank: _Rank) -> None:
    assert callable(add)
    base = "кырк" if word == "кырык" else word
    cases = " ".join(word + case for case in _KAZAKH_CASES.split())
    ordinals = " ".join(base + ending + case for ending in _ORDINAL_ENDINGS.split() for case in _ORDINAL_CASES)
    add(f"{word} {cases}", value, rank, False, True)
    add(ordinals, value, rank, True, True)


_BY_SPOKEN, _BY_WORD = _numerals()
_PLAIN = [
    *(_ONES + "|" + _TENS + "|" + _HUNDREDS).replace("|", " ").split(),
    *(word + "ь" for word in _TEENS.split()),
    *f"{_KAZAKH_ONES} {_KAZAKH_TENS}".split(),
]
_PLAIN_BY_SOUND = {sound(word): _BY_SPOKEN[_spoken(word)] for word in _PLAIN}
# Ordinals are left out: "сороковой" is too near to "Жароковой".
_LONG = [key for key, numeral in _BY_SPOKEN.items() if len(key) >= _FUZZY_FROM and not numeral.ordinal]


@lru_cache(maxsize=8192)
def _numeral(word: str) -> _Numeral | None:
    heard = _spoken(word)
    known = _BY_SPOKEN.get(heard)
    if known is not None and word not in _BY_WORD and is_ordinary(word):
        return None  # "атыс", a shooting, sounds like "отыз"
    if known is not None or len(heard) < _FUZZY_FROM or is_ordinary(word):
        return known
    best = process.extractOne(heard, _LONG, scorer=fuzz.ratio, score_cutoff=_FUZZY)
    return None if best is None else _BY_SPOKEN[best[0]]


@lru_cache(maxsize=8192)
def _misheard(word: str) -> _Numeral | None:
    """The numeral that is one letter away from ``word``; None if several are: only beside another numeral."""
    if len(word) < _SHORTEST_MISHEARD or word in _NAMES or is_ordinary(word):
        return None
    close = process.extract(word, _PLAIN, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
    near = {_BY_SPOKEN[_spoken(key)] for key, _, _ in close if key[0] == word[0]}
    near |= {numeral for numeral in (_PLAIN_BY_SOUND.get(sound(word)),) if numeral is not None}
    return near.pop() if len(near) == 1 else None


def read_number(tokens: tuple[Token, ...], at: int) -> Number | None:
    """The number that begins at ``tokens[at]``, in digits or in words; None: none does."""
    word = tokens[at].word
    if word.isdecimal():
        return _digits(tokens, at)
    total, rank, length, head, ordinal = 0, None, 0, 0, False
    while at + length < len(tokens) and not ordinal:
        numeral = _numeral(tokens[at + length].word) or _beside(tokens, at + length, begun=length > 0)
        if numeral is None or not _may_follow(rank, numeral, total):
            break
        if tokens[at + length].word == "он" and not _is_ten(tokens, at + length, rank):
            break
        head = total
        total = total * 100 if numeral.rank is _Rank.HUNDREDS and total else total + numeral.value
        rank, ordinal = numeral.rank, numeral.ordinal
        length += 1
    if length == 0:
        return None
    return Number(total, ordinal, length, head if ordinal else 0)


def _beside(tokens: tuple[Token, ...], at: int, *, begun: bool) -> _Numeral | None:
    """A misheard numeral beside a numeral or "дом": "сорок восеь", "дом отыж"."""
    follows = at + 1 < len(tokens) and _numeral(tokens[at + 1].word) is not None
    house = (at > 0 and tokens[at - 1].word == "дом") or (at + 1 < len(tokens) and tokens[at + 1].word.startswith("уй"))
    return _misheard(tokens[at].word) if begun or follows or house else None


def _digits(tokens: tuple[Token, ...], at: int) -> Number | None:
    word = tokens[at].word
    if len(word) > 4:
        return None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    suffixes = ("ый", "ой", "ий", "й", "я", "ая", "ом", "ем", "м", "го", "ши", "шы", "нши", "ншы", "инши", "ыншы")
    if after is not None and after.word in suffixes and after.start - tokens[at].end <= 1:
        return Number(int(word), True, 2)
    return Number(int(word), False, 1)


def _may_follow(rank: _Rank | None, numeral: _Numeral, total: int) -> bool:
    if rank is None:
        return True
    match numeral.rank:
        case _Rank.ONE:
            return rank in (_Rank.TEN, _Rank.HUNDRED, _Rank.HUNDREDS)
        case _Rank.TEEN | _Rank.TEN:
            return rank in (_Rank.HUNDRED, _Rank.HUNDREDS)
        case _Rank.HUNDREDS:
            return rank is _Rank.ONE and total < 10
        case _Rank.HUNDRED:
            return False


def _is_ten(tokens: tuple[Token, ...], at: int, rank: _Rank | None) -> bool:
    """ "он" is ten in Kazakh and "he" in Russian: ten only beside something Kazakh that counts."""
    after = tokens[at + 1].word if at + 1 < len(tokens) else ""
    follows = _BY_SPOKEN.get(_spoken(after)) if after else None
    if follows is not None and follows.rank is _Rank.ONE:
        return follows.kazakh or rank is not None or (at > 0 and tokens[at - 1].word.startswith("дом"))
    return after.startswith(("уй", "патер", "пэтер", "жас", "корпус")) or (rank is _Rank.HUNDREDS and not after)
