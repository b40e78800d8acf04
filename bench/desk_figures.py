"""What the desk's benches compute of their raw figures, and how they print them. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``aim`` None: told for comparison, nothing is promised of it."""

    what: str
    figure: str
    aim: str | None = None
    met: bool | None = None


def spread(values: Sequence[float], digits: int = 1) -> dict[str, float | int]:
    """Count, p50, p95 (inclusive: never above the maximum) and maximum; of fewer than two values only what there is."""
    if len(values) < 2:
        return {"n": len(values), **({"max": round(values[0], digits)} if values else {})}
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {
        "n": len(values),
        "p50": round(cuts[9], digits),
        "p95": round(cuts[18], digits),
        "max": round(max(values), digits),
    }


def late_ms(written: Mapping[str, float], painted: Mapping[str, float]) -> tuple[dict[str, list[float]], list[str]]:
    """Milliseconds from ``written`` to ``painted`` by kind (a key's part before the first ":"), and keys never painted.

    Both maps hold seconds since 1970 by key.
    """
    late: dict[str, list[float]] = {}
    never = []
    for key, at in written.items():
        if key in painted:
            late.setdefault(key.partition(":")[0], []).append(1000 * (painted[key] - at))
        else:
            never.append(key)
    return late, never


def core_share(cpu_s: float, wall_s: float) -> float:
    """Percent of one core."""
    return 100 * cpu_s / wall_s


def added(with_desks: Sequence[float], without: Sequence[float]) -> tuple[float, float]:
    """What the desks add, and its uncertainty: the difference of the means, half the widest difference of like runs."""
    noise = max((max(runs) - min(runs) for runs in (with_desks, without)), default=0.0)
    return statistics.fmean(with_desks) - statistics.fmean(without), noise / 2


def table(rows: Iterable[Row]) -> str:
    """A Markdown table: what, figure, aim, whether it is met."""
    lines = ["| | measured | aim | |", "|---|---|---|---|"]
    for row in rows:
        met = "" if row.met is None else "met" if row.met else "**missed**"
        lines.append(f"| {row.what} | {row.figure} | {row.aim or ''} | {met} |")
    return "\n".join(lines)
