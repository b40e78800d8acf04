"""What the API says of operators' places, and what an operator says of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from line102.desk_kinds import RESERVED_REASONS, DeskState, Phone, WhyNoCall
from line102.web.out import In, Out

LONGEST_REASON = 80


class DeskOut(Out):
    """One operator's place, as Asterisk has it."""

    operator: str
    name: str
    state: DeskState
    since: AwareDatetime
    reason: str = Field(description="of a pause, as it was given; empty: none was")
    until: AwareDatetime | None = Field(description="when a wrap-up ends by itself")
    why: list[WhyNoCall] = Field(description="why no call comes, the gravest first; empty: one rings or may at once")
    call_id: str | None = Field(description="the call that rings here, or that they talk in")
    phone: Phone
    phone_there: bool = Field(description="the phone is registered with the PBX")
    on_hold: bool
    unanswered_at: AwareDatetime | None = Field(description="their phone rang in vain; null once they did something")


def _plain(reason: str) -> str:
    """As it can stand in Asterisk's own records."""
    if any(character in reason for character in "|\r\n\0") or not reason.isprintable():
        raise ValueError("holds a character that cannot be written down")
    if reason in RESERVED_REASONS:
        raise ValueError("has a meaning of its own")
    return reason


class StateIn(In):
    """Body of POST /api/desk/state."""

    state: Literal["ready", "paused", "off"]
    reason: Annotated[str, Field(max_length=LONGEST_REASON), AfterValidator(_plain)] = ""


class WrapUpIn(In):
    """Body of POST /api/desk/wrap-up."""

    extend_s: Annotated[int, Field(ge=0, le=300, description="0: it ends now")]


class PhoneOut(Out):
    """How the page's phone signs on."""

    user: str
    password: str
    domain: str
    path: str
    answer: Literal["ring", "auto"]
    ice: list[dict[str, str]]


class HeldIn(In):
    """Body of POST /api/desk/phone/held: what the page's phone holds, by the INVITEs' X-Line102-Call."""

    calls: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=20)]


class TransferIn(In):
    """Body of POST /api/calls/{call_id}/transfer."""

    to: Annotated[str, Field(pattern=r"^[a-z0-9]{1,16}$", description="help, duty, a number, or an operator")]
