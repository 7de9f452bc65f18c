"""Clients, started and stopped: a producer, a consumer without a group, an admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from makegood.kafka.connection import TIMEOUT_MS, Connection, friendly_errors
from makegood.kafka.life import end, running, start
from schemas.topics import LARGEST_RECORD
from streams.engine import record_batches

record_batches.install()

MOST_UNSETTLED = 5_000
"""So many records are on their way at most before somebody looks what became of them."""


@asynccontextmanager
async def producer(connection: Connection, *, transactional_id: str | None = None) -> AsyncIterator[Any]:
    """An idempotent aiokafka producer (all replicas acknowledge), started and stopped. Keys choose partitions as streams expect.

    With a `transactional_id` it fences whoever used that id before. Raises KafkaUnavailable when nobody answers or a send is refused.
    """
    _silence_unretrieved_futures()
    async with running(
        AIOKafkaProducer,
        connection,
        acks="all",
        enable_idempotence=True,
        transactional_id=transactional_id,
        max_request_size=LARGEST_RECORD,
        max_batch_size=1 << 18,
        linger_ms=5,
        retry_backoff_ms=10,
    ) as client:
        yield client


def _silence_unretrieved_futures() -> None:
    """A producer that fails leaves futures that nobody retrieved, some of them internal: asyncio would log each, though the error is raised."""
    loop = asyncio.get_running_loop()
    if loop.get_exception_handler() is None:
        loop.set_exception_handler(_handle)


def _handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if isinstance(context.get("exception"), KafkaError) and context["message"] == "Future exception was never retrieved":
        return
    loop.default_exception_handler(context)


class PendingSends:
    """Records handed to a producer in one go. Its own `flush` waits for them, too, but is silent about those that Kafka refused."""

    def __init__(self, producer: Any) -> None:
        self._producer, self._sent = producer, list[asyncio.Future[Any]]()

    async def send(self, topic: str, **record: Any) -> None:
        """Hand over a record (value, key, partition, timestamp_ms, headers). Raises what Kafka said of earlier ones, now and then."""
        self._sent.append(await self._producer.send(topic, **record))
        if len(self._sent) >= MOST_UNSETTLED:
            await self.settled()

    async def settled(self) -> None:
        """Return when Kafka has all of them. Raises KafkaError for the first that it refused."""
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)


def consumer(connection: Connection, *topics: str, **group: Any) -> AbstractAsyncContextManager[Any]:
    """An aiokafka consumer of committed records. Raises KafkaUnavailable.

    Without topics and the options of a group: assign partitions and seek by hand.
    """
    return running(
        AIOKafkaConsumer,
        connection,
        *topics,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST_RECORD,
        request_timeout_ms=TIMEOUT_MS,
        fetch_max_wait_ms=100,
        **group,
    )


@asynccontextmanager
async def admin(connection: Connection) -> AsyncIterator[Any]:
    with friendly_errors(connection):
        client = AIOKafkaAdminClient(**connection.options(), request_timeout_ms=TIMEOUT_MS)
        await start(client, connection)
        try:
            yield client
        finally:
            await end(client)
