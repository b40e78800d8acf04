"""What the API says about an operator's own day."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from line102.web.out import Out, Seconds


class TodayOut(Out):
    """Since midnight by the centre's own calendar. A talk that goes on is answered, and has no length yet."""

    operator: str
    since: AwareDatetime
    answered: int = Field(description="calls, at 102 and at the help line")
    talked_s: Seconds
    mean_talk_s: Seconds | None
    longest_talk_s: Seconds | None
    sent_to_help: int
