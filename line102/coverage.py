"""How the speech of a call's two sides is accounted for: as text, as suppressed text, or as a visible gap. Pure.

Speech is what voice activity finds in the recording, asked generously. A segment accounts for its own time and
``EDGE`` around it: live and recording judge the first and last sound of an utterance a little differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from line102 import spans
from line102.calls import CallRecord, Side
from line102.ports import CallStory
from line102.spans import Span
from line102.words import Coverage, Heard, Segment, Stretch

EDGE = timedelta(milliseconds=300)  # less than a short word
PAUSE = timedelta(milliseconds=600)  # longer than what ends an utterance: no utterance reaches over it
PART = timedelta(seconds=30)  # a longer request is made in parts, where there are pauses
NOT_FOUND = "no words from the recording"  # the reason of a gap that stays
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One side: the sums, and where speech has neither text nor a suppressed text."""

    coverage: Coverage
    gaps: tuple[Span, ...]


def account(side: Side, speech: Sequence[Stretch], segments: Sequence[Segment]) -> Account:
    """Every moment of speech is counted once: as text if any text covers it, else as suppressed, else as missing."""
    said = spans.of(stretch for stretch in speech if stretch.side is side)
    final = [s for s in segments if s.side is side and s.final and s.suppressed != HEARD_AGAIN]
    text = spans.of((s for s in final if s.suppressed is None), margin=EDGE)
    suppressed = spans.of((s for s in final if s.suppressed is not None), margin=EDGE)
    untold = spans.without(said, text)
    gaps = spans.without(untold, suppressed)
    missing = spans.total(gaps)
    coverage = Coverage(
        side=side,
        speech=spans.total(said),
        text=spans.total(said) - spans.total(untold),
        suppressed=spans.total(untold) - missing,
        missing=missing,
    )
    return Account(coverage=coverage, gaps=tuple(gaps))


def coverage_of(story: CallStory, speech: Sequence[Stretch]) -> tuple[Coverage, ...]:
    return tuple(account(side, speech, story.segments).coverage for side in Side)


def still_to_hear(story: CallStory, speech: Sequence[Stretch], duration: timedelta) -> tuple[Stretch, ...]:
    """What the recording has to be asked for: stretches missed live that it has not filled yet, and every gap.

    A stretch counts whole, also where voice activity finds nobody: it may hold a voice that is only loud.
    """
    wanted: list[Stretch] = []
    for side in Side:
        again = [s for s in story.segments if s.side is side and s.heard is Heard.RECORDING]
        missed = spans.of(s for s in within(story.missed, duration) if s.side is side)
        unfilled = spans.without(missed, spans.of(again, margin=EDGE)) if again else missed
        gaps = account(side, speech, story.segments).gaps
        wanted += [_missed(side, span) for span in spans.union([*unfilled, *gaps])]
    return tuple(wanted)


def unexplained(story: CallStory, speech: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Speech without text, without suppressed text and without a visible stretch: what must never be.

    Gaps of one utterance come as one.
    """
    found: list[Stretch] = []
    for side in Side:
        visible = spans.of((s for s in story.missed if s.side is side), margin=EDGE)
        hidden = spans.without(account(side, speech, story.segments).gaps, visible)
        found += [_missed(side, span) for span in spans.union(hidden, bridge=PAUSE)]
    return tuple(found)


def remaining(story: CallStory, speech: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The gaps that stay when everything was asked for and answered, to be written down as such."""
    noted = [s for s in story.missed if s.reason == NOT_FOUND]
    found: list[Stretch] = []
    for side in Side:
        gaps = spans.without(account(side, speech, story.segments).gaps, spans.of(s for s in noted if s.side is side))
        found += [_missed(side, span) for span in spans.union(gaps, bridge=PAUSE)]
    return tuple(found)


def parts(wanted: Sequence[Stretch], speech: Sequence[Stretch]) -> list[tuple[Stretch, ...]]:
    """The request in pieces of about PART each, cut only where the side pauses, so that no utterance is in two.

    In order of time: what is heard of one is written at once, and a transcript grows from its beginning.
    """
    pieces = [piece for side in Side for piece in _parts_of([s for s in wanted if s.side is side], side, speech)]
    return sorted(pieces, key=lambda piece: piece[0].start)


def _parts_of(wanted: Sequence[Stretch], side: Side, speech: Sequence[Stretch]) -> list[tuple[Stretch, ...]]:
    talk = spans.union(spans.of(s for s in speech if s.side is side), bridge=PAUSE)
    begin = min((s.start for s in wanted), default=timedelta(0))
    cuts: list[timedelta] = []
    for (_, end), (start, _) in pairwise(talk):
        middle = end + (start - end) / 2
        if middle - begin >= PART:
            cuts.append(middle)
            begin = middle
    edges = [timedelta.min, *cuts, timedelta.max]
    pieces = [_cut(wanted, start, end) for start, end in pairwise(edges)]
    return [piece for piece in pieces if piece]


def _cut(wanted: Sequence[Stretch], start: timedelta, end: timedelta) -> tuple[Stretch, ...]:
    cut = (_missed(s.side, (max(s.start, start), min(s.end, end))) for s in wanted)
    return tuple(s for s in cut if s.end > s.start)


def _missed(side: Side, span: Span) -> Stretch:
    return Stretch(side=side, start=span[0], end=span[1], reason=NOT_FOUND)
