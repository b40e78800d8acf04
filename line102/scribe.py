"""Writing down what happened: journal first, then the board and its pages. The only way an event enters the service."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from line102.broadcast import Broadcast
from line102.calls import CallId
from line102.errors import Unreachable
from line102.events import LedgerEvent, SegmentHeard, TranscriptCompleted
from line102.ports import CallStory, Journal

log = structlog.get_logger()


class Scribe:
    """``write`` returns when the event is in the journal; what it changes on the board is shown after that."""

    def __init__(self, journal: Journal, broadcast: Broadcast) -> None:
        self._journal = journal
        self._broadcast = broadcast
        self._listeners: list[Callable[[LedgerEvent], None]] = []
        self.dropped = 0  # events that neither disk nor the journal's memory took; the PBX's records still have them
        self.accounted_s = {"text": 0.0, "suppressed": 0.0, "missing": 0.0}  # speech of recordings finished since start

    def listen(self, listener: Callable[[LedgerEvent], None]) -> None:
        """Tell ``listener`` of every event from now on, once it is on the board. It may write, and must not raise."""
        self._listeners.append(listener)

    def write(self, event: LedgerEvent) -> None:
        """Append, then show. A journal that cannot write (full disk) keeps it in memory and says so by its light."""
        try:
            self._journal.append(event)
        except Unreachable as error:
            self.dropped += 1
            log.critical("event_not_written", event_type=type(event).__name__, why=str(error))
        self._show(event)

    def write_surely(self, event: LedgerEvent) -> None:
        """For what a person is told to be kept. Raises Unreachable when neither disk nor memory takes it: then it is
        shown nowhere either.
        """
        self._journal.append(event)
        self._show(event)

    def show(self, partial: SegmentHeard) -> None:
        """A partial result: shown, never written."""
        self._broadcast.event(partial)

    def story(self, call_id: CallId) -> CallStory | None:
        return self._broadcast.board.story(call_id)

    def _show(self, event: LedgerEvent) -> None:
        if isinstance(event, TranscriptCompleted):
            self._account(event)
        self._broadcast.event(event)
        for listener in self._listeners:
            listener(event)

    def _account(self, event: TranscriptCompleted) -> None:
        for side in event.coverage:
            self.accounted_s["text"] += side.text.total_seconds()
            self.accounted_s["suppressed"] += side.suppressed.total_seconds()
            self.accounted_s["missing"] += side.missing.total_seconds()
