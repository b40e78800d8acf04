"""What synthetic people will do: pure and seeded, so that a run can be repeated word by word."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from line102.calls import Side
from synthetic.grammar import Grammar, Matter
from synthetic.sayings import DANGERS, NO, QUESTIONS, THANKS, YES
from synthetic.speech import VARIANTS, Voice


class Conduct(StrEnum):
    """What kind of caller it is."""

    TALKS = "talks"
    SILENT = "silent"  # says nothing, to anybody
    GIVES_UP = "gives_up"  # hangs up in the queue unless an operator is quicker


class Reply(StrEnum):
    """What the caller does when the robot offers the help line."""

    IGNORES = "ignores"  # waits on
    PRESSES_1 = "presses_1"
    SAYS_YES = "says_yes"
    REFUSES = "refuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One sentence of one side, and the pause after it (before it, while waiting)."""

    side: Side
    text: str
    voice: Voice
    pause: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScript:
    """One call. ``operator_*`` is what happens at the phone of whoever answers it."""

    number: str  # the caller's; belongs to nobody
    starts_at: timedelta  # after the beginning of the run
    conduct: Conduct
    language: str
    matter: Matter
    waiting: tuple[Turn, ...]  # what the caller says while nobody has answered
    talk: tuple[Turn, ...]  # from the answer on, in this order
    patience: timedelta  # in the queue
    operator_answers_after: timedelta
    operator_hangs_up: bool  # else the caller does
    reply: Reply
    replies_after: timedelta  # of hearing the robot
    answer: Turn | None  # the spoken yes or no of ``reply``
    asks_robot: tuple[Turn, ...]  # in the self-service, one each time it is silent; then the caller hangs up
    helper_answers: bool  # else the help line's phone rings in vain

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Everything that may be said."""
        return (*self.waiting, *self.talk, *((self.answer,) if self.answer else ()), *self.asks_robot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The mix of callers."""

    calls_per_minute: float = 6.0
    silent: float = 0.08  # share of callers, 0.0-1.0
    gives_up: float = 0.12
    kazakh: float = 0.4
    speaks_waiting: float = 0.75
    asks_waiting: float = 0.85  # of those with a question: they say it in the queue
    danger: float = 0.3  # of emergencies: danger words, said in the queue
    presses_1: float = 0.25  # of those who are asked
    says_yes: float = 0.2
    refuses: float = 0.15
    helper_answers: float = 0.7


MATTERS = ((Matter.EMERGENCY, 0.46), (Matter.QUESTION, 0.4), (Matter.APPLICATION, 0.07), (Matter.NUISANCE, 0.07))
WAVE_S = 120.0  # busy and quiet times follow each other: at busy ones people wait, at quiet ones nobody does
WAVE_HEIGHT = 0.8  # of the mean rate, up and down
_STEP_S = 0.1


def calls(seed: int, manners: Manners, grammar: Grammar) -> Iterator[CallScript]:
    """The calls of a run, without end: random arrivals in waves, each call drawn from its own dice."""
    arrivals = random.Random(f"{seed} arrivals")
    at_s = 1.0
    index = 0
    while True:
        index += 1
        yield _call(random.Random(f"{seed} call {index}"), index, timedelta(seconds=at_s), manners, grammar)
        due = arrivals.expovariate(manners.calls_per_minute / 60)
        while due > 0:
            due -= _STEP_S * busyness(at_s)
            at_s += _STEP_S


def busyness(at_s: float) -> float:
    """How busy it is at ``at_s`` seconds of a run, 1.0 on average; the first minute is a busy one."""
    return 1 + WAVE_HEIGHT * math.sin(2 * math.pi * at_s / WAVE_S)


