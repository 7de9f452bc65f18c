"""`makegood gateway`: wires settings, Kafka and web server into one process; `makegood gateway translate` is the same code on one payload."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from gateway.app import build_app
from gateway.sources import InvalidSource
from makegood.config import logs, secrets
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import Outgoing, Writer
from makegood.services import event_loop, until_signal, web_server
from makegood.services.until_signal import STOPPED_ITSELF
from schemas.cloudevents import headers_of
from schemas.facts import AnyFact
from schemas.topics import TOPIC_OF_TYPE, topic_of

log = structlog.get_logger(__name__)

TOPICS = tuple(dict.fromkeys(name for name in TOPIC_OF_TYPE.values() if name != "commands"))
"""Those that facts go to."""


STUCK_S = 60
"""After so long without any success although Kafka answers, a supervisor is to start us anew."""


class Facts:
    """Writes facts to their topics; `gateway.fact_writer.Write`."""

    def __init__(self, writer: Writer, prefix: str, within_s: float) -> None:
        self._writer, self._prefix, self._within_s = writer, prefix, within_s

    async def __call__(self, facts: Sequence[AnyFact]) -> list[str | None]:
        """For each fact None once it is durable, else why not."""
        return await self._writer.write([self._record(fact) for fact in facts], self._within_s)

    def _record(self, fact: AnyFact) -> Outgoing:
        value: bytes = fact.__pydantic_serializer__.to_json(fact, exclude_none=True)
        headers = headers_of(fact.type, fact.id, fact.source, fact.occurred_at)
        return Outgoing(self._prefix + topic_of(fact.type), fact.customer.key.encode(), value, headers)


def run(settings: Settings, no_kafka: UserError | None = None) -> None:
    """Serve until a signal ends it. Raises UserError where it cannot start; ends with STOPPED_ITSELF where going on would be wrong.

    `no_kafka` says why there is none to write to: it is raised after what else is wrong.
    """
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    secrets.refuse_unsafe(settings, "gateway")
    settings.connection.options()  # settings that do not fit together are told now
    if event_loop.run(_serve(settings, no_kafka)):
        sys.exit(STOPPED_ITSELF)


async def _serve(settings: Settings, no_kafka: UserError | None) -> bool:
    """Whether it ended by itself."""
    writer = Writer(settings.connection, [settings.prefix + name for name in TOPICS], stuck_s=STUCK_S)
    write = Facts(writer, settings.prefix, settings.gateway.written_within_s)
    try:
        app = build_app(settings.gateway, write, lambda: datetime.now(UTC), lambda: writer.trouble)
    except InvalidSource as error:
        raise UserError(str(error)) from None
    listening = web_server.listen("the gateway", settings.gateway.host, settings.gateway.port)
    if no_kafka is not None:
        listening.close()
        raise no_kafka
    host, port = listening.getsockname()[:2]
    server = web_server.server(app, grace_s=settings.gateway.drain_s, server_header=False)
    sources, keys = sorted(settings.gateway.sources), sorted(settings.gateway.api_keys)
    log.info("gateway starts", address=f"http://{host}:{port}", kafka=settings.kafka, sources=sources, keys=keys)
    if not sources and not keys:
        log.warning("nobody can send anything", do="make a key with `makegood api-keys create NAME`, or set up [gateway.sources.NAME]")
    event_loop.relax_collector()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it would log every attempt to connect; we log what changes
    return await until_signal.serve("gateway", server, listening, _write(writer))


async def _write(writer: Writer) -> None:
    """Keep the writer going, and say once when Kafka is lost and when it is back. Ends as the writer ends."""
    running = asyncio.create_task(writer.run())
    reported: str | None = ""
    try:
        while not running.done():
            if (now := writer.trouble) != reported:
                log.info("facts can be written") if now is None else log.warning("facts cannot be written", reason=now)
                reported = now
            await asyncio.wait({running}, timeout=1)
        await running
    finally:
        running.cancel()
        await asyncio.wait({running})
