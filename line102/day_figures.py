"""The line's day in memory, for the wallboard: the last minutes, this hour and today against the targets. Pure.

A call counts in the window in which it was offered. A share counts who was answered by a human at 102 in time, of all
who were offered and did not hang up within ``Targets.short``. A caller who waits still counts as too late once they
are, and before that not at all: the share never falls for somebody who may yet be answered in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from line102.calls import CallId
from line102.day_calls import DayCall, whole_ms
from line102.events import GapFound
from line102.own_figures import day_began
from line102.targets import Targets

NOW = timedelta(minutes=15)  # what "now" looks back


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    within: timedelta
    answered: int  # in time
    of: int  # calls that count: not short, and answered, ended or too late already

    @property
    def share(self) -> float | None:
        """None: nobody counts yet."""
        return self.answered / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFigures:
    """offered = answered + abandoned + short + elsewhere + unseen + waiting."""

    began: datetime
    offered: int
    answered: int  # by a human at 102
    abandoned: int  # not short
    short: int
    elsewhere: int  # ended at the help line, or is answered there, without a human at 102
    unseen: int
    waiting: int  # for any human
    deflected: int  # the help line answered them, whoever had talked with them before
    mean_wait: timedelta | None  # of the answered; None: nobody was
    longest_wait: timedelta  # of everybody, who wait still included
    within: tuple[Within, ...]
    gaps: tuple[GapFound, ...]  # that reach into it


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    now: WindowFigures
    hour: WindowFigures
    today: WindowFigures
    whole: bool  # what was before this service started is in


class Day:
    """Every call offered since midnight by the centre's own calendar (and NOW before it). In the service's loop."""

    def __init__(self, zone: ZoneInfo, targets: Targets) -> None:
        self.zone = zone
        self.targets = targets
        self.whole = False
        self._calls: dict[CallId, DayCall] = {}
        self._gaps: list[GapFound] = []
        self._kept_since: datetime | None = None

    def since(self, now: datetime) -> datetime:
        """From when on calls are kept."""
        return day_began(now, self.zone) - NOW

    def take(self, call: DayCall) -> None:
        """How a call stands; an end is final."""
        known = self._calls.get(call.call_id)
        if known is None or not known.over or call.over:
            self._calls[call.call_id] = call

    def fill(self, calls: Iterable[DayCall], gaps: Iterable[GapFound]) -> None:
        """What the ledger holds of the day; what was taken meanwhile is newer."""
        for call in calls:
            self._calls.setdefault(call.call_id, call)
        self._gaps = list(dict.fromkeys([*gaps, *self._gaps]))
        self.whole = True

    def take_gap(self, gap: GapFound) -> None:
        self._gaps.append(gap)

    def figures(self, now: datetime) -> DayFigures:
        midnight = day_began(now, self.zone)
        self._forget(self.since(now))
        hour = now.astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        return DayFigures(
            now=self._window(now - NOW, now),
            hour=self._window(hour, now),
            today=self._window(midnight, now),
            whole=self.whole,
        )

    def _window(self, began: datetime, now: datetime) -> WindowFigures:
        calls = [call for call in self._calls.values() if call.offered_at >= began]
        gaps = tuple(gap for gap in self._gaps if gap.at > began)
        return window_figures(calls, gaps, self.targets, began=began, now=now)

    def _forget(self, since: datetime) -> None:
        """Once a day; a call that goes on from the day before is of that day."""
        if self._kept_since != since:
            self._calls = {i: call for i, call in self._calls.items() if call.offered_at >= since}
            self._gaps = [gap for gap in self._gaps if gap.at > since]
            self._kept_since = since


def window_figures(
    calls: list[DayCall], gaps: tuple[GapFound, ...], targets: Targets, *, began: datetime, now: datetime
) -> WindowFigures:
    """Of ``calls``, all of which were offered in the window."""
    short_ms = whole_ms(targets.short)
    short = sum(_is_short(call, short_ms) for call in calls)
    answered_ms = [call.waited_ms for call in calls if call.answered and call.waited_ms is not None]
    waits_ms = [waited_ms(call, now) for call in calls]
    return WindowFigures(
        began=began,
        offered=len(calls),
        answered=len(answered_ms),
        abandoned=sum(call.abandoned for call in calls) - short,
        short=short,
        elsewhere=sum(_is_elsewhere(call) for call in calls),
        unseen=sum(call.unseen for call in calls),
        waiting=sum(call.waited_ms is None for call in calls),
        deflected=sum(call.deflected for call in calls),
        mean_wait=timedelta(milliseconds=sum(answered_ms) / len(answered_ms)) if answered_ms else None,
        longest_wait=timedelta(milliseconds=max(waits_ms, default=0)),
        within=tuple(_within(calls, target.within, short_ms, now) for target in targets.shares),
        gaps=gaps,
    )


def waited_ms(call: DayCall, now: datetime) -> int:
    """Up to ``now`` for who waits still; never below 0, whatever the clocks say."""
    return call.waited_ms if call.waited_ms is not None else max(whole_ms(now - call.offered_at), 0)


def _within(calls: list[DayCall], within: timedelta, short_ms: int, now: datetime) -> Within:
    limit_ms = whole_ms(within)
    late_ms = max(limit_ms, short_ms)  # before that who waits may still be in time, or short
    counted = [
        call
        for call in calls
        if not _is_short(call, short_ms) and (call.waited_ms is not None or waited_ms(call, now) > late_ms)
    ]
    in_time = sum(call.answered and waited_ms(call, now) <= limit_ms for call in counted)
    return Within(within=within, answered=in_time, of=len(counted))


def _is_short(call: DayCall, short_ms: int) -> bool:
    return call.abandoned and waited_ms(call, call.offered_at) < short_ms


def _is_elsewhere(call: DayCall) -> bool:
    return call.waited_ms is not None and not (call.answered or call.abandoned or call.unseen)
