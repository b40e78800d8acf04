"""GET /api/wallboard over the real server: who may, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from line102.day_calls import day_call
from line102.day_figures import Day
from tests.edge.web_console import web_console
from tests.unit.test_day_figures import TARGETS, record


def busy_day() -> Day:
    day, now = Day(ZoneInfo("Asia/Almaty"), TARGETS), datetime.now(UTC)
    day.take(day_call(record(1, now - timedelta(seconds=60), answered=4, ended=30)))
    day.take(day_call(record(2, now - timedelta(seconds=30))))
    day.fill([], [])
    return day


async def test_the_figures_of_now(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="boss", day=busy_day()) as console:
        said = await console.json("/api/wallboard")
    assert said["whole"] is True
    assert (said["now"]["offered"], said["now"]["answered"], said["now"]["waiting"]) == (2, 1, 1)
    assert [(one["within_s"], one["target"], one["share"]) for one in said["now"]["within"]] == [
        (10, 0.9, 0.5),
        (20, 0.98, 0.5),
    ]
    assert said["now"]["mean_wait_s"] == 4 and said["now"]["longest_wait_s"] >= 30


@pytest.mark.parametrize(("who", "status"), [("op1", 403), ("admin", 200), ("", 401)])
async def test_who_may_see_them(tmp_path: Path, who: str, status: int) -> None:
    async with web_console(tmp_path, enter=who, day=busy_day()) as console:
        await console.json("/api/wallboard", status=status)
