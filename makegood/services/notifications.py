"""`makegood handlers`: wires Kafka, the ledger's database, health and logs around the handlers, and ends when going on would be wrong."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.app import Handlers
from makegood import kafka
from makegood.config import database, logs, secrets
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import KafkaUnavailable
from makegood.services import notifications_health
from makegood.services.until_signal import STOPPED_ITSELF, on_signal
from schemas.cloudevents import headers_of
from schemas.deliveries import NoticeAttempted
from schemas.failures import said

log = structlog.get_logger(__name__)

NOTICES, DELIVERIES = "notices", "deliveries"
READ = (NOTICES, "tasks", "alerts")
"""How tasks and alerts stand makes some notices untrue (handlers/untrue.py)."""
RECONNECT_S = 1.0
FINISH_S = 5.0
"""So long the attempts that run when a signal comes may still take; with the time-out of an attempt below it, none is cut short."""


def group_of(settings: Settings) -> str:
    """The consumer group of the handlers."""
    return f"{settings.group}-handlers"


@asynccontextmanager
async def ledger_engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database of the ledger. Raises UserError when it cannot be opened."""
    engine = database.open_engine(database.url_of(settings.database_url, settings.directory, "handlers"))
    if engine.dialect.name == "sqlite":
        # the ledger answers for notices whose offset is committed, so it must survive a power cut too
        event.listen(engine.sync_engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=FULL"))
    try:
        await _reach(engine)
        yield engine
    finally:
        await engine.dispose()


async def _reach(engine: AsyncEngine) -> None:
    try:
        async with engine.connect():
            pass
    except Exception as error:  # each driver has errors of its own, and all of them are for the user to mend
        where = engine.url.render_as_string(hide_password=True)
        raise UserError(
            f"the delivery ledger at {where} cannot be reached: {database.why(error)}. Is the database up, and database_url right?"
        ) from error


def run(settings: Settings) -> None:
    """Run until a signal ends it. Ends the process with STOPPED_ITSELF when it cannot go on."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until the loop takes over: nothing has begun that could be lost
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    if settings.log_level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says ten times a second what we say once
    secrets.refuse_unsafe(settings, "handlers")
    try:
        asyncio.run(serve(settings))
    except UserError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            return
        log.exception("handlers stop", reason=said(error))
        sys.stderr.flush()
        os._exit(STOPPED_ITSELF)


async def serve(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT. Kafka may come and go: what is in the ledger is delivered all the while."""
    ending, given = asyncio.Event(), settings.handlers
    with on_signal(ending.set):
        async with ledger_engine(settings) as engine:
            handlers, links = Handlers(given, engine), notifications_health.Links()
            await handlers.start()
            try:
                async with notifications_health.served(handlers, links, given.health_host, given.health_port):
                    _say_start(settings)
                    await _until(ending, handlers, links, settings)
            finally:
                await handlers.close()
    log.info("handlers ended")


def _say_start(settings: Settings) -> None:
    given = settings.handlers
    log.info("handlers start", kafka=settings.kafka, destinations=sorted(given.destinations), routes=sorted(given.routes))
    if not given.destinations:
        log.warning(
            "no destination is set: every notice is recorded as one that has none", do="add [handlers.destinations] and [handlers.routes]"
        )
    if given.notify_from is not None:
        log.info("older notices are suppressed", notify_from=given.notify_from.isoformat())


async def _until(ending: asyncio.Event, handlers: Handlers, links: notifications_health.Links, settings: Settings) -> None:
    delivering = asyncio.create_task(handlers.deliver())
    tasks = [
        delivering,
        asyncio.create_task(_linked(links, "notices", lambda: _take_in(handlers, links, settings))),
        asyncio.create_task(_linked(links, "deliveries", lambda: _publish_all(handlers, links, settings))),
        asyncio.create_task(ending.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        await _finish(handlers, delivering)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _finish(handlers: Handlers, delivering: asyncio.Task[None]) -> None:
    """Let the attempts that run come to their end; those that do not are recorded as cut short and sent again by the next process."""
    await handlers.stop()
    await asyncio.wait([delivering], timeout=FINISH_S)
    try:
        async with asyncio.timeout(1.0):
            while await handlers.outbox.unpublished():  # noqa: ASYNC110  a database rings no bell
                await asyncio.sleep(0.05)
    except TimeoutError:
        log.info("some outcomes are published after the next start", count=await handlers.outbox.unpublished())


async def _linked(links: notifications_health.Links, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Keep at it while Kafka comes and goes, and say so once each time."""
    while True:
        try:
            await work()
        except KafkaUnavailable as error:
            if links.lost(name, str(error)):
                log.warning("no Kafka for now; what is in the ledger is delivered all the same", link=name, because=str(error))
        await asyncio.sleep(RECONNECT_S)


async def _take_in(handlers: Handlers, links: notifications_health.Links, settings: Settings) -> None:
    topics = [settings.prefix + name for name in READ]
    async with kafka.member(settings.connection, group_of(settings), topics, session_timeout_s=settings.session_timeout_s) as member:
        links.found(NOTICES, member)
        await handlers.take_in(member.read, member.commit)


async def _publish_all(handlers: Handlers, links: notifications_health.Links, settings: Settings) -> None:
    async with kafka.producer(settings.connection) as producer:
        links.found(DELIVERIES)
        await handlers.publish_all(lambda records: publish(producer, settings.prefix + DELIVERIES, records))


async def publish(producer: Any, topic: str, records: Sequence[NoticeAttempted]) -> None:
    """Write records to the topic, keyed by customer; returns when Kafka has all of them."""
    pending = kafka.PendingSends(producer)
    for record in records:
        headers = headers_of(record.type, record.id, "makegood/handlers", record.at)
        await pending.send(topic, value=record.model_dump_json().encode(), key=record.customer.encode(), headers=headers)
    await pending.settled()
