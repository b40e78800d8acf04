"""The way back from the help line to the head of 102: in danger, called back by a person, or not kept there."""

from __future__ import annotations

from datetime import UTC, datetime

from line102.attempts import Attempts
from line102.calls import HELP_LINE, CallId, CallRecord, CallState, OperatorId
from line102.errors import Refused
from line102.events import HelpLineLeft
from line102.ports import CallControl, CallStory
from line102.scribe import Scribe
from line102.words import Urgency

_WHY = {"timeout": "unanswered", "full": "full", "nobody": "closed or nobody there", "emptied": "nobody there"}


class Returns:
    """What was decided holds until the caller is back in 102, or the call is over."""

    def __init__(self, scribe: Scribe, control: CallControl, attempts: Attempts) -> None:
        self._scribe = scribe
        self._control = control
        self._attempts = attempts
        self._called_back: set[CallId] = set()  # by a person, and not back yet

    def look(self, story: CallStory) -> None:
        """Danger does not stay at the help line; with a person there, that person decides, and may call them back.
        Tried until it is so: the words may have come while the caller was on the way, and a link may be away.
        """
        record = story.record
        if not _is_kept_there(record):
            self._called_back.discard(record.call_id)
        elif record.call_id in self._called_back:
            self._return(story, "called back")
        elif story.decisions.urgency is Urgency.DANGER and record.state is not CallState.TALKING:
            self._return(story, "danger words")

    def call_back(self, story: CallStory, *, by: OperatorId) -> None:
        """A person takes the caller back. Raises Refused."""
        call_id = story.record.call_id
        if not _is_kept_there(story.record):
            raise Refused(f"call {call_id}", "it is not at the help line")
        self._called_back.add(call_id)
        self._return(story, f"called back by {by}")

    def forget(self, call_id: CallId) -> None:
        """The call is over, or was sent anew: what was wanted before is not wanted any more."""
        self._called_back.discard(call_id)

    def joined_102(self, story: CallStory) -> None:
        """Write down why the help line did not keep them, where nobody said so yet."""
        record = story.record
        if record.sent_at is None or _is_said(story):
            return
        ends = [stay.end for stay in record.stays if stay.queue == HELP_LINE and stay.joined_at >= record.sent_at]
        why = _WHY.get(ends[-1].value, ends[-1].value) if ends and ends[-1] else "no answer from the self-service"
        self._scribe.write(HelpLineLeft(call_id=record.call_id, at=datetime.now(UTC), why=why))

    def _return(self, story: CallStory, why: str) -> None:
        call_id = story.record.call_id
        if not _is_said(story):
            self._scribe.write(HelpLineLeft(call_id=call_id, at=datetime.now(UTC), why=why))
        self._attempts.begin("return", call_id, lambda: self._take_back(call_id))

    async def _take_back(self, call_id: CallId) -> None:
        """To the head of 102 from wherever at the help line they are. Nothing is prepared, so none of it leads back."""
        story = self._scribe.story(call_id)
        if story is None or not _is_kept_there(story.record):
            return  # they got there by themselves meanwhile
        state = story.record.state
        if state is CallState.TALKING:
            await self._control.transfer(call_id)
        elif state in (CallState.WAITING, CallState.RINGING):
            await self._control.withdraw(call_id, HELP_LINE, "back")
        else:
            await self._control.back_to_102(call_id)


def _is_kept_there(record: CallRecord) -> bool:
    """At the help line, and not with a person of 102: one who answers the overflow's ring is that, without a stay."""
    if record.ended_at is not None or not record.at_help_line:
        return False
    return record.state is not CallState.TALKING or record.answers[-1].queue == HELP_LINE


def _is_said(story: CallStory) -> bool:
    """Whether the ledger tells already why they leave this time."""
    left, sent_at = story.decisions.help_line_left, story.record.sent_at
    return left is not None and sent_at is not None and left.at >= sent_at
