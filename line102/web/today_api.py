"""GET /api/desk/today: the figures of who asks, for the quiet desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from line102.calls import CallRecord, OperatorId
from line102.events import LedgerEvent, SentToHelpLine
from line102.own_figures import day_began, own_figures
from line102.web.calls_api import as_json
from line102.web.person import person_of
from line102.web.today_schemas import TodayOut


class OwnCalls(Protocol):
    """The ledger. Raises Unreachable."""

    async def answered_by(self, operator: OperatorId, *, since: datetime) -> Sequence[CallRecord]: ...

    async def events_of(self, types: Sequence[str], *, since: datetime) -> Sequence[tuple[str, LedgerEvent]]: ...


class TodayApi:
    def __init__(self, ledger: OwnCalls, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._zone = zone
        self._clock = clock

    async def get(self, request: web.Request) -> web.Response:
        operator = person_of(request).seat
        since = day_began(self._clock(), self._zone)
        calls = await self._ledger.answered_by(operator, since=since)
        events = await self._ledger.events_of((SentToHelpLine.__name__,), since=since)
        sent = [event for _, event in events if isinstance(event, SentToHelpLine)]
        figures = own_figures(operator, calls, sent, since)
        answer = TodayOut(
            operator=operator,
            since=figures.since,
            answered=figures.answered,
            talked_s=figures.talked.total_seconds(),
            mean_talk_s=_seconds(figures.mean_talk),
            longest_talk_s=_seconds(figures.longest_talk),
            sent_to_help=figures.sent_to_help,
        )
        return as_json(answer)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
