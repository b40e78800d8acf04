"""Names that a recogniser nearly heard, written as the glossary has them. Pure once read.

Only the words of final texts are corrected, and only where one term, and no other, is near enough for its length and
for what stands around it. Protected words (glossary_protected.py) are never part of what is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from line102.errors import BadSetting
from line102.words import Segment
from routing.tokens import Token, fold, tokenise
from transcription.glossary_context import Context, context, limit
from transcription.glossary_file import Term, read_terms
from transcription.glossary_index import Near, TermIndex
from transcription.glossary_protected import Protected, shipped
from transcription.glossary_sounds import distance

SHIPPED = tuple(Path(__file__).resolve().parent / "terms" / name for name in ("ru.txt", "kk.txt"))
MARGIN = 0.5  # letters: a second term nearer than this to the first makes both doubtful
WORST_SHARE = 0.4  # of a word's letters that may differ
SHORTEST = 4  # letters; shorter words are corrected only as part of a longer term


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``heard`` stood at [start, end) characters of the heard text and became ``term``."""

    heard: str
    term: str
    start: int
    end: int
    score: float  # 0.0-1.0: share of the term's letters that were heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """``text`` is what people read; ``as_heard`` the text before, None when nothing was changed."""

    text: str
    as_heard: str | None = None
    changes: tuple[Change, ...] = ()


Correct = Callable[[str, str], Correction]  # Glossary.correct, or whatever else corrects (text, language)


def corrected(segment: Segment, correct: Correct | None) -> Segment:
    """A final segment as the glossary has it; partials and what is not shown as speech stay as they were heard."""
    if correct is None or not segment.final or segment.suppressed is not None:
        return segment
    correction = correct(segment.text, segment.language)
    return replace(segment, text=correction.text, as_heard=correction.as_heard)


@dataclass(frozen=True, slots=True)
class _Proposal:
    """Tokens first … last would become ``text``."""

    first: int
    last: int
    text: str
    term: Term
    distance: float
    letters: int


