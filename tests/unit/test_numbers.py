"""A subscriber is one, however the number is written; a withheld number is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.numbers import forms_of, is_withheld, plain

MOBILE = ["+77011234567", "77011234567", "87011234567", "7011234567", "8 (701) 123-45-67", "+7 701\u00a0123 45 67"]


@pytest.mark.parametrize("one", MOBILE)
@pytest.mark.parametrize("other", MOBILE)
def test_every_spelling_names_the_same_subscriber(one: str, other: str) -> None:
    assert plain(one) == plain(other) == "77011234567"


@pytest.mark.parametrize("number", ["", "anonymous", "unknown", "+", "Restricted", "—"])
def test_a_withheld_number_has_no_history(number: str) -> None:
    assert is_withheld(number)
    assert forms_of(number) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("101", "102"),
        ("87011234567", "87011234568"),
        ("+998901234567", "998901234568"),
        ("+8701123456", "87011234567"),
        ("2025550123", "72025550123"),  # ten digits of another country are not made ours
    ],
)
def test_different_subscribers_stay_different(one: str, other: str) -> None:
    assert plain(one) != plain(other)
    assert not set(forms_of(one)) & set(forms_of(other))


digits = st.text("0123456789", min_size=1, max_size=15)


@given(digits, st.sampled_from(["", "+", "8", "7", "+7"]))
def test_whatever_form_is_looked_for_all_forms_are_found(tail: str, head: str) -> None:
    number = head + tail
    assert number in forms_of(number)
    for form in forms_of(number):
        assert plain(form) == plain(number), form
        assert set(forms_of(form)) | {number} >= set(forms_of(number))
