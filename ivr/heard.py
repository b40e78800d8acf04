"""What a dialogue hears: the callers' words and keys, and what happens around them. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptEnded:
    """What was being said was said to its end (not: interrupted by something newer)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A finished utterance of the caller, as recognised; never a partial, which may yet turn into a no."""

    text: str


@dataclass(frozen=True, slots=True)
class Key:
    key: str  # one of 0-9 * # A-D


@dataclass(frozen=True, slots=True)
class Danger:
    """The policy found that these words may mean danger, or raised the caller for another reason."""

    words: str


@dataclass(frozen=True, slots=True)
class Vetoed:
    """The flag was taken away: the offer has no ground any more."""

    why: str


@dataclass(frozen=True, slots=True)
class OperatorAnswered:
    pass


@dataclass(frozen=True, slots=True)
class CallerGone:
    pass


@dataclass(frozen=True, slots=True)
class Broken:
    """The voice or the hearing failed."""

    why: str


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time went by; send one about every second."""


Heard = PromptEnded | Words | Key | Danger | Vetoed | OperatorAnswered | CallerGone | Broken | Elapsed
