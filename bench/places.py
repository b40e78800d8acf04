"""How long finding places takes, with small and large gazetteers, and how well under simulated recogniser's errors.

    python -m bench.places [--json FILE]

Times are of one core's own seconds, so that a busy machine counts less. "cold": nothing of the utterance was read
before. The large gazetteers are Almaty's plus invented names of the same letters, which lie nearer to each other than
those of a real city.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean

from routing.noise import corrupt
from routing.places.evaluate import PlaceLine, judge, read_lines, report
from routing.places.finder import PlaceFinder
from routing.places.gazetteer import Place, shipped_gazetteer
from routing.places.same_place import SamePlace

HELD = Path("routing/places/eval-held.jsonl")
TUNED = Path("routing/places/eval-tuned.jsonl")
LATE = Path("routing/places/eval-late.jsonl")
SIZES = (0, 3_000, 10_000)
RATES = (0.0, 0.1, 0.25)  # word error rates
SEEDS = 5


def invented(count: int, seed: int) -> list[Place]:
    """Streets with names put together from the beginnings and ends of Almaty's."""
    chance = random.Random(seed)
    names = [place.name for place in shipped_gazetteer() if place.kind == "street" and len(place.name) > 5]
    made: dict[str, None] = {}
    known = {place.name for place in shipped_gazetteer()}
    while len(made) < count:
        first, middle, last = chance.choice(names), chance.choice(names), chance.choice(names)
        at, cut = chance.randint(2, 4), chance.randint(1, 3)
        name = (first[:at] + middle[2 : 2 + cut] + last[-chance.randint(4, 6) :]).capitalize()
        if name not in known and name.isalpha():
            made.setdefault(name)
    return [Place(kind="street", name=name, street_type="улица") for name in made]


def timed(finder: PlaceFinder, lines: list[PlaceLine]) -> dict[str, float]:
    """Milliseconds per utterance, whole ("cold") and as words come one by one ("growing", per step)."""
    cold, growing = [], []
    for line in lines:
        began = time.thread_time()
        finder.find(line.text)
        cold.append((time.thread_time() - began) * 1000)
    for line in lines[:60]:
        words = line.text.split()
        for until in range(1, len(words) + 1):
            began = time.thread_time()
            finder.find(" ".join(words[:until]))
            growing.append((time.thread_time() - began) * 1000)
    cold.sort()
    return {
        "cold_mean": round(mean(cold), 3),
        "cold_p95": round(cold[int(0.95 * len(cold))], 3),
        "cold_max": round(cold[-1], 3),
        "growing_mean": round(mean(growing), 3),
    }


def _lines(path: Path) -> list[PlaceLine]:
    return list(read_lines(path.read_text(encoding="utf-8").splitlines(), source=str(path)))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--json", type=Path)
    out = asked.parse_args().json
    found: dict[str, object] = {}
    for size in SIZES:
        gazetteer = (*shipped_gazetteer(), *invented(size, 102)) if size else shipped_gazetteer()
        finder, same = PlaceFinder(gazetteer), SamePlace(gazetteer)
        finder.find("алло")
        found[f"{len(gazetteer)} places"] = {
            "milliseconds": timed(finder, _lines(HELD) + _lines(TUNED)),
            "held": _few(report(judge(finder, same, _lines(HELD), time.thread_time))),
        }
    found["held, word errors"] = {str(rate): noisy(_lines(HELD), rate) for rate in RATES}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    print(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")


def noisy(lines: list[PlaceLine], rate: float) -> dict[str, object]:
    """The held-apart part spoilt with each of ``SEEDS`` seeds, judged together."""
    gazetteer = shipped_gazetteer()
    finder, same = PlaceFinder(gazetteer), SamePlace(gazetteer)
    spoilt = [
        replace(line, text=corrupt(line.text, rate, 1000 * seed + at))
        for seed in range(SEEDS if rate else 1)
        for at, line in enumerate(lines)
    ]
    return _few(report(judge(finder, same, spoilt, time.thread_time)))


def _few(whole: dict[str, object]) -> dict[str, object]:
    kept = ("street_first", "street_among_three", "house", "false_finds")
    few: dict[str, object] = {}
    for name, figures in whole.items():
        assert isinstance(figures, dict)
        few[name] = {key: [figures[key][part] for part in ("right", "of", "share", "bounds_95")] for key in kept}
    return few


if __name__ == "__main__":
    main()
