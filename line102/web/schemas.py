"""What the API says, as pydantic models: the published OpenAPI is generated from these and from nothing else.

Durations are seconds with the unit in the name; times are ISO 8601 UTC; offsets count from the recording's beginning.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from line102.board import Lamp
from line102.calls import CallState, Outcome, Side, StayEnd
from line102.events import Link
from line102.web.call_backs_schemas import CallBackOut
from line102.web.card_schemas import CardOut
from line102.web.decision_schemas import (
    CategoryOut,
    FlagOut,
    HelpLineLeftOut,
    OfferOut,
    PlaceOut,
    TurnOut,
    UrgencyName,
)
from line102.web.desk_schemas import DeskOut
from line102.web.out import Out, Seconds, Seq, Share
from line102.words import Heard, Label


class RingOut(Out):
    operator: str
    at: AwareDatetime
    unanswered_at: AwareDatetime | None


class StayOut(Out):
    """One stay in a queue, from join to leave."""

    queue: str
    joined_at: AwareDatetime
    position: int | None
    left_at: AwareDatetime | None
    end: StayEnd | None
    rings: list[RingOut]


class AnswerOut(Out):
    """One human who answered; ``queue`` is null when it was the overflow ring."""

    operator: str
    at: AwareDatetime
    queue: str | None
    ended_at: AwareDatetime | None
    lost: bool = Field(description="their leg died; the caller was back at the head of the queue")
    put_to: str = Field(description="whom they put the caller through to: duty, an operator, a number; empty: nobody")


class SegmentOut(Out):
    """Same side and start_s with a higher revision replaces the older one."""

    side: Side
    start_s: Seconds
    end_s: Seconds
    text: str
    language: str = Field(description="ru, kk or empty when unknown")
    confidence: Share
    model: str
    revision: int
    final: bool
    heard: Heard
    suppressed: str | None = Field(description="why the text is not shown as speech; the text is kept")
    committed: int | None = Field(description="of a partial: characters of text that two passes agreed on")
    as_heard: str | None = Field(description="before the glossary corrected it; null when it did not")


class StretchOut(Out):
    """A stretch that was not transcribed live, and whether the recording has filled it since."""

    side: Side
    start_s: Seconds
    end_s: Seconds
    reason: str
    state: Literal["pending", "recovered", "lost"]


class CoverageOut(Out):
    """How the speech of one side of the recording is accounted for: ``speech_s`` is the sum of the rest."""

    side: Side
    speech_s: Seconds
    text_s: Seconds
    suppressed_s: Seconds
    missing_s: Seconds


class EvidenceOut(Out):
    """Words that caused the flag: [start, end) characters of ``AssessmentOut.text``."""

    words: str
    start: int
    end: int
    label: Label
    because: str


class AssessmentOut(Out):
    """What the caller's words look like. Absent unless the server shows shadow flags."""

    at: AwareDatetime
    label: Label
    confidence: Share
    evidence: list[EvidenceOut]
    vetoes: list[str]
    text: str
    assessor: str


class RecordingOut(Out):
    """``playable`` says whether /recording answers; ``set_aside`` why not, when the file was unreadable."""

    playable: bool
    duration_s: Seconds
    sha256: str
    repaired: bool
    short_by_s: Seconds
    set_aside: str | None


class CallOut(Out):
    """One call. ``waited_s`` and ``talked_s`` run until now while the call does."""

    id: str
    state: CallState
    offered_at: AwareDatetime
    number: str
    dialled: str
    seen_from_start: bool
    recording_began_at: AwareDatetime | None
    priority: int
    stays: list[StayOut]
    answers: list[AnswerOut]
    waited_s: Seconds
    talked_s: Seconds
    ended_at: AwareDatetime | None
    hangup_cause: int | None
    outcome: Outcome | None
    segments: list[SegmentOut]
    missed: list[StretchOut]
    assessment: AssessmentOut | None
    recording: RecordingOut | None
    transcript_complete: bool
    coverage: list[CoverageOut] = Field(description="of the finished transcript, one per recorded side")
    revised_by: str | None = Field(description="the model of the second pass over the recording")
    language: str | None = Field(description="chosen by an operator; null: the recogniser chooses")
    urgency: UrgencyName = Field(description="it only rises")
    urgent_words: str = Field(description="that raised the urgency; empty for silence")
    places: list[PlaceOut] = Field(description="best first")
    flag: FlagOut | None = Field(description="null too while flags are in shadow and not shown")
    offer: OfferOut | None = Field(description="the last one")
    turns: list[TurnOut] = Field(description="of the help line's self-service, oldest first")
    help_line_left: HelpLineLeftOut | None
    category: CategoryOut | None
    sent_at: AwareDatetime | None = Field(description="last left 102 for the help line")
    served_at: AwareDatetime | None = Field(description="last heard a whole answer of the self-service")
    card: CardOut | None = Field(description="what an operator wrote down")


class MemberOut(Out):
    """An operator's seat in a queue."""

    operator: str
    queue: str
    status: str
    paused: bool


class LightOut(Out):
    lamp: Lamp
    up: bool
    since: AwareDatetime
    why: str


class GapOut(Out):
    """A time when the service could not see through ``link``."""

    link: Link
    began: AwareDatetime
    ended: AwareDatetime
    length_s: Seconds
    reason: str


class RecognitionOut(Out):
    """How far recognition gives way under load: 0 not at all, 4 most. Calls themselves never notice."""

    level: Annotated[int, Field(ge=0, le=4)]
    since: AwareDatetime
    delayed_s: Seconds = Field(description="how long the oldest audio waits for its words")


class LiveOut(Out):
    """The whole live picture; ``seq`` is the number of the last change in it."""

    seq: Seq
    at: AwareDatetime
    node: str
    flags: Literal["hidden", "shadow_shown"]
    calls: list[CallOut]
    members: list[MemberOut]
    lights: list[LightOut]
    gaps: list[GapOut]
    recognition: RecognitionOut | None = Field(description="null: not known yet")
    languages: list[str] = Field(description="languages an operator may choose for a call")
    call_backs: list[CallBackOut] = Field(description="every open one, the next to be worked first; then the last done")
    desks: list[DeskOut] = Field(description="every operator of 102 and of the help line")


class CallsOut(Out):
    """Newest first. ``next_before`` continues the list; null at its end."""

    calls: list[CallOut]
    next_before: AwareDatetime | None


class GapsOut(Out):
    since: AwareDatetime
    gaps: list[GapOut]


class HealthOut(Out):
    status: Literal["ok"]


class ErrorOut(Out):
    """``error`` is a code to act on, ``message`` one English line for a log or a developer."""

    error: str
    message: str
    retry_after_s: Seconds | None = None


class CallsQuery(BaseModel):
    """Query of GET /api/calls."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=50, ge=1, le=200)
    before: AwareDatetime | None = None


class LanguageIn(BaseModel):
    """Body of POST /api/calls/{call_id}/language. Null gives the choice back to the recogniser."""

    model_config = ConfigDict(extra="forbid", strict=True)
    language: str | None = Field(description="one of the live picture's languages, or null")


class GapsQuery(BaseModel):
    """Query of GET /api/gaps; the last seven days by default."""

    model_config = ConfigDict(extra="forbid")
    since: AwareDatetime | None = None
