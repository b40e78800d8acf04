"""What an hour of calls leaves in the page: sixty calls at this desk, each with its words and a note, hurried."""

from __future__ import annotations

import argparse
import asyncio
import itertools
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from bench.desk_figures import Row
from bench.desk_page import chromium, heap, opened, ready
from bench.desk_stage import OWN, VOCABULARY, Stage, stage

AIM_MB = 10.0
CALLS = 60  # an hour with a call a minute
UTTERANCES = 12  # a minute of talk, both sides
WORDS = 6  # of each; told as three partials and a final
EVERY_S = 0.03


async def hour(asked: argparse.Namespace, folder: Path) -> tuple[list[Row], dict[str, Any]]:
    """Heap before, after each hour's calls. Ended calls stay on the board up to 50: the second hour tells growth."""
    async with stage(folder, desks=4, wrap_up_s=300, seed=asked.seed) as on, chromium() as browser:
        page = await opened(browser, on.url, OWN)
        await ready(page, on.url)
        for _ in range(2):  # what is loaded by its first use
            await _call(on, page)
        found = [await heap(page)]
        for _ in range(asked.hours):
            for _ in range(CALLS):
                await _call(on, page)
            found.append(await heap(page))
        rss = on.rss_mb()
    grown = [after["heap_mb"] - before["heap_mb"] for before, after in itertools.pairwise(found)]
    rows = [
        Row(f"heap growth, hour {n}, MB", f"{one:+.1f}", f"≤ {AIM_MB:g}", one <= AIM_MB)
        for n, one in enumerate(grown, 1)
    ]
    rows.append(Row("heap, MB", " → ".join(f"{one['heap_mb']:.1f}" for one in found)))
    rows.append(Row("DOM nodes", " → ".join(f"{one['nodes']:.0f}" for one in found)))
    rows.append(Row("listeners", " → ".join(f"{one['listeners']:.0f}" for one in found)))
    return rows, {"heap": found, "service_rss_mb": rss}


async def _call(on: Stage, page: Page) -> None:
    """One call at the own desk from its ring to the end of its wrap-up, while another waits and speaks."""
    state = page.get_by_test_id("desk-state")
    while len(on.line.waiting) < 2:
        on.line.offer()
    call, other = on.line.waiting[:2]
    on.line.ring(call, OWN)
    await expect(state).to_have_attribute("data-state", "ringing")
    on.line.answer(call)
    await expect(state).to_have_attribute("data-state", "talking")
    for n in range(UTTERANCES):
        words = [on.dice.choice(VOCABULARY) for _ in range(WORDS)]
        for said in range(3, WORDS + 1):
            side = "operator" if n % 2 else "caller"
            on.say(call, side, 5.0 * n, " ".join(words[:said]), final=said == WORDS)
            if n < 3:
                on.say(other, "caller", 5.0 * n, " ".join(words[:said]), final=said == WORDS)
            await asyncio.sleep(EVERY_S)
    await page.keyboard.press("N")
    await page.keyboard.type("сосед шумит")
    await page.keyboard.press("Escape")
    on.line.end(call)
    on.over(call)
    await expect(state).to_have_attribute("data-state", "wrap_up")
    await page.keyboard.press("5")  # what the call was
    await page.keyboard.press("R")
    await expect(state).to_have_attribute("data-state", "ready")
