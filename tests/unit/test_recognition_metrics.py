"""Every metric that docs/api.md promises can be read, and nothing of recognition is told that it does not explain."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from line102.board import Board
from line102.recognition_metrics import MetricSources, metrics_registry
from transcription.pool import PoolSettings, WorkerPool

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def sources() -> MetricSources:
    pool = WorkerPool(PoolSettings(addresses=("unix:/nowhere",)), now=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    pool.pressure.figures.level = 3
    pool.counters.windows, pool.counters.finals, pool.counters.batches = 10, 4, 2.5
    plain: Any = SimpleNamespace
    return MetricSources(
        journal=plain(kept_in_memory=0),
        ledger=plain(rejected=0),
        applier=plain(lag=7),
        broadcast=plain(board=Board("node")),
        scribe=plain(dropped=0, accounted_s={"text": 12.5}),
        live=plain(followed=2),
        aftercare=plain(pending=1, revising=0),
        dispatch=plain(unrecognised={"Newexten": 3}),
        taps=plain(figures=lambda: pool.counters),
        ari_feed=plain(unrecognised={}),
        pool=pool,
        restarts={"store": 1},
    )


def test_what_is_told_is_what_the_objects_hold() -> None:
    registry = metrics_registry(sources())
    told = {(one.name, *one.labels.values()): one.value for family in registry.collect() for one in family.samples}
    assert told["line102_recognition_level",] == 3
    assert told["line102_recognition_batch_windows",] == 4
    assert told["line102_recognition_windows_total", "partial"] == 6
    assert told["line102_transcript_speech_seconds_total", "text"] == 12.5
    assert told["line102_store_lag_entries",] == 7
    assert told["line102_part_restarts_total", "store"] == 1
    assert told["line102_recognition_figures_total", "finals"] == 4


def test_the_documented_names_of_recognition_are_told() -> None:
    told = {
        one.name.removeprefix("line102_") for family in metrics_registry(sources()).collect() for one in family.samples
    }
    named = set(
        re.findall(r"^\| `((?:recognition|catch_up|second_pass|transcript)_\w+)", DOCUMENT.read_text("utf-8"), re.M)
    )
    assert len(named) > 8
    assert named <= told, named - told
