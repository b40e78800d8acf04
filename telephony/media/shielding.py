"""Steps that must not be left half done because the caller of the code is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(step: Coroutine[object, object, T]) -> T:
    """Run ``step`` to its end even when we are cancelled; the cancellation is raised afterwards.

    For requests to the PBX, each of which has a deadline of its own: a channel whose creation we had stopped
    watching could appear after its removal. A step's own failure is raised, unless we were cancelled.
    """
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                continue  # told twice: once is enough, and it is raised below
        if not task.cancelled():
            task.exception()  # seen; the cancellation outranks it
        raise
