"""The service's own figures for Prometheus: every queue, every loss, every restart. Read when asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Read = Callable[[], float]
Readers = dict[str, tuple[str, Read]]  # name → (help, reader)
LabelledReaders = dict[str, tuple[str, str, Callable[[], Mapping[str, float]]]]  # name → (help, label, reader)


class ServiceCollector(Collector):
    """``gauges`` and ``counters``: name → (help, reader). ``labelled``: name → (help, label, reader of label → count).

    Names come without the ``line102_`` prefix; counters get Prometheus' ``_total``.
    """

    def __init__(
        self,
        gauges: Mapping[str, tuple[str, Read]],
        counters: Mapping[str, tuple[str, Read]],
        labelled: Mapping[str, tuple[str, str, Callable[[], Mapping[str, float]]]],
    ) -> None:
        self._gauges = gauges
        self._counters = counters
        self._labelled = labelled

    def describe(self) -> Iterator[Metric]:
        """No names in advance: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        for name, (text, read) in self._gauges.items():
            yield GaugeMetricFamily(f"line102_{name}", text, read())
        for name, (text, read) in self._counters.items():
            yield CounterMetricFamily(f"line102_{name}", text, read())
        for name, (text, label, read_all) in self._labelled.items():
            family = CounterMetricFamily(f"line102_{name}", text, labels=[label])
            for value, count in read_all().items():
                family.add_metric([value], count)
            yield family


def number_fields(figures: object) -> dict[str, float]:
    """The numeric fields of a dataclass of counters, by name."""
    values = {field.name: getattr(figures, field.name) for field in dataclasses.fields(figures)}  # type: ignore[arg-type]
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
