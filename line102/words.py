"""What was heard and what was made of it: transcript segments and assessments. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from line102.calls import Side


class Heard(StrEnum):
    """Where a segment's audio came from."""

    LIVE = "live"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch of one side's speech as text. Offsets count from the beginning of the call's recording.

    A later segment with the same (side, start) and an equal or higher revision replaces the older one. ``text`` is what
    people read; where the glossary changed it, ``as_heard`` keeps what the recogniser wrote.
    """

    side: Side
    start: timedelta
    end: timedelta
    text: str
    language: str  # "ru", "kk", or "" when unknown
    confidence: float  # 0.0-1.0: exp(mean log-probability of the tokens)
    model: str  # name and checksum prefix, e.g. "demo-model@3f2a91c0"
    revision: int = 0
    final: bool = True  # False: a partial of an utterance that goes on; shown, never written to the ledger
    heard: Heard = Heard.LIVE
    suppressed: str | None = None  # why the text is not shown as speech; the text is kept
    committed: int | None = None  # of a partial: characters of text that two passes agreed on; a final is whole
    as_heard: str | None = None  # before the glossary corrected it; None: it did not

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"segment ends ({self.end}) before it starts ({self.start})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of one side that was not transcribed live, with the reason: a visible gap."""

    side: Side
    start: timedelta
    end: timedelta
    reason: str  # "service restarted", "worker lost", "tap lost", "overload", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How the speech that voice activity finds in a side's recording is accounted for; speech = the sum of the rest."""

    side: Side
    speech: timedelta
    text: timedelta
    suppressed: timedelta  # heard, kept with the reason why it is not shown as speech
    missing: timedelta  # a visible gap


class Label(StrEnum):
    """Definitions: docs/corpus.md. An EMERGENCY or NON_URGENT call is never sent to the help line."""

    EMERGENCY = "EMERGENCY"
    NON_URGENT = "NON_URGENT"
    INFORMATIONAL = "INFORMATIONAL"
    NUISANCE = "NUISANCE"
    SILENT_OR_UNCLEAR = "SILENT_OR_UNCLEAR"


class Urgency(IntEnum):
    """How soon a waiting caller must be answered. It only rises (promise 3)."""

    NORMAL = 0
    UNCLEAR = 1  # silence, or speech that is not understood: doubt goes to a person
    DANGER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words that caused an assessment: ``words`` stands at [start, end) characters of the assessed text."""

    words: str
    start: int
    end: int
    label: Label
    because: str  # the phrase of the corpus it resembles


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the caller's words so far look like. It scores; it decides nothing."""

    label: Label
    confidence: float  # 0.0-1.0
    evidence: tuple[Evidence, ...]
    vetoes: tuple[str, ...]  # why this call may not be treated as a question, whatever the label
    text: str  # the caller's words it was made from
    assessor: str  # name and version, e.g. "phrases@1"
    urgency: Urgency = Urgency.NORMAL
    language: str = ""  # "ru", "kk" or "mix" by the words themselves; "": cannot be told


class Mode(StrEnum):
    """What a flag may lead to, per queue and language: ../shared/product.md, "How deflection is allowed to work"."""

    SHADOW = "shadow"  # recorded, shown to nobody
    ASSIST = "assist"  # the operator sees it and confirms with one key
    OFFER = "offer"  # a caller who waits because every operator is busy is asked


class OfferEnd(StrEnum):
    """How an offer ended. Only ``ACCEPTED`` moves the caller; after all others they are where they were."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENCE = "silence"  # no answer, or none that was understood
    OPERATOR_ANSWERED = "operator_answered"
    VETOED = "vetoed"  # the caller said something else meanwhile
    CALLER_GONE = "caller_gone"
    BROKEN = "broken"  # the prompt could not be played, or a link was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCandidate:
    """A place that the caller may have named. ``words`` stand at [start, end) characters of the assessed text."""

    name: str  # as the gazetteer writes it
    house: str  # "" when none was named
    score: float  # 0.0-1.0
    words: str
    start: int
    end: int
    kind: str  # "street", "crossing", "microdistrict", "district", "landmark"
    latitude: float | None = None  # degrees, WGS 84; None: the gazetteer does not say
    longitude: float | None = None
