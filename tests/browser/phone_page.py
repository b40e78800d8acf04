"""A browser whose microphone says what a WAV file holds, and what a test looks at of the phone in its page."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import Browser, Page, async_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]


@contextlib.asynccontextmanager
async def speaking_browser(voice: Path, *, asks: bool = False) -> AsyncIterator[Browser]:
    """Debian's Chromium with ``voice`` (WAV) as its microphone, over and over. ``asks``: nobody allows it."""
    chromium = shutil.which("chromium")
    assert chromium, "Debian's chromium is not installed: run make test, which installs it"
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    if asks:
        flags.remove("--use-fake-ui-for-media-stream")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


def voice_for_chromium(samples: np.ndarray, rate_hz: int, file: Path) -> Path:
    """Chromium's fake microphone takes 48 kHz, 16 bit."""
    again = np.repeat(samples, 48_000 // rate_hz)
    soundfile.write(file, again, 48_000, subtype="PCM_16")
    return file


@dataclass(frozen=True, slots=True)
class Sound:
    """Packets of the talk so far, and the energy of what was heard."""

    received: int
    sent: int
    energy: float


async def sound_of(page: Page) -> Sound:
    """Raises AssertionError when nobody talks."""
    figure = page.get_by_test_id("phone-quality")
    names = ("data-received", "data-sent", "data-energy")
    received, sent, energy = [await figure.get_attribute(name, timeout=10_000) for name in names]
    assert received is not None and sent is not None and energy is not None
    return Sound(int(received), int(sent), float(energy))


async def until(holds: Callable[[], Awaitable[object]], what: str, *, within_s: float = 15) -> None:
    """Wait until ``holds`` is true. Raises AssertionError saying ``what`` was waited for."""
    try:
        async with asyncio.timeout(within_s):
            while not await holds():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {within_s} s: {what}") from None
