"""Closing the gaps of an ended call's transcript from its recording, part by part.

What is heard of a part is written before the next is asked for, so whoever is cut off in the middle, by a crash or by
live calls, goes on where it was. At the end every second of speech is text, suppressed text or a visible stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from line102.assess import Assess
from line102.coverage import coverage_of, parts, remaining, still_to_hear
from line102.events import TranscriptCompleted
from line102.notes import Notes
from line102.ports import CatchUp
from line102.revising import revised, torn
from line102.words import Stretch

ROUNDS = 3  # of asking for the rest of old utterances that the new ones cut through

MayWork = Callable[[], bool]


class CatchingUp:
    def __init__(self, catch_up: CatchUp, assess: Assess, may_work: MayWork) -> None:
        """``may_work``: whether live calls leave room now; asked before each part."""
        self._catch_up = catch_up
        self._assess = assess
        self._may_work = may_work

    async def complete(self, notes: Notes) -> bool:
        """Whether the transcript is complete now; False: to be gone on with later. Raises Unreachable, Refused."""
        recording = notes.story.recording
        if recording is None or recording.path is None or notes.story.transcript_complete:
            return True
        if not self._may_work():
            return False
        speech = await self._catch_up.speech(recording.path)
        for part in parts(still_to_hear(notes.story, speech, recording.duration), speech):
            if not self._may_work():
                return False
            await hear(self._catch_up, notes, recording.path, part)
        for stretch in remaining(notes.story, speech):
            notes.missed(stretch)
        notes.assess(self._assess)
        coverage = coverage_of(notes.story, speech)
        notes.write(TranscriptCompleted(call_id=notes.call_id, at=datetime.now(UTC), coverage=coverage))
        return True


async def hear(catch_up: CatchUp, notes: Notes, path: str, part: Sequence[Stretch]) -> None:
    """Transcribe one part and write what is better than what stands. Raises Unreachable, Refused."""
    language = notes.story.language
    heard = list(await catch_up.transcribe(notes.call_id, path, part, language))
    for _ in range(ROUNDS):
        cut_through = torn(notes.story.segments, heard)
        if not cut_through:
            break
        more = await catch_up.transcribe(notes.call_id, path, cut_through, language)
        heard += [segment for segment in more if segment not in heard]
    for segment in revised(notes.story.segments, heard):
        notes.heard(segment)
