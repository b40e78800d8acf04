"""QUEUESTATUS, complete for 22.10.1 (app_queue.c, ``queue_results``), as why a stay ended or never began. Pure."""

from __future__ import annotations

from line102.calls import StayEnd

REFUSALS = {
    "FULL": StayEnd.FULL,
    "JOINEMPTY": StayEnd.NOBODY,
    "JOINUNAVAIL": StayEnd.NOBODY,
    "UNKNOWN": StayEnd.UNKNOWN_QUEUE,
    "CLOSED": StayEnd.NOBODY,  # our dialplan's word: the help line outside its hours
}
_LEAVES = {
    "TIMEOUT": StayEnd.TIMEOUT,
    "WITHDRAW": StayEnd.WITHDRAWN,
    "LEAVEEMPTY": StayEnd.EMPTIED,
    "LEAVEUNAVAIL": StayEnd.EMPTIED,
    "CONTINUE": StayEnd.LEFT,
}


def why_left(status: str) -> StayEnd:
    """For a caller who had joined. A status that we do not know: out of the queue too."""
    return _LEAVES.get(status, StayEnd.LEFT)
