"""Callers who must be called back: the list, who takes which, and how it ended."""

from __future__ import annotations

from aiohttp import web

from line102.board import Board
from line102.call_backs_keeper import CallBacks
from line102.call_backs_kinds import CallBackHow
from line102.calls import CallId
from line102.web.bodies import body_of
from line102.web.call_backs_schemas import CallBackIn, CallBacksOut
from line102.web.calls_api import as_json
from line102.web.person import person_of
from line102.web.shown_after import call_back


class CallBacksApi:
    """Read from the live picture, so that it answers while the store is away."""

    def __init__(self, call_backs: CallBacks, board: Board) -> None:
        self._call_backs = call_backs
        self._board = board

    async def get(self, _: web.Request) -> web.Response:
        return as_json(CallBacksOut([call_back(task) for task in self._board.call_backs.shown()]))

    async def post(self, request: web.Request) -> web.Response:
        """204 when it is in the ledger; the feed then tells the task anew to every page."""
        said = await body_of(request, CallBackIn)
        call_id, person = CallId(request.match_info["call_id"]), person_of(request)
        match said.do:
            case "take":
                self._call_backs.take(call_id, by=person.seat, over_others=person.supervises)
            case "give_back":
                self._call_backs.give_back(call_id, by=person.by, over_others=person.supervises)
            case "done":
                how = CallBackHow(said.how or "")
                self._call_backs.done(call_id, by=person.by, how=how, over_others=person.supervises)
        return web.Response(status=204)

    async def call(self, request: web.Request) -> web.Response:
        """Ring the operator's own phone, then the number. 204 when the phone is asked to ring."""
        person = person_of(request)
        call_id = CallId(request.match_info["call_id"])
        await self._call_backs.call(call_id, by=person.seat, over_others=person.supervises)
        return web.Response(status=204)
