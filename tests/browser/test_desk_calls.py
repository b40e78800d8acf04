"""The operator's desk from end to end: Chromium, the service as a process, the real Asterisk, callers by SIP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Dialog, expect

from tests.asterisk.conftest import TestPbx
from tests.asterisk.line import EMERGENCY, finished, reconcile, spoken, talks
from tests.asterisk.service_process import ServiceProcess
from tests.asterisk.shared_service import for_a_test, service_of_a_module
from tests.asterisk.sip_callers import caller, phone
from tests.browser.desk_page import Desk, answered, operators_browser, sit_down
from tests.browser.phone_page import sound_of, until

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def running(pbx_session: TestPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    yield from service_of_a_module(pbx_session, tmp_path_factory.mktemp("service"))


@pytest.fixture
async def service(pbx: TestPbx, running: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    async with for_a_test(running):
        yield running


@pytest.fixture
async def desk(service: ServiceProcess, tmp_path: Path) -> AsyncIterator[Desk]:
    async with operators_browser(tmp_path) as browser:
        desk = await sit_down(browser, service)
        yield desk
        assert desk.wrong == []


async def test_a_shift_without_a_mouse(pbx: Any, service: ServiceProcess, desk: Desk, tmp_path: Path) -> None:
    """Signed in, ready, rung, answered, heard and read on both sides, muted, held, ended, categorised, ready again."""
    await desk.ready()
    said, _ = spoken(tmp_path, "caller", EMERGENCY)
    async with caller(pbx, audio=said, talk_s=100, number="77010000041") as sipp:
        await desk.rings("+7 701 000 00 41")
        await desk.answer()
        transcript = desk.page.get_by_test_id("transcript")
        await expect(transcript).to_contain_text("ножом", timeout=30_000)
        await expect(transcript).to_contain_text("слушаю вас", timeout=30_000)
        await desk.page.keyboard.press("F4")
        await expect(desk.call).to_contain_text("Вас не слышно")
        await desk.page.keyboard.press("F4")
        await desk.page.keyboard.press("F3")
        await expect(desk.call).to_contain_text("На удержании")
        await desk.page.keyboard.press("F3")
        await expect(desk.call).not_to_contain_text("На удержании")
        await desk.page.keyboard.press("F2")
        assert await sipp.ended(within_s=10) == 0
    await expect(desk.page.get_by_test_id("wrap-up")).to_be_visible()
    await desk.page.keyboard.press("5")
    call = await service.until_call("77010000041", lambda call: call["category"] is not None)
    assert (call["category"]["by"], call["category"]["label"]) == ("op1", "EMERGENCY")
    await desk.page.keyboard.press("R")
    await expect(desk.page.get_by_test_id("desk-state")).to_have_attribute("data-state", "ready")
    call = await service.until_call("77010000041", finished)
    assert call["outcome"] == "answered"
    await reconcile(service)


async def test_a_reload_in_mid_call_gives_the_caller_back(pbx: Any, service: ServiceProcess, desk: Desk) -> None:
    await desk.ready()
    asked: list[str] = []

    async def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    desk.page.on("dialog", leave)
    async with answered(pbx, desk, number="77010000042"):
        began = asyncio.get_running_loop().time()
        await desk.page.reload()
        assert asked == ["beforeunload"]
        call = await service.until_call("77010000042", lambda call: call["state"] in ("waiting", "ringing"))
        back_after_s = asyncio.get_running_loop().time() - began
        assert call["stays"][-1]["position"] == 1
        assert back_after_s < 4, "within about 2 s, and the page's own time to load"
        await desk.rings("+7 701 000 00 42")
        await desk.answer()
        await desk.page.keyboard.press("F2")
    call = await service.until_call("77010000042", finished)
    assert [answer["operator"] for answer in call["answers"]] == ["op1", "op1"]
    await reconcile(service)


async def test_the_service_dies_in_mid_call_and_comes_back(pbx: Any, service: ServiceProcess, desk: Desk) -> None:
    await desk.ready()
    async with answered(pbx, desk, number="77010000043") as sipp:
        await service.kill()
        await expect(desk.page.get_by_test_id("phone-why")).to_contain_text("Нет связи с АТС")
        before = await sound_of(desk.page)

        async def goes_on() -> bool:
            return (await sound_of(desk.page)).received > before.received + 100

        await until(goes_on, "sound while the service is dead")
        await service.start()
        await expect(desk.page.get_by_test_id("phone-why")).to_have_count(0, timeout=20_000)
        await service.until_call("77010000043", talks)
        before = await sound_of(desk.page)
        await until(goes_on, "the same talk after the service is back")
        await sipp.hang_up()
        await expect(desk.page.get_by_test_id("key-bar")).to_have_count(0)
    await service.until_call("77010000043", finished)
    await reconcile(service)


async def test_a_second_page_takes_the_phone_and_the_caller_with_it(
    pbx: Any, service: ServiceProcess, desk: Desk
) -> None:
    await desk.ready()
    async with answered(pbx, desk, number="77010000044"):
        second = await desk.page.context.new_page()
        await second.goto(f"{service.address}/desk")
        await expect(second.get_by_test_id("phone-taken")).to_contain_text("уже открыт")
        assert talks(await service.until_call("77010000044", talks))
        await second.get_by_role("button", name="Перенести сюда").click()
        await expect(desk.page.get_by_test_id("phone-taken")).to_contain_text("открыт на другой странице")
        other = Desk(second, desk.wrong)
        await other.rings("+7 701 000 00 44")
        await other.answer()


async def test_a_caller_is_put_through_to_the_duty_inspector(pbx: Any, service: ServiceProcess, desk: Desk) -> None:
    await desk.ready()
    async with phone(pbx, "duty", answers_after_s=0.5), answered(pbx, desk, number="77010000045"):
        await desk.page.keyboard.press("F6")
        await desk.page.keyboard.press("2")
        call = await service.until_call("77010000045", lambda call: len(call["answers"]) == 2 and talks(call))
        assert [answer["operator"] for answer in call["answers"]] == ["op1", "duty"]
        await expect(desk.page.get_by_test_id("key-bar")).to_have_count(0)
    await service.until_call("77010000045", finished)
    await reconcile(service)


async def test_the_duty_inspector_is_asked_first_and_then_has_the_caller(
    pbx: Any, service: ServiceProcess, desk: Desk
) -> None:
    await desk.ready()
    consult = desk.page.get_by_test_id("consult")
    async with phone(pbx, "duty", answers_after_s=0.5), answered(pbx, desk, number="77010000046"):
        for _ in range(2):  # asked, thanked, asked again
            await desk.page.keyboard.press("F6")
            await desk.page.keyboard.press("F6")
            await desk.page.keyboard.press("2")
            await expect(consult.get_by_role("button", name="F6")).to_be_enabled()
            await until(desk.heard_both_ways, "the duty inspector is heard")
            if _ == 0:
                await desk.page.keyboard.press("F2")
                await expect(desk.call).not_to_contain_text("На удержании")
        await desk.page.keyboard.press("F6")
        await expect(consult).to_have_count(0)
        await expect(desk.page.get_by_test_id("key-bar")).to_have_count(0)
        call = await service.call_of("77010000046")
        assert call is not None and call["ended_at"] is None, "the caller talks on, with the duty inspector"
