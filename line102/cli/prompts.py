"""``line102 prompts``: what callers hear, as files: list, make, set, reset."""

from __future__ import annotations

import argparse
from pathlib import Path

from ivr.prompt_files import Origin, PromptFiles, missing_prompts, prompt_named
from ivr.prompts import LANGUAGES, text_of
from line102.config import Settings
from line102.errors import BadSetting

MAKE = "Run: line102 prompts make"


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    files = PromptFiles(sounds_of(settings))
    match asked.action:
        case "make":
            made = files.make_missing()
            print(f"{len(made)} made, {len(files.all()) - len(made)} were there")
            return 0
        case "set":
            return _set(files, asked)
        case "reset":
            prompt, language = prompt_named(asked.id), _language(asked.language)
            files.reset(prompt, language)
            print(f"{language}/{prompt.value}: spoken by espeak-ng again")
            return 0
        case _:
            return _list(files)


def sounds_of(settings: Settings) -> Path:
    """The folder whose ``line102/`` holds the prompts, as we see it."""
    return settings.sounds


def check_prompts(settings: Settings) -> int:
    """How many there are. Raises BadSetting naming those that a caller would not hear."""
    folder = sounds_of(settings)
    missing = missing_prompts(folder)
    if missing:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise BadSetting("prompts", f"missing in {folder / 'line102'}: {shown}", MAKE)
    return len(PromptFiles(folder).all())


def _list(files: PromptFiles) -> int:
    """Exit code 1: some are missing."""
    missing = 0
    for file in files.all():
        missing += file.origin is Origin.MISSING
        print(f"{file.origin.value:<8}  {file.language}  {file.prompt.value:<22} {text_of(file.prompt, file.language)}")
    if missing:
        print(f"{missing} missing. {MAKE}")
    return 1 if missing else 0


def _set(files: PromptFiles, asked: argparse.Namespace) -> int:
    prompt, language = prompt_named(asked.id), _language(asked.language)
    said = files.upload(prompt, language, asked.file)
    print(f"{language}/{prompt.value}: {said.total_seconds():.1f} s from {asked.file}")
    return 0


def _language(name: str) -> str:
    if name not in LANGUAGES:
        raise BadSetting("prompts", f"there are no prompts in {name!r}", f"One of: {', '.join(LANGUAGES)}")
    return name
