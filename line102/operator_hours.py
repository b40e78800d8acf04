"""An operator's spell in one state, cut at the borders of hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)


def by_hour(began: datetime, ended: datetime) -> Iterator[tuple[datetime, float]]:
    """(the hour's beginning in UTC, seconds in it); nothing where the clock went back. UTC has no other borders."""
    at = began.astimezone(UTC)
    ended = ended.astimezone(UTC)
    while at < ended:
        hour = at.replace(minute=0, second=0, microsecond=0)
        until = min(hour + HOUR, ended)
        yield hour, (until - at).total_seconds()
        at = until
