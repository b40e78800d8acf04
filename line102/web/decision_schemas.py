"""What the API says about decisions: urgency, places, flags, offers, the help line, categories, modes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, RootModel

from line102.web.out import In, Out, Share
from line102.words import Label, Mode, OfferEnd

UrgencyName = Literal["normal", "unclear", "danger"]


class PlaceOut(Out):
    """A place that the caller may have named; ``words`` are the caller's own, [start, end) of what they said so far."""

    name: str
    house: str = Field(description="empty when none was named")
    score: Share
    words: str
    start: int
    end: int
    kind: str


class FlagDecidedOut(Out):
    at: AwareDatetime
    by: str
    accepted: bool
    reason: str


class FlagOut(Out):
    """The call looks like a question because of ``words``. Open until it is dropped or decided."""

    at: AwareDatetime
    mode: Mode
    language: str
    confidence: Share
    words: str
    dropped: str | None = Field(description="why nobody may act on it any more")
    decided: FlagDecidedOut | None


class OfferOut(Out):
    """The waiting caller was asked. ``how`` is null while they are being asked."""

    at: AwareDatetime
    language: str
    ended_at: AwareDatetime | None
    how: OfferEnd | None
    words: str = Field(description="what the caller said or pressed")


class TurnOut(Out):
    """The help line's self-service heard a question and read out ``topic``; null: it found none."""

    at: AwareDatetime
    heard: str
    topic: str | None
    score: Share


class HelpLineLeftOut(Out):
    """The caller went back from the help line to the head of 102."""

    at: AwareDatetime
    why: str


class CategoryOut(Out):
    """What the call was, as a person says."""

    at: AwareDatetime
    by: str
    label: Label
    category: str = Field(description="empty when only the label is known")
    audit: bool = Field(description="a supervisor listened to it")


class ModeOut(Out):
    """What flags in one language may lead to, and how far its gate is."""

    queue: str
    language: str
    mode: Mode
    audited: int = Field(description="flags that a person looked at since the last miss")
    needed: int
    missed: int = Field(description="emergencies among flags, ever")
    gate_open: bool
    miss_rate_below: Share = Field(description="upper 95 % bound")
    changed_at: AwareDatetime | None
    changed_by: str | None
    reason: str | None


class ModesOut(RootModel[list[ModeOut]]):
    """One line per language."""


Reason = Annotated[str, Field(max_length=200)]


class FlagIn(In):
    """Body of POST /api/calls/{call_id}/flag. Accepted: the caller is sent to the help line."""

    accepted: bool = Field(strict=True)
    reason: Reason


class CategoryIn(In):
    """Body of POST /api/calls/{call_id}/category."""

    label: Label
    category: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$", description="slug, or empty")]
    audit: bool = Field(strict=True)


class ModeIn(In):
    """Body of POST /api/modes."""

    language: Annotated[str, Field(max_length=16)]
    mode: Mode
    reason: Annotated[str, Field(min_length=1, max_length=200)]
