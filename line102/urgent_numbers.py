"""Numbers that should not be taken for a questioner: urgent today, or sent to the help line within the hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from line102.calls import CallId

REPEAT_WITHIN = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=60))
KEPT = 50_000  # numbers; beyond it the oldest is forgotten


@dataclass(frozen=True, slots=True)
class Deflected:
    """A call was sent to the help line."""

    call_id: CallId
    at: datetime
    language: str


class UrgentNumbers:
    """Memory only: after a restart it is filled from the ledger. A withheld number ("") is nobody's."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._urgent: dict[str, tuple[datetime, CallId]] = {}
        self._deflected: dict[str, tuple[Deflected, ...]] = {}  # of the last hour each, oldest first

    def note_urgent(self, number: str, call_id: CallId, at: datetime) -> None:
        if number:
            self._urgent.pop(number, None)
            self._urgent[number] = (at, call_id)
            _trim(self._urgent)

    def note_deflected(self, number: str, call_id: CallId, at: datetime, language: str) -> None:
        if number:
            known = self._deflected.pop(number, ())
            kept = [one for one in known if one.call_id != call_id and at - one.at <= REPEAT_WITHIN[-1]]
            kept.append(Deflected(call_id, at, language))
            self._deflected[number] = tuple(sorted(kept, key=lambda one: one.at))  # the ledger tells older ones later
            _trim(self._deflected)

    def urgent_today(self, number: str, call_id: CallId, now: datetime) -> bool:
        """Whether an earlier call of ``number`` was urgent on this day of the centre's own calendar."""
        known = self._urgent.get(number)
        if known is None or known[1] == call_id:
            return False
        return known[0].astimezone(self._zone).date() == now.astimezone(self._zone).date()

    def deflected_before(self, number: str, call_id: CallId, offered_at: datetime) -> Deflected | None:
        """The last other call of ``number`` that was sent away within the hour before ``offered_at``, if any."""
        for known in reversed(self._deflected.get(number, ())):
            if known.call_id != call_id and timedelta(0) <= offered_at - known.at <= REPEAT_WITHIN[-1]:
                return known
        return None


def _trim(numbers: dict[str, Any]) -> None:
    while len(numbers) > KEPT:
        del numbers[next(iter(numbers))]
