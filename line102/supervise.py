"""Keeping the parts of the service running. The one broad ``except`` of the service lives here.

A part that breaks is logged, its light goes out, and it starts again: no part takes another down, and none of them
holds a call: Asterisk does, so a caller reaches an operator whatever breaks here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.errors import BadSetting

FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=15)
SETTLED = timedelta(seconds=60)  # a part that ran this long starts again after the first pause

log = structlog.get_logger()


class Restarts(Protocol):
    """Told whenever a part broke; counts it and shows it."""

    def __call__(self, part: str, why: str) -> None: ...


async def guarded(part: str, run: Callable[[], Awaitable[None]]) -> str | None:
    """Run once; None when it ended well, else why it broke (logged). BadSetting passes through."""
    try:
        await run()
    except BadSetting:
        raise
    except Exception as error:
        log.exception("part_broke", part=part)
        return f"{type(error).__name__}: {error}"
    return None


async def keep_running(part: str, run: Callable[[], Awaitable[None]], restarted: Restarts) -> None:
    """Run ``run`` for ever, again after each break with a growing pause. BadSetting ends the service (exit code 2)."""
    pause = FIRST_PAUSE
    while True:
        began = datetime.now(UTC)
        why = await guarded(part, run)
        restarted(part, why or "ended by itself")
        if datetime.now(UTC) - began > SETTLED:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause.total_seconds())
        pause = min(pause * 2, LONGEST_PAUSE)
