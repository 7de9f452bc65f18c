"""Health of a worker: it is ready when each of its partitions is recovered and read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from makegood.services import health, worker_metrics
from makegood.services.health import Exposition, Readiness
from streams.engine.faust_app import Engine

SILENT_S = 8.0
"""An idle fetch is answered twice a second."""


def readiness(engine: Engine) -> tuple[bool, dict[str, Any]]:
    """Whether the worker is ready, and a report that says why not, partition by partition."""
    owned = engine.health()
    partitions = {
        str(partition.partition): {
            "recovered": partition.recovered,
            "lag": partition.lag,
            "last_commit_s_ago": None if partition.idle_s is None else round(partition.idle_s, 1),
            "waiting_chunks": partition.waiting,
            "held_up": partition.held,
        }
        for partition in owned
    }
    if not owned:
        reason = "no partitions assigned yet: the worker is joining its group, or other workers hold all of them"
    elif (silent_s := engine.silent_s()) is not None and silent_s > SILENT_S:
        reason = f"Kafka has not answered for {silent_s:.0f} s"
    elif not all(partition.recovered for partition in owned):
        reason = "the state is being recovered"
    else:
        reason = ""
    return not reason, {"ready": not reason, "reason": reason or "every assigned partition is recovered and read", "partitions": partitions}


def pages(engine: Engine) -> tuple[Readiness, Exposition]:
    """What /readyz and /metrics say."""
    collected = worker_metrics.registry(engine)

    async def report() -> tuple[bool, dict[str, Any]]:
        return readiness(engine)

    async def exposition() -> bytes:
        return worker_metrics.exposition(collected)

    return report, exposition


@asynccontextmanager
async def served(engine: Engine, host: str, port: int) -> AsyncIterator[None]:
    """Answer for the time of the block. Raises UserError where the address is taken or not ours."""
    async with health.served(*pages(engine), host, port):
        yield
