"""Asterisk's queue_log, line by line. Pure: bytes in, typed lines out; nothing here raises on bad input.

A line is ``epoch|callid|queue|agent|event|data…`` with the time in whole seconds, rounded down
(source: ``main/logger.c``, ``ast_queue_log``; ``docs.asterisk.org/Operation/Logging/Queue-Logs``). Our own
dialplan adds lines that carry ``epoch.micro`` in their data (``asterisk-conf/extensions.conf``), see ``OURS``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from line102.calls import CallId, QueueName
from line102.ports import Unrecognised

MAX_LINE_BYTES = 16 * 1024  # Asterisk formats a line in a buffer of 8 KiB; anything longer is damage


class Kind(StrEnum):
    """The events we know. ``OURS`` carry microseconds, the others whole seconds."""

    # written by our dialplan, SERVED by line102 itself
    OFFERED = "OFFERED"  # epoch.micro|number|dialled
    RECORDING = "RECORDING"  # epoch.micro
    LEFT = "LEFT"  # QUEUESTATUS, and |epoch.micro where the dialplan gives it
    OVERFLOW_CONNECT = "OVERFLOWCONNECT"  # epoch.micro; the agent field is the operator
    HELP_LINE = "HELPLINE"  # epoch.micro|who sent the caller: "caller" or an operator
    LEG_LOST = "LEGLOST"  # epoch.micro|Q.850 cause of the leg that died
    PUT_THROUGH = "PUTTHROUGH"  # epoch.micro|who put the caller through|to whom
    SERVED = "SERVED"  # epoch.micro by line102's own clock, which wrote the line over AMI
    CALLED_BACK = (
        "CALLEDBACK"  # of no call: epoch.micro|attempt|call|DIALSTATUS|ms talked; the agent field is the operator
    )
    ENDED = "ENDED"  # epoch.micro|Q.850 cause
    # written by app_queue for a call
    ENTER = "ENTERQUEUE"  # url|number|position
    CONNECT = "CONNECT"  # holdtime|bridged uniqueid|ringtime, seconds
    COMPLETE_CALLER = "COMPLETECALLER"  # hold|talk|original position
    COMPLETE_OPERATOR = "COMPLETEAGENT"  # the same
    ABANDON = "ABANDON"  # position|original position|wait
    TIMEOUT = "EXITWITHTIMEOUT"  # the same
    EMPTIED = "EXITEMPTY"  # the same
    KEY = "EXITWITHKEY"  # key|position|original position|wait
    WITHDRAWN = "WITHDRAW"  # position|original position|wait|info
    RING_NO_ANSWER = "RINGNOANSWER"  # milliseconds rung
    RING_CANCELLED = "RINGCANCELED"  # milliseconds rung
    BLIND_TRANSFER = "BLINDTRANSFER"
    ATTENDED_TRANSFER = "ATTENDEDTRANSFER"
    TRANSFER = "TRANSFER"  # before Asterisk 12
    OPERATOR_DUMP = "AGENTDUMP"
    INCOMPATIBLE = "SYSCOMPAT"
    DIALLED = "DID"
    INFO = "INFO"
    # written about queues and members, not about a call
    STARTED = "QUEUESTART"
    RELOADED = "CONFIGRELOAD"
    ROTATED = "LOGROTATE"
    MEMBER_ADDED = "ADDMEMBER"
    MEMBER_REMOVED = "REMOVEMEMBER"
    PAUSED = "PAUSE"
    PAUSED_ALL = "PAUSEALL"
    UNPAUSED = "UNPAUSE"
    UNPAUSED_ALL = "UNPAUSEALL"
    PENALTY = "PENALTY"
    RING_IN_USE = "RINGINUSE"


OURS = frozenset(
    {Kind.OFFERED, Kind.RECORDING, Kind.LEFT, Kind.OVERFLOW_CONNECT, Kind.HELP_LINE, Kind.SERVED, Kind.ENDED}
    | {Kind.LEG_LOST, Kind.PUT_THROUGH, Kind.CALLED_BACK}
)
_CLOCKS_AGREE = timedelta(seconds=2)
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One whole line. ``written_at`` is the second in which it was written: the event lies in [it, it + 1 s)."""

    written_at: datetime  # aware UTC, no microseconds
    call_id: CallId | None  # None where Asterisk writes NONE: a line about no call
    queue: QueueName
    member: str  # the member's name in queues.conf, else its interface; "NONE" when it is about nobody
    kind: Kind | Unrecognised
    data: tuple[str, ...]

    @property
    def exact(self) -> datetime | None:
        """The microsecond time that our dialplan wrote into the line; None when there is none or it is unreadable."""
        if self.kind not in OURS:
            return None
        field = 1 if self.kind is Kind.LEFT else 0
        told = moment(self.data[field]) if len(self.data) > field and "." in self.data[field] else None
        if told is not None and self.kind is Kind.SERVED and abs(told - self.written_at) > _CLOCKS_AGREE:
            return None  # line102 on another machine, whose clock is off: Asterisk's seconds are worth more
        return told


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line that cannot be read: kept as text (at most 200 characters), counted, never dropped in silence."""

    text: str


_EPOCH = re.compile(r"\d{9,11}(\.\d{1,9})?", re.ASCII)
# A crash or a full disk can cut a line; Asterisk then goes on in mid-line with the next one, usually QUEUESTART.
_RESUMED = re.compile(rb"\d{10}\|NONE\|NONE\|NONE\|QUEUESTART\|")


def moment(field: str) -> datetime | None:
    """``1789.123456`` as aware UTC, to the microsecond; None when it is not such a time."""
    if not _EPOCH.fullmatch(field):
        return None
    seconds, _, fraction = field.partition(".")
    micro = int((fraction + "000000")[:6])
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=micro)


def split_lines(data: bytes) -> tuple[list[bytes], int]:
    """Return the whole lines in ``data`` without their ends, and how many bytes they take.

    A last line without its newline is not whole: its bytes are not counted, it waits for its end.
    """
    end = data.rfind(b"\n") + 1
    return [line for line in data[:end].split(b"\n") if line.strip(b"\r\0 ")], end


def parse_lines(raw: bytes) -> list[QueueLine | Damaged]:
    """Parse one raw line: nearly always one result, two where a cut line and QUEUESTART share it."""
    raw = raw.strip(b"\r\0 ")  # NULs: what a file system leaves after a power cut
    resumed = _RESUMED.search(raw)
    if resumed and resumed.start() > 0:
        return [_parse(raw[: resumed.start()]), _parse(raw[resumed.start() :])]
    return [_parse(raw)]


def _parse(raw: bytes) -> QueueLine | Damaged:
    text = raw[:MAX_LINE_BYTES].decode("utf-8", "replace")
    fields = text.split("|")
    written_at = moment(fields[0])
    if len(fields) < 5 or written_at is None or "." in fields[0] or not fields[4] or len(raw) > MAX_LINE_BYTES:
        return Damaged(text[:200])
    _, call_id, queue, member, event, *data = fields
    return QueueLine(
        written_at=written_at.replace(microsecond=0),
        call_id=None if call_id in ("NONE", "", "REALTIME", "MANAGER") else CallId(call_id),
        queue=QueueName(queue),
        member=member,
        kind=_KINDS.get(event) or Unrecognised(name=event),
        data=tuple(data),
    )
