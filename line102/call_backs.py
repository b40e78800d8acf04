"""Who must be called back, by when, and what has become of it. Pure.

A task is folded from ``events.CallBackEvent`` by ``advance``; the live board, the store and a restart use that one
fold. Once a caller was found to need it, the task stays until it is done: nothing here takes one away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.calls import CallId, CallRecord, OperatorId, Outcome, Side
from line102.events import (
    CallBackDone,
    CallBackEvent,
    CallBackGivenBack,
    CallBackHeard,
    CallBackNeeded,
    CallBackTaken,
    CallBackTried,
    CallerCalledAgain,
)
from line102.numbers import plain
from line102.ports import CallStory
from line102.words import Label, Urgency

LOOKED_BACK = timedelta(hours=24)  # calls that ended earlier make no task any more: the reports have them
TRIES_KEPT = 20  # of one task, the newest
SPOKEN_AFTER = timedelta(seconds=5)  # an answer that was over sooner may have been a line that broke, or a machine
_ANSWERED = frozenset({Outcome.ANSWERED, Outcome.OVERFLOW_ANSWERED, Outcome.HELPED})
_CUT_OFF = frozenset({Outcome.INTERRUPTED, Outcome.UNOBSERVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """How soon after its end a call must be called back."""

    usual: timedelta = timedelta(minutes=5)
    urgent: timedelta = timedelta(minutes=1)  # words of danger were heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    at: datetime
    by: str  # an operator, or "line102" when the caller rang again
    how: CallBackHow


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt to call."""

    at: datetime
    by: OperatorId
    attempt: CallId
    result: CallBackResult
    talked: timedelta
    heard: bool = False  # its words are in the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """One task: the call of a caller who must be called back."""

    call_id: CallId
    number: str  # "" when withheld: what was said in the call may still tell where
    offered_at: datetime
    needed_at: datetime
    why: CallBackWhy
    urgent: bool
    deadline: datetime
    owner: OperatorId | None = None
    owned_at: datetime | None = None
    called_again: CallId | None = None  # the newest later call of the same number
    tries: tuple[Try, ...] = ()
    done: Done | None = None


def need_of(story: CallStory) -> CallBackWhy | None:
    """Why the caller of an ended call must be called back; None: they need not, or it is not known yet.

    A person's category decides about silence; without one, a whole transcript without a word of the caller does.
    """
    outcome = story.record.outcome
    if outcome is Outcome.ABANDONED:
        return CallBackWhy.ABANDONED
    if outcome in _CUT_OFF:
        return CallBackWhy.CUT_OFF
    if outcome not in _ANSWERED:
        return None
    category = story.decisions.category
    if category is not None:
        return CallBackWhy.SILENT if category.label is Label.SILENT_OR_UNCLEAR else None
    return CallBackWhy.SILENT if story.transcript_complete and not _said_anything(story) else None


def needed(story: CallStory, within: Within, now: datetime) -> CallBackNeeded | None:
    """The task that an ended call makes; None when it makes none, or ended more than LOOKED_BACK ago."""
    record, why = story.record, need_of(story)
    if why is None or record.ended_at is None or now - record.ended_at > LOOKED_BACK:
        return None
    urgent = story.decisions.urgency is Urgency.DANGER
    return CallBackNeeded(
        call_id=record.call_id,
        at=now,
        number=record.number,
        offered_at=record.offered_at,
        why=why,
        urgent=urgent,
        deadline=record.ended_at + (within.urgent if urgent else within.usual),
    )


def advance(task: CallBack | None, event: CallBackEvent) -> CallBack | None:
    """The task after ``event``, the same object when nothing changed. Idempotent; what is done stays done."""
    if isinstance(event, CallBackNeeded):
        return task or _begun(event)
    if task is None:
        return None
    if isinstance(event, CallBackHeard):
        return _heard(task, event.attempt)
    if task.done is not None:
        return task
    match event:
        case CallBackTaken(at=at, by=by):
            return task if task.owner == by else replace(task, owner=by, owned_at=at)
        case CallBackGivenBack():
            return task if task.owner is None else replace(task, owner=None, owned_at=None)
        case CallerCalledAgain(again=again):
            return task if task.called_again == again else replace(task, called_again=again)
        case CallBackTried():
            return _tried(task, event)
        case CallBackDone(at=at, by=by, how=how):
            return replace(task, done=Done(at=at, by=by, how=how))
        case _:
            assert_never(event)


