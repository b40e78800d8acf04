"""How good triage has been, by what people said the calls were. Pure arithmetic over told events.

A call counts when a person gave it a category: that is the truth. Flags of every mode count, shadow too. A miss is an
emergency that kept its flag to the end; one whose flag was dropped in time is a near miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from line102.calls import CallId
from line102.events import (
    CallAssessed,
    CallCategorised,
    CallFlagged,
    CallOffered,
    FlagDropped,
    LedgerEvent,
    RecordingBegan,
    SentToHelpLine,
    UrgencyRaised,
)
from line102.words import Label, Urgency

REPEATS = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=60))
LANGUAGES = ("ru", "kk", "mix", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What matters of one call. Times are aware UTC; None: it did not happen."""

    call_id: CallId
    offered_at: datetime
    number: str = ""
    heard_from: datetime | None = None  # the recording's beginning: words are heard from here
    language: str = ""
    truth: Label | None = None
    audited: bool = False
    flagged_at: datetime | None = None
    flag_language: str = ""
    dropped: bool = False
    raised_at: datetime | None = None  # to DANGER
    sent_at: datetime | None = None

    @property
    def kept_flag(self) -> bool:
        return self.flagged_at is not None and not self.dropped


def courses(events: Iterable[tuple[str, LedgerEvent]]) -> list[Course]:
    """One per call that was offered or first seen here, in the order of their offers. Each event with its number."""
    known: dict[CallId, Course] = {}
    for number, event in events:
        call_id = getattr(event, "call_id", None)
        if call_id is None:
            continue
        course = known.get(call_id) or Course(call_id=call_id, offered_at=event.at, number=number)
        known[call_id] = _after(course, event)
    return sorted(known.values(), key=lambda course: course.offered_at)


def _after(course: Course, event: LedgerEvent) -> Course:
    match event:
        case CallOffered(at=at, number=number):
            return replace(course, offered_at=at, number=number)
        case RecordingBegan(at=at):
            return replace(course, heard_from=at)
        case CallAssessed(assessment=assessment):
            return replace(course, language=assessment.language or course.language)
        case CallFlagged(at=at, language=language) if course.flagged_at is None:
            return replace(course, flagged_at=at, flag_language=language)
        case FlagDropped():
            return replace(course, dropped=True)
        case UrgencyRaised(at=at, urgency=Urgency.DANGER):
            return replace(course, raised_at=course.raised_at or at)
        case SentToHelpLine(at=at):
            return replace(course, sent_at=at)
        case CallCategorised(label=label, audit=audit) if audit or not course.audited:
            return replace(course, truth=label, audited=audit)
        case _:
            return course


Bounds = Callable[[int, int], tuple[float, float]]


def report(all_courses: Sequence[Course], bounds: Bounds) -> dict[str, object]:
    """Figures per language and in all. ``bounds``: the 95 % interval of a share, given events and trials."""
    by_language = {name or "unknown": [c for c in all_courses if c.language == name] for name in LANGUAGES}
    return {
        "all": _figures(all_courses, bounds),
        **{name: _figures(some, bounds) for name, some in by_language.items() if some},
        "deflected": _deflected(all_courses),
    }


def _figures(some: Sequence[Course], bounds: Bounds) -> dict[str, object]:
    told = [course for course in some if course.truth is not None]
    emergencies = [course for course in told if course.truth is Label.EMERGENCY]
    questions = [course for course in told if course.truth is Label.INFORMATIONAL]
    flagged = [course for course in told if course.kept_flag]
    misses = [course for course in flagged if course.truth is Label.EMERGENCY]
    near = [course for course in emergencies if course.flagged_at is not None and course.dropped]

    def share(events: int, trials: int) -> dict[str, object] | None:
        if not trials:
            return None
        low, high = bounds(events, trials)
        return {"events": events, "of": trials, "share": round(events / trials, 4), "from": low, "to": high}

    return {
        "calls": len(some),
        "categorised": len(told),
        "audited": sum(course.audited for course in told),
        "flagged": sum(course.kept_flag for course in some),
        "questions_flagged": share(sum(course.kept_flag for course in questions), len(questions)),
        "flags_that_were_questions": share(sum(c.truth is Label.INFORMATIONAL for c in flagged), len(flagged)),
        "emergencies_raised": share(sum(course.raised_at is not None for course in emergencies), len(emergencies)),
        "emergencies_flagged": share(len(misses), len(emergencies)),
        "misses": [course.call_id for course in misses],
        "near_misses": [course.call_id for course in near],
        "seconds_to_flag": _seconds(flagged, lambda course: course.flagged_at),
        "seconds_to_raise": _seconds(emergencies, lambda course: course.raised_at),
    }


def _seconds(some: Sequence[Course], moment: Callable[[Course], datetime | None]) -> dict[str, float] | None:
    """From the first moment at which the caller was heard."""
    spans = sorted(
        (at - (course.heard_from or course.offered_at)).total_seconds()
        for course in some
        if (at := moment(course)) is not None
    )
    if not spans:
        return None
    return {"median": round(median(spans), 1), "p95": round(spans[int(0.95 * (len(spans) - 1))], 1)}


def _deflected(all_courses: Sequence[Course]) -> dict[str, object]:
    """Calls sent to the help line, and who called 102 again: an emergency among those is a miss."""
    sent = [course for course in all_courses if course.sent_at is not None]
    again: dict[str, int] = {}
    missed: list[CallId] = []
    for within in REPEATS:
        minutes = f"again_within_{int(within.total_seconds() // 60)}_minutes"
        repeats = [(first, _next_call(first, all_courses, within)) for first in sent]
        again[minutes] = sum(later is not None for _, later in repeats)
        missed = [first.call_id for first, later in repeats if later is not None and later.truth is Label.EMERGENCY]
    return {"sent": len(sent), **again, "misses_by_repeat_calls": missed}


def _next_call(first: Course, all_courses: Sequence[Course], within: timedelta) -> Course | None:
    """The next call of the same number, an emergency before any other. A withheld number is nobody's."""
    if not first.number or first.sent_at is None:
        return None
    later = [
        course
        for course in all_courses
        if course.number == first.number and first.offered_at < course.offered_at <= first.sent_at + within
    ]
    return min(later, key=lambda course: (course.truth is not Label.EMERGENCY, course.offered_at), default=None)
