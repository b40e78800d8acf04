"""One thing that ``check-pbx`` looked at, and how the PBX is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

AmiAction = Callable[[str, dict[str, str]], Awaitable[list[dict[str, str]]]]
"""``await ami_action("QueueStatus", {"Queue": "102"})`` → the response, then the events of its list, as mappings."""
AriGet = Callable[[str], Awaitable[object]]
"""``await ari_get("/asterisk/info")`` → decoded JSON."""

REACHABLE = {"1", "2", "3", "6", "7", "8"}  # app_queue's member Status: not in use, in use, busy, ringing, … on hold


@dataclass(frozen=True, slots=True)
class Finding:
    """``remedy`` is "" when ``ok``. ``grave``: 102 itself is not carried as it must be; else a warning."""

    name: str
    ok: bool
    seen: str
    remedy: str = ""
    grave: bool = True
