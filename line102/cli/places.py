"""``line102 places``: make a gazetteer from an OpenStreetMap extract, and measure how well places are found."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from line102.config import Settings
from line102.errors import BadSetting
from routing.places.evaluate import JudgedLine, judge, read_lines, report
from routing.places.finder import PlaceFinder
from routing.places.gazetteer import KINDS, Place, place_line, read_gazetteer, shipped_gazetteer
from routing.places.osm import import_places
from routing.places.same_place import SamePlace


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Exit code 2: a file cannot be used as it is."""
    if asked.action == "import":
        return _import(asked.file, asked.out)
    return _evaluate(asked, _gazetteer(settings, asked.gazetteer))


def _import(source: Path, out: Path) -> int:
    places = import_places(source)
    part = out.with_name(out.name + ".part")  # whoever reads ``out`` meanwhile finds the old one whole
    try:
        part.write_text("".join(place_line(place) + "\n" for place in places), encoding="utf-8")
        read_gazetteer(part)
        part.replace(out)
    except OSError as wrong:
        raise BadSetting(str(out), f"cannot be written: {wrong.strerror}", "Name another --out.") from wrong
    finally:
        part.unlink(missing_ok=True)
    counts = ", ".join(f"{sum(place.kind == kind for place in places)} {kind}s" for kind in KINDS)
    print(f"{out}: {counts}", file=sys.stderr)
    return 0


def _gazetteer(settings: Settings, named: Path | None) -> tuple[Place, ...]:
    chosen = named or settings.places.gazetteer
    return shipped_gazetteer() if chosen is None else read_gazetteer(chosen)


def _evaluate(asked: argparse.Namespace, gazetteer: tuple[Place, ...]) -> int:
    try:
        written = asked.file.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise BadSetting(str(asked.file), f"cannot be read: {wrong.strerror}", "Name a file of JSON lines.") from wrong
    except UnicodeDecodeError as wrong:
        raise BadSetting(str(asked.file), f"not UTF-8 (byte {wrong.start})", "Save the file as UTF-8.") from wrong
    lines = read_lines(written.split("\n"), source=str(asked.file))
    finder = PlaceFinder(gazetteer)
    finder.find(lines[0].text)  # the first one reads the list of ordinary words
    judged = judge(finder, SamePlace(gazetteer), lines, time.perf_counter)
    if asked.trace:
        for one in judged:
            print(json.dumps(_trace(one), ensure_ascii=False))
    print(json.dumps(report(judged), ensure_ascii=False, indent=None if asked.trace else 1))
    sys.stdout.flush()
    return os.EX_OK


def _trace(one: JudgedLine) -> dict[str, object]:
    return {
        "id": one.line.line_id,
        "text": one.line.text,
        "streets": list(one.line.streets),
        "house": one.line.house or None,
        "first": one.first,
        "among_three": one.among,
        "house_right": one.house,
        "false_find": one.false_find,
        "milliseconds": round(one.milliseconds, 3),
        "candidates": [
            {
                "name": found.name,
                "house": found.house,
                "kind": found.kind,
                "score": found.score,
                "words": found.words,
                "start": found.start,
                "end": found.end,
            }
            for found in one.candidates
        ],
    }
