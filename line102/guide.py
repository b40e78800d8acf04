"""From words to help: raises who is in danger, flags who asks a question, sends away only whom a person sent.

Told of everything that changes a call, it looks at the whole call anew (``_look``) and does what the pure policy says;
once a second it looks at every call again, so that what failed (a link was away) is tried again by itself. Each
decision is in the ledger before anything is done about it. If this dies, every caller is where Asterisk has them: in
the queue, with a person, or within 5 seconds back at the head of the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from line102.assess import Assess, caller_words
from line102.broadcast import Broadcast
from line102.calls import HELP_LINE, CallId, CallRecord, CallState, OperatorId, QueueName, Side
from line102.errors import Gone, Line102Error, Refused
from line102.events import (
    CallCategorised,
    CallerJoined,
    CallFlagged,
    CourseEvent,
    FlagDecided,
    FlagDropped,
    HelpLineLeft,
    LedgerEvent,
    PlacesFound,
    PriorityChanged,
    SentToHelpLine,
    UrgencyRaised,
)
from line102.modes import ModeBook
from line102.ports import CallControl, CallStory, KeyPressed
from line102.scribe import Scribe
from line102.supervise import guarded
from line102.urgent_numbers import UrgentNumbers
from line102.words import Assessment, Label, Mode, PlaceCandidate, Segment, Urgency
from routing.policy import PRIORITY, Situation, Unflagged, may_offer, raise_of, why_not_flagged

PERIOD = timedelta(seconds=1)
WORK = 2000  # things to do that may wait; when full the periodic look finds them again
_BACK = {"timeout": "unanswered", "full": "full", "nobody": "closed or nobody there", "emptied": "nobody there"}

log = structlog.get_logger()


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
        self._settings = settings
        self._scribe = scribe
        self._board = broadcast.board
        self._control = control
        self._modes = modes
        self._numbers = numbers
        self._dialogues = dialogues
        self._assess = assess
        self._is_question = is_question
        self._find_places = find_places
        self._work: asyncio.Queue[tuple[str, Callable[[], Awaitable[None]]]] = asyncio.Queue(WORK)
        self._busy: set[tuple[str, CallId]] = set()  # what is being done now, so that it is not begun twice
        self._called_back: set[CallId] = set()  # by a person, and not back yet
        self._partly: dict[CallId, str] = {}  # the last unfinished words that were assessed, per call on the line

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
                self._called_back.discard(call_id)  # that was an earlier time
            case CallerJoined(queue=queue) if queue != HELP_LINE:
                self._back_in_queue(story)
            case _:
                pass
        if story.record.ended_at is not None:
            self._partly.pop(event.call_id, None)
            self._called_back.discard(event.call_id)
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
        if not segment.final:
            self._danger_in_unfinished(call_id, segment)

    def pressed(self, pressed: KeyPressed) -> None:
        self._dialogues.pressed(pressed.call_id, pressed.key)

    def serve(self, call_id: CallId) -> None:
        """The dialplan holds this caller for the self-service: talk with them."""
        story = self._scribe.story(call_id)
        if story is not None and story.decisions.urgency is not Urgency.DANGER:  # those are on their way back
            language = self.language_of(story)
            self._do("serve", call_id, lambda: self._dialogues.serve(call_id, language))

    async def run(self) -> None:
        """Do what was decided, and look again once a second. One thing that breaks costs nothing else."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_again(), name="guide: looks")
            while True:
                name, act = await self._work.get()
                tasks.create_task(_once(name, act), name=name)

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
        story = self._known(call_id)
        flag = story.decisions.flag
        if flag is None or not flag.is_open or flag.mode is Mode.SHADOW:
            raise Refused(f"call {call_id}", "it has no open flag to decide about")
        if accepted and self._modes.mode(flag.language) is Mode.SHADOW:
            raise Refused(f"call {call_id}", f"flags in {flag.language} are back in shadow: nobody is sent on by them")
        if story.record.at_help_line:
            raise Refused(f"call {call_id}", "it is at the help line already")
        if accepted and story.record.state not in (CallState.TALKING, CallState.WAITING, CallState.RINGING):
            raise Refused(f"call {call_id}", f"it cannot be sent on while it is {story.record.state}")
        self._scribe.write(FlagDecided(call_id=call_id, at=datetime.now(UTC), by=by, accepted=accepted, reason=reason))
        log.info("flag_decided", call_id=call_id, operator=by, accepted=accepted)
        if accepted:
            self._do("send", call_id, lambda: self._send(call_id, by))

    def call_back(self, call_id: CallId, *, by: OperatorId) -> None:
        """A person takes a caller back from the help line to the head of 102. Raises Gone, Refused."""
        story = self._known(call_id)
        if not _is_kept_there(story.record):
            raise Refused(f"call {call_id}", "it is not at the help line")
        self._called_back.add(call_id)
        self._return(story, f"called back by {by}")

    def categorise(self, story: CallStory, *, by: OperatorId, label: Label, category: str, audit: bool) -> None:
        """A person says what the call was. An emergency that was flagged, or that had been sent away within the hour,
        is a miss: its language drops back to shadow at once.
        """
        record, now = story.record, datetime.now(UTC)
        event = CallCategorised(call_id=record.call_id, at=now, by=by, label=label, category=category, audit=audit)
        drops = self._modes.drops(event)
        if label is Label.EMERGENCY:
            self._numbers.note_urgent(record.number, record.call_id, record.offered_at)
            before = self._numbers.deflected_before(record.number, record.call_id, record.offered_at)
            if before is not None and not drops:
                why = f"call {before.call_id} was sent away, and {record.call_id} of the same number was urgent"
                drops = self._modes.drop(before.language, why, now)
        told_events: list[LedgerEvent] = [event, *drops]
        for told in told_events:
            self._scribe.write(told)
            self._modes.take(told)
        for drop in drops:
            log.warning("mode_dropped", language=drop.language, why=drop.reason)

    def change_mode(self, language: str, mode: Mode, *, by: str, reason: str) -> None:
        """A supervisor's change. Raises Refused while the language's gate is shut."""
        event = self._modes.change(language, mode, by=by, reason=reason, at=datetime.now(UTC))
        self._scribe.write(event)
        self._modes.take(event)
        log.info("mode_changed", language=language, mode=mode, by=by)

    # ------------------------------------------------------------ the look

    def _look(self, story: CallStory) -> None:
        """Everything that policy has to say about one call, in the order of what matters."""
        self._raise(story)
        story = self._scribe.story(story.record.call_id) or story
        self._bring_back(story)
        self._move_ahead(story)
        self._flag(story)
        story = self._scribe.story(story.record.call_id) or story
        self._offer(story)

    def _raise(self, story: CallStory) -> None:
        record = story.record
        assessment = story.assessment.assessment if story.assessment else None
        listened = datetime.now(UTC) - (record.recording_began_at or record.offered_at)
        if record.answers:
            listened = timedelta(0)  # a person has heard their silence
        raised = raise_of(story.decisions.urgency, assessment, listened=listened)
        if raised is not None:
            self._raised(story, raised.urgency, raised.words)

    def _raised(self, story: CallStory, urgency: Urgency, words: str) -> None:
        call_id, now = story.record.call_id, datetime.now(UTC)
        self._scribe.write(UrgencyRaised(call_id=call_id, at=now, urgency=urgency, words=words))
        if urgency is Urgency.DANGER:
            self._numbers.note_urgent(story.record.number, call_id, now)
            self._dialogues.alarm(call_id, words)

    def _bring_back(self, story: CallStory) -> None:
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

    def _move_ahead(self, story: CallStory) -> None:
        """What was decided holds until the PBX has done it."""
        record, wanted = story.record, PRIORITY[story.decisions.urgency]
        if record.state in (CallState.WAITING, CallState.RINGING) and record.priority < wanted:
            queue = record.stays[-1].queue
            if queue != HELP_LINE:
                self._do("raise", record.call_id, lambda: self._change_priority(record.call_id, queue, wanted))

    async def _change_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        await self._control.raise_priority(call_id, queue, priority)
        self._scribe.write(PriorityChanged(call_id=call_id, at=datetime.now(UTC), priority=priority))

    def _flag(self, story: CallStory) -> None:
        if story.assessment is None or story.record.ended_at is not None or story.record.at_help_line:
            return  # there, only danger counts: the flag has done what it was for
        assessment, flag, call_id = story.assessment.assessment, story.decisions.flag, story.record.call_id
        against = self._against(story, assessment)
        now = datetime.now(UTC)
        if flag is None and against is None:
            words = "; ".join(evidence.words for evidence in assessment.evidence)
            event = CallFlagged(
                call_id=call_id,
                at=now,
                mode=self._modes.mode(assessment.language),
                language=assessment.language,
                confidence=assessment.confidence,
                words=words,
                assessor=assessment.assessor,
            )
            self._scribe.write(event)
            self._modes.take(event)
        elif flag is not None and flag.is_open and against is not None:
            because = "; ".join((against, *assessment.vetoes))
            self._scribe.write(FlagDropped(call_id=call_id, at=now, because=because))
            self._dialogues.vetoed(call_id, because)

    def _against(self, story: CallStory, assessment: Assessment) -> Unflagged | None:
        record = story.record
        return why_not_flagged(
            assessment,
            story.decisions.urgency,
            is_question=self._is_question(assessment),
            urgent_earlier=self._numbers.urgent_today(record.number, record.call_id, datetime.now(UTC)),
        )

    def _offer(self, story: CallStory) -> None:
        flag, record = story.decisions.flag, story.record
        if flag is None or flag.mode is not Mode.OFFER:
            return
        now = Situation(
            mode=self._modes.mode(flag.language),
            flag_is_open=flag.is_open,
            waits=record.state is CallState.WAITING and record.stays[-1].queue != HELP_LINE,
            waited=record.waited(datetime.now(UTC)),
            free_operators=self._free(self._settings.queue),
            help_line_takes_calls=self._dialogues.takes_calls or self._free(HELP_LINE) > 0,
            offered_before=story.decisions.offer is not None,
        )
        if may_offer(now):
            self._do("offer", record.call_id, lambda: self._ask(story))

    async def _ask(self, story: CallStory) -> None:
        call_id = story.record.call_id
        if await self._dialogues.offer(call_id, self.language_of(story)):
            await self._send(call_id, "caller")

    # ------------------------------------------------------------ to the help line, and back

    async def _send(self, call_id: CallId, by: str) -> None:
        """Only ever after a person's yes. The PBX tells when it happened (SentToHelpLine)."""
        story = self._known(call_id)
        await self._control.prepare(call_id, self.language_of(story), self_service=self._dialogues.takes_calls, by=by)
        if story.record.state is CallState.TALKING:
            await self._control.transfer(call_id)
        elif story.record.stays:
            await self._control.withdraw(call_id, story.record.stays[-1].queue, "help")

    def _return(self, story: CallStory, why: str) -> None:
        call_id, sent_at, left = story.record.call_id, story.record.sent_at, story.decisions.help_line_left
        if left is None or sent_at is None or left.at < sent_at:
            self._scribe.write(HelpLineLeft(call_id=call_id, at=datetime.now(UTC), why=why))
        self._do("return", call_id, lambda: self._take_back(call_id))

    async def _take_back(self, call_id: CallId) -> None:
        """To the head of 102 from wherever at the help line they are. Nothing is prepared, so none of it leads back."""
        record = self._known(call_id).record
        state = record.state
        if not _is_kept_there(record):
            return  # they got there by themselves meanwhile
        if state is CallState.TALKING:
            await self._control.transfer(call_id)
        elif state in (CallState.WAITING, CallState.RINGING):
            await self._control.withdraw(call_id, HELP_LINE, "back")
        else:
            await self._control.back_to_102(call_id)

    def _back_in_queue(self, story: CallStory) -> None:
        """Why the help line did not keep them, where nobody said so yet."""
        record, left = story.record, story.decisions.help_line_left
        if record.sent_at is None or (left is not None and left.at >= record.sent_at):
            return
        ends = [stay.end for stay in record.stays if stay.queue == HELP_LINE and stay.joined_at >= record.sent_at]
        why = _BACK.get(ends[-1].value, ends[-1].value) if ends and ends[-1] else "no answer from the self-service"
        self._scribe.write(HelpLineLeft(call_id=record.call_id, at=datetime.now(UTC), why=why))

    # ------------------------------------------------------------ small things

    def language_of(self, story: CallStory) -> str:
        """In which language to speak to this caller: an operator's choice, else what they spoke last."""
        spoken = [
            s.language for s in story.segments if s.side is Side.CALLER and s.language in self._settings.languages
        ]
        return story.language or (spoken[-1] if spoken else self._settings.languages[0])

    def _danger_in_unfinished(self, call_id: CallId, segment: Segment) -> None:
        story = self._scribe.story(call_id)
        words = segment.text[: segment.committed or 0].strip()
        if story is None or not words or self._partly.get(call_id) == words:
            return
        self._partly[call_id] = words
        if story.decisions.urgency is Urgency.DANGER or story.record.state is CallState.TALKING:
            return
        assessment = self._assess(f"{caller_words(story)} {words}".strip())
        raised = raise_of(story.decisions.urgency, assessment, listened=timedelta(0))
        if raised is not None and raised.urgency is Urgency.DANGER:
            self._raised(story, raised.urgency, raised.words)
            self._look(self._scribe.story(call_id) or story)

    def _name_places(self, story: CallStory) -> None:
        found = self._find_places(caller_words(story))
        if found != story.decisions.places:
            self._scribe.write(PlacesFound(call_id=story.record.call_id, at=datetime.now(UTC), places=found))

    def _free(self, queue: QueueName) -> int:
        members = self._board.members()
        return sum(m.queue == queue and m.status == "free" and not m.paused for m in members)

    def _known(self, call_id: CallId) -> CallStory:
        story = self._scribe.story(call_id)
        if story is None:
            raise Gone(f"call {call_id}")
        return story

    def _do(self, what: str, call_id: CallId, act: Callable[[], Awaitable[None]]) -> None:
        """At most one of a kind per call at a time; what does not fit is found again by the next look."""
        key = (what, call_id)
        if key in self._busy or self._work.full():
            return
        self._busy.add(key)

        async def done() -> None:
            try:
                await act()
            except Gone:
                pass  # the caller hung up, or an operator was quicker
            except Line102Error as error:
                log.warning("not_done", what=what, call_id=call_id, why=str(error))
            finally:
                self._busy.discard(key)

        self._work.put_nowait((f"{what} {call_id}", done))


def _is_kept_there(record: CallRecord) -> bool:
    """At the help line, and not with a person of 102: one who answers the overflow's ring is that, without a stay."""
    if record.ended_at is not None or not record.at_help_line:
        return False
    return record.state is not CallState.TALKING or record.answers[-1].queue == HELP_LINE


async def _once(name: str, act: Callable[[], Awaitable[None]]) -> None:
    await guarded(name, act)
