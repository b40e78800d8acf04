"""Glossary files: one term a line, as an administrator writes them. docs/glossary-file.md says how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from line102.errors import BadSetting
from routing.tokens import fold, tokenise

PLACES, WORDS = "[places]", "[words]"
MISHEARD = "~"
MOST_WORDS = 4  # of one term
MOST_TERMS = 5000  # of one file: beyond it a correction is no longer a matter of milliseconds
LANGUAGES = ("ru", "kk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """``text`` as people read it. ``forms`` are right as they stand; ``misheard`` ones become ``text``."""

    text: str
    language: str  # "ru" or "kk"
    place: bool  # corrected only where the sentence speaks of a place
    forms: tuple[str, ...] = ()
    misheard: tuple[str, ...] = ()
    origin: str = ""  # file and line, for error messages


def read_terms(path: Path) -> tuple[Term, ...]:
    """The terms of ``ru.txt``, ``kk.txt``, ``ru.streets.txt``, …; raises BadSetting naming file and line."""
    language = path.name.split(".")[0]
    if language not in LANGUAGES:
        raise BadSetting(str(path), "its name tells no language", "Name it ru.txt, kk.txt or ru.something.txt.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadSetting(str(path), f"cannot be read ({error.strerror})", "Name a readable file.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadSetting(f"{path}:{line}", "is not UTF-8", "Save the file as UTF-8.") from error
    return parse_terms(text, language=language, source=str(path))


def parse_terms(text: str, *, language: str, source: str) -> tuple[Term, ...]:
    """Read ``text``; lines before a heading are places. Raises BadSetting naming ``source`` and the line."""
    terms: dict[str, Term] = {}
    place = True
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        origin = f"{source}:{number}"
        if line in (PLACES, WORDS):
            place = line == PLACES
        elif line:
            try:
                term = _term(line, language=language, place=place, origin=origin)
                if (before := terms.setdefault(fold(term.text), term)) is not term:
                    raise ValueError(f"{term.text!r} stands already in {before.origin}")
            except ValueError as wrong:
                raise BadSetting(origin, str(wrong), "Correct or remove this line.") from wrong
    if not terms:
        raise BadSetting(source, "no term in it", "Write one term a line, or leave the file out.")
    if len(terms) > MOST_TERMS:
        raise BadSetting(source, f"{len(terms)} terms; {MOST_TERMS} are the most", "Split or shorten the file.")
    return tuple(terms.values())


def _term(line: str, *, language: str, place: bool, origin: str) -> Term:
    if line.startswith("["):
        raise ValueError(f"unknown heading {line}; {PLACES} and {WORDS} are known")
    text, colon, rest = (part.strip() for part in line.partition(":"))
    listed = [form.strip() for form in rest.split(",")] if colon else []
    for written in (text, *(form.removeprefix(MISHEARD).strip() for form in listed)):
        _check(written)
    return Term(
        text=text,
        language=language,
        place=place,
        forms=tuple(form for form in listed if not form.startswith(MISHEARD)),
        misheard=tuple(form[1:].strip() for form in listed if form.startswith(MISHEARD)),
        origin=origin,
    )


def _check(written: str) -> None:
    words = [token.word for token in tokenise(written)]
    if not words:
        raise ValueError("a term or form without a word")
    if any(mark in written for mark in "[]~:;"):
        raise ValueError(f"{written!r}: a mark that has no place in a term")
    if any(letter.isdigit() for letter in written):
        raise ValueError(f"{written!r}: numbers are never corrected, so a term holds none")
    if len(words) > MOST_WORDS:
        raise ValueError(f"{written!r} has {len(words)} words; {MOST_WORDS} are the most")
    if sum(map(len, words)) < 3:
        raise ValueError(f"{written!r} is too short to be told from other words")
