"""An operator's own day: only theirs, only today, and only talks that have ended have a length."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from line102.calls import CallId, CallRecord
from line102.events import CourseEvent, SentToHelpLine
from line102.history import fold
from line102.own_figures import day_began, own_figures
from tests.call_stories import OP1, OP2, answered, picked

NOON = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
ALMATY = ZoneInfo("Asia/Almaty")
MIDNIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
YESTERDAY = MIDNIGHT - timedelta(days=1)


def record(*events: CourseEvent) -> CallRecord:
    folded = fold(list(events))
    assert folded is not None
    return folded


def sent(call_id: str, by: str, at: datetime = NOON) -> SentToHelpLine:
    return SentToHelpLine(call_id=CallId(call_id), at=at, by=by)


def test_the_day_is_the_centres_own() -> None:
    assert day_began(NOON, ALMATY) == MIDNIGHT
    assert day_began(MIDNIGHT, ALMATY) == MIDNIGHT
    assert day_began(MIDNIGHT - timedelta(seconds=1), ALMATY) == MIDNIGHT - timedelta(days=1)


def test_a_quiet_day() -> None:
    figures = own_figures(OP1, [], [], MIDNIGHT)
    assert (figures.answered, figures.mean_talk, figures.longest_talk, figures.sent_to_help) == (0, None, None, 0)


def test_only_ones_own_calls_of_today_count() -> None:
    calls = [
        record(*answered("a", at=NOON, talk_s=60)),
        record(*answered("b", at=NOON, talk_s=120)),
        record(*answered("c", at=NOON, talk_s=600, by=OP2)),
        record(*answered("d", at=MIDNIGHT - timedelta(minutes=1), talk_s=600)),
    ]
    events = [
        sent("a", OP1),
        sent("a", OP1),
        sent("c", OP2),
        sent("b", "caller"),
        sent("d", OP1, YESTERDAY),
    ]
    figures = own_figures(OP1, calls, events, MIDNIGHT)
    assert (figures.answered, figures.talked) == (2, timedelta(minutes=3))
    assert (figures.mean_talk, figures.longest_talk) == (timedelta(seconds=90), timedelta(minutes=2))
    assert figures.sent_to_help == 1


@pytest.mark.parametrize("talks", [1, 2])
def test_a_talk_that_goes_on_is_answered_and_has_no_length(talks: int) -> None:
    whole = answered("a", at=NOON, talk_s=30)
    goes_on = record(*whole[:-2])
    again = replace(picked("a", at=NOON + timedelta(minutes=2)))  # the same caller came back to the same operator
    figures = own_figures(OP1, [goes_on if talks == 1 else record(*whole[:-1], again)], [], MIDNIGHT)
    assert figures.answered == 1
    assert figures.mean_talk == (None if talks == 1 else timedelta(seconds=30))
