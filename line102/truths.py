"""What calls were, as people say, and what follows from it: a missed emergency shuts the gate of its language."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from line102.calls import OperatorId
from line102.events import CallCategorised, ModeChanged
from line102.modes import ModeBook
from line102.ports import CallStory
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Label, Mode

log = structlog.get_logger()


class Truths:
    def __init__(self, scribe: Scribe, modes: ModeBook, numbers: UrgentNumbers) -> None:
        self._scribe = scribe
        self._modes = modes
        self._numbers = numbers

    def categorise(self, story: CallStory, *, by: OperatorId, label: Label, category: str, audit: bool) -> None:
        """A person says what the call was. An emergency that was flagged, or that had been sent away within the hour,
        is a miss: its language drops back to shadow at once.
        """
        record, now = story.record, datetime.now(UTC)
        event = CallCategorised(call_id=record.call_id, at=now, by=by, label=label, category=category, audit=audit)
        drops = self._modes.drops(event)
        if label is Label.EMERGENCY:
            self._numbers.note_urgent(record.number, record.call_id, record.offered_at)
            before = self._numbers.deflected_before(record.number, record.call_id, record.offered_at)
            if before is not None and not drops:
                why = f"call {before.call_id} was sent away, and {record.call_id} of the same number was urgent"
                drops = self._modes.drop(before.language, why, now)
        self._told(event)
        for drop in drops:
            self._told(drop)
            log.warning("mode_dropped", language=drop.language, why=drop.reason)

    def change_mode(self, language: str, mode: Mode, *, by: str, reason: str) -> None:
        """A supervisor's change. Raises Refused while the language's gate is shut."""
        self._told(self._modes.change(language, mode, by=by, reason=reason, at=datetime.now(UTC)))
        log.info("mode_changed", language=language, mode=mode, by=by)

    def _told(self, event: CallCategorised | ModeChanged) -> None:
        self._scribe.write(event)
        self._modes.take(event)
