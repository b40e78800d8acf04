"""Words heard again from the recording beside the words that stand: which are to be kept. Pure.

Live and recording cut speech at different places, so words are compared by group: segments of one side that overlap,
and what overlaps those. The new words of a group take its place only if they are no worse:

- they cover every moment of the old text (a suppressed or an empty text covers nothing),
- their confidence is not far lower: at least ``FAR_LOWER`` of the old one, both weighted by length.

Otherwise the old words stay, and of the new ones only what says something where nothing stood. Words may then stand
twice at an edge; they are never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from line102 import spans
from line102.calls import Side
from line102.coverage import EDGE, HEARD_AGAIN
from line102.spans import ZERO
from line102.words import Segment, Stretch

FAR_LOWER = 0.6


def revised(standing: Sequence[Segment], heard: Sequence[Segment]) -> list[Segment]:
    """The segments to write so that the better words stand: with revisions, replaced ones marked HEARD_AGAIN.

    Nothing is ever removed, and told again it gives nothing.
    """
    out: list[Segment] = []
    fresh = [s for s in heard if not _stands(s, standing)]
    for group in _groups(_words(standing), fresh):
        if not group.old or _no_worse(group):
            new = [s for s in group.new if s.suppressed is None or not _mostly_within(s, standing)]
            out += _marked(group.old, new)
        else:
            keys = {(s.side, s.start) for s in group.old}
            new = [s for s in group.new if not _mostly_within(s, standing) and (s.side, s.start) not in keys]
        out += [replace(s, revision=_next_revision(standing, s)) for s in new]
    return out


def torn(standing: Sequence[Segment], heard: Sequence[Segment]) -> list[Stretch]:
    """Old words that new ones cover mostly, but not whole: to be asked for too, or they would stand half twice."""
    return [
        Stretch(side=group.side, start=old.start, end=old.end, reason=HEARD_AGAIN)
        for group in _groups(_words(standing), [s for s in heard if s.suppressed is None])
        for old in group.old
        if _mostly_within(old, group.new) and not _covers(group.new, [old])
    ]


@dataclass(slots=True)
class _Group:
    """Segments of one side that hang together."""

    old: list[Segment] = field(default_factory=list)
    new: list[Segment] = field(default_factory=list)
    end: timedelta = ZERO

    @property
    def side(self) -> Side:
        return (self.old or self.new)[0].side


def _groups(old: Sequence[Segment], new: Sequence[Segment]) -> list[_Group]:
    """Who only touches does not hang together: that takes an overlap of more than EDGE, or of half the shorter one."""
    groups: list[_Group] = []
    labelled = [(s, False) for s in old] + [(s, True) for s in new]
    for segment, is_new in sorted(labelled, key=lambda pair: (pair[0].side, pair[0].start)):
        near = groups[-1] if groups and groups[-1].side is segment.side else None
        if near is None or not _hangs(segment, near):
            near = _Group()
            groups.append(near)
        (near.new if is_new else near.old).append(segment)
        near.end = max(near.end, segment.end)
    return [group for group in groups if group.new]


def _hangs(segment: Segment, group: _Group) -> bool:
    overlap = min(group.end, segment.end) - segment.start
    shortest = min([segment.end - segment.start, *(s.end - s.start for s in (*group.old, *group.new))])
    return overlap > min(EDGE, shortest / 2) or any(s.start == segment.start for s in (*group.old, *group.new))


def _no_worse(group: _Group) -> bool:
    words = _words(group.new)
    return _covers(words, group.old) and _confidence(words) >= FAR_LOWER * _confidence(group.old)


def _covers(new: Iterable[Segment], old: Iterable[Segment]) -> bool:
    return not spans.without(spans.of(old), spans.of(new, margin=EDGE))


def _marked(old: Iterable[Segment], new: Sequence[Segment]) -> list[Segment]:
    """The old words that new ones take the place of; with the same key the revision does that."""
    keys = {(s.side, s.start) for s in new}
    return [replace(s, revision=s.revision + 1, suppressed=HEARD_AGAIN) for s in old if (s.side, s.start) not in keys]


def _words(segments: Iterable[Segment]) -> list[Segment]:
    return [s for s in segments if s.final and s.suppressed is None]


def _mostly_within(segment: Segment, others: Iterable[Segment]) -> bool:
    mine = spans.of([segment])
    theirs = spans.of(s for s in others if s.final and s.side is segment.side and s.suppressed != HEARD_AGAIN)
    return 2 * spans.total(spans.common(mine, theirs)) > spans.total(mine)


def _confidence(segments: Sequence[Segment]) -> float:
    """The mean, weighted by length; 0.0 of nothing."""
    lengths = [max((s.end - s.start).total_seconds(), 1e-6) for s in segments]
    weighted = sum(s.confidence * length for s, length in zip(segments, lengths, strict=True))
    return weighted / sum(lengths) if lengths else 0.0


def _stands(segment: Segment, standing: Sequence[Segment]) -> bool:
    """Whether it was written before: the same request gives the same segments."""
    same = [s for s in standing if (s.side, s.start) == (segment.side, segment.start)]
    return any(replace(s, revision=segment.revision) == segment for s in same)


def _next_revision(standing: Sequence[Segment], new: Segment) -> int:
    same = [s.revision + 1 for s in standing if (s.side, s.start) == (new.side, new.start)]
    return max([new.revision, *same])
