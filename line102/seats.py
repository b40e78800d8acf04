"""One operator's two phones in one queue, as one seat. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from line102.ports import MemberSeen

_ORDER = ("talking", "ringing", "free", "unreachable", "unknown")
_BUSY = frozenset({"talking", "ringing"})


def merged(phones: Iterable[MemberSeen]) -> MemberSeen:
    """What is told of the seat: busy when either phone is; else the phone that a call would come to, if there is one.

    ``phones``: at least one.
    """
    return min(phones, key=_rank)


def _rank(seen: MemberSeen) -> tuple[int, bool, int, str]:
    place = _ORDER.index(seen.status) if seen.status in _ORDER else len(_ORDER)
    if seen.status in _BUSY:
        return 0, False, place, seen.phone
    return 1, seen.paused or seen.status != "free", place, seen.phone
