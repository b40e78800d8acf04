"""``line102 calls`` and ``line102 call ID``: what the ledger says, for the terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from line102.calls import CallId, Side
from line102.cli.decided import moments, standing
from line102.cli.errands import open_ledger
from line102.config import Settings
from line102.coverage import NOT_FOUND
from line102.ports import CallStory
from line102.words import Coverage, Heard, Segment

HERE = ZoneInfo("Asia/Almaty")
_WIDE = "{:<22}  {:<19}  {:<14}  {:<17}  {:>6}  {:>6}  {:<10}  {}"


async def list_calls(settings: Settings, asked: argparse.Namespace) -> int:
    async with open_ledger(settings) as ledger:
        stories = await ledger.calls(limit=asked.limit)
    print(_WIDE.format("call", "offered (Almaty)", "number", "outcome", "waited", "talked", "operator", "assessed"))
    for story in stories:
        record = story.record
        now = datetime.now(UTC)
        answer = record.first_answer
        print(
            _WIDE.format(
                record.call_id,
                _clock(record.offered_at),
                record.number or "withheld",
                record.outcome or f"({record.state})",
                minutes(record.waited(now)),
                minutes(record.talked(now)),
                answer.operator_id if answer else "",
                story.assessment.assessment.label if story.assessment else "",
            ).rstrip()
        )
    if not stories:
        print("No call yet.")
    return 0


async def show_call(settings: Settings, asked: argparse.Namespace) -> int:
    async with open_ledger(settings) as ledger:
        story = await ledger.call(CallId(asked.call_id))
    if story is None:
        print(f"line102: there is no call {asked.call_id} in the ledger; `line102 calls` lists them", file=sys.stderr)
        return 1
    for line in (*_head(story), "", *_course(story), "", *_transcript(story)):
        print(line)
    return 0


def minutes(span: timedelta) -> str:
    """``mm:ss``."""
    seconds = int(span.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"


def counted(side: Coverage) -> str:
    """How one side's speech is accounted for."""
    parts = {"text": side.text, "suppressed": side.suppressed, "missing": side.missing}
    sums = " + ".join(f"{what} {span.total_seconds():.1f}" for what, span in parts.items())
    return f"{side.side.value:<8}  {side.speech.total_seconds():7.1f} s = {sums}"


def _clock(at: datetime) -> str:
    return at.astimezone(HERE).strftime("%Y-%m-%d %H:%M:%S")


def _head(story: CallStory) -> Iterator[str]:
    record, now = story.record, datetime.now(UTC)
    yield f"call      {record.call_id}"
    yield f"number    {record.number or 'withheld'}  →  {record.dialled}"
    yield f"outcome   {record.outcome or record.state}"
    yield f"waited    {minutes(record.waited(now))}   talked {minutes(record.talked(now))}   (mm:ss)"
    if story.assessment:
        said = story.assessment.assessment
        because = ", ".join(f"«{evidence.words}»" for evidence in said.evidence) or "nothing"
        yield f"assessed  {said.label} {said.confidence:.2f} because of {because}"
    yield from standing(story)
    match story.recording:
        case None:
            yield "recording not taken in yet"
        case recording if recording.set_aside:
            yield f"recording set aside: {recording.set_aside}"
        case recording:
            mended = ", unfinished header mended" if recording.repaired else ""
            yield f"recording {recording.path}  {recording.duration.total_seconds():.1f} s{mended}"
            yield f"          sha256 {recording.sha256}"
    for stretch in story.missed:
        made = "made from the recording" if story.transcript_complete else "not made yet"
        fate = "" if stretch.reason == NOT_FOUND else f"; {made}"
        yield f"missed    {stretch.side} {_span(stretch.start, stretch.end)}: {stretch.reason}{fate}"
    for side in story.coverage:
        yield f"speech    {counted(side)}"
    if story.revised_by:
        yield f"revised   by {story.revised_by}"


def _course(story: CallStory) -> Iterator[str]:
    record = story.record
    happened = [(record.offered_at, "offered"), *moments(story)]
    for stay in record.stays:
        happened.append((stay.joined_at, f"joined {stay.queue}"))
        for ring in stay.rings:
            happened.append((ring.at, f"rang {ring.operator_id}"))
            if ring.unanswered_at:
                happened.append((ring.unanswered_at, f"{ring.operator_id} did not answer"))
        if stay.left_at and stay.end:
            happened.append((stay.left_at, f"left {stay.queue}: {stay.end}"))
    for answer in record.answers:
        happened.append((answer.at, f"answered by {answer.operator_id}"))
        if answer.ended_at:
            happened.append((answer.ended_at, f"{answer.operator_id} left"))
    if record.ended_at:
        happened.append((record.ended_at, "ended"))
    for at, what in sorted(happened, key=lambda moment: moment[0]):
        yield f"{_clock(at)}  +{(at - record.offered_at).total_seconds():6.1f} s  {what}"


def _transcript(story: CallStory) -> Iterator[str]:
    if not story.segments:
        yield "No words."
    for segment in story.segments:
        yield f"{_span(segment.start, segment.end)}  {segment.side.value:<8}  {_said(segment)}"


def _said(segment: Segment) -> str:
    marks = [segment.language or "?", f"{segment.confidence:.2f}"]
    if segment.heard is Heard.RECORDING:
        marks.append("from the recording")
    if segment.as_heard is not None:
        marks.append(f"heard as «{segment.as_heard}»")
    if segment.suppressed:
        marks.append(f"suppressed: {segment.suppressed}")
    arrow = "▸" if segment.side is Side.CALLER else "◂"
    return f"{arrow} {segment.text}   [{', '.join(marks)}]"


def _span(start: timedelta, end: timedelta) -> str:
    return f"{start.total_seconds():6.1f}-{end.total_seconds():.1f} s"
