"""The supervisor's wallboard in a real browser: read from three metres, never lying about what it does not know."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from line102.board import Load
from line102.calls import CallId, OperatorId
from line102.day_calls import day_call
from line102.desk_kinds import DeskState, Phone
from line102.desks import DeskView
from line102.events import GapFound, Link
from tests.browser.conftest import Service
from tests.browser.line_story import before, evening
from tests.signed_in import sign_in_browser
from tests.unit.test_day_figures import record

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LINE102_SHOTS", "")  # a folder for pictures to look at


async def wall(service: Service, browser: Browser, who: str = "boss") -> Page:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="ru-RU")
    page = await context.new_page()
    await sign_in_browser(page, service.address, who)
    await page.goto(f"{service.address}/wallboard")
    return page


def busy(service: Service) -> None:
    now = datetime.now(UTC)
    for i in range(40):
        told = record(i, now - timedelta(seconds=20 * i + 90), answered=4 + i % 12, ended=60)
        service.day.take(day_call(told))
    service.day.take(day_call(record(90, now - timedelta(seconds=200), ended=3)))
    service.day.take(day_call(record(91, now - timedelta(seconds=210), ended=44)))
    service.day.fill([], [])


def seat(name: str, state: DeskState, **more: object) -> DeskView:
    told: dict[str, object] = {
        "operator_id": OperatorId(name),
        "name": {"op1": "Айгуль С.", "op2": "Марат Б.", "op3": "Дана К."}[name],
        "state": state,
        "since": datetime.now(UTC) - timedelta(seconds=75),
        "phone": Phone.WEB,
        "phone_there": True,
        "reason": "",
        "until": None,
        "why": (),
        "call_id": None,
        "on_hold": False,
        "unanswered_at": None,
    }
    return DeskView(**(told | more))  # type: ignore[arg-type]


async def story(service: Service) -> None:
    start = datetime.now(UTC) - timedelta(seconds=30)
    await service.line.tell([*before(start), *evening(start)], until=30)
    service.line.broadcast.desk(seat("op1", DeskState.TALKING, call_id=CallId("story-20.1")))
    service.line.broadcast.desk(seat("op2", DeskState.PAUSED, reason="meal"))
    service.line.broadcast.desk(seat("op3", DeskState.READY, phone_there=False))
    busy(service)


async def test_waits_are_read_from_three_metres(service: Service, browser: Browser) -> None:
    await story(service)
    page = await wall(service, browser)
    waits = page.get_by_test_id("wall-waits").locator("li")
    await expect(waits).to_have_count(2)
    assert await waits.first.get_attribute("data-urgency") in ("emergency", "unclear"), "raised priority first"
    seat_row = page.get_by_test_id("seat-op2")
    name, since = await seat_row.locator("b").bounding_box(), await seat_row.locator("time").bounding_box()
    assert name and since and abs(name["y"] - since["y"]) < 12, "how long stands beside the name"
    size = await waits.first.locator("time").evaluate("el => parseFloat(getComputedStyle(el).fontSize)")
    assert size >= 48
    assert await page.evaluate("document.documentElement.scrollWidth") == 1920
    for column in await page.get_by_test_id("wallboard").locator("> section").all():
        assert await column.evaluate("el => el.scrollHeight <= el.clientHeight"), "nothing is cut off"


async def test_levels_tell_shares_targets_and_the_day(service: Service, browser: Browser) -> None:
    await story(service)
    page = await wall(service, browser)
    now = page.get_by_test_id("level-now")
    await expect(now).to_contain_text("≤ 10 с")
    await expect(now).to_contain_text("цель 90\u00a0%")
    today = page.get_by_test_id("wall-today")
    await expect(today).to_contain_text("+1 коротких")
    offered = service.day.figures(datetime.now(UTC)).today.offered
    await expect(today.locator("dd").first).to_have_text(str(offered))
    gap = GapFound(at=datetime.now(UTC), link=Link.AMI, began=datetime.now(UTC) - timedelta(seconds=30), reason="x")
    service.day.take_gap(gap)
    await expect(now).to_contain_text("числа неполны", timeout=9000)


async def test_seats_health_and_the_off_switch(service: Service, browser: Browser) -> None:
    await story(service)
    page = await wall(service, browser)
    await expect(page.get_by_test_id("seat-op1")).to_contain_text("Разговор")
    await expect(page.get_by_test_id("seat-op2")).to_contain_text("Обед")
    await expect(page.get_by_test_id("seat-op3")).to_contain_text("телефон не на связи")
    await service.line.step(Load(level=2, since=datetime.now(UTC), delayed=timedelta(seconds=1)))
    await expect(page.get_by_test_id("wall-load")).to_contain_text("ступень 2 из 4")
    rows = page.locator('[data-testid^="wall-mode-"]')
    await expect(rows.first).to_be_visible()
    on = page.locator('[data-testid^="wall-mode-"]:not([data-mode=shadow])')
    count = await on.count()
    assert count > 0, "the story has a language that is on"
    await on.first.get_by_role("button").click()
    await expect(on).to_have_count(count - 1)


async def test_an_operator_is_told_who_sees_it(service: Service, browser: Browser) -> None:
    page = await wall(service, browser, who="op1")
    await expect(page.get_by_test_id("wall-denied")).to_contain_text("супервизоры")


async def test_empty_and_not_whole_and_away(service: Service, browser: Browser) -> None:
    page = await wall(service, browser)
    await expect(page.get_by_text("Никто не ждёт.")).to_be_visible()
    await expect(page.get_by_text("ещё не прочитаны")).to_be_visible()
    await page.route("**/api/wallboard", lambda route: route.abort())
    await expect(page.get_by_text("Показатели не обновляются с")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_cut_off_in_any_language(
    service: Service, browser: Browser, language: str, scheme: str
) -> None:
    await story(service)
    page = await wall(service, browser)
    short, title = {"ru": ("Рус", "Операторы"), "kk": ("Қаз", "Күте алмады"), "en": ("Eng", "Operators")}[language]
    await page.get_by_text(short, exact=True).click()
    await expect(page.get_by_test_id("wallboard").get_by_text(title).first).to_be_visible()
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(page.get_by_test_id("wall-today")).to_be_visible()
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"wallboard-{language}-{scheme}.png")
    for column in await page.get_by_test_id("wallboard").locator("> section").all():
        assert await column.evaluate("el => el.scrollHeight <= el.clientHeight && el.scrollWidth <= el.clientWidth")
