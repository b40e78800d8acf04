"""What happened on the line: a closed union of facts, past tense. The ledger is a list of these.

``at`` is when it happened by the PBX's clock where the PBX told us, else by ours; always aware UTC.
Adding a class to ``LedgerEvent`` makes mypy name every place that must learn of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.calls import CallId, OperatorId, QueueName, StayEnd
from line102.desk_kinds import DeskState
from line102.words import Assessment, Coverage, Label, Mode, OfferEnd, PlaceCandidate, Segment, Stretch, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """The trunk offered a call: the caller's channel was created."""

    call_id: CallId
    at: datetime
    number: str
    dialled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegan:
    """MixMonitor started on the caller's channel; segment offsets count from here."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerJoined:
    call_id: CallId
    at: datetime
    queue: QueueName
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRefused:
    """The caller could not join: queue full, without members, or unknown. The dialplan rings somebody else."""

    call_id: CallId
    at: datetime
    queue: QueueName
    reason: StayEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRung:
    call_id: CallId
    at: datetime
    queue: QueueName
    operator_id: OperatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNoAnswer:
    """An operator's phone stopped ringing unanswered."""

    call_id: CallId
    at: datetime
    operator_id: OperatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """A human answered: from ``queue``, or from the overflow ring when it is None."""

    call_id: CallId
    at: datetime
    operator_id: OperatorId
    queue: QueueName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLeft:
    """The operator's leg ended (either side hung up, or a transfer)."""

    call_id: CallId
    at: datetime
    operator_id: OperatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLost:
    """The leg of whoever talked with the caller died: nobody hung up. The caller is back at the head of the queue."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutThrough:
    """Whoever talked with the caller put them through: to the duty inspector, a colleague, a number outside."""

    call_id: CallId
    at: datetime
    by: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeftQueue:
    """The caller left the queue into the dialplan, unanswered: timeout, withdraw, queue emptied."""

    call_id: CallId
    at: datetime
    queue: QueueName
    reason: StayEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged:
    call_id: CallId
    at: datetime
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The caller's channel is gone."""

    call_id: CallId
    at: datetime
    hangup_cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInterrupted:
    """The PBX stopped with this call on it; ``at`` is the last moment it was known to run."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLost:
    """The call is over, and neither we nor Asterisk's records saw how it ended."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SentToHelpLine:
    """The caller's channel is on its way to the help line. ``by``: "caller", or the operator who confirmed."""

    call_id: CallId
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfServed:
    """The caller heard a whole answer from the help line's self-service."""

    call_id: CallId
    at: datetime


