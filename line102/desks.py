"""An operator's place: what they want, what Asterisk says of their phones, and what of it is shown. Pure.

Wanted is said to Asterisk (``wanted_pause``); shown is what Asterisk says (``state_of``). An operator who never said
what they want (``None``) is left to Asterisk: with this service unused, every phone that is there is rung.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from line102.calls import CallId, OperatorId
from line102.desk_kinds import (
    CALL_BACK_REASON,
    OFF_REASON,
    OTHER_PHONE_REASON,
    RESERVED_REASONS,
    WRAP_UP_REASON,
    DeskState,
    Phone,
    WhyNoCall,
)

LONGEST_WRAP_UP = timedelta(minutes=5)
PAUSE = "pause"  # told to Asterisk for a pause without words


@dataclass(frozen=True, slots=True)
class Off:
    """Not at work."""


@dataclass(frozen=True, slots=True)
class Ready:
    pass


@dataclass(frozen=True, slots=True)
class Paused:
    reason: str = ""


Wish = Off | Ready | Paused


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """Time to write down what the call was; never longer than LONGEST_WRAP_UP in all."""

    began: datetime
    until: datetime

    def extended(self, by: timedelta) -> WrapUp:
        return replace(self, until=min(self.until + by, self.began + LONGEST_WRAP_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one operator wants. ``wrap_up`` only while they want to be ready: a pause after a talk begins at once."""

    wish: Wish
    wrap_up: WrapUp | None = None
    calls_back: bool = False  # their phone is about to ring, because they call somebody back

    def wished(self, wish: Wish) -> Desk:
        """Whatever is wished, it ends a wrap-up: who says ready is ready."""
        return replace(self, wish=wish, wrap_up=None)

    def talk_ended(self, now: datetime, wrap_up: timedelta) -> Desk:
        if not isinstance(self.wish, Ready) or wrap_up <= timedelta(0):
            return self
        return replace(self, wrap_up=WrapUp(began=now, until=now + min(wrap_up, LONGEST_WRAP_UP)))

    def extended(self, by: timedelta) -> Desk:
        return replace(self, wrap_up=self.wrap_up.extended(by)) if self.wrap_up else self

    def wrapped_up(self) -> Desk:
        return replace(self, wrap_up=None)

    def at(self, now: datetime) -> Desk:
        """A wrap-up ends by itself."""
        return self.wrapped_up() if self.wrap_up and now >= self.wrap_up.until else self


@dataclass(frozen=True, slots=True)
class Pause:
    """What a queue member is, or is to be; the reason only while paused."""

    paused: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One phone as Asterisk tells it, over all queues it sits in."""

    status: str = "unknown"  # as MemberSeen
    pause: Pause = Pause(False)
    on_hold: bool = False

    @property
    def is_there(self) -> bool:
        return self.status in ("free", "ringing", "talking")


UNSEEN = Seen()


def wanted_pause(desk: Desk | None, seen: Pause, phone: Phone, chosen: Phone) -> Pause:
    """What Asterisk is to be told of ``phone``. Nobody's wish: it stays, but what only we end always has an end."""
    if desk is None:
        return Pause(False) if seen in (Pause(True, WRAP_UP_REASON), Pause(True, CALL_BACK_REASON)) else seen
    if phone is not chosen:
        return Pause(True, OTHER_PHONE_REASON)
    if desk.calls_back and isinstance(desk.wish, Ready):
        return Pause(True, CALL_BACK_REASON)
    if desk.wrap_up is not None:
        return Pause(True, WRAP_UP_REASON)
    match desk.wish:
        case Off():
            return Pause(True, OFF_REASON)
        case Paused(reason=reason):
            return Pause(True, reason or PAUSE)
        case Ready():
            return Pause(False)


def chosen_phone(wanted: Phone | None, seen: Mapping[Phone, Seen]) -> Phone:
    """The account's; where no account says, the one that is there, the desk's before the page's."""
    if wanted is not None:
        return wanted
    web_only = seen.get(Phone.WEB, UNSEEN).is_there and not seen.get(Phone.DESK, UNSEEN).is_there
    return Phone.WEB if web_only else Phone.DESK


def state_of(desk: Desk | None, seen: Mapping[Phone, Seen], chosen: Phone) -> tuple[DeskState, str]:
    """What is shown, and the reason of a pause: what Asterisk says."""
    statuses = {phone.status for phone in seen.values()}
    if "talking" in statuses:
        return DeskState.TALKING, ""
    if "ringing" in statuses:
        return DeskState.RINGING, ""
    own = seen.get(chosen, UNSEEN)
    if not own.pause.paused:
        return (DeskState.OFF if desk is None and not own.is_there else DeskState.READY), ""
    reason = own.pause.reason
    if reason == OFF_REASON:
        return DeskState.OFF, ""
    if reason == WRAP_UP_REASON:
        return DeskState.WRAP_UP, ""
    if reason == CALL_BACK_REASON:
        return DeskState.TALKING, ""
    return DeskState.PAUSED, "" if reason == PAUSE else reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """What pages see of one operator's place."""

    operator_id: OperatorId
    name: str
    state: DeskState
    since: datetime
    reason: str
    until: datetime | None  # of a wrap-up
    why: tuple[WhyNoCall, ...]
    call_id: CallId | None  # that rings here, or that they talk in
    phone: Phone
    phone_there: bool
    on_hold: bool
    unanswered_at: datetime | None  # their phone rang in vain, and they have neither answered nor said anything since


_BECAUSE = {
    DeskState.OFF: WhyNoCall.OFF,
    DeskState.PAUSED: WhyNoCall.PAUSED,
    DeskState.WRAP_UP: WhyNoCall.WRAP_UP,
    DeskState.TALKING: WhyNoCall.TALKING,
}


def why_no_call(state: DeskState, *, linked: bool, phone_there: bool, somebody_waits: bool) -> tuple[WhyNoCall, ...]:
    """The gravest first; () while a call rings, or is about to."""
    found = [] if linked else [WhyNoCall.PBX_DOWN]
    if not phone_there:
        found.append(WhyNoCall.PHONE_AWAY)
    if state in _BECAUSE:
        found.append(_BECAUSE[state])
    if not found and state is DeskState.READY and not somebody_waits:
        found.append(WhyNoCall.NOBODY_WAITS)
    return tuple(found)


__all__ = [
    "LONGEST_WRAP_UP",
    "PAUSE",
    "RESERVED_REASONS",
    "UNSEEN",
    "Desk",
    "DeskView",
    "Off",
    "Pause",
    "Paused",
    "Ready",
    "Seen",
    "Wish",
    "WrapUp",
    "chosen_phone",
    "state_of",
    "wanted_pause",
    "why_no_call",
]
