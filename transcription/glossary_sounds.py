"""How far apart two spellings are, and which endings a name may wear. Pure; words are folded (routing.tokens.fold)."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

# Letters that a recogniser takes for one another: unstressed vowels, voiced and voiceless pairs, soft and hard signs.
_ALIKE = {
    ord(letter): group[0]
    for group in ("аоя", "иеэый", "ую", "пб", "тд", "кгх", "сзц", "шжщч", "фв")
    for letter in group
}
_ALIKE |= dict.fromkeys(map(ord, "ьъ"), "")
_RU_ADJECTIVE = ("ий", "ый", "ая", "ое", "ого", "ому", "ой", "ую", "им", "ым", "ом")
_KK_CASES = (
    "",
    *("нын", "нин", "дын", "дин", "тын", "тин"),  # of
    *("га", "ге", "ка", "ке"),  # to
    *("ды", "ди", "ты", "ти", "ны", "ни"),  # object
    *("да", "де", "та", "те"),  # at
    *("дан", "ден", "тан", "тен", "нан", "нен"),  # from
    *("мен", "бен", "пен"),  # with
    *("дагы", "деги", "тагы", "теги"),  # that is at
)


def sound(word: str) -> str:
    """The word as the ear keeps it: letters that sound alike become one, doubled letters single."""
    heard: list[str] = []
    for letter in word.translate(_ALIKE):
        if not heard or heard[-1] != letter:
            heard.append(letter)
    return "".join(heard)


def distance(one: str, other: str) -> float:
    """Letters to insert, delete or replace; half price for what sounds alike. 0.0 when equal."""
    return (Levenshtein.distance(one, other) + Levenshtein.distance(sound(one), sound(other))) / 2


def inflected(word: str, language: str) -> tuple[int, tuple[str, ...]]:
    """(letters of ``word`` that stay, endings that may follow them). Names outside these patterns keep their form."""
    if language == "kk":
        return len(word), _KK_CASES
    if word.endswith(("ский", "цкий", "ская", "ый", "ной", "ное")):
        return len(word) - 2, _RU_ADJECTIVE
    if word.endswith(("ова", "ева", "ина", "ына")):
        return len(word) - 1, ("а", "у", "ым", "е", "")
    if word.endswith("а"):
        return len(word) - 1, ("а", "ы", "е", "у", "ой")
    if word.endswith(("ай", "ой", "уй", "ей")):
        return len(word) - 1, ("й", "я", "ю", "е", "ем")
    if word.endswith(("ая", "оя", "ея")):
        return len(word) - 1, ("я", "й", "ю", "е", "ем")
    if word.endswith("ь"):
        return len(word) - 1, ("ь", "я", "ю", "е", "и", "ем", "ью")
    if word[-1] in "бвгджзклмнпрстфхцчшщ":
        return len(word), ("", "а", "у", "е", "ом")
    return len(word), ("",)
