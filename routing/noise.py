"""What a recogniser does to words: an imitation, to train and judge triage with. Pure; the same seed, the same errors.

Errors are counted as word error rate counts them (substitutions, deletions, insertions of whole words), so two words
glued together are two errors. A third of the spoiled words keep their sound and lose an ending, as Whisper does with
telephone speech; Kazakh letters come out as their Russian neighbours; small words vanish and appear.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_ENDINGS_RU = (
    "а",
    "у",
    "ы",
    "и",
    "е",
    "ой",
    "ом",
    "ам",
    "ах",
    "ов",
    "ть",
    "т",
    "л",
    "ла",
    "ли",
    "ет",
    "ит",
    "ют",
    "ся",
)
_ENDINGS_KK = (
    "ды",
    "ді",
    "ты",
    "ті",
    "да",
    "де",
    "ған",
    "ген",
    "ып",
    "іп",
    "ға",
    "ге",
    "ның",
    "нің",
    "мын",
    "мін",
    "лар",
    "лер",
)
_SMALL_RU = ("а", "и", "ну", "да", "вот", "не", "на", "в", "это", "то", "там", "что", "у", "же", "так")
_SMALL_KK = ("да", "де", "ғой", "ма", "ме", "ал", "сол", "бұл", "иә", "бір", "енді", "осы", "ба", "жоқ")
_FLAT = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")
_KAZAKH = frozenset("әғқңөұүһі")
_ALIKE = {
    "а": "ое",
    "о": "ау",
    "е": "иэ",
    "и": "еы",
    "ы": "иу",
    "у": "оы",
    "я": "еи",
    "ю": "у",
    "э": "е",
    "б": "пв",
    "п": "бт",
    "д": "тб",
    "т": "дк",
    "г": "кх",
    "к": "гт",
    "х": "кг",
    "з": "сж",
    "с": "зш",
    "ж": "шз",
    "ш": "щж",
    "щ": "шс",
    "ч": "щт",
    "ц": "с",
    "в": "фб",
    "ф": "вх",
    "м": "н",
    "н": "м",
    "л": "в",
    "р": "л",
    "й": "и",
    "ь": "и",
    "і": "ие",
    "ү": "ұу",
    "ұ": "үо",
    "ө": "оү",
    "ә": "ае",
    "қ": "кғ",
    "ғ": "гқ",
    "ң": "нм",
    "һ": "х",
}
_SPOIL, _DROP, _INSERT, _GLUE = 0.66, 0.16, 0.12, 0.06  # of the errors, about; small words are dropped most


def corrupt(text: str, word_error_rate: float, seed: int, language: str = "") -> str:
    """``text`` as a recogniser that gets ``word_error_rate`` (0.0-1.0) of the words wrong might write it.

    ``language``: "ru", "kk", "mix" or "" (told by the letters of each word). Raises ValueError for a rate outside 0-1.
    """
    if not 0.0 <= word_error_rate <= 1.0:
        raise ValueError(f"a word error rate is between 0 and 1, not {word_error_rate}")
    dice = random.Random(f"{seed}:{text}")  # noqa: S311 (an imitation, no secret)
    words = text.split()
    wanted = word_error_rate * len(words)
    errors = int(wanted) + (dice.random() < wanted % 1)
    spoiled = _Spoiler(words, dice, language)
    while errors > 0 and spoiled.whole:
        errors -= spoiled.once(errors)
    return " ".join(spoiled.words())


class _Spoiler:
    """The words of one text, each spoiled at most once."""

    def __init__(self, words: list[str], dice: random.Random, language: str) -> None:
        self._said = words
        self._heard: list[list[str]] = [[word] for word in words]
        self._dice = dice
        self._language = language
        self.whole = list(range(len(words)))  # places not spoiled yet
        dice.shuffle(self.whole)

    def words(self) -> list[str]:
        return [word for heard in self._heard for word in heard]

    def once(self, left: int) -> int:
        """Make one or two errors, at most ``left``; how many."""
        at = self.whole.pop()
        kinds: list[tuple[float, Callable[[int], int]]] = [(_SPOIL, self._spoil), (_INSERT, self._insert)]
        kinds.append((_DROP * (3 if len(self._said[at]) <= 3 else 0.6), self._drop))
        if left >= 2:
            kinds.append((_GLUE, self._glue if self._dice.random() < 0.6 else self._split))
        act = self._dice.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
        return act(at)

    def _spoil(self, at: int) -> int:
        self._heard[at] = [_misheard(self._said[at], self._dice, self._is_kazakh(at))]
        return 1

    def _drop(self, at: int) -> int:
        self._heard[at] = []
        return 1

    def _insert(self, at: int) -> int:
        small = self._dice.choice(_SMALL_KK if self._is_kazakh(at) else _SMALL_RU)
        self._heard[at] = [small, self._said[at]]
        return 1

    def _glue(self, at: int) -> int:
        after = at + 1
        if after not in self.whole:
            return self._spoil(at)
        self.whole.remove(after)
        self._heard[at], self._heard[after] = [self._said[at] + self._said[after]], []
        return 2

    def _split(self, at: int) -> int:
        word = self._said[at]
        if len(word) < 5:
            return self._spoil(at)
        cut = self._dice.randint(2, len(word) - 2)
        self._heard[at] = [word[:cut], word[cut:]]
        return 2

    def _is_kazakh(self, at: int) -> bool:
        if self._language in ("ru", "kk"):
            return self._language == "kk"
        return not _KAZAKH.isdisjoint(self._said[at].casefold())


def _misheard(word: str, dice: random.Random, kazakh: bool) -> str:
    """Another word that sounds like it; never the same."""
    for _ in range(8):
        other = _one_change(word, dice, kazakh)
        if other.casefold() != word.casefold() and other:
            return other
    return word + dice.choice("аиу")


def _one_change(word: str, dice: random.Random, kazakh: bool) -> str:
    chance = dice.random()
    if chance < 0.25 and not _KAZAKH.isdisjoint(word.casefold()):
        return word.translate(_FLAT)
    if chance < 0.55 and len(word) > 4:
        return word[: -dice.randint(1, 2)] + dice.choice(_ENDINGS_KK if kazakh else _ENDINGS_RU)
    at = dice.randrange(len(word))
    if chance < 0.85:
        near = _ALIKE.get(word[at].casefold())
        return word[:at] + dice.choice(near) + word[at + 1 :] if near else word
    if chance < 0.95 and len(word) > 2:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]
