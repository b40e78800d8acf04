"""What the API says about the card: what an operator writes down about a call."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from line102.web.out import In, Out

Text = Annotated[str, Field(max_length=4000)]
ShortText = Annotated[str, Field(max_length=500)]


class CardOut(Out):
    """The last telling, whole. ``version`` counts the tellings of this call's card from 1."""

    version: int
    at: AwareDatetime
    by: str
    note: str
    place: str
    persons: str
    follow_up: str


class CardIn(In):
    """Body of PUT /api/calls/{call_id}/card: the whole card, written over the ``version`` that the page shows."""

    version: Annotated[int, Field(ge=0, strict=True, description="0: the call has no card yet")]
    note: Text
    place: ShortText
    persons: Text
    follow_up: Text


class CardSavedOut(Out):
    """What stands; null: an empty card of a call that has none."""

    card: CardOut | None


class CardChangedOut(Out):
    """409: somebody wrote meanwhile. ``card`` is what stands now."""

    error: str
    message: str
    card: CardOut | None
