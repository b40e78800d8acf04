"""What gives way when the workers cannot keep up, and that it comes back by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.calls import CallId, Side
from line102.ports import Window
from tests.speech import silence
from transcription.pressure import Plan, Pressure
from transcription.priority import CATCH_UP, SECOND_PASS, due_in, is_live

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
NOTHING = Plan(partial_every=None)
DEFERRED = Plan(partial_every=None, defer=True)
EACH_SECOND = Plan(partial_every=timedelta(seconds=1))
EACH_TWO = Plan(partial_every=timedelta(seconds=2))


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def under(oldest_s: float) -> Pressure:
    pressure = Pressure(BEGAN)
    pressure.observe_oldest(timedelta(seconds=oldest_s), BEGAN)
    return pressure


@pytest.mark.parametrize(
    ("oldest_s", "level", "operator", "answered", "waiting"),
    [
        (1.4, 0, EACH_SECOND, EACH_SECOND, EACH_SECOND),
        (1.6, 1, NOTHING, EACH_SECOND, EACH_SECOND),
        (2.6, 2, DEFERRED, EACH_TWO, EACH_TWO),
        (4.6, 3, DEFERRED, NOTHING, EACH_TWO),
        (8.6, 4, DEFERRED, DEFERRED, NOTHING),
    ],
)
def test_what_gives_way_at_each_level(
    oldest_s: float, level: int, operator: Plan, answered: Plan, waiting: Plan
) -> None:
    pressure = under(oldest_s)
    assert pressure.state.level == level
    assert pressure.plan(Side.OPERATOR, True) == pressure.plan(Side.OPERATOR, False) == operator
    assert pressure.plan(Side.CALLER, True) == answered
    assert pressure.plan(Side.CALLER, False) == waiting


def test_one_slow_answer_on_a_quiet_line_is_no_overload_but_many_are() -> None:
    pressure = Pressure(BEGAN)
    pressure.observe_wait(0.85, BEGAN)
    assert pressure.state.level == 0
    for n in range(20):
        pressure.observe_wait(0.85, after(n / 20))
    assert pressure.state.level == 2
    assert 0.7 < pressure.state.delayed.total_seconds() < 0.85


def test_it_falls_one_level_each_ten_seconds_of_calm_and_rises_at_once() -> None:
    pressure, levels = under(9), []
    for second in range(1, 60):
        pressure.observe_oldest(timedelta(0), after(second))
        levels.append(pressure.state.level)
    assert [levels.count(level) for level in (4, 3, 2, 1, 0)] == [9, 10, 10, 10, 20]
    assert pressure.state.since == after(40)
    pressure.observe_oldest(timedelta(seconds=9), after(60))
    assert (pressure.state.level, pressure.state.since) == (4, after(60))
    assert (pressure.figures.rises, pressure.figures.falls) == (2, 4)


def test_trouble_at_its_own_level_holds_it_there() -> None:
    pressure = under(2.6)
    for second in range(1, 100):
        pressure.observe_oldest(timedelta(seconds=2.6 if second % 9 == 0 else 0), after(second))
        assert pressure.state.level == 2


def test_a_clock_that_is_set_back_holds_up_nothing() -> None:
    pressure = under(9)
    for second in range(50):
        pressure.observe_oldest(timedelta(0), after(second - 3600))
    assert pressure.state.level == 0


def test_windows_that_wait_for_workers_to_load_are_no_overload() -> None:
    pressure = Pressure(BEGAN, starting=True)
    for n in range(40):  # calls went on when the service was killed: their words wait from the first moment
        pressure.observe_oldest(timedelta(seconds=n / 4), after(n / 4))
        assert pressure.state.level == 0
    pressure.worker_up(after(9.8))
    for n in range(10):  # what had piled up comes at once
        pressure.observe_wait(1.0, after(10 + n / 10))
        pressure.observe_oldest(timedelta(seconds=10 + n / 10), after(10 + n / 10))
        assert pressure.state.level == 0


def test_workers_that_do_not_come_up_or_do_not_keep_up_are_seen_all_the_same() -> None:
    never_up = Pressure(BEGAN, starting=True)
    never_up.observe_oldest(timedelta(seconds=10), after(10))
    assert never_up.state.level == 4
    too_slow = Pressure(BEGAN, starting=True)
    too_slow.worker_up(after(5))
    too_slow.observe_oldest(timedelta(seconds=8), after(8))
    assert too_slow.state.level == 2
    for n in range(20):
        too_slow.observe_wait(2.0, after(8 + n / 10))
    assert too_slow.state.level == 3


def test_a_second_worker_and_a_worker_that_comes_back_excuse_nothing() -> None:
    pressure = Pressure(BEGAN, starting=True)
    pressure.worker_up(after(1))
    pressure.worker_up(after(60))
    pressure.observe_oldest(timedelta(seconds=9), after(60))
    assert pressure.state.level == 4


def test_what_was_deferred_and_skipped_is_counted() -> None:
    pressure = under(9)
    pressure.deferred(Side.CALLER, timedelta(seconds=2))
    pressure.deferred(Side.OPERATOR, timedelta(seconds=3))
    pressure.skipped_partial()
    figures = pressure.figures
    assert (figures.deferred_caller_s, figures.deferred_operator_s, figures.partials_skipped) == (2, 3, 1)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20), st.floats(0, 15)), max_size=60), st.booleans())
def test_whoever_waits_is_never_deferred_and_calm_always_ends_it(
    told: list[tuple[bool, float, float]], starting: bool
) -> None:
    pressure, now = Pressure(BEGAN, starting), 0.0
    for is_wait, seconds, passed in told:
        now, before = now + passed, pressure.state.level
        if is_wait:
            pressure.observe_wait(seconds, after(now))
        else:
            pressure.observe_oldest(timedelta(seconds=seconds), after(now))
        assert pressure.state.level >= before - 1
        assert not pressure.plan(Side.CALLER, False).defer
    for n in range(60):
        pressure.observe_oldest(timedelta(0), after(now + n))
    assert pressure.state.level == 0


def test_a_caller_alone_goes_first_and_recordings_last() -> None:
    live = [
        due_in(Side.CALLER, answered=False, final=True),
        due_in(Side.CALLER, answered=True, final=True),
        due_in(Side.CALLER, answered=False, final=False),
        due_in(Side.CALLER, answered=True, final=False),
        due_in(Side.OPERATOR, answered=True, final=False),
        due_in(Side.OPERATOR, answered=True, final=True),
    ]
    assert live == sorted(live)
    assert [is_live(window(allowance)) for allowance in (*live, CATCH_UP, SECOND_PASS)] == [True] * 6 + [False] * 2


def window(allowance: timedelta) -> Window:
    zero = timedelta(0)
    return Window(
        call_id=CallId("c1"),
        side=Side.CALLER,
        start=zero,
        end=zero,
        revision=1,
        final=True,
        language=None,
        samples=silence(0.1),
        due_in=allowance,
    )
