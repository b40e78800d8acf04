"""Vetoes by what was heard: each as a plain rule, without a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.cues import Kind
from routing.vetoes import CERTAIN, CUT, Heard, vetoes_of

ASKED = ("подскажите", "мне", "пожалуйста", "справку", "о", "несудимости", "получить")
CALM = Heard(
    words=ASKED, kinds=frozenset((Kind.TOPIC,)), question=0.97, alarm=1.0, unclear=0.0, matter=0.0, unknown=0.0
)


def heard(ending: str) -> Heard:
    return replace(CALM, words=(*ASKED, ending))


def test_a_calm_question_has_none() -> None:
    assert vetoes_of(CALM, "ru") == ()


@pytest.mark.parametrize("ending", ["если", "меня", "деп", "маган", "егер", "содан"])
def test_a_text_that_goes_on_is_cut_short(ending: str) -> None:
    """Words are folded before they come here: Kazakh ones too."""
    assert CUT in vetoes_of(heard(ending), "ru")


def test_a_question_word_may_end_a_question_whose_subject_is_named() -> None:
    assert vetoes_of(heard("где"), "ru") == ()
    assert CUT in vetoes_of(replace(heard("где"), kinds=frozenset()), "ru")
    assert CUT in vetoes_of(replace(CALM, words=("скажите", "адрес", "где")), "ru")


def test_a_kazakh_question_particle_ends_a_question() -> None:
    assert vetoes_of(heard("ма"), "kk") == ()


@pytest.mark.parametrize(
    ("kind", "veto"), [(Kind.NON_URGENT, "an event of the caller's own"), (Kind.ALARM, "danger words")]
)
def test_an_event_or_alarm_wants_a_surer_question(kind: Kind, veto: str) -> None:
    told = replace(CALM, kinds=frozenset((Kind.TOPIC, kind)))
    assert vetoes_of(told, "ru") == (veto,)
    assert vetoes_of(replace(told, question=CERTAIN), "ru") == ()


@pytest.mark.parametrize("kind", [Kind.EMERGENCY, Kind.ACUTE, Kind.COVERT])
def test_no_surety_excuses_danger_nearness_or_a_covert_call(kind: Kind) -> None:
    assert vetoes_of(replace(CALM, kinds=frozenset((Kind.TOPIC, kind)), question=1.0), "ru")
