"""From words to help: raises who is in danger, flags who asks a question, sends away only whom a person sent.

Told of everything that changes a call, it looks at the whole call anew (``_look``) and does what the pure policy says;
once a second it looks at every call again, so that what failed (a link was away) is tried again by itself. Each
decision is in the ledger before anything is done about it. If this dies, every caller is where Asterisk has them: in
the queue, with a person, or within 4 seconds back at the head of the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from line102.assess import Assess, caller_words
from line102.attempts import Attempts
from line102.broadcast import Broadcast
from line102.calls import HELP_LINE, CallId, OperatorId, QueueName, Side
from line102.errors import Gone
from line102.events import CallerJoined, CourseEvent, PlacesFound, SentToHelpLine
from line102.flags import Flags
from line102.modes import ModeBook
from line102.ports import CallControl, CallStory, KeyPressed
from line102.returns import Returns
from line102.scribe import Scribe
from line102.sending import Sending
from line102.truths import Truths
from line102.urgencies import Urgencies
from line102.urgent_numbers import UrgentNumbers
from line102.words import Assessment, Label, Mode, PlaceCandidate, Segment, Urgency

PERIOD = timedelta(seconds=1)


class Dialogues(Protocol):
    """The talks that the machine holds with callers: the offer, the self-service."""

    @property
    def takes_calls(self) -> bool:
        """Whether the self-service may answer questions now."""
        ...

    async def offer(self, call_id: CallId, language: str) -> bool:
        """Ask a waiting caller; True when they chose the help line. Everything about it is written down."""
        ...

    async def serve(self, call_id: CallId, language: str) -> None:
        """Talk with a caller in the self-service until they hang up or are handed over."""
        ...

    def follow(self, event: CourseEvent) -> None: ...

    def heard(self, call_id: CallId, segment: Segment) -> None: ...

    def pressed(self, call_id: CallId, key: str) -> None: ...

    def vetoed(self, call_id: CallId, why: str) -> None:
        """The flag is gone: an offer has no ground any more."""
        ...

    def alarm(self, call_id: CallId, words: str) -> None:
        """The caller said something urgent: whatever is being said to them ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSettings:
    queue: QueueName
    languages: tuple[str, ...] = ("ru", "kk")


class Guide:
    """One per service; every method runs in its event loop. ``is_question``: ``routing.flagging.may_flag``."""

    def __init__(
        self,
        settings: GuideSettings,
        scribe: Scribe,
        broadcast: Broadcast,
        control: CallControl,
        modes: ModeBook,
        numbers: UrgentNumbers,
        dialogues: Dialogues,
        *,
        assess: Assess,
        is_question: Callable[[Assessment], bool],
        find_places: Callable[[str], tuple[PlaceCandidate, ...]],
    ) -> None:
        queue, languages = settings.queue, settings.languages
        self._scribe = scribe
        self._board = board = broadcast.board
        self._numbers = numbers
        self._dialogues = dialogues
        self._find_places = find_places
        self._attempts = tries = Attempts()
        self._urgencies = Urgencies(scribe, control, numbers, dialogues, tries, assess)
        self._flags = Flags(scribe, modes, numbers, dialogues, is_question)
        self._sending = Sending(scribe, board, control, modes, dialogues, tries, queue=queue, languages=languages)
        self._returns = Returns(scribe, control, tries)
        self._truths = Truths(scribe, modes, numbers)

    # ------------------------------------------------------------ told

    def notice(self, event: CourseEvent) -> None:
        """After each event of a call's course has been written."""
        self._dialogues.follow(event)
        story = self._scribe.story(event.call_id)
        if story is None:
            return
        match event:
            case SentToHelpLine(call_id=call_id, at=at):
                language = story.decisions.flag.language if story.decisions.flag else ""
                self._numbers.note_deflected(story.record.number, call_id, at, language)
                self._returns.forget(call_id)
            case CallerJoined(queue=queue) if queue != HELP_LINE:
                self._returns.joined_102(story)
            case _:
                pass
        if story.record.ended_at is not None:
            self._urgencies.forget(event.call_id)
            self._returns.forget(event.call_id)
        else:
            self._look(story)

    def assessed(self, call_id: CallId) -> None:
        """The caller's words so far, or their assessment, changed."""
        story = self._scribe.story(call_id)
        if story is None:
            return
        self._name_places(story)
        self._look(story)

    def heard(self, call_id: CallId, segment: Segment) -> None:
        """Every piece of either side's words, unfinished ones too: danger does not wait for the end of a sentence."""
        if segment.side is not Side.CALLER or segment.suppressed is not None:
            return
        self._dialogues.heard(call_id, segment)
        if not segment.final and self._urgencies.raise_by_part(call_id, segment):
            self._look(self._known(call_id))

    def pressed(self, pressed: KeyPressed) -> None:
        self._dialogues.pressed(pressed.call_id, pressed.key)

    def serve(self, call_id: CallId) -> None:
        """The dialplan holds this caller for the self-service: talk with them."""
        story = self._scribe.story(call_id)
        if story is not None and story.decisions.urgency is not Urgency.DANGER:  # those are on their way back
            language = self._sending.language_of(story)
            self._attempts.begin("serve", call_id, lambda: self._dialogues.serve(call_id, language))

    async def run(self) -> None:
        """Do what was decided, and look again once a second."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_again(), name="guide: looks")
            tasks.create_task(self._attempts.run(), name="guide: attempts")

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(PERIOD.total_seconds())
            for call_id in self._board.live_calls():
                story = self._board.story(call_id)
                if story is not None:
                    self._look(story)

    # ------------------------------------------------------------ people decide

    def decide_flag(self, call_id: CallId, *, by: OperatorId, accepted: bool, reason: str) -> None:
        """An operator's one key. Raises Gone (no such call), Refused (no open flag that may be acted upon)."""
        self._flags.decide(self._known(call_id), by=by, accepted=accepted, reason=reason)
        if accepted:
            self._sending.send(call_id, by)

    def call_back(self, call_id: CallId, *, by: OperatorId) -> None:
        """A person takes a caller back from the help line to the head of 102. Raises Gone, Refused."""
        self._returns.call_back(self._known(call_id), by=by)

    def categorise(self, story: CallStory, *, by: OperatorId, label: Label, category: str, audit: bool) -> None:
        """A person says what the call was, while it lasts or after."""
        self._truths.categorise(story, by=by, label=label, category=category, audit=audit)

    def change_mode(self, language: str, mode: Mode, *, by: str, reason: str) -> None:
        """A supervisor's change. Raises Refused while the language's gate is shut."""
        self._truths.change_mode(language, mode, by=by, reason=reason)

    # ------------------------------------------------------------ the look

    def _look(self, story: CallStory) -> None:
        """Everything that policy has to say about one call, in the order of what matters."""
        self._urgencies.raise_by_whole(story)
        story = self._scribe.story(story.record.call_id) or story
        self._returns.look(story)
        self._urgencies.move_ahead(story)
        self._flags.look(story)
        story = self._scribe.story(story.record.call_id) or story
        self._sending.offer(story)

    def _name_places(self, story: CallStory) -> None:
        found = self._find_places(caller_words(story))
        if found != story.decisions.places:
            self._scribe.write(PlacesFound(call_id=story.record.call_id, at=datetime.now(UTC), places=found))

    def _known(self, call_id: CallId) -> CallStory:
        story = self._scribe.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        return story
