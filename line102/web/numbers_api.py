"""GET /api/numbers/{number}/calls: what this number called about before. Ordinary work: no audit, any operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from line102.assess import caller_words
from line102.numbers import forms_of, plain
from line102.ports import CallStory
from line102.web.calls_api import as_json
from line102.web.numbers_schemas import NumberCallsOut, NumberCallsQuery, PastCallOut
from line102.web.shown_decisions import URGENCY, category

BACK = timedelta(days=30)
SHOWN_CHARACTERS = 200


class PastCalls(Protocol):
    """The ledger. Raises Unreachable."""

    async def calls_of(
        self, numbers: Sequence[str], *, limit: int, before: datetime | None = None
    ) -> Sequence[CallStory]: ...

    async def count_of(self, numbers: Sequence[str], *, since: datetime) -> int: ...


class NumbersApi:
    def __init__(self, ledger: PastCalls, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock

    async def calls(self, request: web.Request) -> web.Response:
        """All spellings of the number are one; a withheld one has no history."""
        query = NumberCallsQuery.model_validate(dict(request.query))
        number, now = request.match_info["number"], self._clock()
        forms = forms_of(number)
        if not forms:
            return as_json(NumberCallsOut(number="", within_30_days=0, calls=[], next_before=None))
        stories = await self._ledger.calls_of(forms, limit=query.limit + 2, before=query.before)
        count = await self._ledger.count_of(forms, since=now - BACK)
        shown = [story for story in stories if story.record.call_id != query.leave_out]
        if query.leave_out is not None and len(shown) < len(stories):
            count -= 1
        more = len(shown) > query.limit
        shown = shown[: query.limit]
        answer = NumberCallsOut(
            number=plain(number),
            within_30_days=max(count, 0),
            calls=[past_call(story, now) for story in shown],
            next_before=shown[-1].record.offered_at if more else None,
        )
        return as_json(answer)


def past_call(story: CallStory, now: datetime) -> PastCallOut:
    record, decided, card = story.record, story.decisions, story.card
    named = decided.places[0] if decided.places else None
    likely = f"{named.name} {named.house}".strip() if named else ""
    return PastCallOut(
        id=record.call_id,
        state=record.state,
        offered_at=record.offered_at,
        outcome=record.outcome,
        waited_s=record.waited(now).total_seconds(),
        talked_s=record.talked(now).total_seconds(),
        operators=list(dict.fromkeys(answer.operator_id for answer in record.answers)),
        urgency=URGENCY[decided.urgency],
        category=category(decided.category),
        place=(card.place if card else "") or likely,
        note=(card.note if card else "")[:SHOWN_CHARACTERS],
        words=caller_words(story)[:SHOWN_CHARACTERS],
    )
