"""How much the words around a place name speak of a place, and how far off a spelling may be there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from routing.tokens import Token

BEFORE, AFTER = 2, 2  # words that a marker may stand away
_MARKERS = (  # folded beginnings: the kinds of places, and the words that lead to one
    *("улиц", "проспект", "микрорайон", "мкр", "район", "переул", "бульвар", "площад", "пересечени", "перекрест"),
    *("адрес", "остановк"),
    *("коше", "дангыл", "ыкшамаудан", "шагынаудан", "аудан", "кылыс", "аялдама", "мекенжай"),
)
_CORNER = frozenset(("угол", "углу", "бурыш", "бурышы", "бурышында"))
_LEADING = frozenset(
    (
        "на",
        "по",
        "в",
        "во",
        "с",
        "со",
        "до",
        "от",
        "из",
        "около",
        "возле",
        "у",
        "за",
        "через",
        "рядом",
        "напротив",
        "между",
    )
)
_NUMBERS = frozenset(
    (
        *("дом", "дома", "доме", "уй", "уйи", "уйде"),
        *(
            "один",
            "два",
            "три",
            "четыре",
            "пять",
            "шесть",
            "семь",
            "восемь",
            "девять",
            "десять",
            "двадцать",
            "тридцать",
        ),
        *("сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто", "сто", "двести", "триста"),
        *("бир", "еки", "уш", "торт", "бес", "алты", "жети", "сегиз", "тогыз", "он", "жиырма", "отыз", "кырык", "елу"),
        *("алпыс", "жетпис", "сексен", "токсан", "жуз"),
    )
)
_AT = ("да", "де", "та", "те", "дан", "ден", "тан", "тен", "га", "ге", "ка", "ке")  # Kazakh: at, from, to
_NAMES = (  # folded beginnings: what follows is a person's
    *("зовут", "фамили", "имя", "отчеств", "граждан", "господин", "госпож", "следовател", "участков", "инспектор"),
    *("атым", "тегим", "есими", "аты", "азамат", "мырза", "ханым", "тергеуши"),
)
# Letters of a term → how many may differ, by what stands around it (nothing, a hint, a marker).
_LIMITS = ((4, 0.0, 0.0, 0.5), (6, 0.0, 0.5, 1.0), (7, 0.0, 1.0, 1.5), (8, 0.5, 1.0, 2.0), (99, 0.5, 1.5, 2.5))


class Context(IntEnum):
    PERSON = -1  # never corrected: people are called as streets are
    NOTHING = 0
    HINT = 1  # a preposition before, a number after, "at" in the word's own ending
    MARKER = 2  # "улица", "көшесі", "район"


def context(tokens: Sequence[Token], first: int, last: int) -> Context:
    """What stands around tokens[first] … tokens[last]."""
    before = [token.word for token in tokens[max(0, first - BEFORE) : first]]
    after = [token.word for token in tokens[last + 1 : last + 1 + AFTER]]
    if any(word.startswith(_NAMES) for word in before):
        return Context.PERSON
    near = [*before, *after]
    if any(word.startswith(_MARKERS) for word in near) or not _CORNER.isdisjoint(near):
        return Context.MARKER
    hinted = (before and before[-1] in _LEADING) or (after and (after[0] in _NUMBERS or after[0].isdigit()))
    return Context.HINT if hinted or tokens[last].word.endswith(_AT) else Context.NOTHING


def limit(letters: int, around: Context) -> float:
    """The greatest distance (glossary_sounds.distance) at which a term of so many letters is taken for meant."""
    if around is Context.PERSON:
        return -1.0
    return next(limits[around] for most, *limits in _LIMITS if letters <= most)
