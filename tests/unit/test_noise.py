"""The imitation of a recogniser's errors: as many as asked, and of the kinds that recognisers make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from routing.corpus import seed_corpus
from routing.noise import corrupt


def word_errors(said: str, heard: str) -> int:
    return Levenshtein.distance(said.casefold().split(), heard.casefold().split())


@pytest.mark.parametrize("rate", [0.05, 0.10, 0.25, 0.40])
def test_the_word_error_rate_is_about_what_was_asked(rate: float) -> None:
    lines = seed_corpus()
    errors = sum(word_errors(line.text, corrupt(line.text, rate, 7, line.language)) for line in lines)
    words = sum(len(line.text.split()) for line in lines)
    assert errors / words == pytest.approx(rate, rel=0.12)


def test_no_error_was_asked_and_none_is_made() -> None:
    assert corrupt("помогите мне пожалуйста", 0.0, 1) == "помогите мне пожалуйста"


def test_the_same_seed_makes_the_same_errors_and_another_others() -> None:
    text = seed_corpus()[1].text
    assert corrupt(text, 0.3, 1) == corrupt(text, 0.3, 1)
    assert len({corrupt(text, 0.3, seed) for seed in range(8)}) >= 6


def test_a_misheard_word_still_sounds_like_itself() -> None:
    heard = [corrupt("отделение", 1.0, seed, "ru") for seed in range(60)]
    alike = [word for word in heard if 0 < Levenshtein.distance("отделение", word.replace(" ", "")) <= 4]
    assert len(alike) >= 45


def test_kazakh_letters_are_flattened_at_times() -> None:
    heard = {corrupt("қызылға", 1.0, seed, "kk") for seed in range(60)}
    assert "кызылга" in heard


def test_small_words_vanish_more_often_than_long_ones() -> None:
    small = sum(not corrupt("на", 1.0, seed, "ru") for seed in range(200))
    long = sum(not corrupt("преследование", 1.0, seed, "ru") for seed in range(200))
    assert small > 2 * long


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        corrupt("алло", rate, 1)


@given(st.text(max_size=80), st.floats(0.0, 1.0), st.integers(0, 9), st.sampled_from(["ru", "kk", "mix", ""]))
def test_any_text_may_be_spoiled(text: str, rate: float, seed: int, language: str) -> None:
    assert isinstance(corrupt(text, rate, seed, language), str)
