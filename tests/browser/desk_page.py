"""An operator at the desk: the whole service, the real Asterisk, Chromium with a voice for a microphone."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile
from playwright.async_api import Browser, Page, expect

from tests.asterisk.line import OPERATOR, spoken
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings
from tests.asterisk.sip_callers import Sipp, caller
from tests.browser.phone_page import sound_of, speaking_browser, until, voice_for_chromium
from tests.signed_in import PASSWORD
from tests.speech import LINE_RATE_HZ


@contextlib.asynccontextmanager
async def whole_service(pbx: Any, folder: Path) -> AsyncIterator[ServiceProcess]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with service_process(write_settings(pbx, folder, web_port=port), port) as running:
        yield running


@contextlib.asynccontextmanager
async def operators_browser(folder: Path) -> AsyncIterator[Browser]:
    """Whose microphone says the operator's sentences."""
    samples, rate = soundfile.read(spoken(folder, "operator", OPERATOR)[0], dtype="int16")
    assert rate == LINE_RATE_HZ
    voice = voice_for_chromium(samples[: 15 * rate], rate, folder / "microphone.wav")
    async with speaking_browser(voice) as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Desk:
    """A page at /desk, signed in."""

    page: Page
    wrong: list[str]

    @property
    def call(self) -> Any:
        return self.page.get_by_test_id("call")

    async def ready(self) -> None:
        await expect(self.page.get_by_test_id("light-phone")).to_have_attribute("data-up", "true")
        await expect(self.page.get_by_test_id("light-microphone")).to_have_attribute("data-up", "true")
        await self.page.keyboard.press("R")
        await expect(self.page.get_by_test_id("desk-state")).to_have_attribute("data-state", "ready")

    async def rings(self, number: str = "") -> None:
        await expect(self.call).to_have_attribute("data-ringing", "true", timeout=15_000)
        if number:
            await expect(self.page.get_by_test_id("number")).to_have_text(number)

    async def answer(self) -> None:
        await self.page.keyboard.press("F2")
        await expect(self.page.get_by_test_id("key-bar")).to_contain_text("Завершить")
        await until(self.heard_both_ways, "sound both ways")

    async def heard_both_ways(self) -> bool:
        sound = await sound_of(self.page)
        return sound.received > 100 and sound.sent > 100 and sound.energy > 0.0005


async def sit_down(browser: Browser, service: ServiceProcess, name: str = "op1") -> Desk:
    """Sign in with the keyboard, and be at the desk. Errors on the page are kept in ``wrong``."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
    await context.grant_permissions(["microphone"])
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(f"{service.address}/enter")
    await expect(page.locator("input[name=name]")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("desk")).to_be_visible()
    return Desk(page, wrong)


@contextlib.asynccontextmanager
async def answered(pbx: Any, desk: Desk, *, number: str, audio: Path | None = None) -> AsyncIterator[Sipp]:
    """A caller to 102 whom this desk has answered."""
    async with caller(pbx, audio=audio, talk_s=100, number=number) as sipp:
        await desk.rings()
        await desk.answer()
        yield sipp
