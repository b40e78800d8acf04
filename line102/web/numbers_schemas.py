"""What the API says about the earlier calls of a number."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from line102.calls import CallState, Outcome
from line102.web.decision_schemas import CategoryOut, UrgencyName
from line102.web.out import Out, Seconds


class PastCallOut(Out):
    """One call of the number, as far as a glance needs it; GET /api/calls/{id} has the rest."""

    id: str
    state: CallState
    offered_at: AwareDatetime
    outcome: Outcome | None
    waited_s: Seconds
    talked_s: Seconds
    operators: list[str] = Field(description="who answered, in that order")
    urgency: UrgencyName
    category: CategoryOut | None
    place: str = Field(description="of the card; else the first that the caller may have named; else empty")
    note: str = Field(description="of the card, its first 200 characters")
    words: str = Field(description="the caller's first words, at most 200 characters")


class NumberCallsOut(Out):
    """Newest first. ``next_before`` continues the list; null at its end."""

    number: str = Field(description="the digits that name the subscriber; empty for a withheld number")
    within_30_days: int
    calls: list[PastCallOut]
    next_before: AwareDatetime | None


class NumberCallsQuery(BaseModel):
    """Query of GET /api/numbers/{number}/calls. ``leave_out``: the call on the line, which is no history."""

    model_config = ConfigDict(extra="forbid")
    limit: Annotated[int, Field(ge=1, le=50)] = 10
    before: AwareDatetime | None = None
    leave_out: str | None = None
