"""Writes call-back tasks down: when a call ends that needs one, when its caller rings again, when a person acts.

Told of every event after it was written, so that no call is left out, however many end at once. If the service dies
between a call's end and its task, the task is made at the next start: the call is on the board again by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.broadcast import Broadcast
from line102.call_backs import CallBack, Within, is_settled_by, needed, reached_too, same_caller, settled_by_try
from line102.call_backs_kinds import CallBackHow, CallBackWhy
from line102.calls import CallId, CallState, OperatorId
from line102.errors import Gone, Refused, Unreachable
from line102.events import (
    CallAnswered,
    CallBackDone,
    CallBackGivenBack,
    CallBackTaken,
    CallBackTried,
    CallCategorised,
    CallEnded,
    CallerCalledAgain,
    CallInterrupted,
    CallLost,
    CallOffered,
    LedgerEvent,
    TranscriptCompleted,
)
from line102.ports import Calling, CallStory
from line102.scribe import Scribe

RETRY = timedelta(seconds=2)
MACHINE = "line102"

log = structlog.get_logger()


class KnownTasks(Protocol):
    """What the ledger tells of earlier tasks."""

    async def open_call_backs(self, node: str) -> Sequence[CallBack]:
        """Tasks of this centre that are not done. Raises Unreachable."""
        ...


class CallBacks:
    """One per service; every method runs in its event loop. ``settled``: waits until the ledger holds all that
    happened; raises Unreachable.
    """

    def __init__(
        self,
        scribe: Scribe,
        broadcast: Broadcast,
        ledger: KnownTasks,
        settled: Callable[[], Awaitable[None]],
        within: Within,
        calling: Calling | None = None,
    ) -> None:
        self._scribe = scribe
        self._broadcast = broadcast
        self._book = broadcast.board.call_backs
        self._ledger = ledger
        self._settled = settled
        self._within = within
        self._calling = calling
        self.remembered = asyncio.Event()
        scribe.listen(self._notice)

    async def run(self) -> None:
        """Make up for what a dead predecessor left, then read from the ledger what is older than the journal."""
        self._look_at_all()
        while not self.remembered.is_set():
            try:
                await self._settled()
                for task in await self._ledger.open_call_backs(self._broadcast.board.node):
                    self._broadcast.recall_call_back(task)
                self.remembered.set()
            except Unreachable as error:
                log.warning("call_backs_not_read", why=str(error))
                await asyncio.sleep(RETRY.total_seconds())
        await asyncio.Event().wait()

    # ------------------------------------------------------------ people

    def take(self, call_id: CallId, *, by: OperatorId, over_others: bool = False) -> None:
        """``by`` calls back. Raises Gone, Refused (done, or a colleague's, unless ``over_others``), Unreachable."""
        task = self._open(call_id)
        self._check_owner(task, by, over_others)
        if task.owner != by:
            self._scribe.write_surely(CallBackTaken(call_id=call_id, at=_now(), by=by))

    def give_back(self, call_id: CallId, *, by: str, over_others: bool = False) -> None:
        """Anybody may call back again. Raises Gone, Refused, Unreachable."""
        task = self._open(call_id)
        self._check_owner(task, by, over_others)
        if task.owner is not None:
            self._scribe.write_surely(CallBackGivenBack(call_id=call_id, at=_now(), by=by))

    def done(self, call_id: CallId, *, by: str, how: CallBackHow, over_others: bool = False) -> None:
        """How it ended. Who was reached was reached about all of their calls. Raises Gone, Refused, Unreachable."""
        known = self._book.task(call_id)
        if known is not None and known.done is not None and (known.done.by, known.done.how) == (by, how):
            return  # said twice: the answer was lost
        task = self._open(call_id)
        self._check_owner(task, by, over_others)
        self._scribe.write_surely(CallBackDone(call_id=call_id, at=_now(), by=by, how=how))
        if how is CallBackHow.REACHED:
            self._all_done(reached_too(self._book.open(), task), by, how)

    async def call(self, call_id: CallId, *, by: OperatorId, over_others: bool = False) -> None:
        """Take the task, ring ``by``'s own phone, then the number. Raises Gone, Refused, Unreachable."""
        task = self._open(call_id)
        if not task.number:
            raise Refused(f"call-back {call_id}", "the number was withheld")
        if self._calling is None:
            raise Refused(f"call-back {call_id}", "this service places no calls")
        self.take(call_id, by=by, over_others=over_others)
        await self._calling.call_back(call_id, task.number, by)

    async def heard(self, call_id: CallId, attempt: CallId) -> bool:
        """Whether the words of an attempt are told already; once they are, the ledger has them. Raises Unreachable."""
        task = self._book.task(call_id)
        if task is None or not any(one.attempt == attempt and one.heard for one in task.tries):
            return False
        await self._settled()
        return True

    def _open(self, call_id: CallId) -> CallBack:
        task = self._book.task(call_id)
        if task is None:
            raise Gone(f"call-back {call_id}")
        if task.done is not None:
            raise Refused(f"call-back {call_id}", f"{task.done.by} has done it: {task.done.how}")
        return task

    def _check_owner(self, task: CallBack, by: str, over_others: bool) -> None:
        if task.owner not in (None, by) and not over_others:
            raise Refused(f"call-back {task.call_id}", f"{task.owner} has it")

    # ------------------------------------------------------------ events

    def _notice(self, event: LedgerEvent) -> None:
        match event:
            case CallOffered() | CallAnswered():
                self._rings_again(event.call_id)
            case CallEnded() | CallInterrupted() | CallLost() | TranscriptCompleted() | CallCategorised():
                story = self._scribe.story(event.call_id)
                if story is not None:
                    self._look_at(story)
                if isinstance(event, CallCategorised):
                    self._settle(event, story)
            case CallBackTried() if settled_by_try(event):
                self._called_back(event)
            case _:
                pass

    def _called_back(self, event: CallBackTried) -> None:
        """They talked: done, with every other task of that number. Told again by Asterisk's records: done already."""
        task = self._book.task(event.call_id)
        if task is not None and task.done is None:
            self._all_done([task, *reached_too(self._book.open(), task)], event.by, CallBackHow.CALLED_BACK)

    def _rings_again(self, call_id: CallId) -> None:
        """The same number rings 102 once more: shown on its tasks, and when a person answers, they are done."""
        story = self._scribe.story(call_id)
        if story is None:
            return
        tasks = same_caller(self._book.open(), story.record)
        for task in tasks:
            if task.called_again != call_id:
                self._scribe.write(CallerCalledAgain(call_id=task.call_id, at=_now(), again=call_id))
        if story.record.answers:
            self._all_done(tasks, MACHINE, CallBackHow.CALLED_AGAIN)

    def _look_at(self, story: CallStory) -> None:
        """Make the task of an ended call, unless it has or had one; done at once where its caller was answered since.

        Calls that were missed are told in any order after a gap, so a later call may be known already.
        """
        if self._book.has_known(story.record.call_id):
            return
        event = needed(story, self._within, _now())
        if event is None:
            return
        self._scribe.write(event)
        log.info("call_back_needed", call_id=event.call_id, why=event.why, urgent=event.urgent)
        task = self._book.task(event.call_id)
        for later in self._broadcast.board.stories():
            if task is not None and same_caller([task], later.record):
                self._rings_again(later.record.call_id)

    def _look_at_all(self) -> None:
        for story in self._broadcast.board.stories():
            if story.record.state is CallState.ENDED:
                self._look_at(story)

    def _settle(self, event: CallCategorised, story: CallStory | None) -> None:
        """A person says now what an unclear call was."""
        task = self._book.task(event.call_id)
        if task is not None and task.why is CallBackWhy.SILENT and story is not None and is_settled_by(story, task):
            self._all_done([task], event.by, CallBackHow.NOT_NEEDED)

    def _all_done(self, tasks: Iterable[CallBack], by: str, how: CallBackHow) -> None:
        for task in tasks:
            self._scribe.write(CallBackDone(call_id=task.call_id, at=_now(), by=by, how=how))


def _now() -> datetime:
    return datetime.now(UTC)
