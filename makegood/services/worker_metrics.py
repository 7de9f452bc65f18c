"""The catalogue of Prometheus metrics: each is declared here once, with what it means, and read from the engine when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streams.engine.faust_app import Engine, PartitionHealth


class Entry(NamedTuple):
    """One metric per partition. A value of None is not shown."""

    name: str
    kind: type[CounterMetricFamily | GaugeMetricFamily]
    meaning: str
    value: Callable[[PartitionHealth], float | None]


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        "makegood_recovered",
        GaugeMetricFamily,
        "1 once the partition's state is recovered and inputs are read",
        lambda h: float(h.recovered),
    ),
    Entry("makegood_lag_records", GaugeMetricFamily, "Input records that are not decided yet", lambda h: h.lag),
    Entry(
        "makegood_held_up",
        GaugeMetricFamily,
        "1 while an open transaction of another producer holds up an input",
        lambda h: float(h.held is not None),
    ),
    Entry("makegood_last_commit_age_seconds", GaugeMetricFamily, "Time since the partition's last transaction", lambda h: h.idle_s),
    Entry("makegood_waiting_chunks", GaugeMetricFamily, "Chunks that are decided and wait for their transaction", lambda h: h.waiting),
    Entry("makegood_event_time_seconds", GaugeMetricFamily, "The latest event time applied, since 1970", lambda h: h.watermark or None),
    Entry("makegood_records", CounterMetricFamily, "Input records applied", lambda h: h.records),
    Entry("makegood_transactions", CounterMetricFamily, "Transactions committed", lambda h: h.commits),
    Entry("makegood_transaction_seconds", CounterMetricFamily, "Time spent in transactions", lambda h: h.commit_s),
)


class EngineCollector(Collector):
    """Reads the engine's health at each scrape: nothing is counted twice, nothing costs anything in between."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """One family per entry of the catalogue, labelled by partition."""
        health = self._engine.health()
        for entry in CATALOGUE:
            family = entry.kind(entry.name, entry.meaning, labels=["partition"])
            for partition in health:
                value = entry.value(partition)
                if value is not None:
                    family.add_metric([str(partition.partition)], value)
            yield family


def registry(engine: Engine) -> CollectorRegistry:
    """A registry of this process: the catalogue, and the process's own memory, CPU and files."""
    collected = CollectorRegistry()
    collected.register(EngineCollector(engine))
    ProcessCollector(registry=collected)
    PlatformCollector(registry=collected)
    return collected


def exposition(collected: CollectorRegistry) -> bytes:
    """The text that Prometheus reads."""
    return generate_latest(collected)
