"""``line102 coverage``: is every second of speech of the recordings text, suppressed text or a visible gap?

Counted anew from recordings and ledger, not from the sums that the service wrote down.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from line102.calls import CallId, Side
from line102.cli.calls import counted
from line102.cli.errands import open_ledger
from line102.config import Settings
from line102.coverage import account, unexplained
from line102.errors import Refused
from line102.ports import CallStory
from line102.store.ledger import SqlLedger
from line102.words import Stretch
from transcription.catch_up import GENEROUS, speech_of
from transcription.scan import Recording
from transcription.voice_activity import SpeechModel


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Exit code 1: a recording cannot be read, or holds speech that a finished transcript does not account for."""
    async with open_ledger(settings) as ledger:
        stories = await _stories(ledger, asked)
    if asked.call and not stories:
        print(f"line102: there is no call {asked.call} in the ledger; `line102 calls` lists them", file=sys.stderr)
        return 1
    model = SpeechModel()
    wrong = sum(_check(story, settings, model) for story in stories)
    print(f"{len(stories)} calls, {wrong} with speech that is not accounted for", file=sys.stderr)
    return 1 if wrong else 0


async def _stories(ledger: SqlLedger, asked: argparse.Namespace) -> list[CallStory]:
    if asked.call:
        ids = [CallId(asked.call)]
    else:
        since = datetime.now(UTC) - timedelta(hours=asked.hours)
        ids = [record.call_id for record in await ledger.known_calls(since) if record.ended_at is not None]
    found = [await ledger.call(call_id) for call_id in ids]
    return [story for story in found if story is not None]


def _check(story: CallStory, settings: Settings, model: SpeechModel) -> bool:
    """Print one call; whether something is wrong with it."""
    call_id, recording = story.record.call_id, story.recording
    if recording is None or recording.path is None:
        print(f"{call_id}: " + (f"recording set aside: {recording.set_aside}" if recording else "no recording yet"))
        return False
    try:
        speech = speech_of(Recording(settings.recordings / recording.path).scan(model, GENEROUS))
    except Refused as error:
        print(f"{call_id}: {error}")
        return True
    for side in Side:
        print(f"{call_id}: {counted(account(side, speech, story.segments).coverage)}")
    for stretch in story.missed:
        print(f"{call_id}: {_span(stretch)} missed live or for good: {stretch.reason}")
    if not story.transcript_complete:
        print(f"{call_id}: the transcript is not finished")
        return False
    return _tell(call_id, unexplained(story, speech))


def _tell(call_id: CallId, hidden: Sequence[Stretch]) -> bool:
    for stretch in hidden:
        print(f"{call_id}: {_span(stretch)} NOT ACCOUNTED FOR")
    return bool(hidden)


def _span(stretch: Stretch) -> str:
    return f"{stretch.side.value:<8}  {stretch.start.total_seconds():.1f}-{stretch.end.total_seconds():.1f} s"
