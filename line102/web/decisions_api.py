"""What people decide on the page: a flag, the way back from the help line, what a call was, what flags may lead to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from line102.board import Board
from line102.calls import CallId, OperatorId
from line102.errors import Gone
from line102.modes import LanguageMode
from line102.ports import CallStory, Ledger
from line102.web.bodies import body_of
from line102.web.calls_api import as_json
from line102.web.decision_schemas import CategoryIn, FlagIn, ModeIn
from line102.web.errors import AccessDenied
from line102.web.person import person_of
from line102.web.shown_decisions import modes
from line102.words import Label, Mode


class Deciders(Protocol):
    """``Guide``. What may not be done any more raises Refused (409), an unknown call Gone (404)."""

    def decide_flag(self, call_id: CallId, *, by: OperatorId, accepted: bool, reason: str) -> None: ...

    def call_back(self, call_id: CallId, *, by: OperatorId) -> None: ...

    def categorise(self, story: CallStory, *, by: OperatorId, label: Label, category: str, audit: bool) -> None: ...

    def change_mode(self, language: str, mode: Mode, *, by: str, reason: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What the decisions' addresses need. ``table``: ``ModeBook.table``."""

    guide: Deciders
    table: Callable[[], Sequence[LanguageMode]]


class DecisionsApi:
    """Every POST answers 204 when the decision is in the ledger; the feed then tells the call anew to every page."""

    def __init__(self, deciding: Deciding, board: Board, ledger: Ledger) -> None:
        self._guide = deciding.guide
        self._table = deciding.table
        self._board = board
        self._ledger = ledger

    async def flag(self, request: web.Request) -> web.Response:
        said = await body_of(request, FlagIn)
        by = OperatorId(person_of(request).by)
        self._guide.decide_flag(_call_id(request), by=by, accepted=said.accepted, reason=said.reason)
        return web.Response(status=204)

    async def call_back(self, request: web.Request) -> web.Response:
        self._guide.call_back(_call_id(request), by=OperatorId(person_of(request).by))
        return web.Response(status=204)

    async def category(self, request: web.Request) -> web.Response:
        """Of any call: one that left the live picture is read from the ledger, Unreachable while that is away."""
        said = await body_of(request, CategoryIn)
        call_id = _call_id(request)
        story = self._board.story(call_id) or await self._ledger.call(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        person = person_of(request)
        if said.audit and not person.supervises:
            raise AccessDenied(403, "no_permission", "a supervisor audits")
        by = OperatorId(person.by)
        self._guide.categorise(story, by=by, label=said.label, category=said.category, audit=said.audit)
        return web.Response(status=204)

    async def modes(self, _: web.Request) -> web.Response:
        return as_json(modes(self._table()))

    async def change_mode(self, request: web.Request) -> web.Response:
        said = await body_of(request, ModeIn)
        by = person_of(request).account
        self._guide.change_mode(said.language, said.mode, by=by, reason=said.reason)
        return web.Response(status=204)


def _call_id(request: web.Request) -> CallId:
    return CallId(request.match_info["call_id"])
