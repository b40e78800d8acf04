"""The course of one call as its queue_log lines tell it. Pure.

How exact: our dialplan's lines give microseconds for the offer, the recording's begin, every way out of the queue,
the overflow answer and the end. Asterisk's own lines are whole seconds, rounded down. They are narrowed by their
neighbours: a line right after (ENTERQUEUE) or right before (COMPLETE…, ABANDON, EXIT…, WITHDRAW) an exact one takes
its time; what remains (CONNECT, RINGNOANSWER, an operator's end before another stay) is the middle of the interval
that is left, at most 0.5 s off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from line102.calls import CallId, OperatorId, StayEnd
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallInterrupted,
    CallOffered,
    CourseEvent,
    LegLost,
    OperatorLeft,
    OperatorRung,
    PutThrough,
    RecordingBegan,
    RingNoAnswer,
    SelfServed,
    SentToHelpLine,
)
from telephony.queue_log import Kind, QueueLine
from telephony.queue_status import REFUSALS, why_left

_SECOND = timedelta(seconds=1)
_SLACK = timedelta(milliseconds=50)  # between the dialplan reading the clock and Asterisk writing the line
_EXITS = {
    Kind.TIMEOUT: StayEnd.TIMEOUT,
    Kind.EMPTIED: StayEnd.EMPTIED,
    Kind.WITHDRAWN: StayEnd.WITHDRAWN,
    Kind.KEY: StayEnd.LEFT,
}
_TALK_ENDS = frozenset(
    {Kind.COMPLETE_CALLER, Kind.COMPLETE_OPERATOR, Kind.BLIND_TRANSFER, Kind.ATTENDED_TRANSFER, Kind.TRANSFER}
)
_TAKES_NEXT = frozenset({*_EXITS, *_TALK_ENDS, Kind.ABANDON, Kind.RING_CANCELLED})


def course(lines: Sequence[QueueLine], *, stopped_at: datetime | None = None) -> list[CourseEvent]:
    """The events of one call from all its lines, in the order in which they were written.

    ``stopped_at``: the last moment Asterisk is known to have run before it was started again with this call's
    ENDED line unwritten; None when it was not restarted since. A call without ENDED and without a restart is open.
    """
    if not lines or lines[0].call_id is None:
        return []
    teller = _Teller(call_id=lines[0].call_id)
    lines = _served_before_the_end(lines)
    times = _times(lines)
    for index, line in enumerate(lines):
        following = lines[index + 1 :]
        teller.tell(line, times[index], ends_here=any(later.kind is Kind.ENDED for later in following[:1]))
    if stopped_at is not None and not teller.ended:
        teller.add(CallInterrupted(call_id=teller.call_id, at=max(stopped_at, times[-1])))
    return teller.events


def _served_before_the_end(lines: Sequence[QueueLine]) -> Sequence[QueueLine]:
    """Ours of SERVED may reach Asterisk a moment after the caller hung up; it tells of what was before."""
    ends = [n for n, line in enumerate(lines) if line.kind is Kind.ENDED]
    if not ends or not any(line.kind is Kind.SERVED for line in lines[ends[0] :]):
        return lines
    late = [line for line in lines[ends[0] :] if line.kind is Kind.SERVED]
    return [*lines[: ends[0]], *late, *(line for line in lines[ends[0] :] if line.kind is not Kind.SERVED)]


def _times(lines: Sequence[QueueLine]) -> list[datetime]:
    """The best time for each line: exact, else an exact neighbour within its second, else the middle of what is left.

    Never before the line that precedes it.
    """
    times: list[datetime] = []
    for index, line in enumerate(lines):
        at = line.exact or _neighbours(lines, index) or _middle(lines, index, times[-1] if times else None)
        times.append(max(at, times[-1]) if times else at)
    return times


def _neighbours(lines: Sequence[QueueLine], index: int) -> datetime | None:
    """The exact time of the dialplan line that ran at the same moment as this whole-second line."""
    line = lines[index]
    if line.kind is Kind.ENTER:
        before = lines[index - 1].exact if index else None
        return before if before is not None and before >= line.written_at - _SLACK else None
    if line.kind in _TAKES_NEXT:
        rest = iter(lines[index + 1 :])
        following = next((later.exact for later in rest if later.kind not in _TAKES_NEXT), None)
        return following if following is not None and following <= line.written_at + _SECOND + _SLACK else None
    return None


def _middle(lines: Sequence[QueueLine], index: int, previous: datetime | None) -> datetime:
    low, high = lines[index].written_at, lines[index].written_at + _SECOND
    low = max(low, previous) if previous else low
    following = next((later.exact for later in lines[index + 1 :] if later.exact is not None), high)
    return low + max(min(high, following) - low, timedelta(0)) / 2


@dataclass(slots=True)
class _Teller:
    """Turns lines into events, remembering only whether a stay or an answer is open."""

    call_id: CallId
    events: list[CourseEvent] = field(default_factory=list)
    waiting: bool = False
    talking_to: OperatorId | None = None
    ended: bool = False

    def add(self, event: CourseEvent) -> None:
        self.events.append(event)

    def tell(self, line: QueueLine, at: datetime, *, ends_here: bool) -> None:
        """Add what ``line`` tells; ``ends_here``: the very next line of the call is ENDED."""
        call_id, operator = self.call_id, OperatorId(line.member)
        match line.kind:
            case Kind.OFFERED:
                number, dialled = "|".join(line.data[1:-1]), line.data[-1] if len(line.data) > 2 else ""
                self.add(CallOffered(call_id=call_id, at=at, number=number, dialled=dialled))
            case Kind.RECORDING:
                self.add(RecordingBegan(call_id=call_id, at=at))
            case Kind.ENTER:
                self._operator_left(at)  # an overflow answer has no line of its own for its end
                self.waiting = True
                position = line.data[2] if len(line.data) > 2 else ""
                self.add(
                    CallerJoined(
                        call_id=call_id,
                        at=at,
                        queue=line.queue,
                        position=int(position) if position.isdecimal() else None,
                    )
                )
            case Kind.RING_NO_ANSWER | Kind.RING_CANCELLED:
                self._rang(line, at, operator)
            case Kind.CONNECT:
                self._rung_before_connect(line, at, operator)
                self._answered(CallAnswered(call_id=call_id, at=at, operator_id=operator, queue=line.queue))
            case Kind.OVERFLOW_CONNECT:
                self._answered(CallAnswered(call_id=call_id, at=at, operator_id=operator, queue=None))
            case kind if kind in _TALK_ENDS:
                if operator == self.talking_to:  # else of an earlier talk: another thread writes these
                    self._operator_left(at)
            case Kind.LEG_LOST:
                self._operator_left(at)
                self.add(LegLost(call_id=call_id, at=at))
            case Kind.PUT_THROUGH:
                self._operator_left(at)
                by, to = (*line.data[1:3], "", "")[:2]
                self.add(PutThrough(call_id=call_id, at=at, by=by, to=to))
            case Kind.LEFT:
                self._left(line, at)
            case Kind.HELP_LINE:
                self._operator_left(at)  # whose own line may come later: another thread writes it
                by = line.data[1] if len(line.data) > 1 else ""
                self.add(SentToHelpLine(call_id=call_id, at=at, by=by))
            case Kind.SERVED:
                self.add(SelfServed(call_id=call_id, at=at))
            case Kind.TIMEOUT | Kind.EMPTIED | Kind.WITHDRAWN | Kind.KEY:
                self._leave(line, at, _EXITS[line.kind])
            case Kind.ABANDON if (
                not ends_here
            ):  # also written when a waiting caller is redirected: then the call goes on
                self._leave(line, at, StayEnd.ABANDONED)
            case Kind.ENDED:
                cause = line.data[1] if len(line.data) > 1 else ""
                self.ended = True
                self.add(CallEnded(call_id=call_id, at=at, hangup_cause=int(cause) if cause.isdecimal() else None))
            case _:
                pass  # about members, or unknown: the reader counts those

    def _rang(self, line: QueueLine, at: datetime, operator: OperatorId) -> None:
        rung = line.data[0] if line.data and line.data[0].isdecimal() else "0"
        began = max(at - timedelta(milliseconds=int(rung)), self.events[-1].at if self.events else at)
        self.add(OperatorRung(call_id=self.call_id, at=min(began, at), queue=line.queue, operator_id=operator))
        self.add(RingNoAnswer(call_id=self.call_id, at=at, operator_id=operator))

    def _rung_before_connect(self, line: QueueLine, at: datetime, operator: OperatorId) -> None:
        ring = line.data[2] if len(line.data) > 2 and line.data[2].isdecimal() else "0"
        began = max(at - timedelta(seconds=int(ring)), self.events[-1].at if self.events else at)
        self.add(OperatorRung(call_id=self.call_id, at=min(began, at), queue=line.queue, operator_id=operator))

    def _answered(self, event: CallAnswered) -> None:
        self._operator_left(event.at)
        self.waiting, self.talking_to = False, event.operator_id
        self.add(event)

    def _operator_left(self, at: datetime) -> None:
        if self.talking_to is not None:
            self.add(OperatorLeft(call_id=self.call_id, at=at, operator_id=self.talking_to))
        self.talking_to = None

    def _left(self, line: QueueLine, at: datetime) -> None:
        status = line.data[0] if line.data else ""
        if self.waiting:
            self._leave(line, at, why_left(status))
        elif status in REFUSALS:
            self._operator_left(at)
            self.add(CallerRefused(call_id=self.call_id, at=at, queue=line.queue, reason=REFUSALS[status]))

    def _leave(self, line: QueueLine, at: datetime, reason: StayEnd) -> None:
        if self.waiting:
            self.add(CallerLeftQueue(call_id=self.call_id, at=at, queue=line.queue, reason=reason))
        self.waiting = False
