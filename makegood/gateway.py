"""`makegood gateway`: wires settings, bus and web server into one process; `makegood translate` is the same code on one payload."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from gateway.app import build_app
from gateway.sources import BadSetup
from makegood import logs, secrets, web_server
from makegood.bus import Outgoing, Writer
from makegood.errors import UserError
from makegood.settings import Settings
from makegood.worker import STOPPED_ITSELF
from schemas.cloudevents import headers_of
from schemas.facts import AnyFact
from schemas.topics import TOPIC_OF_TYPE, topic_of

log = structlog.get_logger(__name__)

TOPICS = tuple(dict.fromkeys(name for name in TOPIC_OF_TYPE.values() if name != "commands"))
"""Those that facts go to."""


STUCK_S = 60
"""After so long without any success although Kafka answers, a supervisor is to start us anew."""


class Facts:
    """Writes facts to their topics; `gateway.writing.Write`."""

    def __init__(self, writer: Writer, prefix: str, within_s: float) -> None:
        self._writer, self._prefix, self._within_s = writer, prefix, within_s

    async def __call__(self, facts: Sequence[AnyFact]) -> list[str | None]:
        """For each fact None once it is durable, else why not."""
        return await self._writer.write([self._record(fact) for fact in facts], self._within_s)

    def _record(self, fact: AnyFact) -> Outgoing:
        value: bytes = fact.__pydantic_serializer__.to_json(fact, exclude_none=True)
        headers = headers_of(fact.type, fact.id, fact.source, fact.occurred_at)
        return Outgoing(self._prefix + topic_of(fact.type), fact.customer.key.encode(), value, headers)


def run(settings: Settings) -> None:
    """Serve until a signal ends it. Raises UserError where it cannot start; ends with STOPPED_ITSELF where going on would be wrong."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    secrets.refuse_unsafe(settings, "gateway")
    settings.connection.options()  # settings that do not fit together are told now
    if asyncio.run(_serve(settings)):
        sys.exit(STOPPED_ITSELF)


async def _serve(settings: Settings) -> bool:
    """Whether it ended by itself."""
    writer = Writer(settings.connection, [settings.prefix + name for name in TOPICS], stuck_s=STUCK_S)
    write = Facts(writer, settings.prefix, settings.gateway.written_within_s)
    try:
        app = build_app(settings.gateway, write, lambda: datetime.now(UTC), lambda: writer.trouble)
    except BadSetup as error:
        raise UserError(str(error)) from None
    listening = web_server.listen("the gateway", settings.gateway.host, settings.gateway.port)
    host, port = listening.getsockname()[:2]
    server = web_server.server(app, grace_s=settings.gateway.drain_s, server_header=False)
    sources, keys = sorted(settings.gateway.sources), sorted(settings.gateway.api_keys)
    log.info("gateway starts", address=f"http://{host}:{port}", kafka=settings.kafka, sources=sources, keys=keys)
    if not sources and not keys:
        log.warning("nobody can send anything", do="make a key with `makegood gateway-key NAME`, or set up [gateway.sources.NAME]")
    return await _run(server, listening, writer)


async def _run(server: web_server.Server, listening: socket.socket, writer: Writer) -> bool:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it would tell every attempt to connect; we tell what changes
    writing, serving = asyncio.create_task(_write(writer)), asyncio.create_task(server.serve(sockets=[listening]))
    await asyncio.wait({writing, serving}, return_when=asyncio.FIRST_COMPLETED)
    asked = server.should_exit
    if not asked:
        log.error("gateway stops", reason=str(writing.exception() if writing.done() else "the web server ended"))
    server.end()
    with suppress(Exception):
        await serving  # what was taken is answered before the producer goes
    writing.cancel()
    await asyncio.wait({writing}, timeout=_LAST_WRITES_S)  # without Kafka its last flush would never end
    log.info("gateway ended")
    return not asked


_LAST_WRITES_S = 3


async def _write(writer: Writer) -> None:
    """Keep the writer going, and tell once when Kafka is lost and when it is back. Ends as the writer ends."""
    running = asyncio.create_task(writer.run())
    told: str | None = ""
    try:
        while not running.done():
            if (now := writer.trouble) != told:
                log.info("facts can be written") if now is None else log.warning("facts cannot be written", reason=now)
                told = now
            await asyncio.wait({running}, timeout=1)
        await running
    finally:
        running.cancel()
        await asyncio.wait({running})
