"""What an operator is shown from the knowledge base: the question within the story, and nothing far-fetched."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.knowledge import MIN_SCORE, Knowledge, KnowledgeEntry
from ivr.knowledge_file import SAMPLES, read_knowledge
from ivr.suggestions import SHOWN, Suggestions
from tests.knowledge_questions import KNOWN, KNOWN_APART, UNKNOWN, UNKNOWN_APART

TODAY = date(2026, 11, 24)
KNOWLEDGE = read_knowledge(SAMPLES)
SUGGESTIONS = Suggestions(KNOWLEDGE)
STORY = ["алло здравствуйте", "я вот из дома звоню у нас тут соседи съехали", "и хотел спросить"]


@pytest.mark.parametrize(
    ("language", "asked", "topic"),
    [
        ("ru", ["подскажите адрес отдела полиции"], "department-address"),
        ("ru", [*STORY, "как подать заявление в полицию"], "file-statement"),
        ("kk", ["сәлеметсіз бе", "арызды қайда беремін"], "file-statement"),
        ("ru", ["как подать заявление", "в полицию", "ну вот так вот"], "file-statement"),
    ],
)
def test_the_question_in_the_story_is_found(language: str, asked: list[str], topic: str) -> None:
    first, *_ = SUGGESTIONS.of(asked, language, TODAY)
    entry = next(entry for entry in KNOWLEDGE.entries if entry.topic == topic)
    assert (first.topic, first.language, first.text) == (topic, language, entry.answer[language])
    assert first.sample
    assert first.score >= MIN_SCORE


def test_it_shows_what_the_self_service_would_read_out_and_little_else() -> None:
    """On questions written apart: counts to hold, not to praise."""
    known = [*KNOWN, *KNOWN_APART]
    right = sum(any(s.topic == topic for s in SUGGESTIONS.of([asked], "ru", TODAY)) for topic, asked in known)
    answered = 0
    for topic, asked in known:
        found = KNOWLEDGE.find(asked, "ru", TODAY)
        if found is not None and found.entry.topic == topic:
            answered += 1
            assert topic in [s.topic for s in SUGGESTIONS.of([asked], "ru", TODAY)]
    assert right >= answered >= 130, (right, answered, len(known))
    far_fetched = sum(bool(SUGGESTIONS.of([asked], "ru", TODAY)) for asked in [*UNKNOWN, *UNKNOWN_APART])
    assert far_fetched <= 7, (far_fetched, len(UNKNOWN) + len(UNKNOWN_APART))


def entry(topic: str, question: str, **answer: str) -> KnowledgeEntry:
    return KnowledgeEntry(topic=topic, questions={"ru": (question,)}, answer=answer)


def test_a_text_in_another_language_is_better_than_none_and_says_which() -> None:
    base = Knowledge(
        [entry("loss", "потерял удостоверение личности", kk="Жеке куәлік"), entry("x", "штраф камера", ru="Ш")]
    )
    (found,) = Suggestions(base).of(["потерял удостоверение личности"], "ru", TODAY)
    assert (found.text, found.language) == ("Жеке куәлік", "kk")
    assert Suggestions(base, ("ru",)).of(["потерял удостоверение личности"], "ru", TODAY) == ()


def test_an_entry_out_of_date_is_not_shown() -> None:
    old = KnowledgeEntry(
        topic="old", questions={"ru": ("штраф камера",)}, answer={"ru": "Ш"}, valid_to=date(2026, 11, 23)
    )
    suggestions = Suggestions(Knowledge([old, entry("x", "потерял удостоверение", ru="У")]))
    assert suggestions.of(["штраф камера"], "ru", TODAY) == ()
    assert suggestions.of(["штраф камера"], "ru", date(2026, 11, 23)) != ()


@given(st.lists(st.text(max_size=60), max_size=20), st.sampled_from(["ru", "kk", "", "mix"]))
def test_it_is_total_ordered_and_short(asked: list[str], language: str) -> None:
    found = SUGGESTIONS.of(asked, language, TODAY)
    assert len(found) <= SHOWN
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert len({s.topic for s in found}) == len(found)
