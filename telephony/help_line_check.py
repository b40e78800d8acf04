"""Can this PBX take a caller who is sent to the help line? Looked at first, then judged: the judging is pure.

Only warnings: 102 does without, as long as every mode is shadow. But a supervisor may raise one at any moment, and
then a caller would be sent to where nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass

from line102.calls import HELP_LINE
from line102.errors import Refused
from telephony.call_control import HELP_CONTEXT
from telephony.finding import REACHABLE, AmiAction, Finding

_NO_CONTEXT = "Did not find context"  # pbx.c, ``manager_show_dialplan``


@dataclass(frozen=True, slots=True)
class HelpLineSeen:
    """``members``: QueueMember events; None: there is no such queue. ``why_no_context``: "" when it is there."""

    members: tuple[dict[str, str], ...] | None
    why_no_context: str = ""


async def look_at_help_line(ami_action: AmiAction) -> HelpLineSeen:
    """Raises Refused, Unreachable."""
    rows = await ami_action("QueueStatus", {"Queue": HELP_LINE})
    known = any(row.get("Event") == "QueueParams" for row in rows)
    members = tuple(row for row in rows if row.get("Event") == "QueueMember")
    return HelpLineSeen(members if known else None, await _why_no_context(ami_action))


async def _why_no_context(ami_action: AmiAction) -> str:
    try:
        await ami_action("ShowDialPlan", {"Context": HELP_CONTEXT})
    except Refused as error:
        return "there is no such context" if _NO_CONTEXT in error.why else f"it cannot be asked: {error.why}"
    return ""


def judge_help_line(seen: HelpLineSeen) -> list[Finding]:
    """Pure."""
    return [_queue(seen.members), _context(seen.why_no_context)]


def _queue(members: tuple[dict[str, str], ...] | None) -> Finding:
    name = f"queue {HELP_LINE}"
    if members is None:
        remedy = "Add it to queues.conf and reload app_queue before a mode is raised above shadow"
        return Finding(name, False, "there is no such queue: nobody can be sent to the help line", remedy, grave=False)
    if not members:
        remedy = "Name its seats in pbx.help_operators (or queues.conf) before a mode is raised above shadow"
        return Finding(name, False, "no members: only the self-service could take a call", remedy, grave=False)
    there = sum(member.get("Status") in REACHABLE for member in members)
    return Finding(name, True, f"{there} of {len(members)} members reachable")


def _context(why_not: str) -> Finding:
    name = f"context {HELP_CONTEXT}"
    if not why_not:
        return Finding(name, True, "is in the dialplan")
    remedy = "Take it from asterisk-conf/extensions.conf; if it cannot be asked: write class reporting in manager.conf"
    return Finding(name, False, why_not, remedy, grave=False)
