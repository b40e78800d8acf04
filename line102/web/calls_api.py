"""Reading the live picture and the ledger over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import hdrs, web
from pydantic import BaseModel

from line102.broadcast import Broadcast
from line102.calls import CallId
from line102.errors import Gone
from line102.ports import CallStory, Ledger
from line102.web.console_files import confined
from line102.web.errors import AccessDenied
from line102.web.person import Person, person_of
from line102.web.schemas import CallsOut, CallsQuery, GapsOut, GapsQuery
from line102.web.shown import Shown, gap

GAPS_BACK = timedelta(days=7)


class CallsApi:
    """While the store is away the ledger raises Unreachable: 503, and /api/live and the feed go on."""

    def __init__(
        self,
        broadcast: Broadcast,
        ledger: Ledger,
        recordings: Path,
        shown: Shown,
        clock: Callable[[], datetime],
        note: Callable[[web.Request, str, str], None],
    ) -> None:
        self._broadcast = broadcast
        self._ledger = ledger
        self._recordings = recordings
        self._shown = shown
        self._clock = clock
        self._note = note  # into the audit

    async def live(self, request: web.Request) -> web.Response:
        return as_json(self._shown.live(self._broadcast.board.snapshot(self._clock())))

    async def calls(self, request: web.Request) -> web.Response:
        query = CallsQuery.model_validate(dict(request.query))
        stories = await self._ledger.calls(limit=query.limit, before=query.before)
        more = len(stories) == query.limit
        now = self._clock()
        calls = [self._shown.call(story, now) for story in stories]
        return as_json(CallsOut(calls=calls, next_before=stories[-1].record.offered_at if more else None))

    async def call(self, request: web.Request) -> web.Response:
        call_id = CallId(request.match_info["call_id"])
        story = await self._ledger.call(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        return as_json(self._shown.call(story, self._clock()))

    async def recording(self, request: web.Request) -> web.StreamResponse:
        """The playable stereo WAV: caller left, operator right. Range requests are answered."""
        call_id = CallId(request.match_info["call_id"])
        story = await self._story(call_id)
        stored = story.recording if story is not None else None
        _may_listen(person_of(request), story)
        file = confined(self._recordings, stored.path) if stored is not None and stored.path else None
        if file is None:
            raise Gone(f"recording of call {call_id}")
        if request.headers.get(hdrs.RANGE, "bytes=0-").startswith("bytes=0-"):  # once, not for each piece of a playback
            self._note(request, "played", call_id)
        return web.FileResponse(file, headers={hdrs.CONTENT_TYPE: "audio/wav"})

    async def gaps(self, request: web.Request) -> web.Response:
        query = GapsQuery.model_validate(dict(request.query))
        since = query.since or self._clock() - GAPS_BACK
        return as_json(GapsOut(since=since, gaps=[gap(g) for g in await self._ledger.gaps(since=since)]))

    async def _story(self, call_id: CallId) -> CallStory | None:
        """From the live board first, so that a recording plays while the store is away."""
        story = self._broadcast.board.story(call_id)
        if story is None or story.recording is None:
            story = await self._ledger.call(call_id)
        return story


def _may_listen(person: Person, story: CallStory | None) -> None:
    """An operator to the calls they answered; who supervises to all. Raises AccessDenied."""
    if person.supervises or story is None:
        return
    if not any(answer.operator_id == person.operator for answer in story.record.answers):
        raise AccessDenied(403, "not_your_call", "a supervisor may listen to the calls of others")


def as_json(model: BaseModel, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=model.model_dump_json(), content_type="application/json")
