"""The terms of one language, laid out so that the near ones of a word are found without comparing with all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from routing.tokens import fold, tokenise
from transcription.glossary_file import Term
from transcription.glossary_sounds import distance, inflected, sound

SHORTEST_STEM = 3  # letters


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
        self._stems = _bucketed((entry.stem, entry) for entry in entries)
        self._wholes = _bucketed((entry.stem + fold(entry.own_ending), entry) for entry in entries)
        self._endings = frozenset().union(*(entry.endings for entry in entries))
        self._longest_ending = max(map(len, self._endings))
        longer = [entry for entry in entries if len(entry.words) > 1]
        self.parts = frozenset(word for entry in longer for word in entry.words[:-1])
        self.parts |= {entry.words[-1] + ending for entry in longer for ending in entry.endings}
        self.most_words = max(len(entry.words) for entry in entries)
        self.exact = frozenset(
            " ".join((*entry.words[:-1], entry.words[-1] + ending)) for entry in entries for ending in entry.endings
        )

    def near(self, heard: str, words: int, most: float) -> Iterator[Near]:
        """Entries within ``most`` of ``heard`` (folded, without spaces), in no order; an entry may come twice.

        ``words``: how many were joined. Entries begin with the same sound and have at most one word more or less.
        """
        for entry, apart in _near(self._wholes, heard, words, most):
            yield Near(entry, -1, apart)
        for cut in range(max(SHORTEST_STEM, len(heard) - self._longest_ending), len(heard) + 1):
            if (ending := heard[cut:]) in self._endings:
                for entry, apart in _near(self._stems, heard[:cut], words, most):
                    if ending in entry.endings:
                        yield Near(entry, len(ending), apart)


@dataclass(slots=True)
class _Bucket:
    """Entries of as many words that begin with the same sound; three lists of the same length."""

    sounds: list[str] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


_Buckets = dict[tuple[int, str], _Bucket]  # by number of words and first sound


def _bucketed(pairs: Iterable[tuple[str, Entry]]) -> _Buckets:
    buckets: _Buckets = {}
    for stem, entry in pairs:
        heard = sound(stem)
        bucket = buckets.setdefault((len(entry.words), heard[:1]), _Bucket())
        bucket.sounds.append(heard)
        bucket.stems.append(stem)
        bucket.entries.append(entry)
    return buckets


def _near(buckets: _Buckets, heard: str, words: int, most: float) -> Iterator[tuple[Entry, float]]:
    heard_sound = sound(heard)
    for count in (words - 1, words, words + 1):
        bucket = buckets.get((count, heard_sound[:1]))
        if bucket is None:
            continue
        for _, _, at in process.extract(  # as sounds words are never further apart than as letters
            heard_sound, bucket.sounds, scorer=Levenshtein.distance, score_cutoff=int(most), limit=None
        ):
            if (apart := distance(heard, bucket.stems[at])) <= most:
                yield bucket.entries[at], apart


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
