"""Callers who must be called back: the list, who takes which, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from aiohttp import hdrs, web

from line102.board import Board
from line102.call_backs import is_attempt, recording_of
from line102.call_backs_keeper import CallBacks
from line102.call_backs_kinds import CallBackHow
from line102.calls import CallId
from line102.errors import Gone
from line102.web.bodies import body_of
from line102.web.call_backs_schemas import CallBackIn, CallBacksOut
from line102.web.calls_api import as_json
from line102.web.console_files import confined
from line102.web.errors import AccessDenied
from line102.web.listen_api import Note
from line102.web.person import person_of
from line102.web.shown import segment
from line102.web.shown_after import call_back
from line102.web.try_words_schemas import TryWordsOut
from line102.words import Segment


class Words(Protocol):
    """The ledger."""

    async def words_of_call_back(self, call_id: CallId, attempt: CallId) -> Sequence[Segment] | None:
        """None while there are none. Raises Unreachable."""
        ...


class CallBacksApi:
    """Read from the live picture, so that it answers while the store is away."""

    def __init__(self, call_backs: CallBacks, board: Board, ledger: Words, recordings: Path, note: Note) -> None:
        """``note`` writes into the audit."""
        self._call_backs = call_backs
        self._board = board
        self._ledger = ledger
        self._recordings = recordings
        self._note = note

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

    async def recording(self, request: web.Request) -> web.StreamResponse:
        """One attempt: who was called left, the operator right; to the operator who called, and to who supervises."""
        person, task = person_of(request), self._board.call_backs.task(CallId(request.match_info["call_id"]))
        attempt = CallId(request.match_info["attempt"])
        tried = next((one for one in task.tries if one.attempt == attempt), None) if task is not None else None
        if tried is None:
            raise Gone(f"attempt {attempt}")
        if not person.supervises and tried.by != person.operator:
            raise AccessDenied(403, "not_your_call", "a supervisor may listen to the calls of others")
        file = confined(self._recordings, recording_of(attempt)) if is_attempt(attempt) else None
        if file is None:
            raise Gone(f"recording of attempt {attempt}")
        if request.headers.get(hdrs.RANGE, "bytes=0-").startswith("bytes=0-"):
            self._note(request, "played", attempt)
        return web.FileResponse(file, headers={hdrs.CONTENT_TYPE: "audio/wav"})

    async def words(self, request: web.Request) -> web.Response:
        """What was said in one attempt, by time."""
        call_id, attempt = CallId(request.match_info["call_id"]), CallId(request.match_info["attempt"])
        await self._call_backs.heard(call_id, attempt)  # the page is told a moment before the store has them
        segments = await self._ledger.words_of_call_back(call_id, attempt)
        if segments is None:
            raise Gone(f"words of attempt {attempt}")
        return as_json(TryWordsOut(segments=[segment(one) for one in segments]))
