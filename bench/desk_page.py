"""The desk in real Chromium: what was painted when, when it could be operated, what it fetched, what its heap holds."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bench.desk_stage import BenchError
from tests.signed_in import sign_in_browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

# Keys as bench/desk_line.py and bench/desk_stage.py name them. What a mutation shows is painted with the next frame:
# a message posted in its requestAnimationFrame is taken after style, layout and paint of that frame.
PAINTED = r"""() => {
  const seen = new Map(); let fresh = []; window.painted = seen;
  const clock = () => (performance.timeOrigin + performance.now()) / 1000;
  const note = (key) => {
    if (seen.has(key)) return;
    seen.set(key, null);
    if (fresh.push(key) > 1) return;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => { const now = clock(); for (const one of fresh) seen.set(one, now); fresh = []; };
      after.port2.postMessage(0);
    });
  };
  const elementOf = (node) => (node instanceof Element ? node : node.parentElement);
  const rowIn = (node) => node instanceof Element
    ? node.closest('li[data-call]') ?? node.querySelector('li[data-call]') : null;
  const look = (node) => {
    const row = elementOf(node)?.closest('[data-testid=waiting] li[data-call]');
    const text = node.textContent ?? '';
    const kind = row ? 'waiting_word' : elementOf(node)?.closest('[data-testid=transcript]') ? 'word' : null;
    if (kind) for (const [mark] of text.matchAll(/\b\d{4,}\b/g)) note(`${kind}:${mark}`);
    if (row) {
      note(`joins:${row.dataset.call}`);
      if (/\bop\d+\b/.test(row.textContent)) note(`rings:${row.dataset.call}`);
    }
  };
  const own = () => {
    const state = document.querySelector('[data-testid=desk-state]')?.dataset.state;
    const number = document.querySelector('[data-testid=number]')?.textContent.replace(/\D/g, '') ?? '';
    note(`own:${state}:${number}`);
  };
  new MutationObserver((mutations) => {
    for (const { type, target, addedNodes, removedNodes } of mutations) {
      if (type === 'characterData') look(target);
      for (const node of addedNodes) {
        look(node);
        if (node instanceof Element) node.querySelectorAll('[data-testid=waiting] li[data-call]').forEach(look);
      }
      for (const node of removedNodes) {
        const id = rowIn(node)?.dataset.call; // a row that was only moved is there again
        if (id && !document.querySelector(`[data-testid=waiting] li[data-call="${id}"]`)) note(`leaves:${id}`);
      }
    }
    own();
  }).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['data-state'],
  });
}"""

# The state menu is opened by the page's own button as soon as that is there, and counts once its entries are painted.
USABLE = r"""() => {
  let pressed = false;
  const watch = new MutationObserver(() => {
    const button = document.querySelector('[data-testid=desk-state][data-state]');
    if (button && !pressed) { pressed = true; window.drawn = performance.now(); button.click(); }
    if (document.querySelector('[data-testid=state-menu] [role=menuitem]')) {
      watch.disconnect();
      requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => { window.usable = performance.now(); };
        after.port2.postMessage(0);
      });
    }
  });
  watch.observe(document, {subtree: true, childList: true, attributes: true});
}"""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        raise BenchError("Debian's chromium is not installed: run make test, which installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(browser: Browser, url: str, account: str) -> tuple[BrowserContext, Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
    page = await context.new_page()
    await sign_in_browser(page, url, account)
    return context, page


async def opened(browser: Browser, url: str, account: str) -> Page:
    """The desk, with its state shown."""
    _, page = await signed_in(browser, url, account)
    await page.goto(f"{url}/desk")
    await expect(page.locator("[data-testid=desk-state][data-state]")).to_be_visible()
    return page


async def ready(page: Page, url: str) -> None:
    """Said over the API: a desk that never said anything looks ready as Asterisk has it, and the key does nothing."""
    said = {"state": "ready", "reason": ""}
    answer = await page.request.post(f"{url}/api/desk/state", data=said, headers={"Origin": url})
    if answer.status != 204:
        raise BenchError(f"the desk could not be ready ({answer.status})")
    await expect(page.get_by_test_id("desk-state")).to_have_attribute("data-state", "ready")


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds since the navigation began: the state is shown; its menu is open and painted."""

    drawn_ms: float
    usable_ms: float


async def load(page: Page, url: str) -> Load:
    """The page's script must be installed: ``context.add_init_script``."""
    await page.goto(f"{url}/desk", wait_until="commit")
    async with asyncio.timeout(15):  # polled from outside: the page's policy forbids what wait_for_function does
        while (usable := await page.evaluate("window.usable")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return Load(await page.evaluate("window.drawn"), usable)


async def scripts(page: Page, url: str, quiet_ms: int = 2000) -> dict[str, dict[str, int]]:
    """Every script that opening the desk fetched, by path: bytes raw, packed, and over the wire."""
    bodies: list[Any] = []
    page.on("response", lambda answer: bodies.append(answer) if answer.request.resource_type == "script" else None)
    await page.goto(f"{url}/desk")
    await expect(page.get_by_test_id("desk")).to_be_visible()
    await page.wait_for_timeout(quiet_ms)
    found = {}
    for answer in bodies:
        body = await answer.body()
        sizes = await answer.request.sizes()
        packed = len(gzip.compress(body, 9, mtime=0))
        found[answer.url.removeprefix(url)] = {"raw": len(body), "packed": packed, "wire": sizes["responseBodySize"]}
    return found


async def clock_difference_ms(page: Page) -> tuple[float, float]:
    """The page's clock minus ours, and its uncertainty: half the quickest of 20 round trips."""
    best = (1e9, 0.0)
    for _ in range(20):
        before = time.time()
        theirs = await page.evaluate("(performance.timeOrigin + performance.now()) / 1000")
        after = time.time()
        best = min(best, (1000 * (after - before) / 2, 1000 * (theirs - (before + after) / 2)))
    return best[1], best[0]


async def heap(page: Page) -> dict[str, float]:
    """After two forced collections: MB used by JavaScript, and DOM nodes."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    for _ in range(2):
        await cdp.send("HeapProfiler.collectGarbage")
    used = await cdp.send("Runtime.getHeapUsage")
    metrics = {one["name"]: one["value"] for one in (await cdp.send("Performance.getMetrics"))["metrics"]}
    await cdp.detach()
    return {"heap_mb": used["usedSize"] / 1e6, "nodes": metrics["Nodes"], "listeners": metrics["JSEventListeners"]}
