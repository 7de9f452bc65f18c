"""A member of a consumer group that commits by hand: what was not committed is read again, by it or by whoever gets the partition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.errors import CommitFailedError, IllegalStateError

from makegood.kafka.clients import consumer
from makegood.kafka.connection import Connection
from makegood.kafka.reading import partitions_of
from makegood.kafka.unpacking import records_of
from schemas.record import Record
from streams.engine.batches import batches

_WAIT_MS = 500


class Member:
    """Read, then commit what the last read returned. Committed records only; a new group begins at the beginning."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._read: dict[Any, int] = {}

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that are this member's now."""
        return tuple(sorted({partition.partition for partition in self._client.assignment()}))

    async def read(self, most: int = 500) -> Sequence[Record]:
        """The next records, `most` at most, in order within each partition; none after half a second without any."""
        found = await batches(self._client, timeout_ms=_WAIT_MS, max_records=most)
        self._read = {partition: batch[-1].offset + 1 for partition, batch in found.items() if batch}
        return list(records_of(raw for batch in found.values() for raw in batch))

    async def commit(self) -> None:
        """Commit what the last read returned, as far as its partitions are still ours: what went to another member is read again by it."""
        ours = {partition: offset for partition, offset in self._read.items() if partition in self._client.assignment()}
        if ours:
            try:
                await self._client.commit(ours)
            except (CommitFailedError, IllegalStateError):  # a rebalance came in between
                return


@asynccontextmanager
async def member(
    connection: Connection, group: str, topics: Sequence[str], *, instance: str | None = None, session_timeout_s: float = 6
) -> AsyncIterator[Member]:
    """Join a group; leaves it at the end of the block. `instance` is a name that outlives a restart. Raises KafkaUnavailable."""
    await partitions_of(connection, topics)  # a clear word where there is no such topic
    options = {
        "group_id": group,
        "group_instance_id": instance,
        "session_timeout_ms": int(session_timeout_s * 1000),
        "heartbeat_interval_ms": int(session_timeout_s * 1000 / 3),
    }
    async with consumer(connection, *topics, **options) as client:
        yield Member(client)
