"""Why a caller must be called back, and how that ended. Codes: the page has the words in each language."""

from __future__ import annotations

from enum import StrEnum


class CallBackWhy(StrEnum):
    ABANDONED = "abandoned"  # ended by the caller before a person answered
    CUT_OFF = "cut_off"  # the PBX stopped, or nobody saw the end, before a person was seen to answer
    SILENT = "silent"  # a person answered, and nobody knows what the caller wanted


class CallBackHow(StrEnum):
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    CALLED_BACK = "called_back"  # called from the list, and talked with
    CALLED_AGAIN = "called_again"  # the caller rang once more and a person answered
    NOT_NEEDED = "not_needed"


class CallBackResult(StrEnum):
    """What one attempt to call came to."""

    TALKED = "talked"
    CUT_SHORT = "cut_short"  # answered, and over before anybody can have spoken: a person says whether that was all
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"  # the network could not, or would not, ring that number
    GIVEN_UP = "given_up"  # the operator put down before anybody answered