_ATTEMPT = re.compile(r"-back-([0-9]{1,11})\.([0-9]{6})", re.ASCII)


def attempt_at(node: str, now: datetime) -> CallId:
    """The Uniqueid of the leg on which an operator calls somebody back: unlike any that Asterisk gives by itself."""
    return CallId(f"{node}-back-{int(now.timestamp())}.{now.microsecond:06d}")


def is_attempt(unique_id: str) -> bool:
    return _ATTEMPT.search(unique_id) is not None


def began_at(attempt: CallId) -> datetime:
    """When the operator's phone was asked to ring: its name says so. Raises ValueError for another name."""
    found = _ATTEMPT.search(attempt)
    if found is None:
        raise ValueError(f"{attempt} is no attempt to call back")
    return datetime.fromtimestamp(int(found[1]), UTC).replace(microsecond=int(found[2]))


def recording_of(attempt: CallId) -> str:
    """Where its recording lies in the folder of recordings, as a call's of that moment would."""
    return f"{began_at(attempt):%Y/%m/%d}/{attempt}.wav"


def settled_by_try(event: CallBackTried) -> bool:
    """Whether the attempt is the end of its task: they spoke."""
    return event.result is CallBackResult.TALKED


def same_caller(tasks: Iterable[CallBack], record: CallRecord) -> list[CallBack]:
    """The open tasks whose caller rings again in ``record``: the same number, offered later. Withheld: nobody's."""
    number = plain(record.number)
    if not number:
        return []
    return [
        task
        for task in tasks
        if task.done is None and plain(task.number) == number and task.offered_at < record.offered_at
    ]


def reached_too(tasks: Iterable[CallBack], reached: CallBack) -> list[CallBack]:
    """The other open tasks of a caller who was reached: one talk is about all of their calls."""
    number = plain(reached.number)
    others = (task for task in tasks if task.call_id != reached.call_id and task.done is None)
    return [task for task in others if number and plain(task.number) == number]


def is_settled_by(story: CallStory, task: CallBack) -> bool:
    """Whether a person has said since what an unclear call was: then nobody need ask its caller."""
    return task.why is CallBackWhy.SILENT and task.done is None and task.owner is None and need_of(story) is None


def in_order(tasks: Iterable[CallBack]) -> tuple[CallBack, ...]:
    """As they should be worked: the open ones, urgent first, by deadline; then the done ones, newest first."""
    by_id = sorted(tasks, key=lambda task: task.call_id)
    still = sorted((t for t in by_id if t.done is None), key=lambda t: (not t.urgent, t.deadline, t.offered_at))
    over = sorted(((t.done.at, t) for t in by_id if t.done is not None), key=lambda pair: pair[0], reverse=True)
    return (*still, *(task for _, task in over))


def _said_anything(story: CallStory) -> bool:
    said = (s for s in story.segments if s.side is Side.CALLER and s.final and s.suppressed is None)
    return any(segment.text.strip() for segment in said)


def _tried(task: CallBack, event: CallBackTried) -> CallBack:
    if any(one.attempt == event.attempt for one in task.tries):
        return task
    this = Try(at=event.at, by=event.by, attempt=event.attempt, result=event.result, talked=event.talked)
    return replace(task, tries=(*task.tries, this)[-TRIES_KEPT:])


def _heard(task: CallBack, attempt: CallId) -> CallBack:
    """Words come after the talk, and so after the end of its task."""
    if not any(one.attempt == attempt and not one.heard for one in task.tries):
        return task
    return replace(task, tries=tuple(replace(one, heard=one.heard or one.attempt == attempt) for one in task.tries))


def _begun(event: CallBackNeeded) -> CallBack:
    return CallBack(
        call_id=event.call_id,
        number=event.number,
        offered_at=event.offered_at,
        needed_at=event.at,
        why=event.why,
        urgent=event.urgent,
        deadline=event.deadline,
    )
