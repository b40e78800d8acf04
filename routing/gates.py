"""Whether a language's flags have been proven safe enough to act on. Pure arithmetic over audited flags."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from line102.words import Label, Mode

CONFIDENCE = 0.95
AUDITED_FLAGS = 3000  # without a miss: the miss rate is then below 0.1 % with 95 % confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Of one language in one queue. ``audited`` flags since the last miss, each looked at by a person."""

    audited: int = 0
    missed: int = 0  # emergencies among flags, ever
    needed: int = AUDITED_FLAGS

    @property
    def is_open(self) -> bool:
        return self.audited >= self.needed

    @property
    def miss_rate_below(self) -> float:
        """Upper 95 % bound of the miss rate, 0.0-1.0, from the flags since the last miss. Source: Clopper-Pearson."""
        return upper_bound(0, self.audited)

    def after(self, truth: Label) -> Gate:
        """The gate after a person said what a flagged call really was."""
        if truth is Label.EMERGENCY:
            return replace(self, audited=0, missed=self.missed + 1)
        return replace(self, audited=self.audited + 1)

    def allows(self, mode: Mode) -> bool:
        return mode is Mode.SHADOW or self.is_open


def upper_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided upper bound of a share when ``events`` of ``trials`` happened: exact (Clopper-Pearson), 0.0-1.0.

    The p at which seeing so few has probability 1 - confidence; found by bisection, to 1e-9.
    """
    if events >= trials:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if _at_most(events, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided lower bound of a share, exact (Clopper-Pearson), 0.0-1.0."""
    return 1.0 - upper_bound(trials - events, trials, confidence)


def _at_most(events: int, trials: int, share: float) -> float:
    """P(X <= events) of a binomial, by logarithms: ``trials`` may be large."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    total = 0.0
    for k in range(events + 1):
        log_p = math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        total += math.exp(log_p + k * math.log(share) + (trials - k) * math.log1p(-share))
    return min(1.0, total)
