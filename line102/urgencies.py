"""Who is raised, and moved ahead in the queue: danger words, silence, doubt. Never lowers anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from line102.assess import Assess, caller_words
from line102.attempts import Attempts
from line102.calls import HELP_LINE, CallId, CallState, QueueName
from line102.events import PriorityChanged, UrgencyRaised
from line102.ports import CallControl, CallStory
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Segment, Urgency
from routing.policy import PRIORITY, raise_of


class Alarmed(Protocol):
    """Whoever talks with the caller."""

    def alarm(self, call_id: CallId, words: str) -> None: ...


class Urgencies:
    def __init__(
        self,
        scribe: Scribe,
        control: CallControl,
        numbers: UrgentNumbers,
        talks: Alarmed,
        attempts: Attempts,
        assess: Assess,
    ) -> None:
        self._scribe = scribe
        self._control = control
        self._numbers = numbers
        self._talks = talks
        self._attempts = attempts
        self._assess = assess
        self._partly: dict[CallId, str] = {}  # the last unfinished words that were assessed, per call on the line

    def raise_by_whole(self, story: CallStory) -> None:
        """By all that was understood so far, or by how long nothing was."""
        record = story.record
        assessment = story.assessment.assessment if story.assessment else None
        listened = datetime.now(UTC) - (record.recording_began_at or record.offered_at)
        if record.answers:
            listened = timedelta(0)  # a person has heard their silence
        raised = raise_of(story.decisions.urgency, assessment, listened=listened)
        if raised is not None:
            self._raised(story, raised.urgency, raised.words)

    def raise_by_part(self, call_id: CallId, segment: Segment) -> bool:
        """By the certain words of a sentence that goes on; only danger counts there. True when it raised the call."""
        story = self._scribe.story(call_id)
        words = segment.text[: segment.committed or 0].strip()
        if story is None or not words or self._partly.get(call_id) == words:
            return False
        self._partly[call_id] = words
        if story.decisions.urgency is Urgency.DANGER or story.record.state is CallState.TALKING:
            return False
        assessment = self._assess(f"{caller_words(story)} {words}".strip())
        raised = raise_of(story.decisions.urgency, assessment, listened=timedelta(0))
        if raised is None or raised.urgency is not Urgency.DANGER:
            return False
        self._raised(story, raised.urgency, raised.words)
        return True

    def forget(self, call_id: CallId) -> None:
        """The call is over."""
        self._partly.pop(call_id, None)

    def move_ahead(self, story: CallStory) -> None:
        """What was decided holds until the PBX has done it."""
        record, wanted = story.record, PRIORITY[story.decisions.urgency]
        if record.state in (CallState.WAITING, CallState.RINGING) and record.priority < wanted:
            queue = record.stays[-1].queue
            if queue != HELP_LINE:
                self._attempts.begin(
                    "raise", record.call_id, lambda: self._change_priority(record.call_id, queue, wanted)
                )

    def _raised(self, story: CallStory, urgency: Urgency, words: str) -> None:
        call_id, now = story.record.call_id, datetime.now(UTC)
        self._scribe.write(UrgencyRaised(call_id=call_id, at=now, urgency=urgency, words=words))
        if urgency is Urgency.DANGER:
            self._numbers.note_urgent(story.record.number, call_id, now)
            self._talks.alarm(call_id, words)

    async def _change_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        await self._control.raise_priority(call_id, queue, priority)
        self._scribe.write(PriorityChanged(call_id=call_id, at=datetime.now(UTC), priority=priority))
