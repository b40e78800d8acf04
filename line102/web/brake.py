"""A brake on guessing passwords. Pure: the clock is given.

Counted are tries by address, and by account; one that is still being looked at counts as wrong, so that many at once
gain nothing. A stranger who guesses must not lock an operator out: a browser that has signed in as an account before
shows a cookie (``known_browser``) and is counted by itself, whatever others do from its address or with its account.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TRIES = 10  # wrong ones from an address, or from a known browser, …
WITHIN = timedelta(minutes=1)  # … within this time close it until they are older
ACCOUNT_TRIES = 30  # wrong ones for an account, from browsers it does not know, wherever they are …
ACCOUNT_WITHIN = timedelta(minutes=10)  # … within this time close it for such browsers
KEPT = 1000  # of each kind; when full, who tried longest ago is forgotten


@dataclass
class _Count:
    tries: int
    within: timedelta
    _times: dict[str, deque[datetime]] = field(default_factory=dict)

    def note(self, who: str, now: datetime) -> None:
        times = self._times.pop(who, None) or deque(maxlen=self.tries)
        times.append(now)
        self._times[who] = times  # last in the dict: newest
        while len(self._times) > KEPT:
            del self._times[next(iter(self._times))]

    def forget_last(self, who: str) -> None:
        if times := self._times.get(who):
            times.pop()

    def closed_for(self, who: str, now: datetime) -> timedelta:
        times = self._times.get(who)
        if times is None or len(times) < self.tries:
            return timedelta(0)
        return max(timedelta(0), times[0] + self.within - now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trier:
    """``place``: an address, or a known browser. ``account``: "" where it does not count."""

    place: str
    account: str = ""


@dataclass
class Brake:
    """One for all ways to sign in."""

    _places: _Count = field(default_factory=lambda: _Count(TRIES, WITHIN))
    _accounts: _Count = field(default_factory=lambda: _Count(ACCOUNT_TRIES, ACCOUNT_WITHIN))

    def note(self, trier: Trier, now: datetime) -> None:
        """A try, before it is looked at."""
        self._places.note(trier.place, now)
        if trier.account:
            self._accounts.note(trier.account[:64], now)

    def was_right(self, trier: Trier) -> None:
        """One of the tries that were noted was no guess."""
        self._places.forget_last(trier.place)
        if trier.account:
            self._accounts.forget_last(trier.account[:64])

    def closed_for(self, trier: Trier, now: datetime) -> timedelta:
        """How long they must wait before they may try; 0: they may."""
        wait = self._places.closed_for(trier.place, now)
        if trier.account:
            wait = max(wait, self._accounts.closed_for(trier.account[:64], now))
        return wait
