"""Answers that an operator may read out: the self-service's entries and thresholds, for a caller who tells more. Pure.

The self-service hears one question at a time; a caller at 102 tells a story with a question in it. So each utterance is
looked up, each with the one before it, and all together while they are few; what was asked last comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from ivr.knowledge import Found, Knowledge

UTTERANCES = 8  # the last of the caller's
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    topic: str
    text: str
    language: str  # of the text: the caller's if the entry has it
    score: float  # 0.0-1.0
    sample: bool  # comes with line102; nobody has approved it


class Suggestions:
    """``languages``: in which of an entry's texts is shown when it has none in the caller's."""

    def __init__(self, knowledge: Knowledge, languages: Sequence[str] = ("ru", "kk")) -> None:
        self._languages = tuple(languages)
        self._ranked = lru_cache(maxsize=2048)(knowledge.ranked)  # a call's utterances are asked for again and again

    def of(self, utterances: Sequence[str], language: str, today: date) -> tuple[Suggestion, ...]:
        """At most 3, the likeliest first; () when no entry is near enough. Total."""
        last = [text for text in utterances if text.strip()][-UTTERANCES:]
        asked = [*last, *(f"{one} {next_one}" for one, next_one in pairwise(last)), " ".join(last)]
        best: dict[str, Found] = {}
        for text in reversed(asked):
            for found in self._ranked(text, today):
                known = best.get(found.entry.topic)
                if known is None or found.score > known.score:
                    best[found.entry.topic] = found
        ranked = sorted(best.values(), key=lambda found: -found.score)
        shown = ((found, self._language(found.entry.answer, language)) for found in ranked)
        told = [
            Suggestion(f.entry.topic, f.entry.answer[spoken], spoken, f.score, f.entry.sample)
            for f, spoken in shown
            if spoken is not None
        ]
        return tuple(told[:SHOWN])

    def _language(self, answers: Mapping[str, str], wanted: str) -> str | None:
        return next((language for language in (wanted, *self._languages) if language in answers), None)
