"""The labelled utterances that triage learns from. Definitions of the labels: docs/corpus.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from line102.errors import BadSetting
from line102.words import Label

SEED = "triage-seed.jsonl"
_LANGUAGES = ("ru", "kk", "mix")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusLine:
    """One utterance of a caller, as a recogniser writes it, with its label."""

    line_id: str
    text: str
    language: str  # "ru", "kk" or "mix"
    label: Label
    category: str
    hard: bool  # the wording misleads
    turns_at: int | None  # index in text.split() of the first word of the part that makes it an EMERGENCY
    author: str = ""  # who wrote it; "" where that is not known


def seed_corpus() -> tuple[CorpusLine, ...]:
    """The 300 lines that come with line102. Raises BadSetting when the file was damaged."""
    return shipped_corpus(SEED)


def shipped_corpus(*names: str) -> tuple[CorpusLine, ...]:
    """The lines of files in routing/corpus/. Raises BadSetting when one was damaged."""
    folder = files("routing").joinpath("corpus")
    texts = [(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]
    return tuple(
        line for name, text in texts for line in read_corpus(text.splitlines(), source=f"routing/corpus/{name}")
    )


def read_evaluation(lines: Iterable[str], *, source: str) -> tuple[CorpusLine, ...]:
    """Lines to judge by: only text, lang and label must be there. A line without an id is named by its number."""
    return _read(lines, source, needed=False)


def read_corpus(lines: Iterable[str], *, source: str) -> tuple[CorpusLine, ...]:
    """Read JSON lines; blank ones are skipped. Raises BadSetting naming ``source`` and the line number."""
    return _read(lines, source, needed=True)


def _read(lines: Iterable[str], source: str, *, needed: bool) -> tuple[CorpusLine, ...]:
    read: list[CorpusLine] = []
    seen: set[str] = set()
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            line = _read_line(raw, None if needed else number)
            if line.line_id in seen:
                raise ValueError(f"id {line.line_id!r} stands twice")
        except ValueError as wrong:
            raise BadSetting(f"{source}:{number}", str(wrong), "Correct or remove this line.") from wrong
        seen.add(line.line_id)
        read.append(line)
    if not read:
        raise BadSetting(source, "no labelled line in it", "Restore the file from the distribution.")
    return tuple(read)


def _read_line(raw: str, number: int | None) -> CorpusLine:
    """``number``: of a line that may lack what only learning needs; None when it may not."""
    try:
        given = json.loads(raw)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"not JSON: {wrong.msg}") from wrong
    if not isinstance(given, dict):
        raise ValueError("not a JSON object")
    if number is not None:
        given = {"category": "unknown"} | given
        given["id"] = str(given.get("id") or number)
    text = given.get("text")
    if not isinstance(text, str) or (number is None and not text.strip()):
        raise ValueError("text is missing or empty")  # to judge by, silence is a text
    turns_at = given.get("turns_at")
    if turns_at is not None and (not isinstance(turns_at, int) or isinstance(turns_at, bool) or turns_at < 0):
        raise ValueError("turns_at is neither null nor a word's index")
    hard = given.get("hard", False)
    if not isinstance(hard, bool):
        raise ValueError("hard is neither true nor false")
    author = given.get("author", "")
    if not isinstance(author, str):
        raise ValueError("author is no name")
    label = _string(given, "label")
    if label not in Label.__members__:
        raise ValueError(f"unknown label {label!r}, one of {', '.join(Label)} is wanted")
    language = _string(given, "lang")
    if language not in _LANGUAGES:
        raise ValueError(f"unknown lang {language!r}, one of {', '.join(_LANGUAGES)} is wanted")
    return CorpusLine(
        line_id=_string(given, "id"),
        text=text,
        language=language,
        label=Label[label],
        category=_string(given, "category"),
        hard=hard,
        author=author,
        turns_at=turns_at,
    )


def _string(given: Mapping[str, object], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} is missing or empty")
    return value
