"""`makegood worker`: wires settings, policy, engine, health and logs into a process, and ends it when going on would be wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import structlog

from makegood import kafka
from makegood.config import logs, policy_file, private_files, secrets
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import topic_guard, topics
from makegood.services import event_loop, worker_health, worker_processes
from makegood.services.until_signal import STOPPED_ITSELF
from makegood.services.worker_link import WorkerEnd
from schemas.policy import Policy
from streams.app import build_app
from streams.engine.faust_app import Engine

log = structlog.get_logger(__name__)


def run(settings: Settings) -> None:
    """Run until a signal ends it: one worker in this process, or several below it. Raises UserError when it cannot start."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    secrets.refuse_unsafe(settings, "worker")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until Faust takes over: nothing has begun that could be lost
    policy = policy_file.load(settings.policy)
    partitions, cluster = asyncio.run(_cluster(settings))
    count = worker_processes.count(settings.processes, partitions)
    if count == 1:
        _run(settings, policy, partitions, cluster)
        return
    forked = worker_processes.fork(count)
    if not isinstance(forked, WorkerEnd):
        sys.exit(worker_processes.supervise(forked, settings))
    _run(worker_processes.settings_of(forked.number, settings), policy, partitions, cluster, forked)


def _run(settings: Settings, policy: Policy, partitions: int, cluster: str, supervisor: WorkerEnd | None = None) -> None:
    asyncio.set_event_loop(event_loop.new())  # Faust takes the one that it finds
    private_files.folder(settings.directory)
    private_files.close([settings.directory / settings.group])
    stop = partial(fatal, supervisor=supervisor)
    engine = build_app(settings.engine(partitions, cluster), policy, stop)
    _serve_health(engine, settings, supervisor)
    _guard_topics(engine, settings, stop)
    event_loop.relax_collector()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    log.info("worker starts", kafka=settings.kafka, partitions=partitions, store=settings.store, policy=policy.version)
    engine.run()


def _serve_health(engine: Engine, settings: Settings, supervisor: WorkerEnd | None) -> None:
    """At a port of its own, or where the supervisor asks."""

    async def serve() -> None:
        try:
            async with worker_health.served(engine, settings.health_host, settings.health_port):
                await asyncio.Event().wait()
        except UserError as error:
            fatal(str(error))

    async def answer() -> None:
        assert supervisor is not None
        await supervisor.answer(*worker_health.pages(engine))

    engine.app.task(serve if supervisor is None else answer)


async def _cluster(settings: Settings) -> tuple[int, str]:
    """How many partitions our topics have, and the id of the cluster."""
    count = await topics.partition_count(settings.connection, prefix=settings.prefix)
    await topic_guard.refuse_what_loses(settings.connection, settings.prefix)
    return count, await kafka.cluster(settings.connection)


def _guard_topics(engine: Engine, settings: Settings, stop: Callable[[str], NoReturn]) -> None:
    async def guard() -> None:
        stop(await topic_guard.watch(settings.connection, settings.prefix))

    engine.app.task(guard)


def fatal(reason: str, supervisor: WorkerEnd | None = None) -> NoReturn:
    """Say why, and end the process at once: nothing that was decided and not committed may leave it."""
    log.error("worker stops", reason=reason)
    sys.stderr.flush()
    if supervisor is not None:
        supervisor.leave(reason)
    os._exit(STOPPED_ITSELF)


_SWITCH_INTERVAL_S = 0.0005
"""Threads hand over quickly between consumer and decisions."""
