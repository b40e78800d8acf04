"""What the API says about callers who must be called back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, RootModel, model_validator

from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.web.out import In, Out


class CallBackDoneOut(Out):
    at: AwareDatetime
    by: str = Field(description="an operator, or line102 when the caller rang again and was answered")
    how: CallBackHow


class TryOut(Out):
    """One attempt to call, at its end."""

    at: AwareDatetime
    by: str
    attempt: str = Field(description="names its recording")
    result: CallBackResult = Field(description="talked ends the task; after cut_short a person says how it was")
    talked_s: float
    heard: bool = Field(description="its words can be read")


class CallBackOut(Out):
    """One task. It is open while ``done`` is null."""

    call_id: str
    number: str = Field(description="empty when withheld")
    offered_at: AwareDatetime
    needed_at: AwareDatetime
    why: CallBackWhy
    urgent: bool = Field(description="words of danger were heard")
    deadline: AwareDatetime
    owner: str | None
    owned_at: AwareDatetime | None
    called_again: str | None = Field(description="the newest later call of this number, answered or not")
    tries: list[TryOut] = Field(description="the last 20, oldest first")
    done: CallBackDoneOut | None


class CallBacksOut(RootModel[list[CallBackOut]]):
    """Every open task, the next to be worked first; then the last 50 done."""


Do = Literal["take", "give_back", "done"]
HowIn = Literal["reached", "no_answer", "not_needed"]


class CallBackIn(In):
    """Body of POST /api/call-backs/{call_id}."""

    do: Do
    how: Annotated[HowIn | None, Field(description="with done: how it ended")] = None

    @model_validator(mode="after")
    def _says_how(self) -> CallBackIn:
        if (self.how is not None) != (self.do == "done"):
            raise ValueError("how goes with done, and only with it")
        return self
