"""`makegood worker`: wires settings, policy, engine, health and logs into one process, and ends it when going on would be wrong."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from typing import Any, NoReturn

import structlog

from makegood import health, logs, policy_file, private, secrets, topics
from makegood.settings import Settings
from streams.app import build_app
from streams.chunks.engine import Engine

log = structlog.get_logger(__name__)

STOPPED_ITSELF = 70
"""Exit status when the worker refuses to go on; a supervisor may start it again."""


def run(settings: Settings) -> None:
    """Run until a signal ends it. Raises UserError when it cannot start."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    secrets.refuse_unsafe(settings, "worker")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until Faust takes over: nothing has begun that could be lost
    policy = policy_file.load(settings.policy)
    partitions = asyncio.run(topics.partition_count(settings.connection, prefix=settings.prefix))
    _use_uvloop()
    private.folder(settings.directory)
    private.close([settings.directory / settings.group])
    engine = build_app(settings.engine(partitions), policy, fatal)
    _serve_health(engine, settings)
    _calm_the_collector()
    log.info("worker starts", kafka=settings.kafka, partitions=partitions, store=settings.store, policy=policy.version)
    engine.run()


def _serve_health(engine: Engine, settings: Settings) -> None:
    async def answer(_: Any) -> None:
        try:
            await health.serve(engine, settings.health_host, settings.health_port)
        except OSError as error:
            fatal(f"health cannot be served at {settings.health_host}:{settings.health_port}: {error}. Choose another with --health-port")

    engine.app.task(lambda: answer(None))


def fatal(reason: str) -> NoReturn:
    """Say why, and end the process at once: nothing that was decided and not committed may leave it."""
    log.error("worker stops", reason=reason)
    sys.stderr.flush()
    os._exit(STOPPED_ITSELF)


def _use_uvloop() -> None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def _calm_the_collector() -> None:
    """Long-lived state must not be walked at every collection; threads hand over quickly between consumer and decisions."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    sys.setswitchinterval(0.0005)
