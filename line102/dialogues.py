"""The talks that the machine holds with callers: the offer in the queue, and the help line's self-service.

What is said and when is decided in ``ivr`` (pure); this gives it the caller's words and a voice, and writes down what
came of it. A talk that breaks leaves the caller where they are: in the queue, or back in it within 5 seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from ivr import offer as offers
from ivr import self_service
from ivr.heard import CallerGone, Danger, Heard, Key, OperatorAnswered, Vetoed, Words
from ivr.knowledge import Found, Knowledge
from ivr.prompts import Prompt, spoken_language
from line102.calls import CallId
from line102.errors import Gone, Line102Error
from line102.events import (
    CallAnswered,
    CallEnded,
    CallInterrupted,
    CallLost,
    CourseEvent,
    HelpLineLeft,
    OfferEnded,
    OfferMade,
    QuestionAnswered,
    SelfServed,
)
from line102.ports import CallControl, Voice
from line102.scribe import Scribe
from line102.talk import Inbox, Talk, talking
from line102.words import OfferEnd, Segment

ALIVE_EVERY_S = 1.0
LEAD_IN_S = 8.0  # the longest wait for "connecting you to a person" to be said

log = structlog.get_logger()


class Reader(Protocol):
    """Texts as sounds that the PBX can play."""

    async def sound_of(self, text: str, language: str) -> str:
        """The sound's name for ``Speech.say``. Raises BadSetting, ProtocolViolation."""
        ...


