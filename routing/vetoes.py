"""Why a call may not be treated as a question, whatever the label says. Pure.

Vetoes of what was said last: a caller who goes on does not take them back. Those of what is missing (``NOT_YET``) go
when more is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.cues import Kind
from routing.reading import SHORT
from routing.tokens import fold

MIN_WORDS = 3  # distinct ones
CERTAIN = 0.98  # surety of a question from which a word of alarm or of an event may be its subject
ALARM_ASKED = 0.60  # less of a question than this where a word of alarm stands: it is not what is asked about
MATTER = 0.80  # a stretch that sounds so much like one forbids a flag
MAX_UNKNOWN = 0.40  # share of words that neither voice knows
MAX_UNCLEAR = 0.25
SILENT, FEW, LANGUAGE, UNKNOWN = "silent", "too few words", "language unknown", "too much not understood"
CUT, NO_SUBJECT, UNCLEAR = "cut short", "no subject named", "perhaps not speech to us"
NOT_YET = frozenset((SILENT, FEW, LANGUAGE, UNKNOWN, CUT, NO_SUBJECT, UNCLEAR))
_CUTTING = frozenset(
    fold(word)
    for word in (
        "и",
        "а",
        "но",
        "или",
        "если",
        "что",
        "чтобы",
        "как",
        "где",
        "когда",
        "куда",
        "кто",
        "я",
        "мне",
        "мы",
        "в",
        "во",
        "на",
        "по",
        "с",
        "со",
        "у",
        "к",
        "от",
        "до",
        "за",
        "из",
        "для",
        "про",
        "это",
        "то",
        "ли",
        "вы",
        "он",
        "она",
        "меня",
        "деп",
        "егер",
        "не",
        "сол",
        "мен",
        "маған",
        "біз",
        "осы",
        "мына",
        "ана",
        "жаңағы",
        "сонда",
        "содан",
    )
)
# These may end a whole question: "справку о несудимости получить где".
_ASKING = frozenset(("как", "где", "когда", "куда", "кто", "ли"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the vetoes look at. Scores 0.0-1.0: ``question`` of the second reading, ``matter`` of the worst stretch."""

    words: tuple[str, ...]
    kinds: frozenset[Kind]
    question: float
    alarm: float  # how much a question the words of alarm are where they stand; 1.0 without any
    unclear: float
    matter: float
    unknown: float


def vetoes_of(heard: Heard, language: str) -> tuple[str, ...]:
    """All that hold, the gravest first."""
    sure = heard.question >= CERTAIN
    short = len(heard.words) < SHORT
    named = Kind.TOPIC in heard.kinds
    held = {
        "danger words": Kind.EMERGENCY in heard.kinds
        or (Kind.ALARM in heard.kinds and not sure)
        or heard.alarm < ALARM_ASKED,
        "now, or somebody is there": Kind.ACUTE in heard.kinds,
        "perhaps covert": Kind.COVERT in heard.kinds,
        "an event of the caller's own": Kind.NON_URGENT in heard.kinds and not sure,
        "a part sounds like a matter for the police": heard.matter > MATTER,
        FEW: len(set(heard.words)) < MIN_WORDS,
        LANGUAGE: not language,
        UNKNOWN: heard.unknown > MAX_UNKNOWN,
        CUT: heard.words[-1] in _CUTTING and not (heard.words[-1] in _ASKING and named and not short),
        NO_SUBJECT: short and not named,
        UNCLEAR: Kind.ARTEFACT in heard.kinds
        or heard.unclear > MAX_UNCLEAR
        or len(set(heard.words)) < 0.6 * len(heard.words),
    }
    return tuple(name for name, holds in held.items() if holds)
