"""The line's figures for Prometheus, read from the live board when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from line102.broadcast import Broadcast
from line102.calls import CallState

BEFORE_AN_ANSWER = (CallState.OFFERED, CallState.WAITING, CallState.RINGING, CallState.OVERFLOW)


class LineCollector(Collector):
    """Register it once in the registry that /metrics prints."""

    def __init__(self, broadcast: Broadcast, clock: Callable[[], datetime]) -> None:
        self._broadcast = broadcast
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """No names in advance: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self._clock()
        snapshot = self._broadcast.board.snapshot(now)
        calls = GaugeMetricFamily("line102_calls", "Calls on the line now, by state", labels=["state"])
        for state in CallState:
            if state is not CallState.ENDED:
                calls.add_metric([state.value], sum(s.record.state is state for s in snapshot.calls))
        yield calls
        records = [story.record for story in snapshot.calls]
        waits = [r.waited(now) for r in records if r.state in BEFORE_AN_ANSWER and not r.at_help_line]
        longest = max((wait.total_seconds() for wait in waits), default=0.0)
        yield GaugeMetricFamily("line102_longest_wait_seconds", "Longest wait of a caller to 102 not answered", longest)
        lights = GaugeMetricFamily("line102_light_up", "1 when what the lamp stands for works", labels=["lamp"])
        for light in snapshot.lights:
            lights.add_metric([light.lamp.value], float(light.up))
        yield lights
        tasks = [task for task in snapshot.call_backs if task.done is None]
        overdue = sum(task.deadline < now for task in tasks)
        yield GaugeMetricFamily("line102_call_backs_open", "Callers who must still be called back", len(tasks))
        yield GaugeMetricFamily("line102_call_backs_overdue", "Those of them whose deadline has passed", overdue)
        yield GaugeMetricFamily("line102_feed_readers", "Pages that read the live feed", self._broadcast.readers)
        yield CounterMetricFamily("line102_feed_cut_off", "Pages cut off for being slow", self._broadcast.cut_off)
