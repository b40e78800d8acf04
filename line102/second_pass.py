"""The second pass: the whole recording of a finished call once more, by a bigger model that takes its time.

Part by part, between whatever else is to be done. Cut off by a restart it begins again and writes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from line102.assess import Assess
from line102.calls import Side
from line102.catching_up import hear
from line102.coverage import coverage_of, parts
from line102.events import TranscriptRevised
from line102.notes import Notes
from line102.ports import CatchUp
from line102.words import Stretch

WHOLE = "second pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPass:
    catch_up: CatchUp  # of the bigger model
    model: Callable[[], str]  # its identity; "" while no worker has told it


class Revision:
    """One call's second pass. ``step`` until it says True."""

    def __init__(self, notes: Notes, second: SecondPass, assess: Assess) -> None:
        self.notes = notes
        self._second = second
        self._assess = assess
        self._model = second.model()
        self._speech: Sequence[Stretch] | None = None
        self._parts: list[tuple[Stretch, ...]] = []

    async def step(self) -> bool:
        """Hear one part; True when all is done. Raises Unreachable (the same step again later), Refused."""
        story = self.notes.story
        recording = story.recording
        if recording is None or recording.path is None or not self._model or story.revised_by == self._model:
            return True
        if self._speech is None:
            self._speech = await self._second.catch_up.speech(recording.path)
            self._parts = parts(_whole(recording.duration), self._speech)
        if self._parts:
            await hear(self._second.catch_up, self.notes, recording.path, self._parts[0])
            del self._parts[0]
            return False
        self.notes.assess(self._assess, only_up=True)
        coverage = coverage_of(self.notes.story, self._speech)
        revised = TranscriptRevised(
            call_id=self.notes.call_id, at=datetime.now(UTC), model=self._model, coverage=coverage
        )
        self.notes.write(revised)
        return True


def _whole(duration: timedelta) -> list[Stretch]:
    return [Stretch(side=side, start=timedelta(0), end=duration, reason=WHOLE) for side in Side]
