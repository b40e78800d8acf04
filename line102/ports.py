"""What the application needs from the world. Small protocols, owned by their user; adapters live at the edges."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from line102.calls import CallId, CallRecord, OperatorId, QueueName, Side
from line102.decisions import NOTHING_DECIDED, Decisions
from line102.desk_kinds import Phone
from line102.events import (
    CallBackTried,
    CardWritten,
    CourseEvent,
    Entry,
    GapFound,
    LedgerEvent,
    Link,
    RecordingSetAside,
    RecordingStored,
)
from line102.words import Assessment, Coverage, Segment, Stretch

# ---------------------------------------------------------------- the PBX, seen


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """The link is live, and ``present`` are the callers on the PBX right now (after subscribe and snapshot)."""

    link: Link
    at: datetime
    present: frozenset[CallId]
    pbx_started_at: datetime | None  # when Asterisk itself started: a later start means that it was restarted


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The link went dark. ``last_seen`` is the last moment it was known to work."""

    link: Link
    last_seen: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSeen:
    """An operator's phone in a queue as Asterisk reports it: each seat has two."""

    operator_id: OperatorId
    queue: QueueName
    status: str  # "free" | "ringing" | "talking" | "unreachable" | "unknown"
    paused: bool
    phone: Phone = Phone.DESK
    reason: str = ""  # while paused, as it was told
    on_hold: bool = False  # they talk, and have put the other side on hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """An Asterisk event we subscribe to and do not know; counted, never dropped in silence."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """The caller pressed a key of their telephone. Never written down by itself."""

    call_id: CallId
    at: datetime
    key: str  # one of 0-9 * # A-D


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfServiceReached:
    """The dialplan holds this caller for the self-service, for at most 4 seconds unless ``keep_alive`` comes."""

    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackLegGone:
    """The operator's own leg of an attempt to call somebody back is over, however far it came."""

    attempt: CallId


PbxEvent = (
    CourseEvent
    | CallBackTried
    | CallBackLegGone
    | MemberSeen
    | KeyPressed
    | SelfServiceReached
    | LinkUp
    | LinkDown
    | Unrecognised
)


class Pbx(Protocol):
    """The PBX as a source of events, across reconnects, for as long as the service runs."""

    def events(self) -> AsyncGenerator[PbxEvent, None]:
        """Never ends by itself. A consumer that is too slow causes a LinkDown and a re-sync, not a silent loss."""
        ...


class PbxRecords(Protocol):
    """Asterisk's own written records (queue_log, CDR): the truth about what we did not see."""

    async def calls(self, since: datetime) -> Sequence[CallRecord]:
        """Every call that began after ``since``, folded from Asterisk's records alone."""
        ...

    async def call_backs(self, since: datetime) -> Sequence[CallBackTried]:
        """Every attempt to call somebody back that ended after ``since``. Raises Unreachable."""
        ...


class CallControl(Protocol):
    """What may be done to a call. Raises Gone when the caller hung up, Unreachable, Refused."""

    async def raise_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None: ...

    async def withdraw(self, call_id: CallId, queue: QueueName, info: str) -> None:
        """Take a waiting caller out of the queue into the dialplan. An operator's answer that races wins."""
        ...

    async def prepare(self, call_id: CallId, language: str, *, self_service: bool, by: str) -> None:
        """Tell the dialplan, before ``withdraw`` or ``transfer``, what the help line is to do for this caller: prompts
        in ``language``; the self-service where no person of the help line can take the call.
        """
        ...

    async def transfer(self, call_id: CallId) -> None:
        """Send a caller who talks with an operator to the help line; the operator is free at once."""
        ...

    async def keep_alive(self, call_id: CallId) -> None:
        """The dialplan leaves the self-service for 102 by itself when it was not told this for more than 3 seconds."""
        ...

    async def to_person(self, call_id: CallId) -> None:
        """From the self-service into the help line's queue; unanswered there, back to the head of 102."""
        ...

    async def back_to_102(self, call_id: CallId) -> None:
        """From the self-service to the head of 102, at once."""
        ...

    async def note_served(self, call_id: CallId) -> None:
        """Write into Asterisk's own record that the caller heard a whole answer (``SelfServed``)."""
        ...


