"""``line102 knowledge``: the help line's knowledge base: check the file, list it, ask it."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.knowledge import Knowledge
from ivr.knowledge_file import SAMPLES, read_knowledge
from ivr.prompts import spoken_language
from line102.config import Settings


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    file = asked.file or knowledge_file(settings)
    knowledge = read_knowledge(file)
    match asked.action:
        case "ask":
            return _ask(settings, knowledge, asked)
        case "check":
            print(summary(knowledge, file))
        case _:
            _list(settings, knowledge)
    return 0


def knowledge_file(settings: Settings) -> Path:
    """The administrator's own, else the samples that come with line102."""
    return settings.help_line.knowledge or SAMPLES


def summary(knowledge: Knowledge, file: Path) -> str:
    samples = sum(entry.sample for entry in knowledge.entries)
    marked = f", {samples} of them SAMPLES that nobody has approved" if samples else ""
    return f"{file}: {len(knowledge.entries)} entries{marked}"


def _list(settings: Settings, knowledge: Knowledge) -> None:
    today = datetime.now(ZoneInfo(settings.pbx.help_timezone)).date()
    for entry in knowledge.entries:
        state = "sample" if entry.sample else ""
        state = state if entry.is_valid(today) else f"{state} not valid today".strip()
        print(f"{entry.topic:<30} {state:<24} {entry.answer['ru']}")


def _ask(settings: Settings, knowledge: Knowledge, asked: argparse.Namespace) -> int:
    """Exit code 1: no answer."""
    today = datetime.now(ZoneInfo(settings.pbx.help_timezone)).date()
    language = spoken_language(asked.language)
    found = knowledge.find(" ".join(asked.words), language, today)
    if found is None:
        print("No answer: the caller would be asked again, then reach a person", file=sys.stderr)
        return 1
    print(f"{found.entry.topic} ({found.score:.2f}): {found.entry.answer[language]}")
    return 0
