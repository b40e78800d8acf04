"""The words of an operator's place. Codes: the page has them in each language."""

from __future__ import annotations

from enum import StrEnum


class Phone(StrEnum):
    """Each seat has two; the account says which one its operator uses."""

    DESK = "desk"
    WEB = "web"  # in the page


class DeskState(StrEnum):
    OFF = "off"  # not at work
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"  # writing down what the last call was
    PAUSED = "paused"


class WhyNoCall(StrEnum):
    """Why no call comes to this operator now."""

    PBX_DOWN = "pbx_down"
    PHONE_AWAY = "phone_away"
    OFF = "off"
    PAUSED = "paused"
    WRAP_UP = "wrap_up"
    TALKING = "talking"
    NOBODY_WAITS = "nobody_waits"


# What Asterisk's queue members are paused with, as it is told and tells (PausedReason); else a person's own words.
OFF_REASON = "off"
WRAP_UP_REASON = "wrap-up"
OTHER_PHONE_REASON = "other phone"
CALL_BACK_REASON = "call-back"  # until their own phone rings, to call somebody back
RESERVED_REASONS = frozenset({OFF_REASON, WRAP_UP_REASON, OTHER_PHONE_REASON, CALL_BACK_REASON})
