"""A brake on guessing passwords. Pure: the clock is given.

Counted are wrong tries by address, and by account. An address is closed for a minute after ten. An account's own brake
closes only against addresses from which nobody is signed in as that account, so that a stranger who guesses cannot lock
an operator out at the workplace.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TRIES = 10  # wrong ones from an address …
WITHIN = timedelta(minutes=1)  # … within this time close it until they are older
ACCOUNT_TRIES = 30  # wrong ones for an account, wherever they come from …
ACCOUNT_WITHIN = timedelta(minutes=10)  # … within this time close it for unknown addresses
KEPT = 1000  # of each kind; when full, who was wrong longest ago is forgotten


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

    def closed_for(self, who: str, now: datetime) -> timedelta:
        times = self._times.get(who)
        if times is None or len(times) < self.tries:
            return timedelta(0)
        return max(timedelta(0), times[0] + self.within - now)


@dataclass
class Brake:
    """One for all ways to sign in."""

    _addresses: _Count = field(default_factory=lambda: _Count(TRIES, WITHIN))
    _accounts: _Count = field(default_factory=lambda: _Count(ACCOUNT_TRIES, ACCOUNT_WITHIN))

    def note(self, address: str, account: str, now: datetime) -> None:
        """A wrong try. ``account`` may be a name that nobody has."""
        self._addresses.note(address, now)
        if account:
            self._accounts.note(account[:64], now)

    def closed_for(self, address: str, account: str, *, known: bool, now: datetime) -> timedelta:
        """How long this address must wait before it may try this account; 0: it may. ``known``: see the module."""
        wait = self._addresses.closed_for(address, now)
        if account and not known:
            wait = max(wait, self._accounts.closed_for(account[:64], now))
        return wait
