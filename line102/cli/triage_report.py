"""``line102 triage report``: how good triage has been, by the categories that people gave. One JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from line102.calls import QueueName
from line102.cli.errands import open_ledger
from line102.config import Settings
from line102.modes import ModeBook
from reporting.triage_quality import courses, report
from routing.gates import lower_bound, upper_bound

EVENTS = (
    "CallOffered",
    "RecordingBegan",
    "CallAssessed",
    "CallFlagged",
    "FlagDropped",
    "UrgencyRaised",
    "SentToHelpLine",
    "CallCategorised",
    "ModeChanged",
)


async def run_report(settings: Settings, asked: argparse.Namespace) -> int:
    """Exit code 1: an emergency was flagged to the end, or called again after it had been sent away."""
    since = datetime.now(UTC) - timedelta(days=asked.days)
    async with open_ledger(settings) as ledger:
        told = await ledger.events_of(EVENTS, since=since)
    modes = ModeBook(QueueName(settings.pbx.queue), settings.deflection.audited_flags)
    modes.take_all(event for _, event in told)
    figures = report(courses(told), _bounds)
    gates = [
        {
            "language": line.language,
            "mode": line.mode,
            "audited_without_a_miss": line.gate.audited,
            "needed": line.gate.needed,
            "missed": line.gate.missed,
            "miss_rate_below_95": round(line.gate.miss_rate_below, 5),
        }
        for line in modes.table()
    ]
    print(json.dumps({"days": asked.days, **figures, "gates": gates}, ensure_ascii=False, indent=1))
    missed = _missed(figures)
    if missed:
        print(f"{missed} missed: listen to these calls", file=sys.stderr)
    return 1 if missed else 0


def _missed(figures: dict[str, object]) -> int:
    everything, deflected = figures["all"], figures["deflected"]
    assert isinstance(everything, dict)
    assert isinstance(deflected, dict)
    return len({*everything["misses"], *deflected["misses_by_repeat_calls"]})


def _bounds(events: int, trials: int) -> tuple[float, float]:
    """Exact one-sided 95 % bounds of a share."""
    return round(lower_bound(events, trials), 4), round(upper_bound(events, trials), 4)
