"""The demo's fixed sentences: what the machine must make of each, and that they are the demo model's own."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ivr.answers import Answer, is_enough, understand
from ivr.knowledge_file import SAMPLES, read_knowledge
from synthetic.grammar import load_grammar
from synthetic.sayings import DANGERS, NO, QUESTIONS, THANKS, YES, Sayings
from tests.unit.test_synthetic_script import PATH

KNOWLEDGE = read_knowledge(SAMPLES)


def each(*several: Sayings) -> list[tuple[str, str]]:
    return [(language, text) for sayings in several for language in sayings for text in sayings[language]]


@pytest.fixture(scope="module")
def sentences() -> dict[str, list[re.Pattern[str]]]:
    """Each template of the grammar as a pattern of everything that it may become, but for numbers."""
    module = load_grammar(Path(PATH))._module
    return {
        language: [re.compile(_pattern(template, module.SLOTS[language])) for group in groups for template in group]
        for language, (_, _, groups) in module.SETS.items()
    }


def _pattern(template: str, slots: dict[str, list[str]]) -> str:
    filled = re.sub(r"\{(\w+)\}", lambda m: "[" + "|".join(slots.get(m[1], ["\\d"])) + "]", template)
    while "[" in filled:
        filled = re.sub(r"\[([^\[\]]*)\]", lambda m: f"(?:{m[1]})", filled)
    return " *".join(filled.casefold().split(" "))


@pytest.mark.parametrize(("language", "text"), each(QUESTIONS, DANGERS, YES, NO, THANKS))
def test_the_demo_model_knows_the_sentence(
    language: str, text: str, sentences: dict[str, list[re.Pattern[str]]]
) -> None:
    plain = text.rstrip(".?").casefold()
    assert any(pattern.fullmatch(plain) for pattern in sentences[language])


@pytest.mark.parametrize(("language", "text"), each(QUESTIONS))
def test_the_sample_knowledge_answers_every_question(language: str, text: str) -> None:
    assert KNOWLEDGE.find(text, language, date(2026, 11, 1)) is not None


def test_the_offer_understands_them_as_they_are_meant() -> None:
    assert {understand(text) for _, text in each(YES)} == {Answer.YES}
    assert {understand(text) for _, text in each(NO)} == {Answer.NO}
    assert Answer.YES not in {understand(text) for _, text in each(DANGERS, QUESTIONS, THANKS)}


def test_thanks_end_the_self_service() -> None:
    assert all(is_enough(text) for _, text in each(THANKS))
    assert not any(is_enough(text) for _, text in each(QUESTIONS, DANGERS))
