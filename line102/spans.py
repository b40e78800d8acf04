"""Arithmetic of stretches of time on one side's recording. Pure.

A list of spans is in order, and no two of them touch; ``union`` makes one of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

ZERO = timedelta(0)
Span = tuple[timedelta, timedelta]  # [start, end)


class Spanning(Protocol):
    @property
    def start(self) -> timedelta: ...

    @property
    def end(self) -> timedelta: ...


def union(spans: Iterable[Span], *, bridge: timedelta = ZERO) -> list[Span]:
    """Those that overlap, touch or lie no more than ``bridge`` apart made one; empty ones left out."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + bridge:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return joined


def of(items: Iterable[Spanning], *, margin: timedelta = ZERO) -> list[Span]:
    """Where the items lie, each widened by ``margin`` at both ends."""
    return union((item.start - margin, item.end + margin) for item in items)


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What of ``spans`` lies outside ``taken``."""
    left: list[Span] = []
    rest = iter(taken)
    cut = next(rest, None)
    for start, end in spans:
        while cut is not None and cut[1] <= start:
            cut = next(rest, None)
        while cut is not None and cut[0] < end:
            if cut[0] > start:
                left.append((start, cut[0]))
            start = max(start, cut[1])
            if cut[1] >= end:
                break
            cut = next(rest, None)
        if start < end:
            left.append((start, end))
    return left


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    return without(spans, without(spans, others))


def total(spans: Iterable[Span]) -> timedelta:
    return sum((end - start for start, end in spans), ZERO)
