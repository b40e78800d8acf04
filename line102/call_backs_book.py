"""The call-back tasks that the service has in mind: every open one, and the last that were done. Pure state, no I/O."""

from __future__ import annotations

from line102.call_backs import CallBack, advance, in_order
from line102.calls import CallId
from line102.events import CallBackEvent, CallBackHeard

DONE_KEPT = 50  # newest kept; the store has all
KNOWN_KEPT = 50_000  # ids of calls that ever had a task: about a year


class CallBackBook:
    """Open tasks have no limit: a caller who was not called back is not dropped for being one of many."""

    def __init__(self) -> None:
        self._open: dict[CallId, CallBack] = {}
        self._done: dict[CallId, CallBack] = {}  # in the order done
        self._known: dict[CallId, None] = {}

    def take(self, event: CallBackEvent) -> CallBack | None:
        """The task as ``event`` leaves it; None when it changes nothing."""
        call_id = event.call_id
        before = self._open.get(call_id)
        if isinstance(event, CallBackHeard):
            before = before or self._done.get(call_id)
        if before is None and call_id in self._known:
            return None  # it is done
        after = advance(before, event)
        if after is None or after is before:
            return None
        self._put(after)
        return after

    def recall(self, task: CallBack) -> bool:
        """Take in a task from the store, unless it is known already. Whether it was taken."""
        if task.call_id in self._known:
            return False
        self._put(task)
        return True

    def task(self, call_id: CallId) -> CallBack | None:
        return self._open.get(call_id) or self._done.get(call_id)

    def has_known(self, call_id: CallId) -> bool:
        """Whether the call has or had a task, which may be done and gone from here."""
        return call_id in self._known

    def open(self) -> tuple[CallBack, ...]:
        return tuple(self._open.values())

    def shown(self) -> tuple[CallBack, ...]:
        """Open ones first: see ``call_backs.in_order``."""
        return in_order([*self._open.values(), *self._done.values()])

    def _put(self, task: CallBack) -> None:
        self._known[task.call_id] = None
        while len(self._known) > KNOWN_KEPT:
            self._forget_oldest()
        if task.done is None:
            self._open[task.call_id] = task
            return
        self._open.pop(task.call_id, None)
        self._done[task.call_id] = task
        if len(self._done) > DONE_KEPT:
            del self._done[next(iter(self._done))]

    def _forget_oldest(self) -> None:
        oldest = next((i for i in self._known if i not in self._open and i not in self._done), None)
        del self._known[oldest if oldest is not None else next(iter(self._known))]
