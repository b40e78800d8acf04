"""AMI's words become ours; here they stop. Pure: one message in, one event (or nothing) out.

What a caller's channel is: its Uniqueid is its Linkedid (it began the call) and it came in by a trunk, which its
Context (at the beginning) or its name (always) says. So operators' legs, snoops, media websockets and probe calls are
never calls, and a caller is known for one even when AMI was connected in mid-call.
Source of names and fields: core-en_US.xml of Asterisk 22.10.1, and tests/recordings/ami.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from line102.call_backs import is_attempt
from line102.calls import CallId, OperatorId, QueueName
from line102.desk_kinds import Phone
from line102.events import (
    CallAnswered,
    CallBackTried,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallOffered,
    CourseEvent,
    LegLost,
    OperatorLeft,
    OperatorRung,
    PutThrough,
    RecordingBegan,
    RingNoAnswer,
    SentToHelpLine,
)
from line102.ports import CallBackLegGone, KeyPressed, MemberSeen, SelfServiceReached, Unrecognised
from telephony.ami.ignored import IGNORED
from telephony.ami.message import Message
from telephony.called_back import told_by_event
from telephony.queue_status import REFUSALS, why_left

Translated = (
    CourseEvent | CallBackTried | CallBackLegGone | MemberSeen | KeyPressed | SelfServiceReached | Unrecognised | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunks:
    """Where callers come from: the trunks' endpoints ("PJSIP/trunk") and the contexts their calls begin in."""

    endpoints: frozenset[str] = frozenset({"PJSIP/trunk"})
    contexts: frozenset[str] = frozenset({"from-trunk", "line102", "line102-help", "line102-talked", "line102-through"})


_DEVICE_STATES = {
    "1": "free",
    "2": "talking",  # in use
    "3": "talking",  # busy
    "4": "unreachable",  # invalid
    "5": "unreachable",  # unavailable
    "6": "ringing",
    "7": "talking",  # in use, and a second call rings
    "8": "talking",  # on hold
}
"""AST_DEVICE_* as QueueMemberStatus sends them; 0 and anything new is "unknown"."""


def is_caller(message: Message, trunks: Trunks) -> bool:
    """Whether ``message`` is about a caller's own channel."""
    unique_id = message.get("Uniqueid")
    if not unique_id or unique_id != message.get("Linkedid"):
        return False
    endpoint = message.get("Channel").rpartition("-")[0]
    return endpoint in trunks.endpoints or message.get("Context") in trunks.contexts


