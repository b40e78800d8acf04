"""How long to wait before the next attempt. Pure but for the jitter, which is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import SystemRandom

_RANDOM = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffSettings:
    first: timedelta = timedelta(seconds=0.2)
    cap: timedelta = timedelta(seconds=15)
    after_refusal: timedelta = timedelta(seconds=60)  # a wrong password: do not hammer, do not lock the account
    steady_after: timedelta = timedelta(seconds=15)  # a connection that lived this long starts again from ``first``


class Backoff:
    """Doubles from ``first`` to ``cap``; each wait is 50-100 % of it: several services do not knock at once."""

    def __init__(self, settings: BackoffSettings, fraction: Callable[[], float] = _RANDOM.random) -> None:
        self._settings = settings
        self._fraction = fraction  # 0.0-1.0
        self._failures = 0
        self._wait = timedelta(0)

    @property
    def wait(self) -> timedelta:
        """Before the next attempt; zero before the very first."""
        return self._wait

    def failed(self) -> None:
        """An attempt failed, or a connection ended soon after it began."""
        bare = min(self._settings.first * 2 ** min(self._failures, 32), self._settings.cap)
        self._failures += 1
        self._wait = bare * (0.5 + 0.5 * self._fraction())

    def refused(self) -> None:
        self._failures = 0
        self._wait = self._settings.after_refusal

    def ended_after(self, lived: timedelta) -> None:
        """A connection that had worked ended after ``lived``."""
        if lived >= self._settings.steady_after:
            self._failures = 0
        self.failed()
