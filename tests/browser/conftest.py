"""Chromium of the system, the real web server, the built console."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, async_playwright

from line102.day_figures import Day
from line102.targets import ShareTarget, Targets
from line102.web.server import WebServer
from tests.asterisk.conftest import asterisk_root, pbx, pbx_session  # noqa: F401  (the real PBX, for the phone)
from tests.browser.story_line import StoryLine
from tests.signed_in import METRICS_KEY, sign_in_browser, sign_in_parts

DIST = Path(__file__).parents[2] / "console" / "dist"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
]


class Service:
    """A web server that can be stopped and started again on the same port, as after a crash."""

    def __init__(self, line: StoryLine, folder: Path) -> None:
        self.line = line
        self._folder = folder
        self._running: asyncio.Task[None] | None = None
        self.port = 0
        shares = tuple(ShareTarget(within=timedelta(seconds=s), share=share) for s, share in ((10, 0.9), (20, 0.98)))
        self.day = Day(ZoneInfo("Asia/Almaty"), Targets(mean=timedelta(seconds=8), shares=shares))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        server = WebServer(
            "127.0.0.1",
            self.port,
            self.line.broadcast,
            self.line.ledger,
            self.line.recordings,
            DIST,
            sign_in_parts(self._folder, self.line),
            METRICS_KEY,
            choose_language=self.line.choose_language,
            languages=("ru", "kk"),
            decisions=self.line.deciding,
            day=self.day,
            show_shadow_flags=True,
            sessions_file=self._folder / "sessions.json",
        )
        self._running = asyncio.create_task(server.run())
        self.port = await server.listening()

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    assert (DIST / "index.html").is_file(), "the console is not built: run setup/console.sh build"
    service = Service(StoryLine(tmp_path / "recordings"), tmp_path)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Debian's chromium is not installed: run make test, which installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(service: Service, browser: Browser) -> AsyncIterator[Page]:
    """The console, entered; any error on the page or request to another machine fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not _ours(request.url, service) else None)
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    await sign_in_browser(page, service.address)
    await page.goto(f"{service.address}/")
    yield page
    await context.close()
    assert wrong == []


def _ours(url: str, service: Service) -> bool:
    return url.startswith((service.address, "data:"))
