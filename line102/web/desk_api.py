"""An operator's own place over the web: state, wrap-up, the page's phone, putting a caller through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

import structlog
from aiohttp import web

from line102.board import Board
from line102.calls import CallId, OperatorId
from line102.desk_kinds import DeskState, WhyNoCall
from line102.desks import Off, Paused, Ready, Wish
from line102.errors import Gone
from line102.web.bodies import body_of
from line102.web.calls_api import as_json
from line102.web.desk_schemas import HeldIn, PhoneOut, StateIn, TransferIn, WrapUpIn
from line102.web.errors import AccessDenied
from line102.web.person import person_of

log = structlog.get_logger()


class Seats(Protocol):
    """``Seating``."""

    def wish(self, operator: OperatorId, wish: Wish, *, by: str) -> None: ...

    def arrived(self, operator: OperatorId, *, by: str) -> None: ...

    def extend_wrap_up(self, operator: OperatorId, by: timedelta, *, who: str) -> None: ...

    async def holds(self, operator: OperatorId, calls: frozenset[CallId]) -> int: ...


class Switching(Protocol):
    async def put_through(self, call_id: CallId, to: str) -> None:
        """Raises Gone, Refused, Unreachable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneParts:
    """``password_of``: of a SIP endpoint. ``upstream``: Asterisk's websocket. ``targets``: where callers may go."""

    seats: Seats
    switching: Switching
    password_of: Callable[[str], str]
    upstream: str
    answer: Literal["ring", "auto"]
    targets: frozenset[str]


class DeskApi:
    """Every POST answers 204 when it was said; what became of it the feed tells."""

    def __init__(self, parts: PhoneParts, board: Board) -> None:
        self._parts = parts
        self._board = board

    def left(self, operator: OperatorId, account: str) -> None:
        """Nobody is signed in at that seat any more: off. A talk that is on there goes on."""
        try:
            self._parts.seats.wish(operator, Off(), by=account)
        except Gone:
            log.warning("left_a_seat_that_is_gone", operator=operator)

    def is_free(self, operator: OperatorId) -> bool:
        """Whether it is known that nobody rings and nobody talks at that seat."""
        desk = self._board.desk_of(operator)
        if desk is None or WhyNoCall.PBX_DOWN in desk.why:
            return False
        return desk.state not in (DeskState.RINGING, DeskState.TALKING) and desk.call_id is None

    async def state(self, request: web.Request) -> web.Response:
        said, person = await body_of(request, StateIn), person_of(request)
        wishes: dict[str, Wish] = {"ready": Ready(), "off": Off()}
        wish = wishes.get(said.state, Paused(said.reason))
        self._parts.seats.wish(person.seat, wish, by=person.account)
        return web.Response(status=204)

    async def wrap_up(self, request: web.Request) -> web.Response:
        said, person = await body_of(request, WrapUpIn), person_of(request)
        self._parts.seats.extend_wrap_up(person.seat, timedelta(seconds=said.extend_s), who=person.account)
        return web.Response(status=204)

    async def phone(self, request: web.Request) -> web.Response:
        """The SIP password opens nothing by itself: Asterisk's websocket is reached through ``/phone`` only."""
        person = person_of(request)
        self._parts.seats.arrived(person.seat, by=person.account)
        user = f"{person.seat}-web"
        return as_json(
            PhoneOut(
                user=user,
                password=self._parts.password_of(user),
                domain="line102",
                path="/phone",
                answer=self._parts.answer,
                ice=[],
            )
        )

    async def held(self, request: web.Request) -> web.Response:
        said = await body_of(request, HeldIn)
        await self._parts.seats.holds(person_of(request).seat, frozenset(map(CallId, said.calls)))
        return web.Response(status=204)

    async def transfer(self, request: web.Request) -> web.Response:
        """By whom the caller talks with, or who supervises."""
        said, person = await body_of(request, TransferIn), person_of(request)
        call_id = CallId(request.match_info["call_id"])
        story = self._board.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        answers = story.record.answers
        theirs = bool(answers) and answers[-1].operator_id == person.operator and answers[-1].ended_at is None
        if not theirs and not person.supervises:
            raise AccessDenied(403, "not_your_call", "whoever talks with the caller puts them through")
        if said.to not in self._parts.targets:
            raise AccessDenied(422, "unknown_target", f"there is no {said.to} to put callers through to")
        await self._parts.switching.put_through(call_id, said.to)
        return web.Response(status=204)
