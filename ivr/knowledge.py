"""The knowledge base: questions people ask, and the answers an administrator wrote for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ivr.question_index import QuestionIndex

# Measured on questions written apart (docs/help-line.md): a wrong answer is worse than none.
MIN_SCORE = 0.5
MIN_SCORE_STRANGE = 0.55  # where something was said that no topic knows
MIN_LEAD = 0.15  # over the next topic


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeEntry:
    """One topic. It is read out between ``valid_from`` and ``valid_to``, both included; None: open."""

    topic: str
    questions: Mapping[str, tuple[str, ...]]  # language → ways to ask it
    answer: Mapping[str, str]  # language → text to be read out
    valid_from: date | None = None
    valid_to: date | None = None
    sample: bool = False  # comes with line102; no police department has approved it

    def is_valid(self, today: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_to is None or today <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Found:
    entry: KnowledgeEntry
    score: float  # 0.0-1.0


def least_score(strange: int) -> float:
    """From where on an entry may answer, with so many telling words that no topic knows."""
    return MIN_SCORE_STRANGE if strange else MIN_SCORE


class Knowledge:
    """All entries, ready to be asked. Immutable: a changed file is a new one."""

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        self.entries = tuple(entries)
        # Questions of all languages together: callers mix them, and the recogniser's guess of a language may be wrong.
        self._index = QuestionIndex([[q for forms in e.questions.values() for q in forms] for e in self.entries])

    def ranked(self, text: str, today: date) -> tuple[Found, ...]:
        """The entries in force that ``text`` may ask for, the likeliest first, from the score on from which one may be
        read out. Another entry may be as near: for a person who chooses.
        """
        sure = [one for one in self._index.ranked(text) if one.score >= least_score(one.strange)]
        found = ((self.entries[one.number], one.score) for one in sure)
        return tuple(Found(entry, round(score, 3)) for entry, score in found if entry.is_valid(today))

    def find(self, text: str, language: str, today: date) -> Found | None:
        """The entry that answers ``text``, to be read out in ``language``; None in any doubt. Total.

        An entry out of date, or without a text in that language, is no answer, but it still competes: its question
        must not get another entry's answer.
        """
        best = self._index.best(text)
        if best is None or best.score - best.runner_up < MIN_LEAD:
            return None
        if best.score < least_score(best.strange):
            return None
        entry = self.entries[best.number]
        if not entry.is_valid(today) or language not in entry.answer:
            return None
        return Found(entry, round(best.score, 3))
