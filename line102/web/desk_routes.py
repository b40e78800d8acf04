"""The desk's own addresses, put together: what is known about a call, and what comes after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from ivr.suggestions import Suggestions
from line102.board import Board
from line102.call_backs_keeper import CallBacks
from line102.cards import Cards
from line102.ports import Ledger, RunningRecordings
from line102.web.answers_api import AnswersApi
from line102.web.call_backs_api import CallBacksApi, Words
from line102.web.card_api import CardApi
from line102.web.listen_api import ListenApi, Note
from line102.web.numbers_api import NumbersApi, PastCalls
from line102.web.places_api import PlacesApi
from line102.web.today_api import OwnCalls, TodayApi
from routing.places.completion import PlaceCompletion


class DeskLedger(Ledger, PastCalls, OwnCalls, Words, Protocol):
    """What the desk reads of the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """What the desk's addresses need. ``zone``: the centre's own calendar."""

    cards: Cards
    call_backs: CallBacks
    ledger: DeskLedger
    recordings: RunningRecordings
    suggestions: Suggestions
    completion: PlaceCompletion
    zone: ZoneInfo
    stored: Path  # the folder of recordings


def add_desk_routes(
    router: web.UrlDispatcher, parts: DeskParts, board: Board, clock: Callable[[], datetime], note: Note
) -> None:
    """``note`` writes into the audit."""
    call_backs = CallBacksApi(parts.call_backs, board, parts.ledger, parts.stored, note)
    answers = AnswersApi(parts.suggestions, board, parts.ledger, parts.zone, clock)
    router.add_put("/api/calls/{call_id}/card", CardApi(parts.cards).put)
    router.add_get("/api/calls/{call_id}/recording/last", ListenApi(parts.recordings, board, note).last)
    router.add_get("/api/calls/{call_id}/answers", answers.get)
    router.add_get("/api/numbers/{number}/calls", NumbersApi(parts.ledger, clock).calls)
    router.add_get("/api/places", PlacesApi(parts.completion).get)
    router.add_get("/api/call-backs", call_backs.get)
    router.add_post("/api/call-backs/{call_id}", call_backs.post)
    router.add_post("/api/call-backs/{call_id}/call", call_backs.call)
    router.add_get("/api/call-backs/{call_id}/tries/{attempt}/recording", call_backs.recording)
    router.add_get("/api/call-backs/{call_id}/tries/{attempt}/words", call_backs.words)
    router.add_get("/api/desk/today", TodayApi(parts.ledger, parts.zone, clock).get)
