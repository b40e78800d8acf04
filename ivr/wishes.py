"""Whether a caller of the self-service asks for a person, or for 102 itself. Pure.

A person is always a safe answer, so a mention is enough, unless the words are a question that has an answer.
"""

from __future__ import annotations

from enum import Enum

from rapidfuzz.distance import Levenshtein

from ivr.wording import fold, words_of

SHORT = 4  # words; in so few, a mention is the wish itself
CURT = 2


class Wish(Enum):
    PERSON = "person"
    LINE_102 = "102"
    NONE = "none"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


# Beginnings of words.
_PERSON = _listed(
    "оператор человек человеч живой живого живым адам маман менеджер консультант operator person human agent"
)
_LINE_102 = _listed("срочн экстренн шұғыл верните вернуть обратно қайтар urgent")
_NAMED_102 = ("сто два", "жуз еки", "102")  # folded
_TALK = _listed(
    "соедин перекл позов дайте дай хочу нужен поговор говорить перевед перевод қос сөйлес бер керек шақыр"
    " connect talk speak want"
)
_FUZZY_FROM = 7


def wish_of(text: str, *, asks: bool) -> Wish:
    """``asks``: the words also look like a question of the knowledge base. Total."""
    words = words_of(text)
    plain = " ".join(words)
    short = len(words) <= SHORT
    person, line = any(map(_means_person, words)), any(word.startswith(_LINE_102) for word in words)
    line = line or any(named in plain for named in _NAMED_102)
    wanted = any(word.startswith(_TALK) for word in words)
    if person and (short or wanted or not asks):
        return Wish.PERSON
    if line and (not asks or len(words) <= CURT):
        return Wish.LINE_102
    return Wish.NONE


def _means_person(word: str) -> bool:
    if word.startswith(_PERSON):
        return True
    return len(word) >= _FUZZY_FROM and Levenshtein.distance(word[: len("оператор")], "оператор", score_cutoff=2) <= 2
