"""In what two records of a call differ: the ledger's and Asterisk's. What ``line102 reconcile`` prints. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from line102.calls import Answer, CallId, CallRecord, Outcome, QueueStay


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far two times of one fact may be apart before it is a difference."""

    exact: timedelta = timedelta(seconds=0.5)  # both sides have microseconds: offer, recording, overflow answer, end
    coarse: timedelta = timedelta(seconds=1.5)  # queue_log has whole seconds: stays, answers from the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``what`` is told as ``ours`` by the ledger and as ``theirs`` by Asterisk. Holds no caller's number."""

    call_id: CallId
    what: str
    ours: str
    theirs: str


class ChannelTimes(Protocol):
    """When a caller's channel existed, by CDR."""

    @property
    def started_at(self) -> datetime: ...

    @property
    def ended_at(self) -> datetime | None: ...


_DEFAULT = Tolerance()


def differences(
    ours: CallRecord | None, theirs: CallRecord | None, tolerance: Tolerance = _DEFAULT
) -> list[Difference]:
    """Every difference between the ledger's record and queue_log's. None: that side has no such call.

    Calls open on both sides are not compared yet. The end of an interrupted or unobserved call is no measured moment
    on either side ("not before"), and its time is not compared. Rings are not compared: queue_log has only some.
    """
    if ours is None or theirs is None:
        known = ours or theirs
        return [] if known is None else [_missing(known.call_id, ours is not None, "queue_log")]
    if ours.ended_at is None and theirs.ended_at is None:
        return []
    return list(_compare(ours, theirs, tolerance))


def differences_with_cdr(
    ours: CallRecord | None, channel: ChannelTimes | None, call_id: CallId, tolerance: Tolerance = _DEFAULT
) -> list[Difference]:
    """The same against CDR, the second witness: does the call exist, when did its channel begin and end.

    An interrupted call has no CDR (Asterisk writes it at the end), nor has a call that is still open.
    """
    if ours is None:
        return [] if channel is None else [_missing(call_id, False, "CDR")]
    if ours.ended_at is None or not _has_measured_end(ours):
        return []
    if channel is None:
        return [_missing(call_id, True, "CDR")]
    found = [*_times(call_id, "offered (CDR)", ours.offered_at, channel.started_at, tolerance.exact)]
    return [*found, *_times(call_id, "ended (CDR)", ours.ended_at, channel.ended_at, tolerance.exact)]


def _missing(call_id: CallId, ours: bool, record: str) -> Difference:
    here, absent = "recorded", "no such call"
    return Difference(
        call_id=call_id, what=f"call in {record}", ours=here if ours else absent, theirs=absent if ours else here
    )


def _compare(ours: CallRecord, theirs: CallRecord, tolerance: Tolerance) -> Iterator[Difference]:
    call_id = ours.call_id
    yield from _values(call_id, "outcome", ours.outcome, theirs.outcome)
    if theirs.seen_from_start:
        yield from _times(call_id, "offered", ours.offered_at, theirs.offered_at, tolerance.exact)
    yield from _times(call_id, "recording began", ours.recording_began_at, theirs.recording_began_at, tolerance.exact)
    measured = _has_measured_end(ours) and _has_measured_end(theirs)
    if measured or (ours.ended_at is None) != (theirs.ended_at is None):
        yield from _times(call_id, "ended", ours.ended_at, theirs.ended_at, tolerance.exact)
    yield from _times(call_id, "sent to the help line", ours.sent_at, theirs.sent_at, tolerance.coarse)
    yield from _times(call_id, "served by the help line", ours.served_at, theirs.served_at, tolerance.coarse)
    yield from _values(call_id, "stays in the queue", len(ours.stays), len(theirs.stays))
    for number, (own, other) in enumerate(zip(ours.stays, theirs.stays, strict=False), start=1):
        yield from _stays(call_id, f"stay {number}", own, other, tolerance, measured=measured)
    yield from _values(call_id, "answers", len(ours.answers), len(theirs.answers))
    for number, (mine, their) in enumerate(zip(ours.answers, theirs.answers, strict=False), start=1):
        yield from _answers(call_id, f"answer {number}", mine, their, tolerance, measured=measured)


def _has_measured_end(record: CallRecord) -> bool:
    """Whether somebody saw the caller's channel end, rather than Asterisk vanish under it."""
    if record.outcome in (Outcome.INTERRUPTED, Outcome.UNOBSERVED, None):
        return False
    return record.hangup_cause is not None  # a call cut off while talking is ANSWERED, without a cause


def _stays(
    call_id: CallId, what: str, ours: QueueStay, theirs: QueueStay, tolerance: Tolerance, *, measured: bool
) -> Iterator[Difference]:
    yield from _values(call_id, f"{what}: queue", ours.queue, theirs.queue)
    yield from _times(call_id, f"{what}: joined", ours.joined_at, theirs.joined_at, tolerance.coarse)
    yield from _values(call_id, f"{what}: end", ours.end, theirs.end)
    if measured:
        yield from _times(call_id, f"{what}: left", ours.left_at, theirs.left_at, tolerance.coarse)


def _answers(
    call_id: CallId, what: str, ours: Answer, theirs: Answer, tolerance: Tolerance, *, measured: bool
) -> Iterator[Difference]:
    yield from _values(call_id, f"{what}: operator", ours.operator_id, theirs.operator_id)
    yield from _values(call_id, f"{what}: queue", ours.queue, theirs.queue)
    yield from _values(call_id, f"{what}: leg lost", ours.lost, theirs.lost)
    yield from _values(call_id, f"{what}: put through to", ours.put_to, theirs.put_to)
    allowed = tolerance.exact if ours.queue is None else tolerance.coarse
    yield from _times(call_id, f"{what}: at", ours.at, theirs.at, allowed)
    if measured:
        yield from _times(call_id, f"{what}: ended", ours.ended_at, theirs.ended_at, tolerance.coarse)


def _values(call_id: CallId, what: str, ours: object, theirs: object) -> Iterator[Difference]:
    if ours != theirs:
        yield Difference(call_id=call_id, what=what, ours=str(ours), theirs=str(theirs))


def _times(
    call_id: CallId, what: str, ours: datetime | None, theirs: datetime | None, allowed: timedelta
) -> Iterator[Difference]:
    if ours is None or theirs is None:
        yield from _values(call_id, what, ours, theirs)
    elif abs(ours - theirs) > allowed:
        yield Difference(call_id=call_id, what=what, ours=ours.isoformat(), theirs=theirs.isoformat())
