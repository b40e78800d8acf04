"""The terms of one language, laid out so that the near ones of a word are found without comparing with all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from routing.tokens import fold, tokenise
from transcription.glossary_file import Term
from transcription.glossary_sounds import distance, inflected, sound

SHORTEST_STEM = 3  # letters
WIDEST = 3  # letters that lengths may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One form of a term: ``stem`` and its endings are folded, without spaces; ``written`` is the stem as written."""

    term: Term
    words: tuple[str, ...]  # folded; the last one without its ending
    stem: str
    written: str
    own_ending: str  # as written
    endings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Near:
    """``entry`` with ``ending`` (as heard, folded letters counted) is ``distance`` letters from the heard word."""

    entry: Entry
    ending: int  # letters of the heard word that are its ending; -1: the term's own ending replaces it
    distance: float


class TermIndex:
    """All forms of the terms of one language."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.language = terms[0].language
        entries = [entry for term in terms for entry in _entries(term)]
        self._stems = _by_length((entry.stem, entry) for entry in entries)
        self._wholes = _by_length((entry.stem + fold(entry.own_ending), entry) for entry in entries)
        self._endings = frozenset().union(*(entry.endings for entry in entries))
        self.parts = frozenset(word for entry in entries if len(entry.words) > 1 for word in entry.words)
        self.most_words = max(len(entry.words) for entry in entries)
        self.exact = frozenset(
            " ".join((*entry.words[:-1], entry.words[-1] + ending)) for entry in entries for ending in entry.endings
        )

    def near(self, heard: str, most: float) -> Iterator[Near]:
        """Entries within ``most`` of ``heard`` (folded, without spaces), in no order; an entry may come twice."""
        for entry, apart in _near(self._wholes, heard, most):
            yield Near(entry, -1, apart)
        for cut in range(max(SHORTEST_STEM, len(heard) - 4), len(heard) + 1):
            if (ending := heard[cut:]) in self._endings:
                for entry, apart in _near(self._stems, heard[:cut], most):
                    if ending in entry.endings:
                        yield Near(entry, len(ending), apart)


_Buckets = dict[int, tuple[list[str], list[str], list[Entry]]]  # letters → sounds, words, entries


def _by_length(pairs: Iterable[tuple[str, Entry]]) -> _Buckets:
    buckets: _Buckets = {}
    for word, entry in pairs:
        sounds, words, entries = buckets.setdefault(len(word), ([], [], []))
        sounds.append(sound(word))
        words.append(word)
        entries.append(entry)
    return buckets


def _near(buckets: _Buckets, heard: str, most: float) -> Iterator[tuple[Entry, float]]:
    wide = min(WIDEST, int(2 * most))
    heard_sound = sound(heard)
    for length in range(len(heard) - wide, len(heard) + wide + 1):
        if length not in buckets:
            continue
        sounds, words, entries = buckets[length]
        for _, _, at in process.extract(
            heard_sound, sounds, scorer=Levenshtein.distance, score_cutoff=int(2 * most), limit=None
        ):
            if (apart := distance(heard, words[at])) <= most:
                yield entries[at], apart


def _entries(term: Term) -> Iterator[Entry]:
    for text in (term.text, *term.forms):
        tokens = tokenise(text)
        last = tokens[-1]
        stays, endings = inflected(last.word, term.language)
        words = (*(token.word for token in tokens[:-1]), last.word[:stays])
        yield Entry(
            term=term,
            words=words,
            stem="".join(words),
            written=text[: last.start + stays],
            own_ending=text[last.start + stays :],
            endings=frozenset((*endings, last.word[stays:])),
        )
