"""What the centre promises about waiting. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTarget:
    """``share`` (0.0-1.0) of the calls answered within ``within`` of the network's offer."""

    within: timedelta
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Sources of the defaults (settings): Russian decree 1931 (mean 8 s, 98 % in 20 s), the UK's contact standard
    (90 % in 10 s). ``short``: who hangs up sooner is told apart.
    """

    mean: timedelta
    shares: tuple[ShareTarget, ...]
    short: timedelta = timedelta(seconds=5)
