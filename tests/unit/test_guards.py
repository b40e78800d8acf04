"""Invented text is named as such; what a frightened person may really say is not."""

from __future__ import annotations

import pytest

from transcription.guards import Evidence, compression, invented, loops, phantom, sane_again, without_repeats


def evidence(text: str, **changes: float | bool | str) -> Evidence:
    values: dict[str, float | bool | str] = {
        "language": "ru",
        "seconds": 4.0,
        "tokens": 12,
        "capped": False,
        "no_speech": 0.01,
        "log_probability": -0.2,
        **changes,
    }
    return Evidence(text=text, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (evidence("Мою квартиру ограбили"), None),
        (evidence(""), None),
        (evidence("Спасибо", no_speech=0.9, log_probability=-1.5), "no speech"),
        (evidence("Спасибо", no_speech=0.9, log_probability=-0.3), None),
        (evidence("и так и сяк", capped=True), "endless text"),
        (evidence("быстро", tokens=50), "faster than anyone speaks"),
        (evidence("жылдам", tokens=50, language="kk"), None),
        (evidence("жылдам", tokens=90, language="kk"), "faster than anyone speaks"),
        (evidence("да да", tokens=20, seconds=1.0), None),
        (evidence("на улице " * 8, tokens=30), "repeats itself"),
    ],
)
def test_the_reason(given: Evidence, reason: str | None) -> None:
    assert invented(given) == reason


def test_a_cry_for_help_is_no_loop() -> None:
    assert not loops("Помогите! Помогите! Помогите! Помогите!", 3.0)
    assert not loops("алло алло алло алло", 2.0)


@pytest.mark.parametrize("length", range(1, 9))
def test_a_phrase_of_one_to_eight_words_that_repeats_is_a_loop(length: int) -> None:
    phrase = " ".join(f"слово{n}" for n in range(length))
    assert loops(" ".join([phrase] * 4), 1.0)
    assert not loops(" ".join([phrase] * 3), float(length)), "three words a second are spoken"
    assert loops(" ".join([phrase] * 8), 1000.0)


def test_a_film_subtitle_counts_only_where_nobody_was_heard() -> None:
    assert phantom("Субтитры сделал DimaTorzok.", 0.3) == "known phantom phrase"
    assert phantom("Субтитры сделал DimaTorzok.", 0.9) is None
    assert phantom("На меня напали", 0.1) is None


def test_the_sound_itself_comes_last() -> None:
    assert invented(evidence("алло", sound="a tone, not speech")) == "a tone, not speech"
    assert invented(evidence("", sound="a tone, not speech")) is None
    assert invented(evidence("алло", sound="a tone, not speech", capped=True)) == "endless text"


def test_a_text_that_shrinks_too_well_repeats_itself_unless_it_is_spoken_at_a_human_pace() -> None:
    text = "Пожарные выехали на улицу, " + "едут на улицу едут по улице " * 5
    assert compression(text) > 2.4
    assert loops(text, 2.0)
    assert not loops(text, 12.0)
    assert compression("Меня ограбили возле дома номер пять по улице Абая, приезжайте скорее, пожалуйста") < 2


@pytest.mark.parametrize(
    ("changes", "believed"),
    [({}, True), ({"log_probability": -1.2}, False), ({"no_speech": 0.7}, False), ({"capped": True}, False)],
)
def test_a_second_look_must_be_sure(changes: dict[str, float | bool | str], believed: bool) -> None:
    assert sane_again(evidence("на улице пожар", **changes)) is believed
    assert not sane_again(evidence("", **changes))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Пожар. На улице, на улице, на улице, на улице пожар.", "Пожар. На улице, пожар."),
        ("да да да да да", "да"),
        ("да да да", "да да да"),
        ("раз два три раз два три раз два три раз два три раз", "раз два три"),
        ("", ""),
    ],
)
def test_the_first_repeat_is_kept(text: str, kept: str) -> None:
    assert without_repeats(text) == kept
