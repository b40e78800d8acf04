"""What the service tells Prometheus about itself: which reader stands behind which name. Built by app.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from line102.aftercare import Aftercare
from line102.board import Board
from line102.broadcast import Broadcast
from line102.dispatch import Dispatch
from line102.journal import FileJournal
from line102.live import LiveCalls
from line102.scribe import Scribe
from line102.service_metrics import LabelledReaders, Readers, ServiceCollector, number_fields
from line102.store.applier import Applier
from line102.store.ledger import SqlLedger
from telephony.ari.events import AriFeed
from telephony.media.tap import AsteriskTaps
from transcription.pool import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSources:
    """Whom the readers ask. They are called at each scrape, not now."""

    journal: FileJournal
    ledger: SqlLedger
    applier: Applier
    broadcast: Broadcast
    scribe: Scribe
    live: LiveCalls
    aftercare: Aftercare
    dispatch: Dispatch
    taps: AsteriskTaps
    ari_feed: AriFeed
    pool: WorkerPool
    restarts: Mapping[str, int]  # by part of the service


def metrics_registry(of: MetricSources) -> CollectorRegistry:
    """docs/api.md says what each of recognition is for."""
    registry = CollectorRegistry()
    registry.register(
        ServiceCollector(
            gauges=_load(of) | _catch_up(of),
            counters={
                "recognition_partials_skipped": (
                    "Partials not asked for because recognition was busy",
                    lambda: of.pool.pressure.figures.partials_skipped,
                ),
            },
            labelled=_by_kind(of),
        )
    )
    registry.register(ServiceCollector(gauges=_backlogs(of), counters=_losses(of), labelled=_by_part(of)))
    return registry


def _load(of: MetricSources) -> Readers:
    pressure, counters = of.pool.pressure, of.pool.counters
    return {
        "recognition_level": ("What gives way: 0 nothing, 4 most", lambda: pressure.figures.level),
        "recognition_queue_wait_seconds": (
            "Wait of live audio in a worker's queue, moving average",
            lambda: pressure.figures.queue_wait_s,
        ),
        "recognition_delay_seconds": ("How late live words are now", lambda: pressure.state.delayed.total_seconds()),
        "recognition_workers": ("Workers that are up", lambda: of.pool.state.workers),
        "recognition_batch_windows": (
            "Windows computed together, mean since start",
            lambda: counters.windows / counters.batches if counters.batches else 0.0,
        ),
    }


def _catch_up(of: MetricSources) -> Readers:
    board = of.broadcast.board
    return {
        "catch_up_calls": ("Ended calls whose transcript is not whole yet", lambda: len(board.unfinished())),
        "catch_up_seconds": ("Audio of those calls that was not heard live", lambda: missed_s(board)),
        "second_pass_calls": ("Calls that wait for their second pass", lambda: of.aftercare.revising),
    }


def _by_kind(of: MetricSources) -> LabelledReaders:
    pressure, counters = of.pool.pressure.figures, of.pool.counters
    return {
        "recognition_level_changes": (
            "Changes of the level",
            "direction",
            lambda: {"up": pressure.rises, "down": pressure.falls},
        ),
        "recognition_windows": (
            "Windows answered",
            "kind",
            lambda: {"final": counters.finals, "partial": counters.windows - counters.finals},
        ),
        "recognition_deferred_seconds": (
            "Speech left to the recording because recognition was busy",
            "side",
            lambda: {"caller": pressure.deferred_caller_s, "operator": pressure.deferred_operator_s},
        ),
        "transcript_speech_seconds": (
            "Speech in finished recordings, by what became of it",
            "became",
            lambda: of.scribe.accounted_s,
        ),
    }


def _backlogs(of: MetricSources) -> Readers:
    return {
        "store_lag_entries": ("Journal entries not in the store yet", lambda: of.applier.lag),
        "journal_kept_entries": ("Entries the disk refused so far", lambda: of.journal.kept_in_memory),
        "aftercare_pending_calls": ("Ended calls not looked after", lambda: of.aftercare.pending),
        "live_followed_calls": ("Calls being heard", lambda: of.live.followed),
    }


def _losses(of: MetricSources) -> Readers:
    return {
        "journal_dropped_entries": ("Events lost: disk and memory full", lambda: of.scribe.dropped),
        "store_rejected_entries": ("Entries that could not be applied", lambda: of.ledger.rejected),
    }


def _by_part(of: MetricSources) -> LabelledReaders:
    return {
        "part_restarts": ("Restarts of a part of the service", "part", lambda: of.restarts),
        "ami_unrecognised": ("AMI events without a meaning", "event", lambda: of.dispatch.unrecognised),
        "ari_unrecognised": ("ARI events without a meaning", "event", lambda: of.ari_feed.unrecognised),
        "tap_figures": ("Taps", "figure", lambda: number_fields(of.taps.figures())),
        "recognition_figures": ("Recognition", "figure", lambda: number_fields(of.pool.counters)),
    }


def missed_s(board: Board) -> float:
    """Seconds of ended calls on the board that were not heard live and are not made from the recording yet."""
    stories = (story for call_id in board.unfinished() if (story := board.story(call_id)))
    return sum((stretch.end - stretch.start).total_seconds() for story in stories for stretch in story.missed)