CourseEvent = (
    CallOffered
    | RecordingBegan
    | CallerJoined
    | CallerRefused
    | OperatorRung
    | RingNoAnswer
    | CallAnswered
    | OperatorLeft
    | LegLost
    | PutThrough
    | CallerLeftQueue
    | PriorityChanged
    | SentToHelpLine
    | SelfServed
    | CallEnded
    | CallInterrupted
    | CallLost
)
"""What changes a ``CallRecord``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHeard:
    call_id: CallId
    at: datetime
    segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchMissed:
    """A stretch could not be transcribed live; it stays visible after the recording has filled it."""

    call_id: CallId
    at: datetime
    stretch: Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAssessed:
    call_id: CallId
    at: datetime
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStored:
    """Both sides of a finished recording were read whole and a playable copy was made."""

    call_id: CallId
    at: datetime
    path: str  # playable stereo WAV (caller left, operator right), relative to the recordings folder
    duration: timedelta
    sha256: str  # of the playable file
    repaired: bool  # a header left unfinished by a crash was mended
    short_by: timedelta  # call length minus recording length, when the recording is the shorter; else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSetAside:
    """A recording could not be read; the file was moved aside, never deleted."""

    call_id: CallId
    at: datetime
    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptCompleted:
    """Every missed stretch of a finished call has been transcribed from its recording, or none was missed."""

    call_id: CallId
    at: datetime
    coverage: tuple[Coverage, ...] = ()  # one per side that was recorded; () in entries of before version 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptRevised:
    """The whole recording of a finished call was transcribed once more, by a bigger model: the second pass."""

    call_id: CallId
    at: datetime
    model: str
    coverage: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChosen:
    """An operator said in which language this call is to be read; None: the recogniser chooses again."""

    call_id: CallId
    at: datetime
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWritten:
    """What an operator writes down about a call, whole each time; the last telling stands."""

    call_id: CallId
    at: datetime
    by: str  # the account, or the operator's seat
    version: int  # 1, 2, 3, … per call
    note: str
    place: str
    persons: str
    follow_up: str  # what is still to be done


WordsEvent = (
    SegmentHeard
    | StretchMissed
    | CallAssessed
    | RecordingStored
    | RecordingSetAside
    | TranscriptCompleted
    | TranscriptRevised
    | LanguageChosen
    | CardWritten
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesFound:
    """The places that the caller may have named so far, best first; the last telling stands."""

    call_id: CallId
    at: datetime
    places: tuple[PlaceCandidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgencyRaised:
    """Policy raised the caller because of ``words`` ("" for silence); PriorityChanged says that the PBX moved them."""

    call_id: CallId
    at: datetime
    urgency: Urgency
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFlagged:
    """The call looks like a question. ``mode`` says what that may lead to; in shadow nobody sees it."""

    call_id: CallId
    at: datetime
    mode: Mode
    language: str
    confidence: float  # 0.0-1.0
    words: str  # that caused it
    assessor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagDropped:
    """The caller said something that takes the flag away, or nobody may act on it any more."""

    call_id: CallId
    at: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagDecided:
    """An operator confirmed the flag or refused it, with one key."""

    call_id: CallId
    at: datetime
    by: OperatorId
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """The waiting caller begins to hear the offer, in ``language``; they stay in the queue while they hear it."""

    call_id: CallId
    at: datetime
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    call_id: CallId
    at: datetime
    how: OfferEnd
    words: str  # what the caller said or pressed; "" for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """One turn of the self-service: what it heard and which entry of the knowledge base it read out; None: none."""

    call_id: CallId
    at: datetime
    heard: str
    topic: str | None
    score: float  # 0.0-1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLineLeft:
    """The caller goes back from the help line to the head of 102."""

    call_id: CallId
    at: datetime
    why: str  # "unanswered", "closed", "asked for a person", "danger words", "not understood", "service lost", …


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCategorised:
    """What the call was, as a person says: the truth that triage is measured by. The last telling stands."""

    call_id: CallId
    at: datetime
    by: OperatorId
    label: Label
    category: str  # slug, "" when only the label is known
    audit: bool = False  # True: a supervisor listened to it


DecisionEvent = (
    PlacesFound
    | UrgencyRaised
    | CallFlagged
    | FlagDropped
    | FlagDecided
    | OfferMade
    | OfferEnded
    | QuestionAnswered
    | HelpLineLeft
    | CallCategorised
)
"""What was decided about a call, by whom, and because of which words."""

CallEvent = CourseEvent | WordsEvent | DecisionEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackNeeded:
    """A caller nobody spoke with, or nobody understood, must be called back; told once per call."""

    call_id: CallId
    at: datetime
    number: str  # "" when withheld
    offered_at: datetime
    why: CallBackWhy
    urgent: bool
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackTaken:
    """``by`` calls back; the last telling stands."""

    call_id: CallId
    at: datetime
    by: OperatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackGivenBack:
    """Nobody calls back any more: anybody may."""

    call_id: CallId
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCalledAgain:
    """The caller who is to be called back rings 102 again, in call ``again``; nobody need have answered yet."""

    call_id: CallId
    at: datetime
    again: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackDone:
    """``by`` "line102" where the caller rang again and was answered. What is done stays done."""

    call_id: CallId
    at: datetime
    by: str
    how: CallBackHow


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackTried:
    """``by`` answered their own phone, and the number was dialled: what came of it. No call of the line, so not counted
    as one.
    """

    call_id: CallId
    at: datetime  # the end of it
    by: OperatorId
    attempt: CallId  # Uniqueid of the operator's own leg; its recording has this name
    result: CallBackResult
    talked: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackHeard:
    """The words of one attempt, both sides, from its recording: told once, whole. Offsets count from its beginning."""

    call_id: CallId
    at: datetime
    attempt: CallId
    segments: tuple[Segment, ...]


CallBackEvent = (
    CallBackNeeded
    | CallBackTaken
    | CallBackGivenBack
    | CallerCalledAgain
    | CallBackTried
    | CallBackHeard
    | CallBackDone
)
"""What changes a call-back task (``call_backs.advance``); ``call_id`` is the call that made it."""


class Link(StrEnum):
    """What we look through; a gap is a time when one of these was dark."""

    AMI = "ami"
    ARI = "ari"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFound:
    """We could not see through ``link`` from ``began`` until ``at``. Written at the reconnect."""

    at: datetime
    link: Link
    began: datetime
    reason: str

    @property
    def length(self) -> timedelta:
        return self.at - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged:
    """A person, or a confirmed miss, changed what flags may lead to. ``by`` "line102" for the machine itself."""

    at: datetime
    queue: QueueName
    language: str
    mode: Mode
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStateChanged:
    """What one operator does from ``at`` on, and what they want: the last telling of each operator stands, whole."""

    at: datetime
    operator_id: OperatorId
    state: DeskState  # as Asterisk had it
    reason: str  # of a pause
    until: datetime | None  # of a wrap-up
    began: datetime | None  # the same
    by: str  # who changed it; "line102" where a call or a clock did
    wish: str  # DeskState of what the operator wants: off, ready, paused
    wish_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """Who did what with the service itself. Never holds a password, a token or what a caller said."""

    at: datetime
    account: str  # "" for nobody who is known
    action: str  # slug: signed_in, refused, signed_out, played, account_added, …
    object: str  # the call, the account, the mode; "" for none
    address: str  # where the request came from


LedgerEvent = CallEvent | CallBackEvent | GapFound | ModeChanged | OperatorStateChanged | Audited
CallLessEvent = GapFound | ModeChanged | OperatorStateChanged | Audited
"""Of no call: these have no ``call_id``, and begin with ``at`` (``journal_scan``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A numbered line of the ledger: (node, seq) is unique, so that several centres can be read together."""

    node: str
    seq: int  # 1, 2, 3, … without holes per node
    event: LedgerEvent
