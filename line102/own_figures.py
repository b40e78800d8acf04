"""An operator's own day, for the quiet desk. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from line102.calls import CallRecord, OperatorId
from line102.events import SentToHelpLine


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """Since ``since``. A talk that goes on is answered, and has no length yet."""

    since: datetime
    answered: int  # calls that they answered, at 102 and at the help line
    talked: timedelta  # in talks that have ended
    mean_talk: timedelta | None  # None: no talk has ended
    longest_talk: timedelta | None
    sent_to_help: int  # callers whom they sent to the help line


def day_began(now: datetime, zone: ZoneInfo) -> datetime:
    """The last midnight by the centre's own calendar."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def own_figures(
    operator: OperatorId, calls: Iterable[CallRecord], sent: Iterable[SentToHelpLine], since: datetime
) -> OwnFigures:
    """``calls``: those the operator answered, and others: what is not theirs, or was before ``since``, is left out."""
    answers = [
        [answer for answer in call.answers if answer.operator_id == operator and answer.at >= since] for call in calls
    ]
    talks = [max(a.ended_at - a.at, timedelta(0)) for theirs in answers for a in theirs if a.ended_at is not None]
    talked = sum(talks, timedelta(0))
    return OwnFigures(
        since=since,
        answered=sum(bool(theirs) for theirs in answers),
        talked=talked,
        mean_talk=talked / len(talks) if talks else None,
        longest_talk=max(talks, default=None),
        sent_to_help=len({event.call_id for event in sent if event.by == operator and event.at >= since}),
    )
