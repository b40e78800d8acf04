"""An attempt to call somebody back, as our dialplan tells it: in an AMI event, and in queue_log. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from line102.call_backs import SPOKEN_AFTER
from line102.call_backs_kinds import CallBackResult
from line102.calls import CallId, OperatorId
from line102.events import CallBackTried
from telephony.ami.message import Message
from telephony.queue_log import Kind, QueueLine

_NO_TALK = {
    "BUSY": CallBackResult.BUSY,
    "NOANSWER": CallBackResult.NO_ANSWER,
    "CANCEL": CallBackResult.GIVEN_UP,
    "": CallBackResult.GIVEN_UP,  # the operator put down before the number was dialled
}
"""Dial's DIALSTATUS without an answer; CHANUNAVAIL, CONGESTION and anything new: the number could not be had."""


def result_of(dial_status: str, talked: timedelta) -> CallBackResult:
    if dial_status == "ANSWER":
        return CallBackResult.TALKED if talked >= SPOKEN_AFTER else CallBackResult.CUT_SHORT
    return _NO_TALK.get(dial_status, CallBackResult.UNREACHABLE)


def told_by_event(message: Message, at: datetime) -> CallBackTried:
    """From UserEvent Line102CalledBack, on the operator's own channel."""
    attempt, by = message.get("Uniqueid"), message.get("By")
    return _tried(message.get("CallId"), at, by, attempt, message.get("Dial"), message.get("TalkedMs"))


def told_by_log(lines: Iterable[QueueLine], since: datetime) -> list[CallBackTried]:
    """Every attempt that ended at or after ``since``, in the order written; a line that is cut tells nothing."""
    found = []
    for line in lines:
        at = line.exact
        if line.kind is Kind.CALLED_BACK and at is not None and at >= since and len(line.data) == 5:
            _, attempt, call_id, dial_status, talked_ms = line.data
            found.append(_tried(call_id, at, line.member, attempt, dial_status, talked_ms))
    return found


def _tried(call_id: str, at: datetime, by: str, attempt: str, dial_status: str, talked_ms: str) -> CallBackTried:
    answered = dial_status == "ANSWER" and talked_ms.isascii() and talked_ms.isdecimal()
    talked = timedelta(milliseconds=int(talked_ms)) if answered else timedelta(0)
    return CallBackTried(
        call_id=CallId(call_id),
        at=at,
        by=OperatorId(by),
        attempt=CallId(attempt),
        result=result_of(dial_status, talked),
        talked=talked,
    )
