"""From what the recogniser returned to a segment of the transcript. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from line102.calls import Side
from line102.ports import Recognised
from line102.words import Heard, Segment
from transcription.guards import phantom

NO_WORDS = "no words recognised"
TOO_SHORT = "too short"
ONLY_LOUD = 0.5  # confidence is multiplied by it when voice activity heard nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What was sent to the recogniser, as voice activity saw it."""

    side: Side
    start: timedelta
    end: timedelta
    speech: float  # 0.0-1.0, mean probability
    by_loudness: bool


def segment(utterance: Utterance, words: Recognised, *, revision: int, final: bool, heard: Heard) -> Segment | None:
    """The segment to show; None when nothing is to be shown.

    Speech without words becomes a suppressed segment, so that every second of speech is accounted for; a loud noise
    without words, and a partial without words, become nothing.
    """
    suppressed = words.suppressed or phantom(words.text, utterance.speech)
    if not words.text and suppressed is None:
        if utterance.by_loudness or not final:
            return None
        suppressed = NO_WORDS
    return Segment(
        side=utterance.side,
        start=utterance.start,
        end=utterance.end,
        text=words.text,
        language=words.language if words.text else "",
        confidence=words.confidence * (ONLY_LOUD if utterance.by_loudness else 1.0),
        model=words.model,
        revision=revision,
        final=final,
        heard=heard,
        suppressed=suppressed,
    )


def click(utterance: Utterance, *, heard: Heard) -> Segment:
    """A sound like speech that was too short to be sent to the recogniser."""
    return Segment(
        side=utterance.side,
        start=utterance.start,
        end=utterance.end,
        text="",
        language="",
        confidence=0.0,
        model="",
        heard=heard,
        suppressed=TOO_SHORT,
    )
