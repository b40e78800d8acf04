"""The offer to a waiting caller, as a function. Pure.

The caller stays in the queue while they hear it. Only key 1 or a clear yes ends it as accepted; silence, doubt, any
other key, a veto, an operator's answer and every failure leave them where they are: in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from ivr.answers import Answer, understand
from ivr.heard import Broken, CallerGone, Danger, Elapsed, Heard, Key, OperatorAnswered, PromptEnded, Vetoed, Words
from ivr.prompts import Prompt
from line102.words import OfferEnd

ANSWER_WITHIN = timedelta(seconds=6)  # after the prompt
PROMPT_WITHIN = timedelta(seconds=20)  # from its start; a longer one is broken
# A yes that arrives sooner was spoken before the offer was heard, to somebody else: it is no answer.
YES_FROM = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Speaking:
    """The offer is being said."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """It was said to its end; the caller may answer."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    how: OfferEnd


OfferState = Speaking | Waiting | Ended


@dataclass(frozen=True, slots=True)
class Say:
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class End:
    """``words``: what the caller said or pressed, or why it ended; "" for nothing."""

    how: OfferEnd
    words: str = ""


OfferAct = Say | End


def begin(now: datetime) -> tuple[OfferState, OfferAct]:
    return Speaking(now), Say(Prompt.OFFER)


def advance(state: OfferState, heard: Heard, now: datetime) -> tuple[OfferState, OfferAct | None]:
    """What follows from ``heard``. Total; an offer that ended stays ended."""
    match state, heard:
        case Ended(), _:
            return state, None
        case _, Danger(words=words):
            return _end(OfferEnd.VETOED, words)
        case _, Vetoed(why=why):
            return _end(OfferEnd.VETOED, why)
        case _, OperatorAnswered():
            return _end(OfferEnd.OPERATOR_ANSWERED)
        case _, CallerGone():
            return _end(OfferEnd.CALLER_GONE)
        case _, Broken(why=why):
            return _end(OfferEnd.BROKEN, why)
        case _, Key(key=key):
            return _end(OfferEnd.ACCEPTED if key == "1" else OfferEnd.REFUSED, key)
        case _, Words(text=text):
            return _answered(state, text, now)
        case _, PromptEnded():
            return (Waiting(now) if isinstance(state, Speaking) else state), None
        case _, Elapsed():
            return _late(state, now)
        case _:
            assert_never(heard)


def _answered(state: Speaking | Waiting, text: str, now: datetime) -> tuple[OfferState, OfferAct | None]:
    match understand(text):
        case Answer.YES if isinstance(state, Waiting) or now - state.since >= YES_FROM:
            return _end(OfferEnd.ACCEPTED, text)
        case Answer.NO:
            return _end(OfferEnd.REFUSED, text)
        case _:
            return _late(state, now)


def _late(state: Speaking | Waiting, now: datetime) -> tuple[OfferState, OfferAct | None]:
    if isinstance(state, Waiting) and now - state.since >= ANSWER_WITHIN:
        return _end(OfferEnd.SILENCE)
    if isinstance(state, Speaking) and now - state.since >= PROMPT_WITHIN:
        return _end(OfferEnd.BROKEN, "the prompt did not end")
    return state, None


def _end(how: OfferEnd, words: str = "") -> tuple[OfferState, OfferAct]:
    return Ended(how), End(how, words)