class Dialogues:
    """At most one talk per call. ``knowledge`` None: there is no self-service."""

    def __init__(
        self,
        scribe: Scribe,
        voice: Voice,
        control: CallControl,
        reader: Reader,
        knowledge: Knowledge | None,
        zone: ZoneInfo,
    ) -> None:
        self._scribe = scribe
        self._voice = voice
        self._control = control
        self._reader = reader
        self._knowledge = knowledge
        self._zone = zone
        self._inboxes: dict[CallId, Inbox] = {}

    @property
    def takes_calls(self) -> bool:
        today = datetime.now(self._zone).date()
        return self._knowledge is not None and any(entry.is_valid(today) for entry in self._knowledge.entries)

    # ------------------------------------------------------------ what the talks hear

    def follow(self, event: CourseEvent) -> None:
        match event:
            case CallAnswered(call_id=call_id):
                self._put(call_id, OperatorAnswered())
            case CallEnded(call_id=call_id) | CallInterrupted(call_id=call_id) | CallLost(call_id=call_id):
                self._put(call_id, CallerGone())
            case _:
                pass

    def heard(self, call_id: CallId, segment: Segment) -> None:
        """Only finished words: an unfinished yes may yet become a no."""
        if segment.final:
            self._put(call_id, Words(segment.text))

    def pressed(self, call_id: CallId, key: str) -> None:
        self._put(call_id, Key(key))

    def vetoed(self, call_id: CallId, why: str) -> None:
        self._put(call_id, Vetoed(why))

    def alarm(self, call_id: CallId, words: str) -> None:
        self._put(call_id, Danger(words))

    def _put(self, call_id: CallId, heard: Heard) -> None:
        if call_id in self._inboxes:
            self._inboxes[call_id].put(heard)

    @contextmanager
    def _inbox(self, call_id: CallId) -> Iterator[Inbox]:
        inbox = self._inboxes[call_id] = Inbox()
        try:
            yield inbox
        finally:
            del self._inboxes[call_id]

    # ------------------------------------------------------------ the offer

    async def offer(self, call_id: CallId, language: str) -> bool:
        """Ask a waiting caller; True when they chose the help line. They stay in the queue all the while."""
        if call_id in self._inboxes:
            return False
        self._scribe.write(OfferMade(call_id=call_id, at=datetime.now(UTC), language=language))
        end = offers.End(OfferEnd.BROKEN, "the service stopped")
        try:
            with self._inbox(call_id) as inbox:
                async with talking(self._voice, call_id, inbox) as talk:
                    end = await self._offer(talk, inbox, spoken_language(language))
        except Gone:
            end = offers.End(OfferEnd.CALLER_GONE)
        except Line102Error as error:
            end = offers.End(OfferEnd.BROKEN, str(error))
        finally:
            self._scribe.write(OfferEnded(call_id=call_id, at=datetime.now(UTC), how=end.how, words=end.words))
        return end.how is OfferEnd.ACCEPTED

    async def _offer(self, talk: Talk, inbox: Inbox, language: str) -> offers.End:
        state, act = offers.begin(datetime.now(UTC))
        step: offers.OfferAct | None = act
        while True:
            match step:
                case offers.Say(prompt=prompt):
                    talk.say([sound_of(prompt, language)])
                case offers.End():
                    return step
                case None:
                    pass
            state, step = offers.advance(state, await inbox.next(), datetime.now(UTC))

    # ------------------------------------------------------------ the self-service

    async def serve(self, call_id: CallId, language: str) -> None:
        """Talk with a caller whom the dialplan holds in the self-service, until they are handed over or hang up.

        Without this the dialplan takes them back to 102 by itself after 3 to 4 seconds.
        """
        if self._knowledge is None or call_id in self._inboxes:
            return
        async with asyncio.TaskGroup() as tasks:
            alive = tasks.create_task(self._keep_alive(call_id), name=f"alive {call_id}")
            try:
                handed = await self._talk_to(call_id, spoken_language(language))
                if handed is not None:
                    await self._hand_over(call_id, handed)
            finally:
                alive.cancel()

    async def _talk_to(self, call_id: CallId, language: str) -> self_service.HandOver | None:
        """Where they are to be handed to; None: they hung up, or somebody else has taken them."""
        try:
            with self._inbox(call_id) as inbox:
                async with talking(self._voice, call_id, inbox) as talk:
                    handed = await self._serve(call_id, talk, inbox, language)
                    if handed is not None:
                        await talk.said(LEAD_IN_S)
                    return handed
        except Gone:
            return None
        except Line102Error as error:
            return self_service.HandOver(self_service.To.PERSON, str(error))

    async def _keep_alive(self, call_id: CallId) -> None:
        while True:
            try:
                await self._control.keep_alive(call_id)
            except Line102Error as error:
                log.info("self_service_not_kept", call_id=call_id, why=str(error))
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _serve(self, call_id: CallId, talk: Talk, inbox: Inbox, language: str) -> self_service.HandOver | None:
        state, acts = self_service.begin(datetime.now(UTC))
        while True:
            for act in acts:
                if isinstance(act, self_service.HandOver):
                    return act
                await self._do(call_id, act, talk, language)
            if isinstance(state, self_service.Over):
                return None
            heard = await inbox.next()
            if isinstance(heard, Danger):
                return None  # ``Guide`` has taken them back already
            state, acts = self_service.advance(state, heard, datetime.now(UTC), lambda text: self._find(text, language))

    async def _do(self, call_id: CallId, act: self_service.ServiceAct, talk: Talk, language: str) -> None:
        now = datetime.now(UTC)
        match act:
            case self_service.Say(prompt=prompt):
                talk.say([sound_of(prompt, language)])
            case self_service.Read(found=found):
                talk.say([await self._reader.sound_of(found.entry.answer[language], language)])
            case self_service.Judged(heard=heard, found=found):
                topic, score = (found.entry.topic, found.score) if found else (None, 0.0)
                self._scribe.write(QuestionAnswered(call_id=call_id, at=now, heard=heard, topic=topic, score=score))
            case self_service.Served():
                story = self._scribe.story(call_id)
                if story is not None and story.record.ended_at is None:  # a told end is final, in both records
                    self._scribe.write(SelfServed(call_id=call_id, at=now))
                    await self._control.note_served(call_id)
            case self_service.HandOver():
                pass

    async def _hand_over(self, call_id: CallId, handed: self_service.HandOver) -> None:
        try:
            if handed.to is self_service.To.LINE_102:
                self._scribe.write(HelpLineLeft(call_id=call_id, at=datetime.now(UTC), why=handed.why))
                await self._control.back_to_102(call_id)
            else:
                await self._control.to_person(call_id)
        except Gone:
            pass
        except Line102Error as error:  # the dialplan misses us within 4 s, and 102 has the caller back
            log.warning("self_service_not_left", call_id=call_id, why=str(error))

    def _find(self, text: str, language: str) -> Found | None:
        assert self._knowledge is not None
        today: date = datetime.now(self._zone).date()
        return self._knowledge.find(text, language, today)


def sound_of(prompt: Prompt, language: str) -> str:
    return f"line102/{language}/{prompt.value}"
