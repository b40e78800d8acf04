"""The way to the help line: offered to a caller who waits, taken only after a person's yes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from line102.attempts import Attempts
from line102.board import Board
from line102.calls import HELP_LINE, CallId, CallState, QueueName, Side
from line102.errors import Gone
from line102.modes import ModeBook
from line102.ports import CallControl, CallStory
from line102.scribe import Scribe
from line102.words import Mode
from routing.policy import Situation, may_offer


class Offering(Protocol):
    """Whoever talks with the caller."""

    @property
    def takes_calls(self) -> bool: ...

    async def offer(self, call_id: CallId, language: str) -> bool: ...


class Sending:
    """``queue``: whose free operators make an offer needless; ``languages``: those that can be spoken, first the
    default.
    """

    def __init__(
        self,
        scribe: Scribe,
        board: Board,
        control: CallControl,
        modes: ModeBook,
        talks: Offering,
        attempts: Attempts,
        *,
        queue: QueueName,
        languages: tuple[str, ...],
    ) -> None:
        self._scribe = scribe
        self._board = board
        self._control = control
        self._modes = modes
        self._talks = talks
        self._attempts = attempts
        self._queue = queue
        self._languages = languages

    def offer(self, story: CallStory) -> None:
        """Ask the caller, when policy allows it now; who says yes is sent."""
        flag, record = story.decisions.flag, story.record
        if flag is None or flag.mode is not Mode.OFFER:
            return
        now = Situation(
            mode=self._modes.mode(flag.language),
            flag_is_open=flag.is_open,
            waits=record.state is CallState.WAITING and record.stays[-1].queue != HELP_LINE,
            waited=record.waited(datetime.now(UTC)),
            free_operators=self._free(self._queue),
            help_line_takes_calls=self._talks.takes_calls or self._free(HELP_LINE) > 0,
            offered_before=story.decisions.offer is not None,
        )
        if may_offer(now):
            self._attempts.begin("offer", record.call_id, lambda: self._ask(story))

    def send(self, call_id: CallId, by: str) -> None:
        """Only ever after a person's yes. The PBX tells when it happened (SentToHelpLine)."""
        self._attempts.begin("send", call_id, lambda: self._send(call_id, by))

    def language_of(self, story: CallStory) -> str:
        """In which language to speak to this caller: an operator's choice, else what they spoke last."""
        spoken = [s.language for s in story.segments if s.side is Side.CALLER and s.language in self._languages]
        return story.language or (spoken[-1] if spoken else self._languages[0])

    async def _ask(self, story: CallStory) -> None:
        call_id = story.record.call_id
        if await self._talks.offer(call_id, self.language_of(story)):
            await self._send(call_id, "caller")

    async def _send(self, call_id: CallId, by: str) -> None:
        story = self._scribe.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        await self._control.prepare(call_id, self.language_of(story), self_service=self._talks.takes_calls, by=by)
        if story.record.state is CallState.TALKING:
            await self._control.transfer(call_id)
        elif story.record.stays:
            await self._control.withdraw(call_id, story.record.stays[-1].queue, "help")

    def _free(self, queue: QueueName) -> int:
        members = self._board.members()
        return sum(m.queue == queue and m.status == "free" and not m.paused for m in members)
