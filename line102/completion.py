"""What our ledger lacks after a gap, by Asterisk's own records. Pure.

Order matters. ``complete`` appends, and the fold (``history.advance``) cannot insert: apply its events before any live
event of the same call that came after the gap. Live events that were already buffered while the records were being
read may repeat what the records told: pass each through ``repeats`` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from line102.calls import Answer, CallRecord, Outcome, QueueStay, Ring, StayEnd
from line102.differences import Difference, Tolerance, differences, differences_with_cdr
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallInterrupted,
    CallLost,
    CallOffered,
    CourseEvent,
    LegLost,
    OperatorLeft,
    OperatorRung,
    PriorityChanged,
    PutThrough,
    RecordingBegan,
    RingNoAnswer,
    SelfServed,
    SentToHelpLine,
)

SAME_MOMENT = timedelta(seconds=1.5)  # two tellings of one fact, one of them in whole seconds
_SAME_JOIN = timedelta(seconds=1)  # a join is told nearly exactly, and may follow another one soon
REFUSALS = frozenset({StayEnd.FULL, StayEnd.NOBODY, StayEnd.UNKNOWN_QUEUE})
_CLOSED_BY_THE_END = frozenset({StayEnd.ABANDONED, StayEnd.INTERRUPTED, StayEnd.UNOBSERVED})


def complete(ours: CallRecord | None, theirs: CallRecord | None, *, present: bool) -> list[CourseEvent]:
    """The events to append to ``ours`` so that it agrees with ``theirs`` (Asterisk's records), in order.

    ``present``: the call is on the PBX now; then it is not ended here, its own hang-up will come. Say True, too, for
    a call offered after the snapshot that ``present`` was taken from was asked for. A call that is not present and
    whose end nobody wrote down is CallLost, at the last moment it was known. What we saw ourselves is left as it is;
    applied twice, the second time gives nothing.
    """
    if ours is not None and ours.ended_at is not None:
        return []
    events = list(_missing(ours, theirs)) if theirs is not None else []
    if present or (ours is None and theirs is None):
        return events
    known = [record for record in (ours, theirs) if record is not None]
    last = max(*(last_known(record) for record in known), *(event.at for event in events), known[0].offered_at)
    if theirs is None or theirs.ended_at is None:
        return [*events, CallLost(call_id=known[0].call_id, at=last)]
    return [*events, _end(theirs, max(last, theirs.ended_at))]


def last_known(record: CallRecord) -> datetime:
    """The latest moment of which the record holds a fact."""
    times = [record.offered_at, record.recording_began_at, record.sent_at, record.served_at, record.ended_at]
    for stay in record.stays:
        times += [stay.joined_at, stay.left_at, *(ring.unanswered_at or ring.at for ring in stay.rings)]
    for answer in record.answers:
        times += [answer.at, answer.ended_at]
    return max(time for time in times if time is not None)


def course_of(record: CallRecord) -> list[CourseEvent]:
    """The events of which the record is the fold, in order: ``fold(course_of(r)) == r`` but for ``priority``."""
    events = list(_missing(None, record))
    return events if record.ended_at is None else [*events, _end(record, record.ended_at)]


def _missing(ours: CallRecord | None, theirs: CallRecord) -> Iterator[CourseEvent]:
    """All of ``theirs`` but the end that ``ours`` lacks; never earlier than what ours already holds."""
    call_id = theirs.call_id
    if theirs.seen_from_start and (ours is None or not ours.seen_from_start):
        yield CallOffered(call_id=call_id, at=theirs.offered_at, number=theirs.number, dialled=theirs.dialled)
    if theirs.recording_began_at is not None and (ours is None or ours.recording_began_at is None):
        yield RecordingBegan(call_id=call_id, at=theirs.recording_began_at)
    floor = last_known(ours) if ours is not None else theirs.offered_at
    for event in _placed(_journey(ours, theirs), _help_line(ours, theirs)):
        floor = max(floor, event.at)
        yield replace(event, at=floor)


def _journey(ours: CallRecord | None, theirs: CallRecord) -> Iterator[CourseEvent]:
    """Stays and answers as they followed one another. An answer from the queue closes the stay before it."""
    answers = iter(enumerate(theirs.answers))
    upcoming = next(answers, None)
    for index, stay in enumerate(theirs.stays):
        while upcoming and upcoming[1].queue is None and upcoming[1].at <= stay.joined_at:
            yield from _answer(ours, theirs, *upcoming)
            upcoming = next(answers, None)
        yield from _stay(ours, theirs, index, stay)
        if stay.end is StayEnd.ANSWERED and upcoming:
            yield from _answer(ours, theirs, *upcoming)
            upcoming = next(answers, None)
    while upcoming:
        yield from _answer(ours, theirs, *upcoming)
        upcoming = next(answers, None)


def _help_line(ours: CallRecord | None, theirs: CallRecord) -> Iterator[CourseEvent]:
    """What the record keeps of the help line: the last time sent there, the last whole answer heard there."""
    sent_before = ours.sent_at if ours is not None else None
    if theirs.sent_at is not None and (sent_before is None or theirs.sent_at - sent_before > SAME_MOMENT):
        yield SentToHelpLine(call_id=theirs.call_id, at=theirs.sent_at, by="")
    served_before = ours.served_at if ours is not None else None
    if theirs.served_at is not None and (served_before is None or theirs.served_at - served_before > SAME_MOMENT):
        yield SelfServed(call_id=theirs.call_id, at=theirs.served_at)


def _placed(journey: Iterable[CourseEvent], others: Iterable[CourseEvent]) -> Iterator[CourseEvent]:
    """``others`` among the journey, by time. At the same moment what ended comes first, then they, then what began."""
    waiting = sorted(others, key=lambda event: event.at)
    for event in journey:
        ends = isinstance(event, OperatorLeft | LegLost | PutThrough | CallerLeftQueue | RingNoAnswer)
        while waiting and (waiting[0].at < event.at or (waiting[0].at == event.at and not ends)):
            yield waiting.pop(0)
        yield event
    yield from waiting


def _stay(ours: CallRecord | None, theirs: CallRecord, index: int, stay: QueueStay) -> Iterator[CourseEvent]:
    call_id, queue = theirs.call_id, stay.queue
    own = ours.stays[index] if ours is not None and index < len(ours.stays) else None
    if own is not None and own.left_at is not None:
        return
    if own is None and stay.end in REFUSALS:
        yield CallerRefused(call_id=call_id, at=stay.joined_at, queue=queue, reason=stay.end)
        return
    if own is None:
        yield CallerJoined(call_id=call_id, at=stay.joined_at, queue=queue, position=stay.position)
    for ring in stay.rings:
        seen = _same_ring(own, ring)
        if seen is None:
            yield OperatorRung(call_id=call_id, at=ring.at, queue=queue, operator_id=ring.operator_id)
        if ring.unanswered_at is not None and (seen is None or seen.unanswered_at is None):
            yield RingNoAnswer(call_id=call_id, at=ring.unanswered_at, operator_id=ring.operator_id)
    closed_by_the_end = stay.end in _CLOSED_BY_THE_END and stay.left_at == theirs.ended_at
    if stay.left_at is not None and stay.end not in (None, StayEnd.ANSWERED) and not closed_by_the_end:
        yield CallerLeftQueue(call_id=call_id, at=stay.left_at, queue=queue, reason=stay.end)


def _same_ring(stay: QueueStay | None, ring: Ring) -> Ring | None:
    rings = stay.rings if stay is not None else ()
    return next((r for r in rings if r.operator_id == ring.operator_id and abs(r.at - ring.at) <= SAME_MOMENT), None)


def _answer(ours: CallRecord | None, theirs: CallRecord, index: int, answer: Answer) -> Iterator[CourseEvent]:
    own = ours.answers[index] if ours is not None and index < len(ours.answers) else None
    if own is None:
        yield CallAnswered(call_id=theirs.call_id, at=answer.at, operator_id=answer.operator_id, queue=answer.queue)
    if answer.ended_at is None:
        return
    if answer.ended_at != theirs.ended_at and (own is None or own.ended_at is None):
        operator_id = own.operator_id if own is not None else answer.operator_id
        yield OperatorLeft(call_id=theirs.call_id, at=answer.ended_at, operator_id=operator_id)
    if ours is not None and index < len(ours.answers) - 1:
        return  # the fold speaks of the last answer only
    if answer.lost and not (own is not None and own.lost):
        yield LegLost(call_id=theirs.call_id, at=answer.ended_at)
    if answer.put_to and not (own is not None and own.put_to):
        yield PutThrough(call_id=theirs.call_id, at=answer.ended_at, by=answer.operator_id, to=answer.put_to)


def _end(theirs: CallRecord, at: datetime) -> CourseEvent:
    ends = {stay.end for stay in theirs.stays[-1:]}
    if theirs.outcome is Outcome.UNOBSERVED or StayEnd.UNOBSERVED in ends:
        return CallLost(call_id=theirs.call_id, at=at)
    if theirs.outcome is Outcome.INTERRUPTED or StayEnd.INTERRUPTED in ends:
        return CallInterrupted(call_id=theirs.call_id, at=at)
    return CallEnded(call_id=theirs.call_id, at=at, hangup_cause=theirs.hangup_cause)


def repeats(record: CallRecord, event: CourseEvent) -> bool:
    """Whether a live event from around the gap's end tells only what ``record`` got from Asterisk's records."""
    at = event.at
    match event:
        case CallerJoined() | CallerRefused():
            return any(abs(stay.joined_at - at) <= _SAME_JOIN for stay in record.stays)
        case OperatorRung(operator_id=operator_id):
            rings = [ring for stay in record.stays for ring in stay.rings]
            return any(ring.operator_id == operator_id and abs(ring.at - at) <= SAME_MOMENT for ring in rings)
        case RingNoAnswer(operator_id=operator_id):
            own = [ring for stay in record.stays for ring in stay.rings if ring.operator_id == operator_id]
            return any(ring.unanswered_at and abs(ring.unanswered_at - at) <= SAME_MOMENT for ring in own)
        case CallAnswered(operator_id=operator_id):
            own_answers = [answer for answer in record.answers if answer.operator_id == operator_id]
            return any(abs(answer.at - at) <= SAME_MOMENT for answer in own_answers)
        case OperatorLeft():
            return any(answer.ended_at and abs(answer.ended_at - at) <= SAME_MOMENT for answer in record.answers)
        case LegLost():
            return any(a.lost and a.ended_at and abs(a.ended_at - at) <= SAME_MOMENT for a in record.answers)
        case PutThrough(to=to):
            same_answers = [answer for answer in record.answers if answer.put_to == to and answer.ended_at]
            return any(abs((answer.ended_at or at) - at) <= SAME_MOMENT for answer in same_answers)
        case CallerLeftQueue(reason=reason):
            same = [stay for stay in record.stays if stay.end is reason and stay.left_at is not None]
            return any(abs((stay.left_at or at) - at) <= SAME_MOMENT for stay in same)
        case SentToHelpLine():
            return record.sent_at is not None and abs(record.sent_at - at) <= SAME_MOMENT
        case SelfServed():
            return record.served_at is not None and abs(record.served_at - at) <= SAME_MOMENT
        case CallOffered() | RecordingBegan() | PriorityChanged() | CallEnded() | CallInterrupted() | CallLost():
            return False  # the fold itself takes these once
        case _:
            assert_never(event)


__all__ = [
    "Difference",
    "Tolerance",
    "complete",
    "course_of",
    "differences",
    "differences_with_cdr",
    "last_known",
    "repeats",
]