def _call(dice: random.Random, index: int, at: timedelta, manners: Manners, grammar: Grammar) -> CallScript:
    language = "kk" if dice.random() < manners.kazakh else "ru"
    conduct = _conduct(dice, manners)
    matter = dice.choices([matter for matter, _ in MATTERS], weights=[weight for _, weight in MATTERS])[0]
    caller, operator = _voice(language, dice), _voice(language, dice)
    in_danger = matter is Matter.EMERGENCY and dice.random() < manners.danger
    says = () if conduct is Conduct.SILENT else _sentences(language, matter, dice, grammar, in_danger=in_danger)
    lines = [_turn(Side.CALLER, text, caller, dice) for text in says]
    speaks = manners.asks_waiting if matter is Matter.QUESTION else manners.speaks_waiting
    speaks_waiting = dice.random() < speaks or in_danger or conduct is Conduct.GIVES_UP
    waiting = lines[:1] if speaks_waiting else []
    reply = Reply.IGNORES if conduct is not Conduct.TALKS else _reply(dice, manners)
    return CallScript(
        number=f"7700{index:07d}",
        starts_at=at,
        conduct=conduct,
        language=language,
        matter=matter,
        waiting=tuple(waiting),
        talk=tuple(_dialogue(lines[len(waiting) :], operator, language, dice, grammar)),
        patience=timedelta(seconds=dice.uniform(3, 8) if conduct is Conduct.GIVES_UP else 120),
        operator_answers_after=timedelta(seconds=dice.uniform(2, 6)),
        operator_hangs_up=conduct is Conduct.SILENT or dice.random() < 0.3,
        reply=reply,
        replies_after=timedelta(seconds=dice.uniform(3.5, 8)),
        answer=_answer(reply, language, caller, dice),
        asks_robot=tuple(_to_robot(lines, language, caller, dice)),
        helper_answers=dice.random() < manners.helper_answers,
    )


def _conduct(dice: random.Random, manners: Manners) -> Conduct:
    drawn = dice.random()
    if drawn < manners.silent:
        return Conduct.SILENT
    return Conduct.GIVES_UP if drawn < manners.silent + manners.gives_up else Conduct.TALKS


def _sentences(
    language: str, matter: Matter, dice: random.Random, grammar: Grammar, *, in_danger: bool
) -> Iterator[str]:
    """Four: what the matter is, for an emergency then where, then anything else about it."""
    if matter is Matter.QUESTION:
        yield dice.choice(QUESTIONS[language])
    elif in_danger:
        yield dice.choice(DANGERS[language])
    else:
        yield grammar.sentence(language, matter, dice)
    yield grammar.sentence(language, Matter.ADDRESS if matter is Matter.EMERGENCY else matter, dice)
    for _ in range(2):
        yield grammar.sentence(language, matter, dice)


def _reply(dice: random.Random, manners: Manners) -> Reply:
    shares = {
        Reply.PRESSES_1: manners.presses_1,
        Reply.SAYS_YES: manners.says_yes,
        Reply.REFUSES: manners.refuses,
    }
    drawn = dice.random()
    for reply, share in shares.items():
        drawn -= share
        if drawn < 0:
            return reply
    return Reply.IGNORES


def _answer(reply: Reply, language: str, voice: Voice, dice: random.Random) -> Turn | None:
    match reply:
        case Reply.SAYS_YES:
            return _turn(Side.CALLER, dice.choice(YES[language]), voice, dice)
        case Reply.REFUSES:
            return _turn(Side.CALLER, dice.choice(NO[language]), voice, dice)
        case _:
            return None


def _to_robot(lines: list[Turn], language: str, voice: Voice, dice: random.Random) -> Iterator[Turn]:
    """The matter once more, and thanks; who never speaks does not speak here either."""
    if lines:
        yield lines[0]
        yield _turn(Side.CALLER, dice.choice(THANKS[language]), voice, dice)


def _dialogue(lines: list[Turn], voice: Voice, language: str, dice: random.Random, grammar: Grammar) -> Iterator[Turn]:
    """The operator greets, then the two take turns; a silent caller is asked twice."""
    yield _turn(Side.OPERATOR, grammar.sentence(language, Matter.GREETING, dice), voice, dice)
    silence: list[Turn | None] = [None, None]
    for line in [*lines] or silence:
        if line is not None:
            yield line
        yield _turn(Side.OPERATOR, grammar.sentence(language, Matter.OPERATOR, dice), voice, dice)


def _turn(side: Side, text: str, voice: Voice, dice: random.Random) -> Turn:
    return Turn(side=side, text=text, voice=voice, pause=timedelta(seconds=dice.uniform(0.6, 1.6)))


def _voice(language: str, dice: random.Random) -> Voice:
    return Voice(language, dice.choice(VARIANTS), dice.randint(135, 205), dice.randint(30, 70))
