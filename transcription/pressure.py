"""Back-pressure: what gives way, and in which order, when the workers cannot keep up. Pure: it is told the time.

Watched are how long answered windows had waited in a worker's queue, and how old the oldest unanswered live window is.
The level rises at once and falls one step per 10 s of calm. Callers whom nobody talks to yet are served to the last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from line102.calls import Side

WAITS_ABOVE_S = (0.3, 0.7, 1.5, 5.0)  # seconds that windows wait in a queue, on average, that mean level 1, 2, 3, 4
OLDEST_ABOVE_S = (1.0, 2.0, 4.0, 8.0)  # the same for one window alone: a slow batch is no overload, standing still is
MEMORY_S = 2.0  # a wait counts for so long (time constant)
STEADY = 2.0  # waits of 0 s that are always remembered: one slow answer on a quiet line is no overload
COMPUTING_S = 0.5  # of a window's age is not waiting: a batch takes up to so long
STARTING = timedelta(seconds=10)  # so long after its own start the service blames no overload on workers still loading
SETTLING = timedelta(
    seconds=3
)  # after the first worker came up: what had piled up is served, and its waits tell nothing
CALM = timedelta(seconds=10)  # one level down after so long
EVERY = timedelta(seconds=1)
RARELY = timedelta(seconds=2)
ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureState:
    level: int  # 0: all is well … 4: only callers who wait for an operator are transcribed live
    since: datetime  # of this level
    delayed: timedelta  # how late words are now


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one side of one call gets now."""

    partial_every: timedelta | None  # None: no partials
    defer: bool = False  # no live words: its speech becomes visible gaps, filled from the recording


@dataclass(slots=True, kw_only=True)
class Figures:
    """What the service may show as metrics. Only grows, but for ``level`` and ``queue_wait_s``."""

    level: int = 0
    queue_wait_s: float = 0.0  # moving average
    rises: int = 0
    falls: int = 0
    partials_skipped: int = 0
    deferred_caller_s: float = 0.0
    deferred_operator_s: float = 0.0


@dataclass(slots=True)
class Pressure:
    """One per service: all workers and all streams."""

    now: datetime  # the time it was made; later the time it was last told
    starting: bool = False  # workers are being started with it: until they are up, or too late, no overload is meant
    figures: Figures = field(default_factory=Figures)
    _since: datetime = field(init=False)
    _calm_since: datetime = field(init=False)
    _sum: float = 0.0
    _weight: float = 0.0
    _oldest_s: float = 0.0
    _born: datetime = field(init=False)
    _up_since: datetime | None = None  # the first worker after a start

    def __post_init__(self) -> None:
        self._since = self._calm_since = self._born = self.now

    @property
    def state(self) -> PressureState:
        delayed = timedelta(seconds=max(self.figures.queue_wait_s, self._oldest_s))
        return PressureState(level=self.figures.level, since=self._since, delayed=delayed)

    def worker_up(self, now: datetime) -> None:
        """A worker is ready to compute; only the first one since the start changes anything."""
        self._forget(now)
        if self.starting and self._up_since is None:
            self._up_since = now

    def observe_wait(self, seconds: float, now: datetime) -> None:
        """A live window was answered after so long in a worker's queue."""
        self._forget(now)
        if self._up_since is not None and now - self._up_since < SETTLING:
            return
        self._sum += seconds
        self._weight += 1
        self._judge()

    def observe_oldest(self, age: timedelta, now: datetime) -> None:
        """The age of the oldest unanswered live window, zero when there is none. To be told a few times a second."""
        self._forget(now)
        if self._up_since is not None:
            age = min(age, now - self._up_since)  # what it waited for before was the worker's start
        elif self.starting and now - self._born < STARTING:
            age = ZERO
        self._oldest_s = max(0.0, age.total_seconds() - COMPUTING_S)
        self._judge()

    def plan(self, side: Side, answered: bool) -> Plan:
        """``answered``: an operator talks with the caller."""
        level = self.figures.level
        if side is Side.OPERATOR:
            return Plan(partial_every=EVERY if level == 0 else None, defer=level >= 2)
        if answered and level >= 3:
            return Plan(partial_every=None, defer=level >= 4)
        if level >= 4:
            return Plan(partial_every=None)
        return Plan(partial_every=EVERY if level <= 1 else RARELY)

    def deferred(self, side: Side, length: timedelta) -> None:
        if side is Side.CALLER:
            self.figures.deferred_caller_s += length.total_seconds()
        else:
            self.figures.deferred_operator_s += length.total_seconds()

    def skipped_partial(self) -> None:
        self.figures.partials_skipped += 1

    def _forget(self, now: datetime) -> None:
        passed = max(now - self.now, ZERO)
        fading = math.exp(-passed.total_seconds() / MEMORY_S)
        self._sum *= fading
        self._weight *= fading
        self._since, self._calm_since = min(self._since, now), min(self._calm_since, now)  # a clock set back
        self._born = min(self._born, now)
        self._up_since = None if self._up_since is None else min(self._up_since, now)
        self.now = now

    def _judge(self) -> None:
        wait = self.figures.queue_wait_s = self._sum / (self._weight + STEADY)
        by_waits = sum(wait > limit for limit in WAITS_ABOVE_S)
        wanted = max(by_waits, sum(self._oldest_s > limit for limit in OLDEST_ABOVE_S))
        if wanted > self.figures.level:
            self.figures.rises += 1
            self._go(wanted)
        elif wanted == self.figures.level:
            self._calm_since = self.now
        elif self.now - self._calm_since >= CALM:
            self.figures.falls += 1
            self._go(self.figures.level - 1)

    def _go(self, level: int) -> None:
        self.figures.level = level
        self._since = self._calm_since = self.now
