"""The messages of the live feed: one snapshot, then every change with its number."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from line102.web.call_backs_schemas import CallBackOut
from line102.web.card_schemas import CardOut
from line102.web.desk_schemas import DeskOut
from line102.web.out import Out, Seq
from line102.web.schemas import CallOut, GapOut, LightOut, LiveOut, MemberOut, RecognitionOut, SegmentOut


class SnapshotMessage(Out):
    type: Literal["snapshot"]
    live: LiveOut


class CallMessage(Out):
    type: Literal["call"]
    seq: Seq
    call: CallOut


class RemovedMessage(Out):
    """The call ended long enough ago to leave the live picture; the ledger has it."""

    type: Literal["removed"]
    seq: Seq
    call_id: str


class SegmentMessage(Out):
    type: Literal["segment"]
    seq: Seq
    call_id: str
    segment: SegmentOut


class CardMessage(Out):
    """What an operator wrote down, whole: it takes the place of the call's ``card``."""

    type: Literal["card"]
    seq: Seq
    call_id: str
    card: CardOut


class LightMessage(Out):
    type: Literal["light"]
    seq: Seq
    light: LightOut


class MemberMessage(Out):
    type: Literal["member"]
    seq: Seq
    member: MemberOut


class GapMessage(Out):
    type: Literal["gap"]
    seq: Seq
    gap: GapOut


class RecognitionMessage(Out):
    """At most once a second."""

    type: Literal["recognition"]
    seq: Seq
    recognition: RecognitionOut


class CallBackMessage(Out):
    """A task began or changed: it takes the place of the one with the same ``call_id``."""

    type: Literal["call_back"]
    seq: Seq
    task: CallBackOut


class DeskMessage(Out):
    """An operator's place changed: it takes the place of the one with the same ``operator``."""

    type: Literal["desk"]
    seq: Seq
    desk: DeskOut


class PingMessage(Out):
    """Sent every 15 s; ``seq`` is that of the last change sent, so that a silent hole is noticed too."""

    type: Literal["ping"]
    seq: Seq
    at: AwareDatetime


FeedMessage = (
    SnapshotMessage
    | CallMessage
    | RemovedMessage
    | SegmentMessage
    | CardMessage
    | LightMessage
    | MemberMessage
    | GapMessage
    | RecognitionMessage
    | CallBackMessage
    | DeskMessage
    | PingMessage
)
