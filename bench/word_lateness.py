"""When each spoken word could be read, from what the feed said at which moment. Pure.

Every change of the feed is aligned with the words that were truly spoken around it. A word counts as shown at the
first change in which it stands in the right place, as committed when it stands in the agreed part (or in a final).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

MARGIN_S = 0.5  # a segment's times may be off by so much against the true ones


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was truly spoken; times in seconds of the recording."""

    text: str
    start_s: float
    end_s: float
    last: bool  # of its utterance


@dataclass(frozen=True, slots=True)
class Change:
    """One segment as the feed gave it at ``at_s``, all times in seconds of the recording."""

    at_s: float
    start_s: float
    end_s: float
    text: str
    committed: int  # characters
    final: bool


@dataclass(slots=True)
class Lateness:
    """Seconds after the end of the word, or of the utterance for ``final``."""

    shown: list[float] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    words: int = 0
    never: int = 0  # words that never came right
    changed: int = 0  # words shown, then gone or another
    committed_changed: int = 0  # the same for committed ones
    invented: int = 0  # final words far from any true speech

    def add(self, other: Lateness) -> None:
        for name in ("shown", "committed", "final"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("words", "never", "changed", "committed_changed", "invented"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def lateness(words: Sequence[Word], changes: Sequence[Change]) -> Lateness:
    """Of one side of one call; ``changes`` in the order they came."""
    shown: dict[int, float] = {}
    committed: dict[int, float] = {}
    final: dict[int, float] = {}
    for change in changes:
        for number, agreed in _aligned(words, change):
            shown.setdefault(number, change.at_s)
            if agreed:
                committed.setdefault(number, change.at_s)
            if change.final:
                final.setdefault(number, change.at_s)
    gone, agreed_gone = _changed(changes)
    return Lateness(
        shown=[at - words[n].end_s for n, at in shown.items()],
        committed=[at - words[n].end_s for n, at in committed.items()],
        final=[at - words[n].end_s for n, at in final.items() if words[n].last],
        words=len(words),
        never=len(words) - len(shown),
        changed=gone,
        committed_changed=agreed_gone,
        invented=sum(len(plain(c.text)) for c in changes if c.final and not _near_speech(words, c)),
    )


def plain(text: str) -> list[str]:
    """Words without case, punctuation and ё."""
    return re.findall(r"\w+", text.casefold().replace("ё", "е"))


def _aligned(words: Sequence[Word], change: Change) -> list[tuple[int, bool]]:
    near = [n for n, w in enumerate(words) if change.start_s - MARGIN_S <= w.start_s <= change.end_s + MARGIN_S]
    heard = plain(change.text)
    agreed = len(heard) if change.final else len(plain(change.text[: change.committed]))
    said = [plain(words[n].text)[0] for n in near]
    blocks = SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    return [(near[b.a + i], b.b + i < agreed) for b in blocks for i in range(b.size)]


def _changed(changes: Sequence[Change]) -> tuple[int, int]:
    """Words that a page showed and then took back or replaced, over the whole side's text."""
    current: dict[float, Change] = {}
    before: list[str] = []
    agreed_before: list[str] = []
    gone = agreed_gone = 0
    for change in changes:
        current[change.start_s] = change
        lines = [current[start] for start in sorted(current)]
        now = [word for line in lines for word in plain(line.text)]
        agreed = [w for line in lines for w in plain(line.text if line.final else line.text[: line.committed])]
        gone += _lost(before, now)
        agreed_gone += _lost(agreed_before, agreed)
        before, agreed_before = now, agreed
    return gone, agreed_gone


def _lost(before: list[str], now: list[str]) -> int:
    kept = sum(b.size for b in SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks())
    return len(before) - kept


def _near_speech(words: Sequence[Word], change: Change) -> bool:
    return any(w.start_s < change.end_s + MARGIN_S and change.start_s - MARGIN_S < w.end_s for w in words)
