"""The knowledge base's file: TOML that an administrator edits. Each thing that is wrong is named in one line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ivr.knowledge import Knowledge, KnowledgeEntry
from ivr.prompts import LANGUAGES
from ivr.wording import words_of
from line102.errors import BadSetting

SAMPLES = Path(__file__).resolve().parent / "samples.toml"
NEEDED = ("ru", "kk")  # every entry is asked and answered in both
MAX_ANSWER = 600  # characters: about a minute read aloud
_FIELDS = ("topic", "sample", "questions", "answer", "valid_from", "valid_to")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_REMEDY = "docs/help-line.md describes the file"


def read_knowledge(file: Path) -> Knowledge:
    """Raises BadSetting that names file, entry and field."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(str(file), f"cannot be read ({error.strerror})", "Give a readable file") from error
    except UnicodeDecodeError as error:
        raise BadSetting(str(file), "is not UTF-8 text", "Save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(str(file), f"is not valid TOML: {error}", "Correct that line") from error
    return Knowledge(entries_of(values, str(file)))


def entries_of(values: Mapping[str, Any], source: str) -> list[KnowledgeEntry]:
    """Raises BadSetting, as ``read_knowledge``."""
    unknown = [name for name in values if name != "entry"]
    if unknown:
        raise BadSetting(f"{source}: {unknown[0]}", "there is no such thing", "Begin each entry with [[entry]]")
    tables = values.get("entry")
    if not isinstance(tables, list) or not tables:
        raise BadSetting(source, "holds no entry", "Begin each entry with [[entry]]")
    entries = [_Table(table, f"{source}: entry {at}").entry() for at, table in enumerate(tables, 1)]
    _refuse_doubles(entries, source)
    return entries


class _Table:
    """One [[entry]] being read; ``where`` names it in errors."""

    def __init__(self, table: Any, where: str) -> None:
        if not isinstance(table, dict):
            raise BadSetting(where, "is no table", "Begin each entry with [[entry]]")
        self._table: dict[str, Any] = table
        topic = table.get("topic")
        self._where = f"{where} ({topic})" if isinstance(topic, str) and topic else where

    def entry(self) -> KnowledgeEntry:
        for name in self._table:
            if name not in _FIELDS:
                near = difflib.get_close_matches(name, _FIELDS, n=1)
                raise self._wrong(name, "there is no such field" + (f"; did you mean {near[0]}?" if near else ""))
        valid_from, valid_to = self._date("valid_from"), self._date("valid_to")
        if valid_from and valid_to and valid_to < valid_from:
            raise self._wrong("valid_to", f"{valid_to} is before valid_from, {valid_from}")
        sample = self._table.get("sample", False)
        if not isinstance(sample, bool):
            raise self._wrong("sample", "must be true or false")
        return KnowledgeEntry(
            topic=self._topic(),
            questions=self._questions(),
            answer=self._answer(),
            valid_from=valid_from,
            valid_to=valid_to,
            sample=sample,
        )

    def _topic(self) -> str:
        topic = self._table.get("topic")
        if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
            raise self._wrong("topic", "must be a name of small letters, digits and hyphens")
        return topic

    def _questions(self) -> dict[str, tuple[str, ...]]:
        questions = {}
        for language, forms in self._by_language("questions").items():
            field = f"questions.{language}"
            if not isinstance(forms, list) or not forms:
                raise self._wrong(field, "must be a list of ways to ask")
            for form in forms:
                if not isinstance(form, str) or len(words_of(form)) == 0:
                    raise self._wrong(field, f"{form!r} is no question")
            questions[language] = tuple(forms)
        return questions

    def _answer(self) -> dict[str, str]:
        answer = {}
        for language, text in self._by_language("answer").items():
            field = f"answer.{language}"
            if not isinstance(text, str) or not words_of(text):
                raise self._wrong(field, "must be the text to read out")
            if len(text) > MAX_ANSWER:
                raise self._wrong(field, f"has {len(text)} characters, {MAX_ANSWER} at most: it is listened to")
            answer[language] = text.strip()
        return answer

    def _by_language(self, name: str) -> dict[str, Any]:
        given = self._table.get(name, {})
        if not isinstance(given, dict):
            raise self._wrong(name, f"must name its language: {name}.ru, {name}.kk")
        for language in given:
            if language not in LANGUAGES:
                raise self._wrong(f"{name}.{language}", f"is none of the languages {', '.join(LANGUAGES)}")
        for language in NEEDED:
            if language not in given:
                raise self._wrong(f"{name}.{language}", "is missing")
        return given

    def _date(self, name: str) -> date | None:
        given = self._table.get(name)
        if given is None:
            return None
        if not isinstance(given, date) or isinstance(given, datetime):
            raise self._wrong(name, "must be a date without quotes, such as 2026-12-31")
        return given

    def _wrong(self, field: str, why: str) -> BadSetting:
        return BadSetting(f"{self._where}: {field}", why, _REMEDY)


def _refuse_doubles(entries: list[KnowledgeEntry], source: str) -> None:
    """One topic, one entry; and no question that two entries claim: neither would ever be found."""
    topics: set[str] = set()
    claimed: dict[tuple[str, ...], str] = {}
    for at, entry in enumerate(entries, 1):
        where = f"{source}: entry {at} ({entry.topic})"
        if entry.topic in topics:
            raise BadSetting(f"{where}: topic", "is there twice", "Give each entry a topic of its own")
        topics.add(entry.topic)
        for language, forms in entry.questions.items():
            for form in forms:
                if claimed.setdefault(words_of(form), entry.topic) != entry.topic:
                    other = claimed[words_of(form)]
                    raise BadSetting(f"{where}: questions.{language}", f"{form!r} also asks for {other}", "Keep one")
