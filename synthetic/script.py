"""What synthetic people will do: pure and seeded, so that a run can be repeated word by word."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from line102.calls import Side
from synthetic.grammar import Grammar, Matter
from synthetic.speech import VARIANTS, Voice


class Conduct(StrEnum):
    """What kind of caller it is."""

    TALKS = "talks"
    SILENT = "silent"  # says nothing, to anybody
    GIVES_UP = "gives_up"  # hangs up in the queue unless an operator is quicker


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One sentence of one side, and the pause after it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The mix of callers."""

    calls_per_minute: float = 6.0
    silent: float = 0.08  # share of callers, 0.0-1.0
    gives_up: float = 0.12
    kazakh: float = 0.4
    speaks_waiting: float = 0.5


MATTERS = ((Matter.EMERGENCY, 0.5), (Matter.QUESTION, 0.35), (Matter.APPLICATION, 0.08), (Matter.NUISANCE, 0.07))


def calls(seed: int, manners: Manners, grammar: Grammar) -> Iterator[CallScript]:
    """The calls of a run, without end: random arrivals, each call drawn from its own dice."""
    arrivals = random.Random(f"{seed} arrivals")
    at = timedelta(seconds=1)
    index = 0
    while True:
        index += 1
        yield _call(random.Random(f"{seed} call {index}"), index, at, manners, grammar)
        at += timedelta(seconds=arrivals.expovariate(manners.calls_per_minute / 60))


def _call(dice: random.Random, index: int, at: timedelta, manners: Manners, grammar: Grammar) -> CallScript:
    language = "kk" if dice.random() < manners.kazakh else "ru"
    drawn = dice.random()
    conduct = Conduct.TALKS
    if drawn < manners.silent:
        conduct = Conduct.SILENT
    elif drawn < manners.silent + manners.gives_up:
        conduct = Conduct.GIVES_UP
    matter = dice.choices([matter for matter, _ in MATTERS], weights=[weight for _, weight in MATTERS])[0]
    caller, operator = _voice(language, dice), _voice(language, dice)
    says = [] if conduct is Conduct.SILENT else [grammar.sentence(language, matter, dice) for _ in range(3)]
    lines = [_turn(Side.CALLER, text, caller, dice) for text in says]
    speaks_waiting = dice.random() < manners.speaks_waiting or conduct is Conduct.GIVES_UP
    waiting = lines[:1] if speaks_waiting else []
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
    )


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
