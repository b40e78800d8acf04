"""What a caller said so far, by both voices: danger first, a turn loses the flag, doubt is never a question."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.words import Assessment, Label, Urgency
from routing.cues import Kind, seed_cues
from routing.flagging import may_flag
from routing.model_files import read_model
from routing.triage import Triage
from routing.vetoes import NOT_YET

CALM_WORDS = [
    *("скажите", "пожалуйста", "адрес", "отдела", "полиции", "как", "получить", "справку", "о", "несудимости", "где"),
    *("паспорт", "қайда", "анықтама", "керек"),
]
DANGER_WORDS = [
    word
    for cue in seed_cues()
    if cue.kind is Kind.EMERGENCY and " " not in cue.phrase
    for word in [cue.phrase.rstrip("*")]
    if len(word) >= 4
]


@cache
def triage() -> Triage:
    return Triage(read_model())


def assess(text: str) -> Assessment:
    return triage().assess(text)


@pytest.mark.parametrize(
    "text",
    [
        "Помогите, меня избивает муж",
        "у него нож приезжайте",
        "Күйеуім мені ұрып жатыр",
        "пәтер өртеніп жатыр",
        "куйеуим мени урып жатыр",
        "он ломает дверь я с детьми в ванной",
        "человек упал с балкона не дышит",
    ],
)
def test_danger_is_raised(text: str) -> None:
    assessment = assess(text)
    assert (assessment.label, assessment.urgency) == (Label.EMERGENCY, Urgency.DANGER)
    assert not may_flag(assessment)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("подскажите пожалуйста адрес отдела миграционной полиции алмалинского района", "ru"),
        ("как получить справку о несудимости через егов сколько дней ждать", "ru"),
        ("жүргізуші куәлігін ауыстыру үшін қандай құжаттар керек", "kk"),
    ],
)
def test_a_plain_question_may_be_flagged(text: str, language: str) -> None:
    assessment = assess(text)
    assert may_flag(assessment), assessment
    assert assessment.language == language
    assert assessment.urgency is Urgency.NORMAL


@pytest.mark.parametrize(
    "turn",
    [
        "он вернулся у него нож",
        "ой не надо отпустите меня",
        "он за дверью стоит",
        "біреу есікті сындырып жатыр",
        "мама не дышит",
    ],
)
def test_a_question_that_turns_loses_its_flag_at_that_word(turn: str) -> None:
    opening = "подскажите пожалуйста адрес отдела миграционной полиции алмалинского района"
    assert may_flag(assess(opening))
    assert not may_flag(assess(f"{opening} {turn}"))


def test_a_long_question_does_not_dilute_a_turn() -> None:
    opening = "как получить справку о несудимости через егов сколько дней ждать и какие документы нужны " * 4
    assert assess(f"{opening} муж ломает дверь у него нож").urgency is Urgency.DANGER


@pytest.mark.parametrize(
    "text",
    [
        "алло пиццу большую можно на адрес абая десять",
        "да да нет он рядом",
        "здравствуйте клиника запишите меня на прием прямо сейчас",
        "не могу говорить",
        "подскажите адрес отдела я потеряла паспорт",
        "подскажите где отдел он опять пришел",
        "скажите адрес отдела полиции я прячусь",
    ],
)
def test_covert_near_and_own_matters_are_vetoed(text: str) -> None:
    assessment = assess(text)
    assert assessment.vetoes
    assert not may_flag(assessment)


@pytest.mark.parametrize("text", ["", "   ", "...", "[тишина]", "[BLANK_AUDIO]"])
def test_silence_is_unclear(text: str) -> None:
    assessment = assess(text)
    assert (assessment.label, assessment.urgency) == (Label.SILENT_OR_UNCLEAR, Urgency.UNCLEAR)
    assert assessment.vetoes == ("silent",)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("получить справку о несудимости", "ru"),
        ("соттылық туралы анықтама алу", "kk"),
        ("анықтама справка", "kk"),
        ("тыр пыр дыр", ""),
    ],
)
def test_endings_tell_russian_when_small_words_do_not(text: str, language: str) -> None:
    assert assess(text).language == language


def test_words_of_no_known_language_are_vetoed() -> None:
    assert {"language unknown", "too much not understood"} <= set(assess("bonjour je voudrais une adresse").vetoes)


def test_few_words_are_vetoed() -> None:
    assert "too few words" in assess("адрес отдела").vetoes


def test_the_versions_of_both_voices_are_told() -> None:
    assert assess("алло").assessor == f"phrases@3+{read_model().sheet.version}"


def test_an_absent_assessment_is_never_a_flag() -> None:
    assert not may_flag(None)


@given(st.text(max_size=150))
def test_any_text_is_assessed_and_cited_rightly(text: str) -> None:
    assessment = assess(text)
    assert 0.0 <= assessment.confidence <= 1.0
    assert assessment == assess(text)
    assert all(text[one.start : one.end] == one.words for one in assessment.evidence)


@given(st.lists(st.sampled_from(CALM_WORDS), max_size=14), st.sampled_from(DANGER_WORDS), st.data())
def test_a_danger_word_anywhere_is_raised_and_stays_so(words: list[str], danger: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    heard = [*words[:at], danger, *words[at:]]
    for so_far in range(at + 1, len(heard) + 1):
        assert assess(" ".join(heard[:so_far])).urgency is Urgency.DANGER


@given(
    st.lists(
        st.sampled_from([*CALM_WORDS, *DANGER_WORDS[:40], "щас", "за", "мной", "пиццу", "он", "рядом"]), max_size=16
    )
)
def test_a_veto_of_what_was_said_remains(words: list[str]) -> None:
    """Those that wait for the model's surety may go: they are alarm, own event, and the part that sounds like one."""
    kept: set[str] = set()
    for so_far in range(1, len(words) + 1):
        vetoes = set(assess(" ".join(words[:so_far])).vetoes)
        assert kept <= vetoes
        kept |= {veto for veto in vetoes - NOT_YET if veto in ("now, or somebody is there", "perhaps covert")}
        kept |= {"danger words"} if any(word in DANGER_WORDS for word in words[:so_far]) else set()


@pytest.mark.parametrize(
    "text",
    [
        "Как получить справку о несудимости? Ағам өлтіремін деп жатыр.",
        "Как получить справку о несудимости? Күйеуім өлтіремін дейді.",
        "Соттылық туралы анықтаманы қайдан аламын. Ағам өлтіремін деп жатыр.",
    ],
)
def test_a_sure_question_does_not_excuse_what_is_said_after_it(text: str) -> None:
    assessment = assess(text)
    assert "danger words" in assessment.vetoes
    assert assessment.urgency is Urgency.DANGER
    assert not may_flag(assessment)


def test_perhaps_an_emergency_is_raised_by_one_step_and_surely_one_by_two() -> None:
    perhaps, surely = assess("Меня зовут Айгуль."), assess("Муж угрожает мне ножом.")
    assert (perhaps.label, perhaps.urgency) == (Label.EMERGENCY, Urgency.UNCLEAR)
    assert (surely.label, surely.urgency) == (Label.EMERGENCY, Urgency.DANGER)
