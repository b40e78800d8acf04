"""What the API says about answers that an operator may read out."""

from __future__ import annotations

from pydantic import Field

from line102.web.out import Out, Share


class SuggestedAnswerOut(Out):
    topic: str
    text: str
    language: str = Field(description="of the text: the caller's, if the knowledge base has it")
    score: Share
    sample: bool = Field(description="comes with line102: nobody has approved it")


class SuggestedAnswersOut(Out):
    """At most 3, the likeliest first; none is nearer than ``threshold`` otherwise."""

    language: str = Field(description="the caller's, empty while it is not known")
    threshold: Share = Field(description="from this score on the self-service would answer by itself")
    answers: list[SuggestedAnswerOut]
