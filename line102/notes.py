"""A finished call's story while something is added to it, whether or not the board still has the call."""

from __future__ import annotations

from datetime import UTC, datetime

from line102.assess import Assess, reassessed
from line102.board import told
from line102.events import CallAssessed, SegmentHeard, StretchMissed, WordsEvent
from line102.ports import CallStory
from line102.scribe import Scribe
from line102.words import Segment, Stretch


class Notes:
    """Every ``write`` is in the journal when it returns, and in ``story``."""

    def __init__(self, story: CallStory, scribe: Scribe) -> None:
        self.call_id = story.record.call_id
        self._own = story
        self._scribe = scribe

    @property
    def story(self) -> CallStory:
        """The board's, which knows of others' events too; what we made of it ourselves when the call has left."""
        return self._scribe.story(self.call_id) or self._own

    def write(self, event: WordsEvent) -> None:
        self._own = told(self.story, event) or self._own
        self._scribe.write(event)

    def heard(self, segment: Segment) -> None:
        self.write(SegmentHeard(call_id=self.call_id, at=datetime.now(UTC), segment=segment))

    def missed(self, stretch: Stretch) -> None:
        self.write(StretchMissed(call_id=self.call_id, at=datetime.now(UTC), stretch=stretch))

    def assess(self, assess: Assess, *, only_up: bool = False) -> None:
        """Write a new assessment of the words if it differs; ``only_up``: never a less urgent one."""
        assessment = reassessed(self.story, assess, only_up=only_up)
        if assessment is not None:
            self.write(CallAssessed(call_id=self.call_id, at=datetime.now(UTC), assessment=assessment))
