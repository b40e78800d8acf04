"""Which language an utterance is in, by its letters and small words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from routing.tokens import fold

_KAZAKH_LETTERS = frozenset("әғқңөұүһі")
_RUSSIAN_LETTERS = frozenset("ёщъэцф")
_RUSSIAN = frozenset(
    [
        "я",
        "мы",
        "вы",
        "он",
        "она",
        "они",
        "мне",
        "меня",
        "мой",
        "моя",
        "у",
        "в",
        "на",
        "с",
        "к",
        "по",
        "за",
        "от",
        "из",
        "до",
        "что",
        "как",
        "где",
        "когда",
        "куда",
        "кто",
        "это",
        "этот",
        "если",
        "или",
        "не",
        "нет",
        "да",
        "и",
        "а",
        "но",
        "там",
        "тут",
        "уже",
        "еще",
        "ли",
        "же",
        "бы",
        "для",
        "про",
        "нас",
        "вас",
        "его",
        "ее",
        "их",
        "можно",
        "нужно",
        "надо",
        "есть",
        "был",
        "была",
        "какой",
        "какая",
        "скажите",
        "подскажите",
    ]
)
_KAZAKH = frozenset(
    fold(word)
    for word in [
        "мен",
        "сен",
        "сіз",
        "біз",
        "ол",
        "бұл",
        "осы",
        "сол",
        "мына",
        "ана",
        "және",
        "ма",
        "ме",
        "ба",
        "бе",
        "па",
        "пе",
        "бар",
        "жоқ",
        "деп",
        "керек",
        "қалай",
        "қайда",
        "қашан",
        "қандай",
        "неше",
        "қанша",
        "бола",
        "болады",
        "екен",
        "еді",
        "ғой",
        "үшін",
        "кейін",
        "дейін",
        "туралы",
        "маған",
        "сізге",
        "менің",
        "оның",
        "біреу",
        "қазір",
        "енді",
        "жатыр",
        "тұр",
        "отыр",
        "ал",
        "айтыңызшы",
    ]
)
_KAZAKH_ENDINGS = tuple(
    fold(end)
    for end in (
        "лар",
        "лер",
        "дар",
        "дер",
        "ның",
        "нің",
        "дың",
        "дің",
        "дан",
        "ден",
        "мын",
        "мін",
        "йды",
        "йді",
        "ды",
        "ді",
        "ға",
        "ге",
        "ған",
        "ген",
    )
)
# Asked only when neither letters nor small words say anything; none of them ends a Kazakh word of this length.
_RUSSIAN_ENDINGS = ("ть", "ться", "ого", "ому", "ыми", "ый", "ая", "ые", "ости", "ение", "ения", "ство", "ует")
_CERTAIN = 0.2  # share of the other language's words from which speech is mixed


def language_of(text: str, words: Sequence[str]) -> str:
    """ "ru", "kk", "mix", or "" when the words do not say. ``words``: the folded words of ``text``."""
    kazakh = russian = 0
    cyrillic = sum("а" <= word[0] <= "я" for word in words)
    if not words or cyrillic < len(words) / 2:
        return ""
    kazakh_letters = [not _KAZAKH_LETTERS.isdisjoint(word.casefold()) for word in text.split()]
    kazakh = sum(kazakh_letters)
    for word in words:
        kazakh += word in _KAZAKH or (len(word) > 5 and word.endswith(_KAZAKH_ENDINGS))
        russian += word in _RUSSIAN or not _RUSSIAN_LETTERS.isdisjoint(word)
    if kazakh == russian == 0:
        return "ru" if any(len(word) > 5 and word.endswith(_RUSSIAN_ENDINGS) for word in words) else ""
    share = kazakh / (kazakh + russian)
    return "kk" if share > 1 - _CERTAIN else "ru" if share < _CERTAIN else "mix"
