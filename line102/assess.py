"""Assessing a call's words so far, and writing it down when it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from line102.calls import CallId, Side
from line102.events import CallAssessed
from line102.ports import CallStory
from line102.scribe import Scribe
from line102.words import Assessment, Label
from routing.vetoes import NOT_YET

Assess = Callable[[str], Assessment]
_URGENCY = {Label.EMERGENCY: 2, Label.NON_URGENT: 1}  # the others are equally little urgent


def caller_words(story: CallStory, *, as_heard: bool = False) -> str:
    """Everything the caller was heard to say, in order; suppressed texts are not words. ``as_heard``: before the
    glossary.
    """
    segments = sorted(story.segments, key=lambda segment: segment.start)
    said = [s for s in segments if s.side is Side.CALLER and s.final and s.suppressed is None]
    return " ".join((s.as_heard if as_heard else None) or s.text for s in said).strip()


def assess_both(story: CallStory, assess: Assess) -> Assessment:
    """The more urgent of what the corrected and the heard words say, with the vetoes of both: no correction can
    take a sign of danger away.
    """
    read, heard = caller_words(story), caller_words(story, as_heard=True)
    assessment = assess(read)
    if heard == read:
        return assessment
    other = assess(heard)
    chosen = max(assessment, other, key=lambda one: (_URGENCY.get(one.label, 0), one.confidence))
    return replace(chosen, vetoes=tuple(dict.fromkeys((*assessment.vetoes, *other.vetoes))))


def reassess(scribe: Scribe, assess: Assess, call_id: CallId) -> None:
    """Write a CallAssessed if the assessment of the words so far differs from the last one."""
    story = scribe.story(call_id)
    assessment = reassessed(story, assess) if story is not None else None
    if assessment is not None:
        scribe.write(CallAssessed(call_id=call_id, at=datetime.now(UTC), assessment=assessment))


def reassessed(story: CallStory, assess: Assess, *, only_up: bool = False) -> Assessment | None:
    """The assessment of the words so far; None if it is the last one, or with ``only_up`` a less urgent one."""
    assessment = assess_both(story, assess)
    known = story.assessment.assessment if story.assessment else None
    if known is None:
        return assessment
    lasting = [veto for veto in known.vetoes if veto not in NOT_YET]  # what was said once is not taken back
    assessment = replace(assessment, vetoes=tuple(dict.fromkeys((*lasting, *assessment.vetoes))))
    less_urgent = _URGENCY.get(assessment.label, 0) < _URGENCY.get(known.label, 0)
    return None if _gist(known) == _gist(assessment) or (only_up and less_urgent) else assessment


def _gist(assessment: Assessment) -> tuple[object, ...]:
    words = tuple((e.words, e.label) for e in assessment.evidence)
    return assessment.label, round(assessment.confidence, 2), words, assessment.vetoes
