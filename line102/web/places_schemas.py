"""What the API says while an operator types a place."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from line102.web.out import Out, Share


class PlaceChoiceOut(Out):
    name: str
    kazakh: str = Field(description="empty when the gazetteer does not say")
    house: str = Field(description="as typed; empty")
    kind: str
    matched: str = Field(description="the name that was typed, or nearly: it may be an old one")
    score: Share
    latitude: float | None = Field(description="degrees, WGS 84")
    longitude: float | None


class PlaceChoicesOut(Out):
    """The likeliest first."""

    text: str
    places: list[PlaceChoiceOut]


class PlacesQuery(BaseModel):
    """Query of GET /api/places."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(max_length=100)]
    limit: Annotated[int, Field(ge=1, le=20)] = 8
