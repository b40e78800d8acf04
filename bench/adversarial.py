"""The cases that break live transcription elsewhere, for ours and the peers by the same definitions:

    python -m bench.adversarial --model DIR --peers FOLDER [--only ours] [--cases pause,joins] [--json FILE]

pause: 30 s of quiet line in mid-call. joins: a second caller after 12 s. backlog: 50 s of audio at once, then more.
deaf: a reader who does not read for 15 s beside one who does. loop: one stream that repeats a syllable beside others.
About a minute a case and system. Lateness as in bench.peers.live.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.engine import keep, machine
from bench.engine_speech import RATE_HZ, Samples, Speaker, Turn, speakers
from bench.peers.clients import STEP, Shown, paced
from bench.peers.live import PRODUCTS, Listen, Product, change, percentile, serving, words_of
from bench.word_lateness import Lateness, lateness, plain
from tests.speech import silence

PAUSE_S, BACKLOG_S, DEAF_S, JOINS_AFTER_S, OTHERS = 30.0, 50.0, 15.0, 12.0, 3

Case = Callable[[Listen, int], Awaitable[dict[str, Any]]]


def late(speaker: Speaker, shown: list[Shown], *, since: float = 0.0, until: float = 1e9) -> Lateness:
    """Of the words spoken in [since, until)."""
    words = [word for word in words_of(speaker.turns) if since <= word.start_s < until]
    return lateness(words, [change(update) for update in shown])


def figures(found: Lateness) -> dict[str, Any]:
    return {
        "shown p50": percentile(found.shown, 50),
        "shown p95": percentile(found.shown, 95),
        "never %": round(100 * found.never / max(1, found.words), 1),
    }


def joined(first: Speaker, samples: Samples, second: Speaker) -> Speaker:
    """``first``, then ``samples``, then what ``second`` says; one language."""
    ahead = (len(first.samples) + len(samples)) / RATE_HZ
    later = tuple(Turn(turn.text, turn.start + ahead, turn.end + ahead) for turn in second.turns)
    return Speaker(first.language, first.turns + later, np.concatenate([first.samples, samples, second.samples]))


def _quiet(seconds: float) -> Samples:
    return np.repeat(silence(seconds), 2)  # 16 kHz


async def pause(listen: Listen, seed: int) -> dict[str, Any]:
    before, after = speakers(1, 12, seed=seed)[0], speakers(1, 12, seed=seed + 1)[0]
    whole = joined(before, _quiet(PAUSE_S), after)
    shown = await listen(whole, "pause", time.monotonic() + 1)
    ends, begins = len(before.samples) / RATE_HZ, len(whole.samples) / RATE_HZ - len(after.samples) / RATE_HZ
    texts = [update.text for update in shown if ends + 4 < update.at < begins]
    invented = len(plain(texts[-1])) - len(plain(texts[0])) if texts else 0
    return {**figures(late(whole, shown, since=begins)), "words more during the pause": invented}


async def joins(listen: Listen, seed: int) -> dict[str, Any]:
    first, second = speakers(2, 2 * JOINS_AFTER_S, seed=seed)
    began = time.monotonic() + 1

    async def later() -> list[Shown]:
        await asyncio.sleep(began + JOINS_AFTER_S - time.monotonic())
        return await listen(second, "second", began + JOINS_AFTER_S)

    shown, _ = await asyncio.gather(listen(first, "first", began), later())
    alone = figures(late(first, shown, until=JOINS_AFTER_S))
    both = figures(late(first, shown, since=JOINS_AFTER_S))
    return {"alone p95": alone["shown p95"], "with a second p95": both["shown p95"], "never %": both["never %"]}


async def backlog(listen: Listen, seed: int) -> dict[str, Any]:
    """Everything of the first 50 s is late by definition; what counts is that no word is lost."""
    speaker = speakers(1, BACKLOG_S + 10, seed=seed)[0]
    shown = await listen(speaker, "backlog", time.monotonic() + 1, pace=_at_once)
    old, new = (late(speaker, shown, until=BACKLOG_S), late(speaker, shown, since=BACKLOG_S))
    return {"never % of the backlog": figures(old)["never %"], **figures(new)}


async def _at_once(samples: Samples, began: float) -> AsyncIterator[tuple[int, Samples]]:
    """Nothing for 50 s, as when a network stalls; then all of it; then the pace of real time."""
    held = int(BACKLOG_S * RATE_HZ) // STEP * STEP
    await asyncio.sleep(began + BACKLOG_S - time.monotonic())
    for first in range(0, held, STEP):
        yield first, samples[first : first + STEP]
    async for first, piece in paced(samples[held:], began + BACKLOG_S):
        yield held + first, piece


async def deaf(listen: Listen, seed: int) -> dict[str, Any]:
    reads, does_not = speakers(2, 20, seed=seed)
    began = time.monotonic() + 1
    shown, later = await asyncio.gather(
        listen(reads, "reads", began), listen(does_not, "does not", began, deaf_s=DEAF_S)
    )
    return {
        **figures(late(reads, shown)),
        "never % of who did not read": figures(late(does_not, later))["never %"],
    }


async def loop(listen: Listen, seed: int) -> dict[str, Any]:
    """A fragment of 0.4 s again and again: models answer with endless repetition."""
    everybody = speakers(OTHERS + 1, 15, seed=seed)
    first = everybody[0].turns[0]
    fragment = everybody[0].samples[int(first.start * RATE_HZ) : int((first.start + 0.4) * RATE_HZ)]
    rounds = np.tile(fragment, 40)
    began = time.monotonic() + 1
    results = await asyncio.gather(
        listen(Speaker(everybody[0].language, (), rounds), "loops", began),
        *(listen(speaker, f"other {n}", began) for n, speaker in enumerate(everybody[1:])),
    )
    others = Lateness()
    for speaker, shown in zip(everybody[1:], results[1:], strict=True):
        others.add(late(speaker, shown))
    said = len(plain(results[0][-1].text)) if results[0] else 0
    return {**figures(others), "words shown of the loop": said}


CASES: dict[str, Case] = {"pause": pause, "joins": joins, "backlog": backlog, "deaf": deaf, "loop": loop}


async def one(product: Product, case: str, arguments: argparse.Namespace) -> dict[str, Any]:
    load = os.getloadavg()[0]
    try:
        async with serving(product, arguments) as (listen, _), asyncio.timeout(180):
            found = await CASES[case](listen, arguments.seed)
    except (OSError, TimeoutError, ExceptionGroup) as error:  # a peer that breaks is a result
        found = {"broke": f"{type(error).__name__}: {error}"}
    return {"case": case, "system": product.name, **found, "load": round(load, 1)}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="the folder bench.peers.install made")
    parser.add_argument("--only", default="ours;whisper-live, tuned;whisperlivekit, tuned", help="beginnings of names")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="show what the peers say")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = []
    for case in arguments.cases.split(","):
        for product in PRODUCTS:
            if any(product.name.startswith(name) for name in arguments.only.split(";")):
                results.append(await one(product, case, arguments))
                print("  ".join(f"{name} {value}" for name, value in results[-1].items()), flush=True)
    print(table(results))
    flags = {name: str(value) for name, value in vars(arguments).items()}
    keep(arguments.json, {"machine": machine(arguments.model), "flags": flags, "results": results})


def table(results: list[dict[str, Any]]) -> str:
    rows = ["| case | system | what |", "|---|---|---|"]
    for result in results:
        what = "; ".join(f"{name} {value}" for name, value in result.items() if name not in ("case", "system"))
        rows.append(f"| {result['case']} | {result['system']} | {what} |")
    return "\n".join(rows)


if __name__ == "__main__":
    asyncio.run(main())
