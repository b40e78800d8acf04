"""What the API says about the line's day."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from line102.web.out import Out, Seconds, Share


class WithinOut(Out):
    """Of a window: who was answered by a human at 102 in time, of all who did not hang up early."""

    within_s: Seconds
    target: Share
    answered: int
    of: int = Field(description="calls that count; who waits still counts once they are too late")
    share: Share | None = Field(description="null: nobody counts yet")


class GapInOut(Out):
    """We could not see through ``link``."""

    link: Literal["ami", "ari"]
    began: AwareDatetime
    ended: AwareDatetime
    reason: str


class WindowOut(Out):
    """Calls offered since ``began``: answered + abandoned + short + elsewhere + unseen + waiting."""

    began: AwareDatetime
    offered: int
    answered: int = Field(description="by a human at 102")
    abandoned: int = Field(description="hung up before any human answered, short ones apart")
    short: int = Field(description="hung up within short_s")
    elsewhere: int = Field(description="at the help line, without a human at 102")
    unseen: int
    waiting: int
    deflected: int = Field(description="answered at the help line, whoever had talked with them before")
    mean_wait_s: Seconds | None = Field(description="of the answered")
    longest_wait_s: Seconds = Field(description="of everybody, who wait still included")
    within: list[WithinOut]
    gaps: list[GapInOut]


class WallboardOut(Out):
    at: AwareDatetime
    whole: bool = Field(description="false: the calls of before the service started are not read yet")
    target_mean_wait_s: Seconds
    short_s: Seconds
    now: WindowOut = Field(description="the last 15 minutes")
    hour: WindowOut = Field(description="since the hour began, by the centre's clock")
    today: WindowOut = Field(description="since midnight by the centre's calendar")
