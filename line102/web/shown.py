"""From our data to the API's models: the one place that decides what a page may see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from line102.board import (
    CallBackChanged,
    CallChanged,
    CallRemoved,
    CardChanged,
    DeskChanged,
    FeedItem,
    GapShown,
    Light,
    LightChanged,
    Load,
    LoadChanged,
    MemberChanged,
    SegmentChanged,
    Snapshot,
)
from line102.calls import Answer, QueueStay
from line102.coverage import NOT_FOUND
from line102.events import GapFound
from line102.ports import AssessmentAt, CallStory, MemberSeen, StoredRecording
from line102.web import feed_schemas, schemas, shown_decisions
from line102.web.shown_after import call_back, card, card_out
from line102.web.shown_desk import desk
from line102.words import Coverage, Heard, Segment, Stretch


@dataclass(frozen=True, slots=True)
class Shown:
    """``flags``: whether shadow flags and assessments leave the server at all. When False they are in no answer.

    ``languages``: those that an operator may choose for a call.
    """

    flags: bool
    languages: tuple[str, ...] = ()

    def call(self, story: CallStory, now: datetime) -> schemas.CallOut:
        record, decided = story.record, story.decisions
        return schemas.CallOut(
            id=record.call_id,
            state=record.state,
            offered_at=record.offered_at,
            number=record.number,
            dialled=record.dialled,
            seen_from_start=record.seen_from_start,
            recording_began_at=record.recording_began_at,
            priority=record.priority,
            stays=[_stay(stay) for stay in record.stays],
            answers=[_answer(answer) for answer in record.answers],
            waited_s=_seconds(record.waited(now)),
            talked_s=_seconds(record.talked(now)),
            ended_at=record.ended_at,
            hangup_cause=record.hangup_cause,
            outcome=record.outcome,
            segments=[segment(s) for s in story.segments],
            missed=[_stretch(m, story) for m in story.missed],
            assessment=_assessment(story.assessment) if self.flags and story.assessment else None,
            recording=_recording(story.recording) if story.recording else None,
            transcript_complete=story.transcript_complete,
            coverage=[_coverage(side) for side in story.coverage],
            revised_by=story.revised_by,
            language=story.language,
            urgency=shown_decisions.URGENCY[decided.urgency],
            urgent_words=decided.urgent_words,
            places=[shown_decisions.place(found) for found in decided.places],
            flag=shown_decisions.flag(decided.flag, shadow=self.flags),
            offer=shown_decisions.offer(decided.offer),
            turns=[shown_decisions.turn(answered) for answered in decided.turns],
            help_line_left=shown_decisions.help_line_left(decided.help_line_left),
            category=shown_decisions.category(decided.category),
            sent_at=record.sent_at,
            served_at=record.served_at,
            card=card(story.card),
        )

    def live(self, snapshot: Snapshot) -> schemas.LiveOut:
        return schemas.LiveOut(
            seq=snapshot.seq,
            at=snapshot.at,
            node=snapshot.node,
            flags="shadow_shown" if self.flags else "hidden",
            calls=[self.call(story, snapshot.at) for story in snapshot.calls],
            members=[_member(m) for m in snapshot.members],
            lights=[_light(light) for light in snapshot.lights],
            gaps=[gap(g) for g in snapshot.gaps],
            recognition=_recognition(snapshot.load) if snapshot.load else None,
            languages=list(self.languages),
            call_backs=[call_back(task) for task in snapshot.call_backs],
            desks=[desk(view) for view in snapshot.desks],
        )

    def change(self, item: FeedItem, now: datetime) -> feed_schemas.FeedMessage:
        match item:
            case CallChanged(seq=seq, story=story):
                return feed_schemas.CallMessage(type="call", seq=seq, call=self.call(story, now))
            case CallRemoved(seq=seq, call_id=call_id):
                return feed_schemas.RemovedMessage(type="removed", seq=seq, call_id=call_id)
            case SegmentChanged(seq=seq, call_id=call_id, segment=heard):
                return feed_schemas.SegmentMessage(type="segment", seq=seq, call_id=call_id, segment=segment(heard))
            case CardChanged(seq=seq, card=written):
                return feed_schemas.CardMessage(type="card", seq=seq, call_id=written.call_id, card=card_out(written))
            case LightChanged(seq=seq, light=light):
                return feed_schemas.LightMessage(type="light", seq=seq, light=_light(light))
            case MemberChanged(seq=seq, member=member):
                return feed_schemas.MemberMessage(type="member", seq=seq, member=_member(member))
            case GapShown(seq=seq, gap=found):
                return feed_schemas.GapMessage(type="gap", seq=seq, gap=gap(found))
            case LoadChanged(seq=seq, load=load):
                return feed_schemas.RecognitionMessage(type="recognition", seq=seq, recognition=_recognition(load))
            case CallBackChanged(seq=seq, task=task):
                return feed_schemas.CallBackMessage(type="call_back", seq=seq, task=call_back(task))
            case DeskChanged(seq=seq, desk=view):
                return feed_schemas.DeskMessage(type="desk", seq=seq, desk=desk(view))
            case _:
                assert_never(item)


def segment(heard: Segment) -> schemas.SegmentOut:
    return schemas.SegmentOut(
        side=heard.side,
        start_s=_seconds(heard.start),
        end_s=_seconds(heard.end),
        text=heard.text,
        language=heard.language,
        confidence=min(1.0, max(0.0, heard.confidence)),
        model=heard.model,
        revision=heard.revision,
        final=heard.final,
        heard=heard.heard,
        suppressed=heard.suppressed,
        committed=heard.committed,
        as_heard=heard.as_heard,
    )


def gap(found: GapFound) -> schemas.GapOut:
    return schemas.GapOut(
        link=found.link, began=found.began, ended=found.at, length_s=_seconds(found.length), reason=found.reason
    )


def _answer(answer: Answer) -> schemas.AnswerOut:
    return schemas.AnswerOut(
        operator=answer.operator_id,
        at=answer.at,
        queue=answer.queue,
        ended_at=answer.ended_at,
        lost=answer.lost,
        put_to=answer.put_to,
    )


def _stay(stay: QueueStay) -> schemas.StayOut:
    return schemas.StayOut(
        queue=stay.queue,
        joined_at=stay.joined_at,
        position=stay.position,
        left_at=stay.left_at,
        end=stay.end,
        rings=[schemas.RingOut(operator=r.operator_id, at=r.at, unanswered_at=r.unanswered_at) for r in stay.rings],
    )


def _stretch(missed: Stretch, story: CallStory) -> schemas.StretchOut:
    return schemas.StretchOut(
        side=missed.side,
        start_s=_seconds(missed.start),
        end_s=_seconds(missed.end),
        reason=missed.reason,
        state=_fate(missed, story),
    )


def _fate(missed: Stretch, story: CallStory) -> Literal["pending", "recovered", "lost"]:
    if missed.reason == NOT_FOUND:
        return "lost"
    filled = any(
        s.heard is Heard.RECORDING and s.side is missed.side and s.start < missed.end and s.end > missed.start
        for s in story.segments
    )
    if story.transcript_complete or filled:
        return "recovered"
    return "lost" if story.recording is not None and story.recording.path is None else "pending"


def _coverage(side: Coverage) -> schemas.CoverageOut:
    return schemas.CoverageOut(
        side=side.side,
        speech_s=_seconds(side.speech),
        text_s=_seconds(side.text),
        suppressed_s=_seconds(side.suppressed),
        missing_s=_seconds(side.missing),
    )


def _assessment(made: AssessmentAt) -> schemas.AssessmentOut:
    a = made.assessment
    return schemas.AssessmentOut(
        at=made.at,
        label=a.label,
        confidence=min(1.0, max(0.0, a.confidence)),
        evidence=[
            schemas.EvidenceOut(words=e.words, start=e.start, end=e.end, label=e.label, because=e.because)
            for e in a.evidence
        ],
        vetoes=list(a.vetoes),
        text=a.text,
        assessor=a.assessor,
    )


def _recording(stored: StoredRecording) -> schemas.RecordingOut:
    return schemas.RecordingOut(
        playable=stored.path is not None,
        duration_s=_seconds(stored.duration),
        sha256=stored.sha256,
        repaired=stored.repaired,
        short_by_s=_seconds(stored.short_by),
        set_aside=stored.set_aside,
    )


def _member(seen: MemberSeen) -> schemas.MemberOut:
    return schemas.MemberOut(operator=seen.operator_id, queue=seen.queue, status=seen.status, paused=seen.paused)


def _light(light: Light) -> schemas.LightOut:
    return schemas.LightOut(lamp=light.lamp, up=light.up, since=light.since, why=light.why)


def _recognition(load: Load) -> schemas.RecognitionOut:
    return schemas.RecognitionOut(level=load.level, since=load.since, delayed_s=_seconds(load.delayed))


def _seconds(span: timedelta) -> float:
    """Rounded to milliseconds; never negative (two clocks may disagree by a little)."""
    return round(max(span, timedelta(0)).total_seconds(), 3)