class DeskControl(Protocol):
    """What may be done to an operator's own phones."""

    async def pause(self, operator_id: OperatorId, phone: Phone, *, paused: bool, reason: str) -> None:
        """In every queue the phone sits in. Raises Gone (it sits in none), Refused, Unreachable."""
        ...

    async def drop_legs(self, operator_id: OperatorId, *, but: frozenset[CallId]) -> int:
        """Take down each leg of the operator's page that belongs to none of these calls: nobody is behind it. Its
        caller is at the head of the queue then. Returns how many. Raises Unreachable, Refused.
        """
        ...


class Placing(Protocol):
    """Rings an operator's own phone for an attempt to call somebody back."""

    async def place(self, attempt: CallId, phone: Phone, *, operator: OperatorId, number: str, about: CallId) -> None:
        """Ring ``phone``; once it is answered, Asterisk by itself dials ``number`` and tells what came of it, whether
        we live or not. ``attempt``: the leg's Uniqueid. Raises Refused, Unreachable (it may ring all the same).
        """
        ...


class Calling(Protocol):
    """Calls that we begin ourselves: an operator's own phone rings first, and when they answer, the number."""

    async def call_back(self, call_id: CallId, number: str, operator: OperatorId) -> None:
        """Call back the caller of ``call_id``. Returns once the operator's phone is asked to ring.

        ``number``: as the trunk gave it. Raises Refused (their phone is away or busy, the number may not be called),
        Unreachable. Whoever calls this does not repeat it by themselves: a citizen would be rung twice.
        """
        ...


class Speech(Protocol):
    """A voice in one caller's ear, for as long as its context is open."""

    async def say(self, sound: str) -> None:
        """Play a sound to its end. Raises Gone (the caller hung up), Unreachable, Refused (no such sound)."""
        ...

    async def hush(self) -> None:
        """Stop what is being said; ``say`` then returns. Nothing being said: nothing happens."""
        ...


class Voice(Protocol):
    """Speaks to a caller without moving them: whispered over whatever they hear (ringing, music), wherever they are.

    It dies with the service, and the caller is then where they were.
    """

    def speak_to(self, call_id: CallId) -> AbstractAsyncContextManager[Speech]:
        """Raises Gone, Unreachable, Refused. Leaving it ends the sound and leaves nothing behind on the PBX."""
        ...


# ---------------------------------------------------------------- audio


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of one side: int16 mono samples at ``sample_rate_hz``, first sample heard at ``at``."""

    at: datetime
    samples: NDArray[np.int16]  # shape (n,)
    sample_rate_hz: int


class Taps(Protocol):
    """Copies of a call's audio. The caller's channel is never touched."""

    def open(self, call_id: CallId, side: Side) -> AbstractAsyncContextManager[AsyncIterator[AudioChunk]]:
        """Hear one side until the call ends. Raises Gone, Unreachable. Closing it leaves nothing behind on the PBX."""
        ...


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a recording: ``wav`` is a whole stereo file, caller left; offsets count from the recording's begin."""

    wav: bytes
    start: timedelta
    end: timedelta


class RunningRecordings(Protocol):
    """Recordings while they are written."""

    async def last(self, call_id: CallId, length: timedelta) -> Excerpt:
        """The last ``length`` that has been written. Raises Gone (nothing yet, or no such recording), Unreachable."""
        ...


# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stateless, idempotent request to the recogniser: any worker can serve any window.

    ``samples``: int16 mono at 16 kHz, the audio of [start, end) counted from the recording's beginning.
    """

    call_id: CallId
    side: Side
    start: timedelta
    end: timedelta
    revision: int
    final: bool  # False: a partial, may be dropped when a newer one waits
    language: str | None  # given by a person; None: the recogniser chooses among the languages of the settings
    samples: NDArray[np.int16]
    language_before: str | None = None  # of this side's words so far: a reason to stay with it (hysteresis)
    language_heard: str | None = None  # by an earlier pass over this utterance: nobody need listen for it again
    due_in: timedelta = timedelta(seconds=1)  # how soon, from now, somebody needs it: the earliest goes first
    beam_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A window's text; ``no_speech`` is the model's probability that nobody spoke."""

    text: str
    language: str
    confidence: float  # 0.0-1.0
    no_speech: float  # 0.0-1.0
    model: str
    suppressed: str | None
    language_probability: float = 1.0  # among the configured ones; 1.0 when nobody listened for it


@dataclass(slots=True)
class Standing:
    """What the application knows of a call while it is heard. Its owner changes it; each window reads it anew."""

    answered: bool = False  # an operator talks with the caller
    language: str | None = None  # chosen by an operator


class Recogniser(Protocol):
    async def recognise(self, window: Window) -> Recognised:
        """Raises Unreachable while no worker runs; the caller of this method decides whether to resubmit."""
        ...


class Listener(Protocol):
    """One side of one call turned into segments. Owns the stream's whole state."""

    def listen(
        self,
        call_id: CallId,
        side: Side,
        audio: AsyncIterator[AudioChunk],
        recording_began_at: datetime,
        standing: Standing,
    ) -> AsyncGenerator[Segment | Stretch, None]:
        """Yield segments (partials first, then the final with a higher revision) and stretches that were missed.

        Whoever leaves early closes it (``contextlib.aclosing``).
        """
        ...


class CatchUp(Protocol):
    """Reads stored stereo recordings. ``path`` is that of RecordingStored: relative to the recordings folder.

    Raises Unreachable (again later), Refused (the recording cannot be read).
    """

    async def speech(self, path: str) -> Sequence[Stretch]:
        """Every utterance that voice activity finds, of both sides; ``reason`` is "speech"."""
        ...

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None
    ) -> Sequence[Segment]:
        """Segments of every utterance that reaches into a missed stretch."""
        ...


# ---------------------------------------------------------------- the ledger


class Journal(Protocol):
    """The local append-only file in front of the store. ``append`` is the commit point of an event."""

    def append(self, event: LedgerEvent) -> Entry: ...

    def read(self, after_seq: int) -> Sequence[Entry]: ...


class Ledger(Protocol):
    """The store, as its readers see it. Raises Unreachable while the database is away; nothing waits for it."""

    async def call(self, call_id: CallId) -> CallStory | None: ...

    async def calls(self, *, limit: int, before: datetime | None = None) -> Sequence[CallStory]:
        """Newest first, offered before ``before``."""
        ...

    async def gaps(self, *, since: datetime) -> Sequence[GapFound]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecording:
    path: str | None  # None: set aside
    duration: timedelta
    sha256: str
    repaired: bool
    short_by: timedelta
    set_aside: str | None  # why; the file lies in the set-aside folder

    @classmethod
    def of(cls, event: RecordingStored | RecordingSetAside) -> StoredRecording:
        if isinstance(event, RecordingSetAside):
            none = timedelta(0)
            return cls(path=None, duration=none, sha256="", repaired=False, short_by=none, set_aside=event.reason)
        return cls(
            path=event.path,
            duration=event.duration,
            sha256=event.sha256,
            repaired=event.repaired,
            short_by=event.short_by,
            set_aside=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStory:
    """One call with everything the ledger knows of it. Segments: newest revision of each, in time order."""

    record: CallRecord
    segments: tuple[Segment, ...]
    missed: tuple[Stretch, ...]
    assessment: AssessmentAt | None
    recording: StoredRecording | None
    transcript_complete: bool
    coverage: tuple[Coverage, ...] = ()  # of the finished transcript, one per recorded side
    revised_by: str | None = None  # the model of the second pass
    language: str | None = None  # chosen by an operator
    decisions: Decisions = NOTHING_DECIDED
    card: CardWritten | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentAt:
    at: datetime
    assessment: Assessment
