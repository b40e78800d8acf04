"""Words, recordings and gaps as rows, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import assert_never

from sqlalchemy import RowMapping

from line102.calls import CallId, Side
from line102.events import (
    CallAssessed,
    CardWritten,
    Entry,
    GapFound,
    LanguageChosen,
    Link,
    RecordingSetAside,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
    TranscriptRevised,
    WordsEvent,
)
from line102.ports import AssessmentAt, StoredRecording
from line102.store.records import Row
from line102.words import Assessment, Coverage, Evidence, Heard, Label, Segment, Stretch, Urgency

SegmentKey = tuple[CallId, Side, timedelta]  # a newer revision of the same replaces the older one


@dataclass(slots=True)
class WordRows:
    """Rows to insert, per table, and earlier segments that are current no more.

    ``current``: (revision, row's entry) of each segment that is current in the store, for the keys that will be added.
    """

    current: dict[SegmentKey, tuple[int, str, int]] = field(default_factory=dict)
    segments: list[Row] = field(default_factory=list)
    stretches: list[Row] = field(default_factory=list)
    assessments: list[Row] = field(default_factory=list)
    evidence: list[Row] = field(default_factory=list)
    recordings: list[Row] = field(default_factory=list)
    completions: list[Row] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)
    coverage: dict[CallId, list[Row]] = field(default_factory=dict)  # takes the place of what the store has
    revisions: dict[CallId, Row] = field(default_factory=dict)
    languages: dict[CallId, Row] = field(default_factory=dict)
    cards: dict[CallId, Row] = field(default_factory=dict)
    superseded: list[tuple[str, int]] = field(default_factory=list)

    def add(self, entry: Entry, event: WordsEvent | GapFound) -> None:
        row: Row = {"node": entry.node, "seq": entry.seq, "at": event.at}
        match event:
            case GapFound(link=link, began=began, reason=reason):
                self.gaps.append({**row, "link": link.value, "began": began, "reason": reason})
            case SegmentHeard():
                self._add_segment({**row, "call_id": event.call_id}, event)
            case StretchMissed(call_id=call_id, stretch=stretch):
                self.stretches.append({**row, "call_id": call_id, **_stretch_row(stretch)})
            case CallAssessed(call_id=call_id, assessment=assessment):
                self.assessments.append({**row, "call_id": call_id, **_assessment_row(assessment)})
                self.evidence += [
                    {"node": entry.node, "seq": entry.seq, "n": n, **_evidence_row(evidence)}
                    for n, evidence in enumerate(assessment.evidence)
                ]
            case RecordingStored() | RecordingSetAside():
                self.recordings.append({**row, "call_id": event.call_id, **_recording_row(event)})
            case TranscriptCompleted(call_id=call_id, at=at, coverage=coverage):
                self.completions.append({"call_id": call_id, "at": at})
                self.coverage[call_id] = _coverage_rows(call_id, coverage)
            case TranscriptRevised(call_id=call_id, at=at, model=model, coverage=coverage):
                self.revisions[call_id] = {"call_id": call_id, "at": at, "model": model}
                self.coverage[call_id] = _coverage_rows(call_id, coverage)
            case LanguageChosen(call_id=call_id, at=at, language=language):
                self.languages[call_id] = {"call_id": call_id, "at": at, "language": language}
            case CardWritten(call_id=call_id):
                self.cards[call_id] = _card_row(event)
            case _:
                assert_never(event)

    def _add_segment(self, row: Row, event: SegmentHeard) -> None:
        """An equal or older revision of the same stretch gives way, as on the board."""
        segment = event.segment
        key = (event.call_id, segment.side, segment.start)
        older = self.current.get(key)
        is_current = older is None or older[0] <= segment.revision
        if is_current:
            if older is not None:
                self.superseded.append(older[1:])
            self.current[key] = (segment.revision, row["node"], row["seq"])
        self.segments.append({**row, **_segment_row(segment), "current": is_current})

    def settle(self) -> list[tuple[str, int]]:
        """Mark what this batch itself superseded; return the rows of the store that must be marked."""
        own = {(row["node"], row["seq"]): row for row in self.segments}
        for key in self.superseded:
            if key in own:
                own[key]["current"] = False
        return [key for key in self.superseded if key not in own]


def card_of(row: RowMapping) -> CardWritten:
    return CardWritten(**{**row, "call_id": CallId(row["call_id"])})


def _card_row(card: CardWritten) -> Row:
    return {
        "call_id": card.call_id,
        "at": card.at,
        "by": card.by,
        "version": card.version,
        "note": card.note,
        "place": card.place,
        "persons": card.persons,
        "follow_up": card.follow_up,
    }


def segment_of(row: RowMapping) -> Segment:
    return Segment(
        side=Side(row["side"]),
        start=row["start_seconds"],
        end=row["end_seconds"],
        text=row["text"],
        language=row["language"],
        confidence=row["confidence"],
        model=row["model"],
        revision=row["revision"],
        final=row["final"],
        heard=Heard(row["heard"]),
        suppressed=row["suppressed"],
        as_heard=row["as_heard"],
    )


def stretch_of(row: RowMapping) -> Stretch:
    return Stretch(side=Side(row["side"]), start=row["start_seconds"], end=row["end_seconds"], reason=row["reason"])


def assessment_of(row: RowMapping, evidence: Iterable[RowMapping]) -> AssessmentAt:
    assessment = Assessment(
        label=Label(row["label"]),
        confidence=row["confidence"],
        evidence=tuple(
            Evidence(
                words=e["words"],
                start=e["begin_char"],
                end=e["end_char"],
                label=Label(e["label"]),
                because=e["because"],
            )
            for e in evidence
        ),
        vetoes=tuple(row["vetoes"]),
        text=row["text"],
        assessor=row["assessor"],
        urgency=Urgency(row["urgency"] or 0),
        language=row["language"] or "",
    )
    return AssessmentAt(at=row["at"], assessment=assessment)


def recording_of(row: RowMapping) -> StoredRecording:
    aside = row["set_aside"] is not None
    return StoredRecording(
        path=None if aside else row["path"],
        duration=timedelta(0) if aside else row["duration_seconds"],
        sha256="" if aside else row["sha256"],
        repaired=False if aside else row["repaired"],
        short_by=timedelta(0) if aside else row["short_by_seconds"],
        set_aside=row["set_aside"],
    )


def coverage_of(row: RowMapping) -> Coverage:
    return Coverage(
        side=Side(row["side"]),
        speech=row["speech_seconds"],
        text=row["text_seconds"],
        suppressed=row["suppressed_seconds"],
        missing=row["missing_seconds"],
    )


def gap_of(row: RowMapping) -> GapFound:
    return GapFound(at=row["at"], link=Link(row["link"]), began=row["began"], reason=row["reason"])


def _segment_row(segment: Segment) -> Row:
    return {
        "side": segment.side.value,
        "start_seconds": segment.start,
        "end_seconds": segment.end,
        "text": segment.text,
        "language": segment.language,
        "confidence": segment.confidence,
        "model": segment.model,
        "revision": segment.revision,
        "final": segment.final,
        "heard": segment.heard.value,
        "suppressed": segment.suppressed,
        "as_heard": segment.as_heard,
    }


def _stretch_row(stretch: Stretch) -> Row:
    return {
        "side": stretch.side.value,
        "start_seconds": stretch.start,
        "end_seconds": stretch.end,
        "reason": stretch.reason,
    }


def _coverage_rows(call_id: CallId, coverage: Iterable[Coverage]) -> list[Row]:
    return [
        {
            "call_id": call_id,
            "side": side.side.value,
            "speech_seconds": side.speech,
            "text_seconds": side.text,
            "suppressed_seconds": side.suppressed,
            "missing_seconds": side.missing,
        }
        for side in coverage
    ]


def _assessment_row(assessment: Assessment) -> Row:
    return {
        "label": assessment.label.value,
        "confidence": assessment.confidence,
        "vetoes": list(assessment.vetoes),
        "text": assessment.text,
        "assessor": assessment.assessor,
        "urgency": assessment.urgency.value,
        "language": assessment.language,
    }


def _evidence_row(evidence: Evidence) -> Row:
    return {
        "words": evidence.words,
        "begin_char": evidence.start,
        "end_char": evidence.end,
        "label": evidence.label.value,
        "because": evidence.because,
    }


def _recording_row(event: RecordingStored | RecordingSetAside) -> Row:
    stored = event if isinstance(event, RecordingStored) else None
    return {
        "path": event.path,
        "duration_seconds": stored.duration if stored else None,
        "sha256": stored.sha256 if stored else None,
        "repaired": stored.repaired if stored else None,
        "short_by_seconds": stored.short_by if stored else None,
        "set_aside": event.reason if isinstance(event, RecordingSetAside) else None,
    }
