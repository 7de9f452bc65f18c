"""The handlers as one object: notices come in, a worker for each destination delivers them, the outbox publishes outcomes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers import ledger_queries, migrate, redelivery
from handlers.channels import sender
from handlers.circuit_breaker import CircuitBreaker
from handlers.destination_worker import DestinationWorker, Pace
from handlers.http_client import open_client
from handlers.intake import Commit, Intake, Read, routed
from handlers.ledger import Ledger
from handlers.outbox import Outbox, Publish
from handlers.retry_policy import retry_policy_of
from handlers.settings import FALLBACK, HandlerSettings

log = structlog.get_logger(__name__)

_TIDY_S = 600


@dataclass(frozen=True, slots=True)
class DestinationReport:
    """How a destination stands: its circuit, how many notices wait and how long the oldest has (seconds), counts by outcome."""

    destination: str
    channel: str
    circuit: str
    cooldown_s: float
    waiting: int
    oldest_s: float
    outcomes: dict[str, int]


class Handlers:
    """Build it, `start()` it, then run `take_in`, `publish_all` and `deliver` side by side: each goes on when another cannot."""

    def __init__(
        self,
        settings: HandlerSettings,
        engine: AsyncEngine,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.settings, self.ledger, self._clock = settings, Ledger(engine), clock
        self._client = client or open_client(settings.timeout_s)
        self.outbox = Outbox(self.ledger, settings.poll_s)
        self._stopping = asyncio.Event()
        self.workers = {name: self._worker(name, jitter) for name in settings.destinations}
        self._intake = Intake(settings, self.ledger, clock, self._wake)

    def _worker(self, name: str, jitter: Callable[[], float]) -> DestinationWorker:
        given = self.settings
        return DestinationWorker(
            name,
            sender(given.destinations[name], given, self._client),
            self.ledger,
            CircuitBreaker(given.failure_threshold, given.cooldown_s, self._clock),
            retry_policy_of(given, jitter),
            Pace(given.timeout_s, given.lease_s, given.poll_s, self._clock),
            self.outbox.wake.set,
            routed(FALLBACK, given),
        )

    def _wake(self) -> None:
        for worker in self.workers.values():
            worker.wake.set()
        self.outbox.wake.set()

    async def start(self) -> None:
        """Bring the ledger to its newest version, and send on what waits for a destination that is no more."""
        await migrate.upgrade(self.ledger.engine)
        if orphans := await redelivery.reroute_orphans(self.ledger, self.settings, self._clock()):
            names = sorted({orphan.destination for orphan in orphans})
            log.error("notices waited for a destination that the settings no longer have", destinations=names, notices=len(orphans))

    async def take_in(self, read: Read, commit: Commit) -> None:
        """Notices and snapshots into the ledger, for ever; what `read` and `commit` raise ends it, and loses nothing."""
        await self._intake.take_in(read, commit)

    async def publish_all(self, publish: Publish) -> None:
        """Outcomes out of the ledger, for ever; what `publish` raises ends it, and loses nothing."""
        await self.outbox.publish_all(publish)

    async def deliver(self) -> None:
        """Run the worker of every destination until `stop`."""
        async with asyncio.TaskGroup() as group:
            tidying = group.create_task(self._tidy())
            workers = [group.create_task(worker.run(self._stopping)) for worker in self.workers.values()]
            await self._stopping.wait()
            await asyncio.gather(*workers)
            tidying.cancel()

    async def stop(self) -> None:
        """No attempt begins after this; `deliver` ends when those that run have ended."""
        self._stopping.set()
        self._wake()

    async def close(self) -> None:
        """Let go of the HTTP connections. The database belongs to whoever opened it."""
        await self._client.aclose()

    async def _tidy(self) -> None:
        while True:
            await ledger_queries.forget(self.ledger, self._clock() - self.settings.keep_days * 86_400)
            await asyncio.sleep(_TIDY_S)

    async def report(self) -> list[DestinationReport]:
        """How each destination stands."""
        now, waits = self._clock(), {row.destination: row for row in await ledger_queries.waiting(self.ledger)}
        return [
            DestinationReport(
                destination=name,
                channel=self.settings.destinations[name].channel,
                circuit=worker.breaker.circuit.value,
                cooldown_s=worker.breaker.cooldown_s(),
                waiting=waits[name].notices if name in waits else 0,
                oldest_s=now - waits[name].since if name in waits else 0.0,
                outcomes={outcome.name.lower(): count for outcome, count in worker.outcomes.items()},
            )
            for name, worker in self.workers.items()
        ]
