"""What synthetic people really said and did, for tests that compare it with the transcript. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from line102.calls import OperatorId, Side
from synthetic.script import CallScript


class CallEnd(StrEnum):
    """How a synthetic call ended, as its caller saw it."""

    FINISHED = "finished"  # an operator answered and everything was said
    SERVED = "served"  # the robot answered, and the caller hung up
    GAVE_UP = "gave_up"  # nobody answered within the caller's patience
    CUT = "cut"  # the other side ended it before everything was said
    REFUSED = "refused"  # the PBX did not take the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence that was said to its end, or cut (``whole`` False). ``at`` is when it began, aware UTC."""

    side: Side
    text: str
    at: datetime
    whole: bool


@dataclass(slots=True, kw_only=True)
class PlayedCall:
    """One call as it went. ``number`` of the script is the caller's number in the ledger."""

    script: CallScript
    began_at: datetime
    answered_at: datetime | None = None  # by an operator
    ended_at: datetime | None = None
    operator_id: OperatorId | None = None
    end: CallEnd | None = None
    replied: bool = False  # to an offer of the help line, as the script says
    said: list[Said] = field(default_factory=list)
    why: str = ""  # of REFUSED

    def words_of(self, side: Side) -> str:
        """Everything that ``side`` said whole."""
        return " ".join(said.text for said in self.said if said.side is side and said.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole run."""

    calls: tuple[PlayedCall, ...]

    def count(self, end: CallEnd) -> int:
        return sum(call.end is end for call in self.calls)
