"""GET /api/wallboard: the line's figures now, this hour and today.

Read again every few seconds and not part of the feed: these figures change with the clock as much as with calls (a
window moves, a caller gets too late), and no operator's page wants them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from line102.day_figures import Day, WindowFigures
from line102.events import GapFound
from line102.targets import Targets
from line102.web.calls_api import as_json
from line102.web.wallboard_schemas import GapInOut, WallboardOut, WindowOut, WithinOut


class WallboardApi:
    def __init__(self, day: Day, clock: Callable[[], datetime]) -> None:
        self._day = day
        self._clock = clock

    async def get(self, _: web.Request) -> web.Response:
        now, targets = self._clock(), self._day.targets
        figures = self._day.figures(now)
        answer = WallboardOut(
            at=now,
            whole=figures.whole,
            target_mean_wait_s=targets.mean.total_seconds(),
            short_s=targets.short.total_seconds(),
            now=_window(figures.now, targets),
            hour=_window(figures.hour, targets),
            today=_window(figures.today, targets),
        )
        return as_json(answer)


def _window(figures: WindowFigures, targets: Targets) -> WindowOut:
    return WindowOut(
        began=figures.began,
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        short=figures.short,
        elsewhere=figures.elsewhere,
        unseen=figures.unseen,
        waiting=figures.waiting,
        deflected=figures.deflected,
        mean_wait_s=figures.mean_wait.total_seconds() if figures.mean_wait is not None else None,
        longest_wait_s=figures.longest_wait.total_seconds(),
        within=[
            WithinOut(
                within_s=one.within.total_seconds(),
                target=target.share,
                answered=one.answered,
                of=one.of,
                share=one.share,
            )
            for one, target in zip(figures.within, targets.shares, strict=True)
        ],
        gaps=[_gap(gap) for gap in figures.gaps],
    )


def _gap(gap: GapFound) -> GapInOut:
    return GapInOut(link=gap.link.value, began=gap.began, ended=gap.at, reason=gap.reason)
