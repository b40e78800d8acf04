"""The arithmetic of gates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.words import Label, Mode
from routing.gates import Gate, upper_bound


def test_three_thousand_flags_without_a_miss_bound_the_rate_at_one_in_a_thousand() -> None:
    assert upper_bound(0, 3000) == pytest.approx(1 - 0.05 ** (1 / 3000), abs=1e-8)
    assert upper_bound(0, 3000) < 0.001 < upper_bound(0, 2900)


@pytest.mark.parametrize(
    ("events", "trials", "bound"), [(0, 10, 0.2589), (1, 20, 0.2161), (3, 100, 0.0757), (5, 5, 1.0)]
)
def test_the_bound_is_that_of_the_tables(events: int, trials: int, bound: float) -> None:
    assert upper_bound(events, trials) == pytest.approx(bound, abs=5e-4)


def test_a_miss_closes_the_gate_and_only_as_many_flags_again_open_it() -> None:
    gate = Gate(audited=3, needed=3)
    assert gate.allows(Mode.OFFER)
    gate = gate.after(Label.EMERGENCY)
    assert (gate.audited, gate.missed) == (0, 1)
    for truth in (Label.INFORMATIONAL, Label.NUISANCE):
        gate = gate.after(truth)
        assert not gate.allows(Mode.ASSIST)
    assert gate.after(Label.INFORMATIONAL).allows(Mode.ASSIST)


@given(st.lists(st.sampled_from(Label)), st.integers(1, 50))
def test_a_gate_is_open_only_after_enough_flags_in_a_row_without_a_miss(truths: list[Label], needed: int) -> None:
    gate = Gate(needed=needed)
    for truth in truths:
        gate = gate.after(truth)
    since = 0
    for truth in reversed(truths):
        if truth is Label.EMERGENCY:
            break
        since += 1
    assert gate.is_open == (since >= needed)
    assert gate.allows(Mode.SHADOW)
