"""GET /api/calls/{call_id}/answers: what the knowledge base has for the caller's words so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from ivr.knowledge import MIN_SCORE
from ivr.suggestions import Suggestions
from line102.board import Board
from line102.calls import CallId, Side
from line102.errors import Gone
from line102.ports import CallStory, Ledger
from line102.web.answers_schemas import SuggestedAnswerOut, SuggestedAnswersOut
from line102.web.calls_api import as_json


class AnswersApi:
    """``zone``: entries are in force by the centre's own calendar."""

    def __init__(
        self, suggestions: Suggestions, board: Board, ledger: Ledger, zone: ZoneInfo, clock: Callable[[], datetime]
    ) -> None:
        self._suggestions = suggestions
        self._board = board
        self._ledger = ledger
        self._zone = zone
        self._clock = clock

    async def get(self, request: web.Request) -> web.Response:
        call_id = CallId(request.match_info["call_id"])
        story = self._board.story(call_id) or await self._ledger.call(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        language, today = spoken_language(story), self._clock().astimezone(self._zone).date()
        found = await asyncio.to_thread(self._suggestions.of, utterances(story), language, today)
        answers = [
            SuggestedAnswerOut(
                topic=one.topic, text=one.text, language=one.language, score=one.score, sample=one.sample
            )
            for one in found
        ]
        return as_json(SuggestedAnswersOut(language=language, threshold=MIN_SCORE, answers=answers))


def utterances(story: CallStory) -> list[str]:
    """What the caller was heard to say, in order."""
    return [s.text for s in story.segments if s.side is Side.CALLER and s.final and s.suppressed is None]


def spoken_language(story: CallStory) -> str:
    """An operator's choice, else that of the caller's last words that have one."""
    if story.language is not None:
        return story.language
    said = [s.language for s in story.segments if s.side is Side.CALLER and s.final and s.suppressed is None]
    return next((language for language in reversed(said) if language), "")
