"""The measured stretches of bench.desk, but for the heap's."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench.desk_figures import Row, added, core_share, late_ms, spread
from bench.desk_line import busy
from bench.desk_page import PAINTED, USABLE, chromium, clock_difference_ms, load, opened, ready, scripts, signed_in
from bench.desk_stage import OWN, WEB, BenchError, Stage, stage

OWN_TALKS_S = 12.0
WRAP_UP_S = 3
PAINTED_AIM_MS = 150.0
USABLE_AIM_MS = 1500.0
SIZE_AIM_KB = 600.0
FEED_AIM = 15.0  # percent of a core
OWN_STATES = {"own_ringing": "ringing", "own_talking": "talking", "own_over": "wrap_up"}
EVENTS = ("joins", "rings", "leaves", *OWN_STATES)

Found = tuple[list[Row], dict[str, Any]]


@contextlib.asynccontextmanager
async def traffic(on: Stage, asked: argparse.Namespace) -> AsyncIterator[None]:
    """The line full, every call talking, until the block ends."""
    for _ in range(asked.calls):
        on.line.offer()
    async with asyncio.TaskGroup() as running:
        tasks = [
            running.create_task(busy(on.line, asked.calls, asked.every, OWN_TALKS_S)),
            running.create_task(on.talk()),
        ]
        yield
        for task in tasks:
            task.cancel()


async def painted(asked: argparse.Namespace, folder: Path) -> Found:
    """AMI event → painted, word from the engine → painted: one desk in Chromium, the others read along."""
    others = [f"op{n}" for n in range(2, asked.desks + 1)]
    async with stage(folder, desks=asked.desks, wrap_up_s=WRAP_UP_S, seed=asked.seed) as on, chromium() as browser:
        page = await opened(browser, on.url, OWN)
        await ready(page, on.url)
        async with on.desks(others) as got, traffic(on, asked):
            await asyncio.sleep(2 * asked.desks * asked.every / 3)  # until the desks are taken
            before = await clock_difference_ms(page)
            on.line.forget_written()
            on.written.clear()
            await page.evaluate(PAINTED)
            cpu, began = on.cpu_s(), time.monotonic()
            await asyncio.sleep(asked.seconds)
            cpu, wall = on.cpu_s() - cpu, time.monotonic() - began
            written = on.line.written | on.written
            until = time.time()
            await asyncio.sleep(2)
            shown = dict(await page.evaluate("[...window.painted]"))
            after = await clock_difference_ms(page)
    if after[1] > 5 or abs(after[0] - before[0]) > 5:
        raise BenchError(f"the page's clock differs by {before} and {after} ms: nothing can be compared")
    for key in [key for key in written if key.partition(":")[0] in OWN_STATES]:
        kind, _, call_id = key.partition(":")
        number = f"7701{(int(call_id.rpartition('.')[2]) - 10_000) // 2:07d}"
        if (at := shown.get(f"own:{OWN_STATES[kind]}:{number}")) is not None:
            shown[key] = at
    late, never = late_ms({k: at for k, at in written.items() if at < until}, {k: v for k, v in shown.items() if v})
    late = {kind: [one - before[0] for one in values] for kind, values in late.items()}
    if early := [f"{kind} {min(values):.0f} ms" for kind, values in late.items() if min(values) < -before[1] - 1]:
        raise BenchError(f"painted before it was written, so the bench looks at the wrong thing: {', '.join(early)}")
    raw = {
        "late_ms": {kind: [round(one, 1) for one in values] for kind, values in late.items()},
        "never": never,
        "clock_ms": [before, after],
        "service_core_percent": round(core_share(cpu, wall), 1),
        "others": got,
    }
    return _painted_rows(late, never), raw


def _painted_rows(late: dict[str, list[float]], never: list[str]) -> list[Row]:
    events = [one for kind in EVENTS for one in late.get(kind, [])]
    rows = []
    for what, values in (("AMI event → painted", events), ("word from the engine → painted", late.get("word", []))):
        if not values:
            raise BenchError(f"{what}: nothing was seen")
        told = spread(values)
        met = told.get("p95", told["max"]) <= PAINTED_AIM_MS
        rows.append(Row(f"{what}, ms", json.dumps(told)[1:-1].replace('"', ""), f"p95 ≤ {PAINTED_AIM_MS:g}", met))
    for kind in (*EVENTS, "waiting_word"):
        told = spread(late.get(kind, []))
        rows.append(Row(f"… {kind}, ms", json.dumps(told)[1:-1].replace('"', "")))
    kinds = sorted({key.partition(":")[0] for key in never})
    told_never = ", ".join(f"{kind} {sum(key.startswith(kind + ':') for key in never)}" for kind in kinds)
    rows.append(Row("never painted (gone again before)", told_never or "0"))
    return rows


async def loads(asked: argparse.Namespace, folder: Path) -> Found:
    """Navigation → the state menu is open: in a browser without a cache, and again in the same."""
    times: dict[str, list[float]] = {"cold": [], "warm": []}
    drawn: dict[str, list[float]] = {"cold": [], "warm": []}
    others = [f"op{n}" for n in range(2, asked.desks + 1)]
    async with (
        stage(folder, desks=asked.desks, wrap_up_s=WRAP_UP_S, seed=asked.seed) as on,
        chromium() as browser,
        on.desks(others),
        traffic(on, asked),
    ):
        await asyncio.sleep(2 * asked.desks * asked.every / 3)
        for _ in range(asked.loads):
            context, page = await signed_in(browser, on.url, OWN)
            await context.add_init_script(f"({USABLE})()")
            for kind in ("cold", "warm"):
                one = await load(page, on.url)
                times[kind].append(one.usable_ms)
                drawn[kind].append(one.drawn_ms)
            await context.close()
    rows = []
    for kind, values in times.items():
        told = json.dumps(spread(values, 0))[1:-1].replace('"', "")
        rows.append(Row(f"usable, {kind}, ms", told, f"≤ {USABLE_AIM_MS:g}", max(values) <= USABLE_AIM_MS))
    return rows, {"usable_ms": times, "drawn_ms": drawn}


async def size(asked: argparse.Namespace, folder: Path) -> Found:
    """What a browser without a cache fetches of script for the desk, with the phone in the page and without."""
    found = {}
    async with stage(folder, desks=2, wrap_up_s=WRAP_UP_S, seed=asked.seed) as on, chromium() as browser:
        for kind, account in (("phone in the page", WEB), ("desk phone", OWN)):
            context, page = await signed_in(browser, on.url, account)
            await context.grant_permissions(["microphone"])
            found[kind] = await scripts(page, on.url)
            await context.close()
    rows = []
    for kind, files in found.items():
        packed = sum(file["packed"] for file in files.values()) / 1000
        wire = sum(file["wire"] for file in files.values()) / 1000
        told = f"{packed:.0f} in {len(files)} files ({wire:.0f} over the wire)"
        rows.append(Row(f"script gzipped, {kind}, KB", told, f"≤ {SIZE_AIM_KB:g}", packed <= SIZE_AIM_KB))
    return rows, {"files": found}


async def feed(asked: argparse.Namespace, folder: Path) -> Found:
    """The service's processor time with all desks and with none, alternately, under the same traffic."""
    shares: dict[str, list[float]] = {"desks": [], "none": []}
    got: list[dict[str, int]] = []
    async with stage(folder, desks=asked.desks, wrap_up_s=WRAP_UP_S, seed=asked.seed) as on:
        seats = [f"op{n}" for n in range(1, asked.desks + 1)]
        async with on.desks(seats):
            pass  # everybody is ready from here on: both stretches have the same states
        async with traffic(on, asked):
            await asyncio.sleep(2 * asked.desks * asked.every / 3)
            for kind in ("none", "desks") * 3:
                async with on.desks(seats if kind == "desks" else []) as told:
                    await asyncio.sleep(2)
                    cpu, began = on.cpu_s(), time.monotonic()
                    await asyncio.sleep(asked.seconds / 2)
                    shares[kind].append(core_share(on.cpu_s() - cpu, time.monotonic() - began))
                got.append(dict(told))
    more, noise = added(shares["desks"], shares["none"])
    rows = [
        Row(f"{asked.desks} desks add, % of a core", f"{more:.1f} ± {noise:.1f}", f"≤ {FEED_AIM:g}", more <= FEED_AIM),
        Row("service with them, % of a core", " · ".join(f"{one:.1f}" for one in shares["desks"])),
        Row("service without, % of a core", " · ".join(f"{one:.1f}" for one in shares["none"])),
        Row("messages a second to each desk", f"{_rate(got, asked):.0f}"),
    ]
    return rows, {"core_percent": shares, "feeds": got}


def _rate(got: list[dict[str, int]], asked: argparse.Namespace) -> float:
    full = [one for one in got if one]
    return sum(one["messages"] for one in full) / len(full) / asked.desks / (asked.seconds / 2 + 2)
