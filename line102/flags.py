"""Who is shown as a questioner: flagged by the pure policy, dropped at the first doubt, decided by an operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from line102.calls import CallId, CallState, OperatorId
from line102.errors import Refused
from line102.events import CallFlagged, FlagDecided, FlagDropped
from line102.modes import ModeBook
from line102.ports import CallStory
from line102.scribe import Scribe
from line102.urgent_numbers import UrgentNumbers
from line102.words import Assessment, Mode
from routing.policy import Unflagged, why_not_flagged

log = structlog.get_logger()


class Vetoed(Protocol):
    """Whoever talks with the caller."""

    def vetoed(self, call_id: CallId, why: str) -> None: ...


class Flags:
    """``is_question``: ``routing.flagging.may_flag``."""

    def __init__(
        self,
        scribe: Scribe,
        modes: ModeBook,
        numbers: UrgentNumbers,
        talks: Vetoed,
        is_question: Callable[[Assessment], bool],
    ) -> None:
        self._scribe = scribe
        self._modes = modes
        self._numbers = numbers
        self._talks = talks
        self._is_question = is_question

    def look(self, story: CallStory) -> None:
        """Flag the call, or take its flag away, by all that was understood so far."""
        if story.assessment is None or story.record.ended_at is not None or story.record.at_help_line:
            return  # there, only danger counts: the flag has done what it was for
        assessment, flag, call_id = story.assessment.assessment, story.decisions.flag, story.record.call_id
        against = self._against(story, assessment)
        if flag is None and against is None:
            self._flag(call_id, assessment)
        elif flag is not None and flag.is_open and against is not None:
            because = "; ".join((against, *assessment.vetoes))
            self._scribe.write(FlagDropped(call_id=call_id, at=datetime.now(UTC), because=because))
            self._talks.vetoed(call_id, because)

    def decide(self, story: CallStory, *, by: OperatorId, accepted: bool, reason: str) -> None:
        """An operator's one key. Raises Refused (no open flag that may be acted upon)."""
        record, flag = story.record, story.decisions.flag
        call = f"call {record.call_id}"
        if flag is None or not flag.is_open or flag.mode is Mode.SHADOW:
            raise Refused(call, "it has no open flag to decide about")
        if accepted and self._modes.mode(flag.language) is Mode.SHADOW:
            raise Refused(call, f"flags in {flag.language} are back in shadow: nobody is sent on by them")
        if record.at_help_line:
            raise Refused(call, "it is at the help line already")
        if accepted and record.state not in (CallState.TALKING, CallState.WAITING, CallState.RINGING):
            raise Refused(call, f"it cannot be sent on while it is {record.state}")
        now = datetime.now(UTC)
        self._scribe.write(FlagDecided(call_id=record.call_id, at=now, by=by, accepted=accepted, reason=reason))
        log.info("flag_decided", call_id=record.call_id, operator=by, accepted=accepted)

    def _flag(self, call_id: CallId, assessment: Assessment) -> None:
        event = CallFlagged(
            call_id=call_id,
            at=datetime.now(UTC),
            mode=self._modes.mode(assessment.language),
            language=assessment.language,
            confidence=assessment.confidence,
            words="; ".join(evidence.words for evidence in assessment.evidence),
            assessor=assessment.assessor,
        )
        self._scribe.write(event)
        self._modes.take(event)

    def _against(self, story: CallStory, assessment: Assessment) -> Unflagged | None:
        record = story.record
        return why_not_flagged(
            assessment,
            story.decisions.urgency,
            is_question=self._is_question(assessment),
            urgent_earlier=self._numbers.urgent_today(record.number, record.call_id, datetime.now(UTC)),
        )
