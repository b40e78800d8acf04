"""How long completing a typed place takes at each key, and after how many keys the place is among those shown.

    python -m bench.completion [--json FILE]

Times are of one core's own seconds. Each name of the gazetteer is typed key by key: as it is written, in Kazakh letters
where it has them, with one letter wrong (seeded), and with a house behind it. The larger gazetteers are Almaty's plus
invented names of the same letters (``bench.places``).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.places import invented
from routing.places.completion import PlaceCompletion
from routing.places.gazetteer import Place, shipped_gazetteer

SIZES = (0, 3_000, 10_000)
SHOWN = 8
LETTERS = "абвгдежзиклмнопрстуфхцчшэюя"


def typings(places: Sequence[Place], chance: random.Random) -> Iterator[tuple[str, Place, str]]:
    """(how, place, what is typed)."""
    for place in places:
        yield "written", place, place.name
        if place.kazakh:
            yield "kazakh", place, place.kazakh
        for old in place.old:
            yield "old name", place, old
        if place.kind == "street":
            yield "with a house", place, f"{place.name}, {chance.randint(1, 300)}"
        if len(place.name) >= 5:
            at = chance.randrange(1, len(place.name))  # who types slowly looks at the first letter
            yield "one letter wrong", place, place.name[:at] + chance.choice(LETTERS) + place.name[at + 1 :]


def measure(completion: PlaceCompletion, places: Sequence[Place]) -> dict[str, object]:
    spent: list[float] = []
    keys: dict[str, list[int | None]] = {}
    for how, place, typed in typings(places, random.Random(102)):
        needed = None
        for until in range(1, len(typed) + 1):
            began = time.thread_time()
            found = completion.complete(typed[:until], limit=SHOWN)
            spent.append((time.thread_time() - began) * 1000)
            if needed is None and any((c.kind, c.name) == (place.kind, place.name) for c in found):
                needed = until
        last = completion.complete(typed, limit=SHOWN)
        there = any((c.kind, c.name) == (place.kind, place.name) for c in last)
        keys.setdefault(how, []).append(needed if there else None)
    spent.sort()
    return {
        "keys": len(spent),
        "milliseconds": {
            "p50": round(spent[len(spent) // 2], 3),
            "p95": round(spent[int(0.95 * len(spent))], 3),
            "p99": round(spent[int(0.99 * len(spent))], 3),
            "max": round(spent[-1], 3),
        },
        "shown_at_the_end": {how: _share(found) for how, found in keys.items()},
        "keys_until_shown_median": {how: _median(found) for how, found in keys.items()},
    }


def _share(found: Sequence[int | None]) -> list[float]:
    there = sum(one is not None for one in found)
    return [there, len(found), round(there / len(found), 4)]


def _median(found: Sequence[int | None]) -> int | None:
    there = sorted(one for one in found if one is not None)
    return there[len(there) // 2] if there else None


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--json", type=Path)
    out = asked.parse_args().json
    shipped = shipped_gazetteer()
    found: dict[str, object] = {}
    for size in SIZES:
        began = time.perf_counter()
        completion = PlaceCompletion([*shipped, *invented(size, 102)] if size else shipped)
        built = time.perf_counter() - began
        found[f"{len(shipped) + size} places"] = {"built_s": round(built, 2), **measure(completion, shipped)}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    print(text)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
