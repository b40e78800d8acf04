"""GET /api/places: completion of a typed place, at every key."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from line102.web.calls_api import as_json
from line102.web.places_schemas import PlaceChoiceOut, PlaceChoicesOut, PlacesQuery
from routing.places.completion import PlaceCompletion


class PlacesApi:
    def __init__(self, completion: PlaceCompletion) -> None:
        self._completion = completion

    async def get(self, request: web.Request) -> web.Response:
        query = PlacesQuery.model_validate(dict(request.query))
        found = self._completion.complete(query.text, limit=query.limit)
        places = [PlaceChoiceOut(**asdict(choice)) for choice in found]
        return as_json(PlaceChoicesOut(text=query.text, places=places))