def happened_at(message: Message, received_at: datetime) -> datetime:
    """Asterisk's clock where it said (``timestampevents = yes``), else ours. Aware UTC."""
    try:
        return datetime.fromtimestamp(float(message.get("Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return received_at


def translate(message: Message, trunks: Trunks, received_at: datetime) -> Translated:
    """What ``message`` means to us; None when it means nothing, on purpose. Never raises."""
    name = message.name
    if name in IGNORED:
        return None
    if name in _MEMBER_EVENTS:
        return member_seen(message)
    at = happened_at(message, received_at)
    if name == "UserEvent":
        return _user_event(message, trunks, at)
    if name not in _CALLER_EVENTS:
        return Unrecognised(name=name)
    if name == "Hangup" and is_attempt(message.get("Uniqueid")):
        return CallBackLegGone(attempt=CallId(message.get("Uniqueid")))
    return _caller_event(message, at) if is_caller(message, trunks) else None


_MEMBER_EVENTS = frozenset(
    {"QueueMember", "QueueMemberStatus", "QueueMemberPause", "QueueMemberAdded", "QueueMemberRemoved"}
)
_CALLER_EVENTS = frozenset(
    {
        "MixMonitorStart",
        "QueueCallerJoin",
        "AgentCalled",
        "AgentRingNoAnswer",
        "AgentDump",
        "AgentConnect",
        "AgentComplete",
        "DTMFEnd",
        "Hangup",
    }
)


def _caller_event(message: Message, at: datetime) -> Translated:
    call_id = CallId(message.get("Uniqueid"))
    queue = QueueName(message.get("Queue"))
    operator_id = OperatorId(message.get("MemberName"))
    match message.name:
        case "MixMonitorStart":
            return RecordingBegan(call_id=call_id, at=at)
        case "QueueCallerJoin":
            return CallerJoined(call_id=call_id, at=at, queue=queue, position=_whole(message.get("Position")))
        case "AgentCalled":
            return OperatorRung(call_id=call_id, at=at, queue=queue, operator_id=operator_id)
        case "AgentRingNoAnswer" | "AgentDump":  # AgentDump: picked up, and put down before being connected
            return RingNoAnswer(call_id=call_id, at=at, operator_id=operator_id)
        case "AgentConnect":
            return CallAnswered(call_id=call_id, at=at, operator_id=operator_id, queue=queue)
        case "AgentComplete":
            return OperatorLeft(call_id=call_id, at=at, operator_id=operator_id)
        case "DTMFEnd":
            return _key(message, call_id, at)
        case "Hangup":
            return CallEnded(call_id=call_id, at=at, hangup_cause=_whole(message.get("Cause")))
        case name:
            return Unrecognised(name=name)


def _key(message: Message, call_id: CallId, at: datetime) -> KeyPressed | None:
    """A key that the caller pressed, not one that somebody plays to them."""
    key = message.get("Digit")
    pressed = message.get("Direction") == "Received" and key in _KEYS
    return KeyPressed(call_id=call_id, at=at, key=key) if pressed else None


_KEYS = frozenset("0123456789*#ABCD")


def _user_event(message: Message, trunks: Trunks, at: datetime) -> Translated:
    """Our dialplan's own (asterisk-conf/extensions.conf)."""
    match message.get("UserEvent"):
        case "Line102Offered" if is_caller(message, trunks):
            number, dialled = message.get("Number"), message.get("Dialled")
            return CallOffered(call_id=CallId(message.get("Uniqueid")), at=at, number=number, dialled=dialled)
        case "Line102QueueLeft" if is_caller(message, trunks):
            return _queue_left(message, at)
        case "Line102HelpLine" if is_caller(message, trunks):
            return SentToHelpLine(call_id=CallId(message.get("Uniqueid")), at=at, by=message.get("By"))
        case "Line102LegLost" if is_caller(message, trunks):
            return LegLost(call_id=CallId(message.get("Uniqueid")), at=at)
        case "Line102PutThrough" if is_caller(message, trunks):
            by, to = message.get("By"), message.get("To")
            return PutThrough(call_id=CallId(message.get("Uniqueid")), at=at, by=by, to=to)
        case "Line102SelfService" if is_caller(message, trunks):
            return SelfServiceReached(call_id=CallId(message.get("Uniqueid")), at=at)
        case "Line102CalledBack" if is_attempt(message.get("Uniqueid")):
            return told_by_event(message, at)
        case "Line102OverflowAnswered":  # on the phone that answered: the caller's id is a field
            call_id, operator_id = CallId(message.get("CallId")), OperatorId(message.get("Operator"))
            return CallAnswered(call_id=call_id, at=at, operator_id=operator_id, queue=None)
        case name if name in _ABOUT_CALLERS:
            return None  # said on a channel that is no caller's
        case other:
            return Unrecognised(name=f"UserEvent {other}")


_ABOUT_CALLERS = frozenset(
    {
        "Line102CalledBack",
        "Line102Offered",
        "Line102QueueLeft",
        "Line102HelpLine",
        "Line102LegLost",
        "Line102PutThrough",
        "Line102SelfService",
    }
)


def _queue_left(message: Message, at: datetime) -> CourseEvent:
    call_id, queue, status = CallId(message.get("Uniqueid")), QueueName(message.get("Queue")), message.get("Status")
    if status in REFUSALS:
        return CallerRefused(call_id=call_id, at=at, queue=queue, reason=REFUSALS[status])
    return CallerLeftQueue(call_id=call_id, at=at, queue=queue, reason=why_left(status))


def member_seen(message: Message) -> MemberSeen:
    """From QueueMember… events; the QueueMember of a QueueStatus says Name and Location where the others say MemberName
    and Interface.
    """
    gone = message.name == "QueueMemberRemoved"
    paused = message.get("Paused") == "1"
    interface = message.get("Interface") or message.get("Location")
    return MemberSeen(
        operator_id=OperatorId(message.get("MemberName") or message.get("Name")),
        queue=QueueName(message.get("Queue")),
        status="unknown" if gone else _DEVICE_STATES.get(message.get("Status"), "unknown"),
        paused=paused,
        phone=Phone.WEB if interface.endswith("-web") else Phone.DESK,
        reason=message.get("PausedReason") if paused else "",
        on_hold=message.get("Status") == "8",
    )


def started_at(core_status: Message, fully_booted: Message, now: datetime) -> datetime | None:
    """When Asterisk started, to the second, the same at each connect; None when it did not say.

    CoreStatus gives the PBX's local time without a zone (main/manager.c, ``action_corestatus``); FullyBooted's Uptime,
    seconds, tells which zone that was.
    """
    text = f"{core_status.get('CoreStartupDate')} {core_status.get('CoreStartupTime')}"
    uptime = _whole(fully_booted.get("Uptime"))
    if uptime is None:
        return None
    about = happened_at(fully_booted, now) - timedelta(seconds=uptime)
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return about
    return local + round((about - local) / _ZONE_STEP) * _ZONE_STEP


_ZONE_STEP = timedelta(minutes=15)  # every zone is a multiple of it


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
