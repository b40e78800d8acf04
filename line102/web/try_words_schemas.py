"""What the API says about the words of a call-back."""

from __future__ import annotations

from line102.web.out import Out
from line102.web.schemas import SegmentOut


class TryWordsOut(Out):
    """What was said in one attempt, from its recording; the caller's side is who was called."""

    segments: list[SegmentOut]
