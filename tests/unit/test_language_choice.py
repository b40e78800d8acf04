"""The language of a side changes when it is clear, not for half a word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.language_choice import Listened, choose

PROBABILITIES = st.fixed_dictionaries({"ru": st.floats(0, 1), "kk": st.floats(0, 1), "tr": st.floats(0, 1)})


@given(PROBABILITIES, st.sampled_from([None, "ru", "kk", "de"]), st.floats(0, 30))
def test_the_choice_is_configured_and_its_probability_is_its_share(
    probabilities: dict[str, float], before: str | None, seconds: float
) -> None:
    choice = choose(probabilities, before, seconds)
    assert choice.language in probabilities
    assert 0 <= choice.probability <= 1
    others = [choose({**probabilities}, name, 0.0).probability for name in probabilities]
    assert sum(others) == pytest.approx(1)


@given(PROBABILITIES, st.floats(0, 1.49))
def test_half_a_word_changes_nothing(probabilities: dict[str, float], seconds: float) -> None:
    assert choose(probabilities, "kk", seconds).language == "kk"


@pytest.mark.parametrize(
    ("before", "kk", "seconds", "expected"),
    [
        (None, 0.51, 0.4, "kk"),  # nothing was spoken before
        ("ru", 0.75, 5.0, "ru"),  # not clear
        ("ru", 0.85, 1.4, "ru"),  # not long
        ("ru", 0.85, 1.5, "kk"),
        ("kk", 0.30, 5.0, "kk"),
        ("kk", 0.15, 5.0, "ru"),
        ("en", 0.51, 0.4, "kk"),  # no longer configured
    ],
)
def test_who_switches(before: str | None, kk: float, seconds: float, expected: str) -> None:
    """The model's other languages do not count: shares are among the configured ones."""
    choice = choose({"ru": (1 - kk) / 10, "kk": kk / 10}, before, seconds)
    assert choice.language == expected
    assert choice.probability == pytest.approx(kk if expected == "kk" else 1 - kk)


def test_a_model_that_hears_none_of_them_does_not_change_the_language() -> None:
    assert choose({"ru": 0.0, "kk": 0.0}, "kk", 9.0).language == "kk"
    assert choose({"ru": 0.0, "kk": 0.0}, None, 9.0).language == "ru"


def test_an_utterance_is_listened_to_again_when_there_is_twice_as_much_of_it() -> None:
    def known(start: float, end: float) -> str | None:
        return listened.known(timedelta(seconds=start), timedelta(seconds=end))

    listened = Listened()
    assert known(0, 3) is None
    listened.heard(timedelta(0), timedelta(seconds=1.4), "kk")  # too short to settle anything
    assert known(0, 1.5) is None
    listened.heard(timedelta(0), timedelta(seconds=2), "ru")
    assert [known(0, end) for end in (2.1, 3.9, 4)] == ["ru", "ru", None]
    assert known(5, 8) is None  # another utterance
    listened.heard(timedelta(0), timedelta(seconds=4), "kk")
    assert [known(0, end) for end in (5, 7.9, 8)] == ["kk", "kk", None]
