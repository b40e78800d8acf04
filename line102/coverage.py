"""Which stretches of a call's two sides were never heard live. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from line102.calls import CallRecord, Side
from line102.ports import CallStory
from line102.words import Segment, Stretch

HEARD_AGAIN = "heard again from the recording"
NEGLIGIBLE = timedelta(milliseconds=600)  # a tap opens in about 30 ms; less than a word is no gap


def unheard_since_last_words(story: CallStory, side: Side, until: timedelta, reason: str) -> Stretch | None:
    """The stretch from the last final words of ``side`` to ``until``: what a death in mid-call may have swallowed.

    It begins at the last words rather than at the death: an utterance then under way was in memory only. Listening
    again to silence costs nothing; losing a word does. The operator's side counts from the first answer.
    """
    audible = first_audible(story.record, side)
    if audible is None:
        return None
    segments = [segment.end for segment in story.segments if segment.side is side and segment.final]
    stretches = [stretch.end for stretch in story.missed if stretch.side is side]
    return hole(side, max([audible, *segments, *stretches]), until, reason)


def hole(side: Side, start: timedelta, end: timedelta, reason: str) -> Stretch | None:
    """The stretch, unless it is too short to hold a word."""
    return Stretch(side=side, start=start, end=end, reason=reason) if end - start > NEGLIGIBLE else None


def first_audible(record: CallRecord, side: Side) -> timedelta | None:
    """Where a side begins to count; None while no operator has answered and the side is theirs."""
    if side is Side.CALLER:
        return timedelta(0)
    return offset(record, record.first_answer.at) if record.first_answer else None


def offset(record: CallRecord, at: datetime) -> timedelta:
    """``at`` on the recording's own time line (never negative)."""
    zero = record.recording_began_at or record.offered_at
    return max(at - zero, timedelta(0))


def within(missed: tuple[Stretch, ...], duration: timedelta) -> tuple[Stretch, ...]:
    """The stretches cut to the recording's length, overlapping ones of a side joined."""
    joined: list[Stretch] = []
    for side in Side:
        mine = sorted((s for s in missed if s.side is side and s.start < duration), key=lambda s: s.start)
        for stretch in mine:
            start, end = stretch.start, min(stretch.end, duration)
            if joined and joined[-1].side is side and start <= joined[-1].end:
                last = joined.pop()
                start, end = last.start, max(last.end, end)
            joined.append(Stretch(side=side, start=start, end=end, reason=stretch.reason))
    return tuple(joined)


def replaced_by(again: Sequence[Segment], live: Sequence[Segment]) -> list[Segment]:
    """The live segments that were heard again whole from the recording, marked so: their words would stand twice.

    A stretch begins and ends in mid-speech, the recording is cut at pauses: so at the edges an utterance comes twice.
    """
    return [
        replace(old, revision=old.revision + 1, suppressed=HEARD_AGAIN)
        for old in live
        if old.final and old.suppressed is None and _share_within(old, again) > 0.5
    ]


def _share_within(old: Segment, again: Sequence[Segment]) -> float:
    """How much of ``old`` lies within ``again``, 0.0-1.0."""
    same = [new for new in again if new.side is old.side and new.start != old.start]
    common = sum((max(min(old.end, new.end) - max(old.start, new.start), timedelta(0)) for new in same), timedelta(0))
    return common / (old.end - old.start) if old.end > old.start else 0.0
