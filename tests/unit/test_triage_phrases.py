"""What a caller said → an assessment: danger first, doubt never a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.words import Assessment, Label
from routing.corpus import seed_corpus
from routing.phrases import PhraseAssessor

ASSESSOR = PhraseAssessor(seed_corpus())


def assess(text: str) -> Assessment:
    return ASSESSOR.assess(text)


@pytest.mark.parametrize(
    "text",
    [
        "Помогите, меня избивает муж",
        "у него нож приезжайте",
        "Күйеуім мені ұрып жатыр",
        "пәтер өртеніп жатыр",
        "куйеуим мени урып жатыр",  # Kazakh heard as Russian letters
    ],
)
def test_danger_is_an_emergency(text: str) -> None:
    assessment = assess(text)
    assert assessment.label is Label.EMERGENCY
    assert "danger words" in assessment.vetoes


@pytest.mark.parametrize(
    "text",
    [
        "Подскажите адрес Алмалинского отдела полиции",
        "как получить справку о несудимости",
        "Учаскелік қашан жұмыс істейді",
        "қосымша ашылмайды код келмей жатыр",
    ],
)
def test_a_plain_question_is_one(text: str) -> None:
    assessment = assess(text)
    assert assessment.label is Label.INFORMATIONAL
    assert assessment.vetoes == ()


@pytest.mark.parametrize("text", ["", "   ", "...", "[тишина]", "[BLANK_AUDIO]"])
def test_silence_says_so(text: str) -> None:
    assessment = assess(text)
    assert (assessment.label, assessment.vetoes) == (Label.SILENT_OR_UNCLEAR, ("silent",))


def test_a_question_that_turns_is_an_emergency() -> None:
    opening = "подскажите адрес отдела полиции"
    assert assess(opening).label is Label.INFORMATIONAL
    assert assess(f"{opening} он вернулся у него нож").label is Label.EMERGENCY


def test_a_question_that_turns_into_something_unknown_is_no_question() -> None:
    opening = "подскажите адрес отдела полиции"
    turned = assess(f"{opening} кракозябра бурмаглот хливкие шорьки пырялись наве")
    assert turned.label is not Label.INFORMATIONAL
    assert "too much not understood" in turned.vetoes


def test_an_event_of_the_callers_own_is_no_question() -> None:
    assessment = assess("подскажите у меня украли паспорт какой адрес отдела")
    assert assessment.label is Label.NON_URGENT
    assert "an event of the caller's own" in assessment.vetoes


def test_few_words_are_no_question() -> None:
    assessment = assess("адрес отдела")
    assert assessment.label is not Label.INFORMATIONAL
    assert "too few words" in assessment.vetoes


def test_a_letter_misheard_is_forgiven() -> None:
    assert assess("он достал пистолед").label is Label.EMERGENCY
    assert assess("меня избевает муж").label is Label.EMERGENCY


def test_a_line_of_the_corpus_is_recognised_again() -> None:
    assessment = assess(
        "Алло, химчистка! Здравствуйте, пальто забрать можно сегодня? Да, адрес прежний, байтурсынова сорок, "
        "да пятно большое красное"
    )
    assert assessment.label is Label.EMERGENCY  # a covert call: no word of it is dangerous
    assert assessment.evidence[-1].because.startswith("алё химчистка")


def test_evidence_cites_the_text_it_was_given() -> None:
    text = "Алло, ёлки! Тут НОЖ, я боюсь"
    evidence = assess(text).evidence
    assert [one.words for one in evidence] == ["НОЖ", "боюсь"]
    assert all(text[one.start : one.end] == one.words for one in evidence)
    assert all(one.label is Label.EMERGENCY for one in evidence)


@given(st.text(max_size=200))
def test_any_text_is_assessed_and_cited_rightly(text: str) -> None:
    assessment = assess(text)
    assert 0.0 <= assessment.confidence <= 1.0
    assert assessment == assess(text)
    for one in assessment.evidence:
        assert text[one.start : one.end] == one.words


@given(st.permutations(["где", "адрес", "отдела", "полиции", "скажите", "пожалуйста"]))
def test_a_danger_word_anywhere_beats_a_question(words: list[str]) -> None:
    for at in range(len(words) + 1):
        assert assess(" ".join([*words[:at], "помогите", *words[at:]])).label is Label.EMERGENCY


def test_without_corpus_and_cues_everything_is_doubt() -> None:
    assert PhraseAssessor((), ()).assess("подскажите адрес отдела").label is Label.NON_URGENT
