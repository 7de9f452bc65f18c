"""Health of the handlers over HTTP: /livez, /readyz (ledger and Kafka are reached; how each destination stands), /metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from handlers.app import DestinationReport, Handlers
from makegood.errors import UserError
from makegood.kafka import Member
from makegood.services import ports


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
    """Whether notices are read and told, and a report of each destination. A sick destination is no reason not to be ready."""
    lanes = await handlers.report()
    partitions = links.member.partitions if links.member else ()
    report = {
        "ready": not links.trouble,
        "reason": links.trouble
        or ("notices are read" if partitions else "no partitions now: joining the group, or others hold all of them"),
        "partitions": partitions,
        "untold": await handlers.outbox.untold(),
        "destinations": {
            lane.destination: {
                "channel": lane.channel,
                "circuit": lane.circuit,
                "rests_s": round(lane.rests_s, 1),
                "waiting": lane.waiting,
                "oldest_waits_s": round(lane.oldest_s, 1),
            }
            for lane in lanes
        },
    }
    return not links.trouble, report


def metrics(lanes: Sequence[DestinationReport], untold: int) -> list[Metric]:
    """The catalogue of metrics, one family each."""
    waiting = GaugeMetricFamily("makegood_handlers_waiting", "Notices that wait to be delivered", labels=["destination"])
    oldest = GaugeMetricFamily("makegood_handlers_oldest_wait_seconds", "How long the oldest of them has waited", labels=["destination"])
    rests = GaugeMetricFamily("makegood_handlers_rests", "1 while the destination is left in peace after failures", labels=["destination"])
    outcomes = CounterMetricFamily("makegood_handlers_attempts", "Attempts by what became of them", labels=["destination", "outcome"])
    behind = GaugeMetricFamily("makegood_handlers_untold", "Outcomes that are not on the topic of deliveries yet", value=untold)
    for lane in lanes:
        waiting.add_metric([lane.destination], lane.waiting)
        oldest.add_metric([lane.destination], lane.oldest_s)
        rests.add_metric([lane.destination], float(lane.circuit == "open"))
        for outcome, count in lane.outcomes.items():
            outcomes.add_metric([lane.destination, outcome], count)
    return [waiting, oldest, rests, outcomes, behind]


class _Once:
    """A collector of what was gathered for this scrape."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


async def _exposition(handlers: Handlers) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Once(metrics(await handlers.report(), await handlers.outbox.untold())))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry)


async def serve(handlers: Handlers, links: Links, host: str, port: int) -> web.AppRunner:
    """Start to answer; returns the runner, to be cleaned up at the end. Port 0 takes a free one. Raises UserError if it is taken."""

    async def livez(_: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def readyz(_: web.Request) -> web.Response:
        ready, report = await readiness(handlers, links)
        return web.json_response(report, status=200 if ready else 503)

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(body=await _exposition(handlers), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", scrape)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, ports.listen(host, port), backlog=ports.BACKLOG).start()
    except OSError as error:
        await runner.cleanup()
        raise UserError(f"health cannot be served at {host}:{port}: {error}. Choose another with --health-port") from error
    return runner