class Glossary:
    """Terms of up to two languages. ``correct`` is total, deterministic and keeps a text that is right already."""

    def __init__(self, terms: Sequence[Term], protected: Protected) -> None:
        """Raises BadSetting for a misheard form that would change a protected word or a term."""
        self._protected = protected
        languages = sorted({term.language for term in terms})
        self._indexes = {lang: TermIndex([t for t in terms if t.language == lang]) for lang in languages}
        self._known = frozenset().union(*(index.exact | index.parts for index in self._indexes.values()))
        self._misheard = {
            term.language + " " + self._checked(form, term): term for term in terms for form in term.misheard
        }
        self._widest = 1 + max((index.most_words for index in self._indexes.values()), default=0)

    @classmethod
    def read(cls, paths: Iterable[Path] = SHIPPED) -> Glossary:
        """Read files named after their language (``ru.txt``, ``kk.txt``). Raises BadSetting naming file and line."""
        return cls([term for path in paths for term in read_terms(path)], shipped())

    def correct(self, text: str, language: str) -> Correction:
        """Correct a final text; partials change too often, and an unknown language has no terms."""
        index = self._indexes.get(language)
        if index is None:
            return Correction(text=text)
        correction = self._once(text, index)
        if correction.changes and self._once(correction.text, index).changes:
            return Correction(text=text)  # a correction that invites another is not to be trusted
        return correction

    def _once(self, text: str, index: TermIndex) -> Correction:
        tokens = tokenise(text)
        fixed = [self._is_fixed(token.word) for token in tokens]
        if all(fixed):
            return Correction(text=text)
        chosen: list[_Proposal] = []
        for proposal in sorted(self._proposals(text, tokens, fixed, index), key=lambda p: (-p.letters, p.distance)):
            if all(proposal.last < other.first or other.last < proposal.first for other in chosen):
                chosen.append(proposal)
        return _apply(text, tokens, sorted(chosen, key=lambda p: p.first))

    def _is_fixed(self, word: str) -> bool:
        return word in self._known or len(word) < 2 or word in self._protected

    def _proposals(
        self, text: str, tokens: Sequence[Token], fixed: Sequence[bool], index: TermIndex
    ) -> Iterator[_Proposal]:
        for first in range(len(tokens)):
            for last in range(first, min(first + self._widest, len(tokens))):
                window = tokens[first : last + 1]
                if last > first and text[window[-2].end : window[-1].start] not in (" ", "-"):
                    break
                if len(window) > 1 and any(
                    f and t.word not in index.parts for f, t in zip(fixed[first:], window, strict=False)
                ):
                    continue
                if not all(fixed[first : last + 1]):
                    found = self._proposal(text, tokens, first, last, fixed[first : last + 1], index)
                    if found is not None:
                        yield found

    def _proposal(
        self, text: str, tokens: Sequence[Token], first: int, last: int, fixed: Sequence[bool], index: TermIndex
    ) -> _Proposal | None:
        words = [token.word for token in tokens[first : last + 1]]
        heard = "".join(words)
        if (listed := self._misheard.get(f"{index.language} {' '.join(words)}")) is not None and not any(fixed):
            return _Proposal(first, last, listed.text, listed, 0.0, len(heard))
        around = context(tokens, first, last)
        if around is not Context.PERSON and any(fixed):  # the rest of the name stands there as it should
            around = Context.MARKER
        near: dict[Term, Near] = {}
        for one in index.near(heard, len(words), _most(len(heard), around)) if len(heard) >= SHORTEST else ():
            if _fits(one, words, fixed, around):
                near[one.entry.term] = min(near.get(one.entry.term, one), one, key=lambda n: (n.distance, -n.ending))
        if not near:
            return None
        best, *others = sorted(near.values(), key=lambda n: n.distance)
        if any(other.distance - best.distance < MARGIN for other in others):
            return None
        written = _written(best, text[tokens[first].start : tokens[last].end])
        return _Proposal(first, last, written, best.entry.term, best.distance, len(heard))

    def _checked(self, form: str, term: Term) -> str:
        """The folded misheard form. Raises BadSetting when it is, or holds, what must not be corrected."""
        words = [token.word for token in tokenise(form)]
        ordinary = next((word for word in words if word in self._protected), None)
        if ordinary is not None or " ".join(words) in self._known:
            why = (
                f"the misheard form {form!r} holds the ordinary word {ordinary!r}"
                if ordinary
                else f"{form!r} is a term"
            )
            raise BadSetting(term.origin, why, "Remove this form: ordinary words and terms are never corrected.")
        return " ".join(words)


def _most(letters: int, around: Context) -> float:
    return max(limit(letters, around), limit(letters, Context.HINT))


def _fits(near: Near, words: Sequence[str], fixed: Sequence[bool], around: Context) -> bool:
    """Whether the heard words may become this entry, here."""
    entry = near.entry
    allowed = limit(len(entry.stem) + len(entry.own_ending), around if entry.term.place else Context.HINT)
    if near.distance > allowed:
        return False
    if len(words) != len(entry.words):  # joined or torn apart
        return abs(len(words) - len(entry.words)) == 1 and not any(fixed)
    meant = [*entry.words[:-1], entry.words[-1] + (words[-1][-near.ending :] if near.ending > 0 else "")]
    if near.ending < 0:
        meant[-1] = entry.words[-1] + fold(entry.own_ending)
    return all(
        word == wanted if is_fixed else distance(word, wanted) <= len(wanted) * WORST_SHARE
        for word, wanted, is_fixed in zip(words, meant, fixed, strict=True)
    )


def _written(near: Near, heard: str) -> str:
    """The term as people write it, with the ending that was heard where it may wear it."""
    entry = near.entry
    ending = entry.own_ending if near.ending < 0 else heard[len(heard) - near.ending :]
    written = entry.written + ending
    return written[0].upper() + written[1:] if heard[0].isupper() else written


def _apply(text: str, tokens: Sequence[Token], chosen: Sequence[_Proposal]) -> Correction:
    parts: list[str] = []
    changes: list[Change] = []
    done = 0
    for one in chosen:
        start, end = tokens[one.first].start, tokens[one.last].end
        score = max(0.0, 1 - one.distance / one.letters)
        changes.append(Change(heard=text[start:end], term=one.text, start=start, end=end, score=round(score, 3)))
        parts += [text[done:start], one.text]
        done = end
    parts.append(text[done:])
    return Correction(text="".join(parts), as_heard=text if changes else None, changes=tuple(changes))
