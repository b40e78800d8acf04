"""An utterance as words and numbers, each with what it does in an address. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from routing.places.numbers import read_number
from routing.tokens import Token, tokenise

_PART = re.compile(r"\d+|\D+")


class Role(Enum):
    """What a word does in an address."""

    STREET = "street"  # "улица", "көшесі"
    MICRODISTRICT = "microdistrict"
    DISTRICT = "district"
    CROSSING = "crossing"  # "угол", "қиылысы"
    AND = "and"  # joins two streets of a crossing
    HOUSE = "house"  # "дом", "үй"
    NEAR = "near"  # a preposition or postposition of place
    PERSON = "person"  # what follows is somebody's name
    PLAIN = "plain"


_PREFIXES: dict[Role, str] = {
    Role.STREET: "улиц коше проспект дангыл бульвар переулк переулок тракт шоссе",
    Role.MICRODISTRICT: "микрорайон микраш ыкшамаудан шагынаудан молтекаудан",
    Role.DISTRICT: "район аудан",
    Role.CROSSING: "пересечен перекрест киылыс бурыш",
    Role.HOUSE: "дом уйд уйи",
    Role.PERSON: "фамили зовут зовите позовите есим гражданин гражданк капитан майор сержант лейтенант следовател "
    "участков сосед соседк муж мужа жен брат сестр сын сына друг подруг отец мать досым балам кызым куйеуим "
    "келиншег коршим инспектор агам апам",
    Role.NEAR: "возле около рядом напротив недалеко перед адрес живу нахожусь находимся стою стоим остановк ниже выше "
    "жанында жанын касын бойын тусын манын алдын турмын турамын сторон",
}
_WORDS: dict[str, Role] = {
    **dict.fromkeys(("ул", "пр", "просп", "пркт", "коше"), Role.STREET),
    **dict.fromkeys(("мкр", "мкрн", "мик"), Role.MICRODISTRICT),
    **dict.fromkeys(("угол", "углу", "угла", "между", "уг"), Role.CROSSING),
    **dict.fromkeys(("и", "мен", "пен", "бен", "с", "со", "ниже", "выше"), Role.AND),
    **dict.fromkeys(("д", "уй", "уйи"), Role.HOUSE),
    **dict.fromkeys(("на", "по", "в", "во", "у", "за", "от", "до", "через", "к", "из", "жаны", "жак"), Role.NEAR),
    **dict.fromkeys(("атым", "имя", "сын", "это"), Role.PERSON),
    # Words that only begin like the ones above.
    **dict.fromkeys(("домой", "мужчина", "мужчину", "мужчины", "женщина", "женщину", "сына"), Role.PLAIN),
}
_NOT_HOUSE = ("домофон", "домой", "домашн", "дома")
_ALL_PREFIXES = tuple((prefix, role) for role, text in _PREFIXES.items() for prefix in text.split())
_SMALL_DISTRICT = ("ыкшам", "шагын", "молтек")


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a number; [start, end) are characters of the text."""

    word: str  # folded; a number's digits
    start: int
    end: int
    role: Role = Role.PLAIN
    value: int | None = None  # of a number
    ordinal: bool = False
    head: int = 0  # of a number that ends in an ordinal word: its value without that word


def read_units(text: str) -> tuple[Unit, ...]:
    """The words and numbers of ``text`` in order; "сорок пять" is one unit, "12а" are two."""
    tokens = tuple(part for token in tokenise(text) for part in _parts(token))
    units: list[Unit] = []
    at = 0
    while at < len(tokens):
        number = read_number(tokens, at)
        length = 1 if number is None else number.length
        start, end = tokens[at].start, tokens[at + length - 1].end
        if number is not None:
            units.append(Unit(str(number.value), start, end, Role.PLAIN, number.value, number.ordinal, number.head))
        elif at + 1 < len(tokens) and _is_microdistrict(tokens[at].word, tokens[at + 1].word):
            length = 2
            units.append(Unit("микрорайон", start, tokens[at + 1].end, Role.MICRODISTRICT))
        else:
            role = role_of(tokens[at].word)
            word = "микрорайон" if role is Role.MICRODISTRICT else tokens[at].word
            units.append(Unit(word, start, end, role))
        at += length
    return tuple(units)


def role_of(word: str) -> Role:
    """What ``word`` (folded) does in an address."""
    if word in _WORDS:
        return _WORDS[word]
    if word.startswith(_NOT_HOUSE):
        return Role.PLAIN
    for prefix, role in _ALL_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) <= 6:
            return role
    return Role.PLAIN


def _is_microdistrict(word: str, after: str) -> bool:
    return word.startswith(_SMALL_DISTRICT) and after.startswith("аудан")


def _parts(token: Token) -> list[Token]:
    found = _PART.finditer(token.word)
    # A folded word may have another length than the written one ("ŉ"); then it stays whole, so that offsets stay true.
    if len(token.word) != token.end - token.start:
        return [token]
    return [Token(part.group(), token.start + part.start(), token.start + part.end()) for part in found]
