"""Which known question an utterance resembles: words compared fuzzily, and pieces of words. Pure.

Two views that fail differently: how much of what was said the topic's words explain (fuzzy words, weighted by how
telling each is), and how like the utterance is to one of its written forms (character n-grams, TF-IDF cosine).
Words that no topic knows count against every topic: what is not understood is a reason to doubt.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ivr.idle_words import ASKING, IDLE, WEAK
from ivr.wording import words_of

_GRAMS = (3, 4, 5)  # characters, with the word's borders
_STEM = 5  # letters: endings follow the stem in both languages
_SAME_STEM = 0.66  # normalised Levenshtein similarity from which a stem may be another one misheard
_NAMELESS = WEAK + ASKING
_SHORT = 4  # letters: such words must match nearly exactly
_SAME_SHORT = 0.75
_RIVAL = 0.17  # a stem this much less alike than the best is not what was meant
_WEAK_WEIGHT = 0.35
_ANCHOR_TOPICS = 3  # a word known to more topics than this names none of them
_ANCHOR_ALIKE = 0.7
_LONGEST_QUERY = 40  # words; a caller who says more tells a story


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a known question; ``number``: of the topic, as given to the index."""

    number: int
    score: float  # 0.0-1.0
    runner_up: float  # the next topic's score, 0.0 after the last
    strange: int  # telling words that no topic knows: misheard, or about something else


class QuestionIndex:
    """Built once from the written forms of each topic; asked often: under 2 ms a question for some hundred forms."""

    def __init__(self, topics: Sequence[Sequence[str]]) -> None:
        """``topics[n]``: the ways to ask for topic ``n``, in any language."""
        self._count = len(topics)
        forms = [(number, _telling(form)) for number, topic in enumerate(topics) for form in topic]
        self._topic_of = [number for number, _ in forms]
        self._topics_of = _topics_of(forms)
        self._stems = sorted(self._topics_of)
        self._gram_weight = _gram_weights(forms)
        self._unseen_gram = math.log(1 + len(forms)) / 2  # halved: a recogniser's noise makes many
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, (_, words) in enumerate(forms):
            for gram, value in self._vector(words).items():
                self._postings[gram].append((at, value))

    def best(self, text: str) -> Likeness | None:
        """None when nothing telling was said, or too much."""
        return next(iter(self.ranked(text)), None)

    def ranked(self, text: str) -> tuple[Likeness, ...]:
        """Every topic, the most like first; () when nothing telling was said, or too much."""
        words = _telling(text)
        if not words or len(words) > _LONGEST_QUERY or not self._count:
            return ()
        coverage, cosine = self._coverage(words), self._cosine(words)
        scores = [math.sqrt(covered * like) for covered, like in zip(coverage, cosine, strict=True)]
        order = sorted(range(self._count), key=lambda n: (-scores[n], n))
        runners_up = [*(scores[n] for n in order[1:]), 0.0]
        strange = self._strange(words)
        return tuple(Likeness(n, scores[n], next_one, strange) for n, next_one in zip(order, runners_up, strict=True))

    def _strange(self, words: Sequence[str]) -> int:
        return sum(not word.startswith(WEAK) and not self._near(word[:_STEM]) for word in words if len(word) > _SHORT)

    def _coverage(self, words: Sequence[str]) -> list[float]:
        """Per topic: the share of the weight of what was said that its words explain, 0.0-1.0.

        Divided by four without an anchor, a telling word that only few topics know: "I lost it" is no question yet.
        """
        total, explained, anchored = 0.0, [0.0] * self._count, [False] * self._count
        for stem in (word[:_STEM] for word in words):
            near = self._near(stem)
            total += self._weight(near[0][0]) if near else self._weight(stem)
            best: dict[int, float] = {}
            for known, alike in near:
                anchor = alike >= _ANCHOR_ALIKE and len(self._topics_of[known]) <= _ANCHOR_TOPICS
                for topic in self._topics_of[known]:
                    best[topic] = max(best.get(topic, 0.0), alike * alike * self._weight(known))
                    anchored[topic] |= anchor and not known.startswith(_NAMELESS)
            for topic, value in best.items():
                explained[topic] += value
        shares = (min(1.0, value / total) if total else 0.0 for value in explained)
        return [share if known else share / 4 for share, known in zip(shares, anchored, strict=True)]

    def _near(self, stem: str) -> list[tuple[str, float]]:
        """Known stems that ``stem`` may be, the most alike first."""
        cutoff = _SAME_STEM if len(stem) > _SHORT else _SAME_SHORT
        similar = process.extract(
            stem, self._stems, scorer=Levenshtein.normalized_similarity, score_cutoff=cutoff, limit=6
        )
        return [(known, alike) for known, alike, _ in similar if alike >= similar[0][1] - _RIVAL]

    def _weight(self, stem: str) -> float:
        """How telling a stem is: less, the more topics use it; one that no topic knows is as telling as any."""
        weight = math.log(1 + self._count / len(self._topics_of.get(stem, (0,))))
        return weight * _WEAK_WEIGHT if stem.startswith(WEAK) else weight

    def _cosine(self, words: Sequence[str]) -> list[float]:
        """Per topic: the likeness of its most like form, 0.0-1.0."""
        by_form: dict[int, float] = defaultdict(float)
        for gram, value in self._vector(words).items():
            for form, known in self._postings.get(gram, ()):
                by_form[form] += value * known
        best = [0.0] * self._count
        for form, value in by_form.items():
            topic = self._topic_of[form]
            best[topic] = max(best[topic], min(1.0, value))
        return best

    def _vector(self, words: Sequence[str]) -> Mapping[str, float]:
        counted = Counter(gram for word in words for gram in _grams(word))
        values = {g: math.sqrt(n) * self._gram_weight.get(g, self._unseen_gram) for g, n in counted.items()}
        size = math.sqrt(sum(value * value for value in values.values())) or 1.0
        return {gram: value / size for gram, value in values.items()}


def _telling(text: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(text) if word not in IDLE)


def _topics_of(forms: Sequence[tuple[int, Sequence[str]]]) -> dict[str, set[int]]:
    """Stem → the topics whose forms use it."""
    topics: dict[str, set[int]] = defaultdict(set)
    for number, words in forms:
        for word in words:
            topics[word[:_STEM]].add(number)
    return dict(topics)


def _gram_weights(forms: Sequence[tuple[int, Sequence[str]]]) -> dict[str, float]:
    """How telling each piece of a word is: less, the more forms hold it."""
    seen: Counter[str] = Counter()
    for _, words in forms:
        seen.update({gram for word in words for gram in _grams(word)})
    return {gram: math.log(1 + len(forms) / count) for gram, count in seen.items()}


def _grams(word: str) -> list[str]:
    bordered = f" {word} "
    return [bordered[at : at + n] for n in _GRAMS for at in range(len(bordered) - n + 1)]
