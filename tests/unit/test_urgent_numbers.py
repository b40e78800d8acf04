"""Which numbers called before: urgent today, or sent to the help line within the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from line102.calls import CallId
from line102.urgent_numbers import UrgentNumbers

NOON = datetime(2026, 11, 23, 7, tzinfo=UTC)  # 12:00 in Almaty
A, B, C = CallId("pbx-1.1"), CallId("pbx-1.2"), CallId("pbx-1.3")


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


@pytest.fixture
def numbers() -> UrgentNumbers:
    return UrgentNumbers(ZoneInfo("Asia/Almaty"))


@pytest.mark.parametrize(("after", "repeats"), [(-1, False), (0, True), (60, True), (60.1, False)])
def test_a_repeat_is_a_call_offered_within_the_hour_after(numbers: UrgentNumbers, after: float, repeats: bool) -> None:
    numbers.note_deflected("7701", A, NOON, "ru")
    assert (numbers.deflected_before("7701", B, minutes(after)) is not None) is repeats


def test_a_call_does_not_repeat_itself_nor_another_number_nor_a_withheld_one(numbers: UrgentNumbers) -> None:
    numbers.note_deflected("7701", A, NOON, "ru")
    numbers.note_deflected("", A, NOON, "ru")
    assert numbers.deflected_before("7701", A, minutes(1)) is None
    assert numbers.deflected_before("7702", B, minutes(1)) is None
    assert numbers.deflected_before("", B, minutes(1)) is None


def test_a_later_deflection_does_not_hide_the_one_before_the_call(numbers: UrgentNumbers) -> None:
    numbers.note_deflected("7701", A, NOON, "ru")
    numbers.note_deflected("7701", C, minutes(10), "kk")
    before = numbers.deflected_before("7701", B, minutes(5))
    assert before is not None and before.call_id == A
    latest = numbers.deflected_before("7701", B, minutes(15))
    assert latest is not None and latest.call_id == C


@pytest.mark.parametrize(("at", "today"), [(-12 * 60, True), (-12 * 60 - 1, False)])
def test_urgent_today_ends_with_the_centres_own_day(numbers: UrgentNumbers, at: float, today: bool) -> None:
    numbers.note_urgent("7701", A, minutes(at))
    assert numbers.urgent_today("7701", B, NOON) is today
    assert numbers.urgent_today("7701", A, NOON) is False
