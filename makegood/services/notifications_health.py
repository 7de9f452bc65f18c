"""Health of the notifications: ready when ledger and Kafka are reached; how each destination stands is reported and measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from handlers.app import DestinationReport, Handlers
from makegood.kafka import Member
from makegood.services import health


class Lost(NamedTuple):
    """A link that is down: why, and since when (monotonic seconds)."""

    because: str
    since: float


class Links:
    """Whether notices are read and outcomes are written at this moment."""

    def __init__(self) -> None:
        self._lost = {name: Lost("connecting", time.monotonic()) for name in ("notices", "deliveries")}
        self.member: Member | None = None

    def found(self, name: str, member: Member | None = None) -> None:
        """The link is up."""
        self._lost.pop(name, None)
        self.member = member or self.member

    def lost(self, name: str, because: str) -> bool:
        """The link is down; returns whether that is news."""
        news = name not in self._lost or self._lost[name].because != because
        self._lost[name] = Lost(because, self._lost[name].since if name in self._lost else time.monotonic())
        if name == "notices":
            self.member = None
        return news

    @property
    def trouble(self) -> str:
        """What is wrong, or empty."""
        parts = [f"{name}: {lost.because} (for {time.monotonic() - lost.since:.0f} s)" for name, lost in sorted(self._lost.items())]
        return "; ".join(parts)


async def readiness(handlers: Handlers, links: Links) -> tuple[bool, dict[str, Any]]:
    """Whether notices are read and outcomes published, and a report of each destination. A failing destination is no reason not to be ready."""
    destinations = await handlers.report()
    partitions = links.member.partitions if links.member else ()
    report = {
        "ready": not links.trouble,
        "reason": links.trouble
        or ("notices are read" if partitions else "no partitions now: joining the group, or others hold all of them"),
        "partitions": partitions,
        "unpublished": await handlers.outbox.unpublished(),
        "destinations": {
            destination.destination: {
                "channel": destination.channel,
                "circuit": destination.circuit,
                "cooldown_s": round(destination.cooldown_s, 1),
                "waiting": destination.waiting,
                "oldest_waits_s": round(destination.oldest_s, 1),
            }
            for destination in destinations
        },
    }
    return not links.trouble, report


def metrics(destinations: Sequence[DestinationReport], unpublished: int) -> list[Metric]:
    """The catalogue of metrics, one family each."""
    waiting = GaugeMetricFamily("makegood_handlers_waiting", "Notices that wait to be delivered", labels=["destination"])
    oldest = GaugeMetricFamily("makegood_handlers_oldest_wait_seconds", "How long the oldest of them has waited", labels=["destination"])
    cooldown = GaugeMetricFamily(
        "makegood_handlers_cooldown", "1 while nothing is sent to the destination after failures", labels=["destination"]
    )
    outcomes = CounterMetricFamily("makegood_handlers_attempts", "Attempts by what became of them", labels=["destination", "outcome"])
    behind = GaugeMetricFamily("makegood_handlers_unpublished", "Outcomes that are not on the topic of deliveries yet", value=unpublished)
    for destination in destinations:
        waiting.add_metric([destination.destination], destination.waiting)
        oldest.add_metric([destination.destination], destination.oldest_s)
        cooldown.add_metric([destination.destination], float(destination.circuit == "open"))
        for outcome, count in destination.outcomes.items():
            outcomes.add_metric([destination.destination, outcome], count)
    return [waiting, oldest, cooldown, outcomes, behind]


class _Once:
    """A collector of what was gathered for this scrape."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


async def _exposition(handlers: Handlers) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Once(metrics(await handlers.report(), await handlers.outbox.unpublished())))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry)


def served(handlers: Handlers, links: Links, host: str, port: int) -> AbstractAsyncContextManager[None]:
    """Answer for the time of the block. Raises UserError where the address is taken or not ours."""
    return health.served(lambda: readiness(handlers, links), lambda: _exposition(handlers), host, port)
