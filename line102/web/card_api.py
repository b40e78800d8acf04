"""PUT /api/calls/{call_id}/card: what an operator writes down, saved as they type."""

from __future__ import annotations

from aiohttp import web

from line102.calls import CallId
from line102.cards import CardChanged, Cards, CardText
from line102.web.bodies import body_of
from line102.web.calls_api import as_json
from line102.web.card_schemas import CardChangedOut, CardIn, CardSavedOut
from line102.web.person import person_of
from line102.web.shown_after import card

MAX_BODY = 64 * 1024  # bytes: a full card in any script


class CardApi:
    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    async def put(self, request: web.Request) -> web.Response:
        """Answers with what stands when it is in the journal; 409 with what stands when the page wrote over another
        version than that. The same text again is no conflict: an answer may have been lost.
        """
        said = await body_of(request.clone(client_max_size=MAX_BODY), CardIn)
        text = CardText(note=said.note, place=said.place, persons=said.persons, follow_up=said.follow_up)
        call_id = CallId(request.match_info["call_id"])
        try:
            written = await self._cards.write(call_id, text, over=said.version, by=person_of(request).by)
        except CardChanged as changed:
            said_by = "somebody has written meanwhile: show what stands, and ask"
            newer = CardChangedOut(error="card_changed", message=said_by, card=card(changed.card))
            return as_json(newer, status=409)
        return as_json(CardSavedOut(card=card(written)))
