"""Operations: what happened to the services, written to the topic `operations`; kept while Kafka is down, and written when it returns."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from datetime import UTC, datetime
from uuid import uuid4

from makegood import kafka
from makegood.kafka import KafkaUnavailable, topics
from makegood.kafka.connection import KafkaSettings
from schemas.cloudevents import headers_of
from schemas.operations import ServiceChanged, ServiceState
from streams.engine.partitioner import partition_of

MOST_KEPT = 1000
AGAIN_S = 1.0
WRITTEN_WITHIN_S = 10.0
CLOSED_WITHIN_S = 2.0
SOURCE = "makegood/supervisor"


class ServiceEvents:
    """`record` never waits and never fails; between `open`, once it is sure whose Kafka answers, and `close` what was recorded is written."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._run, self._number = uuid4().hex[:12], 0
        self._kept: deque[ServiceChanged] = deque(maxlen=MOST_KEPT)
        self._some = asyncio.Event()
        self._all = asyncio.Event()
        self._all.set()
        self._writing: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to write."""
        self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Stop to write; what is still kept is lost. Not longer than Kafka's client takes to let go."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait({self._writing}, timeout=CLOSED_WITHIN_S)

    def record(self, service: str, state: ServiceState, sentence: str) -> ServiceChanged:
        """Note a change, to be written as soon as Kafka takes it."""
        self._number += 1
        change = ServiceChanged(id=f"{self._run}-{self._number}", service=service, state=state, at=datetime.now(UTC), sentence=sentence)
        self._kept.append(change)
        self._all.clear()
        self._some.set()
        return change

    def follow(self, settings: KafkaSettings) -> None:
        """The broker is elsewhere now."""
        self._settings = settings

    async def _write(self) -> None:
        """Write what was recorded, in order. A change may be written twice, with the same id, where Kafka fell silent in the middle."""
        while True:
            await self._some.wait()
            with contextlib.suppress(KafkaUnavailable, TimeoutError):
                partitions = await topics.partition_count(self._settings.connection, prefix=self._settings.prefix)
                async with kafka.producer(self._settings.connection) as producer:
                    await self._write_with(producer, partitions)
            await asyncio.sleep(AGAIN_S)

    async def _write_with(self, producer: object, partitions: int) -> None:
        while True:
            await self._some.wait()
            while self._kept:
                change = self._kept[0]
                await asyncio.wait_for(self._send(producer, change, partitions), WRITTEN_WITHIN_S)
                if self._kept and self._kept[0] is change:
                    self._kept.popleft()
            self._some.clear()
            self._all.set()

    async def _send(self, producer: object, change: ServiceChanged, partitions: int) -> None:
        await producer.send_and_wait(  # type: ignore[attr-defined]
            self._settings.prefix + "operations",
            value=change.model_dump_json().encode(),
            key=change.service.encode(),
            partition=partition_of(change.service, partitions),
            headers=headers_of(change.type, change.id, SOURCE, change.at),
        )

    async def settled(self, limit_s: float) -> bool:
        """Wait until everything recorded is written, but not for long; returns whether it is."""
        if self._writing is None:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all.wait(), limit_s)
        return self._all.is_set()
