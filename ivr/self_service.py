"""The help line's self-service as a function: the caller asks in their own words and hears an answer. Pure.

Danger goes to the head of 102 in every state; key 0 and the wish for a person go to a person; so do silence, being
misunderstood twice, and everything that takes longer than it should. Nothing here can keep a caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

from ivr.answers import Answer, is_enough, understand
from ivr.heard import Broken, CallerGone, Danger, Elapsed, Heard, Key, OperatorAnswered, PromptEnded, Vetoed, Words
from ivr.knowledge import Found
from ivr.prompts import Prompt
from ivr.wishes import Wish, wish_of

SILENCE = timedelta(seconds=20)
PROMPT_WITHIN = timedelta(seconds=20)  # from its start; a longer one is broken
READING_WITHIN = timedelta(seconds=90)  # the longest answer takes 60
MISSES = 2  # in a row, then a person

Find = Callable[[str], Found | None]  # knowledge.find with the caller's language and today's date


class To(Enum):
    PERSON = "person"  # the help line's queue; unanswered there, the head of 102
    LINE_102 = "102"  # the head of 102, at once


@dataclass(frozen=True, slots=True)
class Asking:
    """The caller may speak; ``speaking``: a prompt is still being said. ``since``: it began, or silence did."""

    since: datetime
    speaking: bool
    misses: int = 0  # in a row
    answered: bool = False  # has heard a whole answer


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer is being read out."""

    since: datetime
    found: Found
    answered: bool = False  # has heard a whole answer before this one


@dataclass(frozen=True, slots=True)
class Leaving:
    """Goodbye was said, or is being said; the caller hangs up, or a person takes them."""

    since: datetime
    speaking: bool


@dataclass(frozen=True, slots=True)
class Over:
    """``to`` None: out of our hands, for the caller hung up or talks with a person."""

    to: To | None


ServiceState = Asking | Reading | Leaving | Over


@dataclass(frozen=True, slots=True)
class Say:
    """Say this instead of what is being said now."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Read:
    """Read the entry's answer out, instead of what is being said now."""

    found: Found


@dataclass(frozen=True, slots=True)
class Judged:
    """A question was looked up; None: nothing fits. For the ledger (``QuestionAnswered``)."""

    heard: str
    found: Found | None


@dataclass(frozen=True, slots=True)
class Served:
    """The caller heard a whole answer. For Asterisk's record and the ledger (``SelfServed``)."""

    topic: str


@dataclass(frozen=True, slots=True)
class HandOver:
    to: To
    why: str  # for ``HelpLineLeft``: never the caller's words


ServiceAct = Say | Read | Judged | Served | HandOver
Step = tuple[ServiceState, tuple[ServiceAct, ...]]


def begin(now: datetime) -> Step:
    return Asking(now, speaking=True), (Say(Prompt.GREETING),)


def advance(state: ServiceState, heard: Heard, now: datetime, find: Find) -> Step:
    """What follows from ``heard``. Total. Danger comes first, also for a caller who is on the way to a person."""
    match state, heard:
        case Over(to=To.LINE_102 | None), _:
            return state, ()
        case _, Danger():
            return _hand_over(To.LINE_102, "danger words")
        case _, CallerGone() | OperatorAnswered():
            return Over(None), ()
        case Over(), _:
            return state, ()
        case _, Key(key="0"):
            return _hand_over(To.PERSON, "pressed 0")
        case _, Broken(why=why):
            return _hand_over(To.PERSON, why)
        case _, Vetoed():
            return _hand_over(To.LINE_102, "the flag was dropped")
        case _, Words(text=text):
            return _spoken(state, text, now, find)
        case _, PromptEnded():
            return _said(state, now)
        case _, Elapsed() | Key():
            return _late(state, now)
        case _:
            assert_never(heard)


def _said(state: Asking | Reading | Leaving, now: datetime) -> Step:
    match state:
        case Asking(misses=misses, answered=answered):
            return Asking(now, speaking=False, misses=misses, answered=answered), ()
        case Reading(found=found):
            return Asking(now, speaking=True, answered=True), (Served(found.entry.topic), Say(Prompt.ASK_AGAIN))
        case Leaving():
            return Leaving(now, speaking=False), ()


def _late(state: Asking | Reading | Leaving, now: datetime) -> Step:
    """Every state ends at a person by itself."""
    match state:
        case Reading():
            limit, why = READING_WITHIN, "the answer did not end"
        case Asking(speaking=True) | Leaving(speaking=True):
            limit, why = PROMPT_WITHIN, "the prompt did not end"
        case Asking():
            limit, why = SILENCE, "silence"
        case Leaving():
            limit, why = SILENCE, "stayed on the line"
    return _hand_over(To.PERSON, why) if now - state.since >= limit else (state, ())


def _spoken(state: Asking | Reading | Leaving, text: str, now: datetime, find: Find) -> Step:
    found = find(text)
    match wish_of(text, asks=found is not None):
        case Wish.PERSON:
            return _hand_over(To.PERSON, "asked for a person")
        case Wish.LINE_102:
            return _hand_over(To.LINE_102, "asked for 102")
    if found is not None:
        answered = state.answered if isinstance(state, Asking | Reading) else True
        return Reading(now, found, answered), (Judged(text, found), Read(found))
    match state:
        case Reading():
            return _late(state, now)  # spoken into the answer, not understood: they hear it to its end
        case Leaving():
            return _late(state, now) if is_enough(text) else _miss(Asking(now, False, answered=True), text, now)
        case Asking():
            return _reply(state, text, now)


def _reply(state: Asking, text: str, now: datetime) -> Step:
    """Words that ask nothing we know: the end, a yes to "anything else?", an "hello" into a prompt, or a miss."""
    if state.answered and is_enough(text):
        return Leaving(now, speaking=True), (Say(Prompt.GOODBYE),)
    if understand(text) is Answer.YES and state.misses == 0:
        return Asking(now, speaking=True, misses=1, answered=state.answered), (Say(Prompt.LISTENING),)
    if state.speaking and len(text.split()) < _A_QUESTION:
        return _late(state, now)  # they hear the prompt to its end
    return _miss(state, text, now)


def _miss(state: Asking, text: str, now: datetime) -> Step:
    judged, misses = Judged(text, None), state.misses + 1
    if misses >= MISSES:
        over, handed = _hand_over(To.PERSON, "not understood")
        return over, (judged, *handed)
    prompt = Prompt.NO_ANSWER_FOUND if len(text.split()) >= _A_QUESTION else Prompt.NOT_UNDERSTOOD
    return Asking(now, speaking=True, misses=misses, answered=state.answered), (judged, Say(prompt))


_A_QUESTION = 3  # words: fewer are more likely misheard than a question that nobody wrote down


def _hand_over(to: To, why: str) -> Step:
    """The lead-in is said where there is time for it: a caller in danger goes at once."""
    lead_in: tuple[ServiceAct, ...] = (Say(Prompt.TO_PERSON),) if to is To.PERSON else ()
    return Over(to), (*lead_in, HandOver(to, why))
