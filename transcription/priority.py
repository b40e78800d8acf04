"""How soon somebody needs a window's words. Pure.

A window's deadline is its arrival plus this allowance, and the earliest deadline goes first: that one rule holds the
priorities (a caller who waits alone goes before everybody) and lets what has waited long enough overtake.
"""

from __future__ import annotations

from datetime import timedelta

from line102.calls import Side
from line102.ports import Window

CATCH_UP = timedelta(seconds=60)
SECOND_PASS = timedelta(seconds=600)


def due_in(side: Side, *, answered: bool, final: bool) -> timedelta:
    """The allowance of a live window; ``answered``: an operator talks with the caller."""
    if side is Side.OPERATOR:
        return timedelta(seconds=1.5 if final else 1.2)
    if answered:
        return timedelta(seconds=0.6 if final else 0.8)
    return timedelta(seconds=0.5 if final else 0.7)


def is_live(window: Window) -> bool:
    """Whether somebody waits for it now; the other windows come from recordings and wait for quiet times."""
    return window.due_in < CATCH_UP / 2
