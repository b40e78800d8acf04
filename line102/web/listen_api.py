"""GET /api/calls/{call_id}/recording/last: the last seconds of a recording that is still being written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field

from line102.board import Board
from line102.calls import CallId
from line102.errors import Gone
from line102.ports import RunningRecordings
from line102.web.errors import AccessDenied
from line102.web.person import Person, person_of

FROM, TO = "Line102-From-Seconds", "Line102-To-Seconds"  # where the piece lies in the recording


Note = Callable[[web.Request, str, str], None]  # into the audit: what was done, to what


class LastQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: Annotated[float, Field(gt=0, le=60)] = 30


class ListenApi:
    def __init__(self, recordings: RunningRecordings, board: Board, note: Note) -> None:
        self._recordings = recordings
        self._note = note
        self._board = board

    async def last(self, request: web.Request) -> web.Response:
        """Stereo WAV, caller left. What was said within the last 2 s or so is not written yet."""
        query = LastQuery.model_validate(dict(request.query))
        call_id = CallId(request.match_info["call_id"])
        self._check(call_id, person_of(request))
        piece = await self._recordings.last(call_id, timedelta(seconds=query.seconds))
        self._note(request, "played_last", call_id)
        headers = {FROM: f"{piece.start.total_seconds():.3f}", TO: f"{piece.end.total_seconds():.3f}"}
        return web.Response(body=piece.wav, headers={hdrs.CONTENT_TYPE: "audio/wav", **headers})

    def _check(self, call_id: CallId, person: Person) -> None:
        """An operator listens again to what was said to them; to others' calls only who supervises."""
        story = self._board.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        talked = any(answer.operator_id == person.operator for answer in story.record.answers)
        if not talked and not person.supervises:
            raise AccessDenied(403, "not_your_call", "a supervisor may listen to the calls of others")
