"""`makegood worker`: wires settings, policy, engine, health and logs into one process, and ends it when going on would be wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import NoReturn

import structlog

from makegood import kafka
from makegood.config import logs, policy_file, private_files, secrets
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import topic_guard, topics
from makegood.services import event_loop, worker_health
from makegood.services.until_signal import STOPPED_ITSELF
from streams.app import build_app
from streams.engine.faust_app import Engine

log = structlog.get_logger(__name__)


def run(settings: Settings) -> None:
    """Run until a signal ends it. Raises UserError when it cannot start."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    secrets.refuse_unsafe(settings, "worker")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until Faust takes over: nothing has begun that could be lost
    policy = policy_file.load(settings.policy)
    partitions, cluster = asyncio.run(_cluster(settings))
    asyncio.set_event_loop(event_loop.new())  # Faust takes the one that it finds
    private_files.folder(settings.directory)
    private_files.close([settings.directory / settings.group])
    engine = build_app(settings.engine(partitions, cluster), policy, fatal)
    _serve_health(engine, settings)
    _guard_topics(engine, settings)
    event_loop.relax_collector()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    log.info("worker starts", kafka=settings.kafka, partitions=partitions, store=settings.store, policy=policy.version)
    engine.run()


def _serve_health(engine: Engine, settings: Settings) -> None:
    async def answer() -> None:
        try:
            async with worker_health.served(engine, settings.health_host, settings.health_port):
                await asyncio.Event().wait()
        except UserError as error:
            fatal(str(error))

    engine.app.task(answer)


async def _cluster(settings: Settings) -> tuple[int, str]:
    """How many partitions our topics have, and the id of the cluster."""
    count = await topics.partition_count(settings.connection, prefix=settings.prefix)
    await topic_guard.refuse_what_loses(settings.connection, settings.prefix)
    return count, await kafka.cluster(settings.connection)


def _guard_topics(engine: Engine, settings: Settings) -> None:
    async def guard() -> None:
        fatal(await topic_guard.watch(settings.connection, settings.prefix))

    engine.app.task(guard)


def fatal(reason: str) -> NoReturn:
    """Say why, and end the process at once: nothing that was decided and not committed may leave it."""
    log.error("worker stops", reason=reason)
    sys.stderr.flush()
    os._exit(STOPPED_ITSELF)


_SWITCH_INTERVAL_S = 0.0005
"""Threads hand over quickly between consumer and decisions."""
