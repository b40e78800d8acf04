"""A deadline whose passing is an error of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from line102.errors import Unreachable


@asynccontextmanager
async def within(deadline: timedelta, what: str) -> AsyncIterator[None]:
    """Raises Unreachable when the body is not done after ``deadline``."""
    seconds = deadline.total_seconds()
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Unreachable(what, f"not within {seconds:g} s") from error
