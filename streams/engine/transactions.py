"""One transactional producer per partition: outputs, changelog and journal are one transaction. How far the inputs are is in the changelog."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError, NodeNotReadyError
from aiokafka.producer import sender
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from schemas.failures import said
from streams.engine.contract import NO_HEADERS, Headers, Output
from streams.engine.settings import EngineSettings


class OutcomeUnknown(KafkaError):  # type: ignore[misc]
    """A transaction may be committed or not: nobody can say before the next owner of its id has begun."""


class EndedOnce(sender.EndTxnHandler):  # type: ignore[misc]
    """The request that ends a transaction, never sent twice.

    The broker cannot tell a request that comes late from one for the next transaction of the same epoch (before KIP-890): sent again by
    aiokafka after no answer, the first of the two could commit half of what follows. So no answer ends this producer.
    """

    async def do(self, node_id: int) -> bool:
        """True where it is ended, False where the broker refused for now or was never reached: then it may be sent again."""
        try:
            answer = await self._sender.client.send(node_id, self.create_request(), group=self.group)
        except NodeNotReadyError:
            wait_s = self.handle_error()
        except KafkaError as error:
            self._sender._txn_manager.fatal_error(OutcomeUnknown(f"no answer to the end of a transaction: {said(error)}"))  # noqa: SLF001
            return False
        else:
            wait_s = self.handle_response(answer)
        if wait_s is not None:
            await asyncio.sleep(wait_s)
        return wait_s is None


sender.EndTxnHandler = EndedOnce
BATCH_BYTES = 900_000
"""Below the broker's usual limit of 1 MB for a batch."""
BACK_OFF_MS = 10
"""aiokafka waits so long after an error that passes; its default of 100 ms would be the latency."""
sender.BACKOFF_OVERRIDE = 0.002
"""Seconds, which no option of aiokafka reaches: so long it waits while the coordinator still finishes the last transaction (20 ms by default)."""


class Transactions(Protocol):
    """What a partition task needs of its producer."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def commit(self, outputs: Iterable[Output], state: Iterable[tuple[bytes, bytes | None]], offsets: Mapping[str, int]) -> int: ...


class TransactionalProducer:
    """Commits for one partition. Its start fences a former owner of the partition and ends that owner's open transaction."""

    def __init__(self, settings: EngineSettings, partition: int) -> None:
        self._settings = settings
        self._partition = partition
        self._producer = AIOKafkaProducer(
            **settings.connection,
            client_id=f"{settings.app_id}-{partition}",
            transactional_id=f"{settings.app_id}-{partition}",
            transaction_timeout_ms=int(settings.transaction_timeout_s * 1000),
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=30_000,
            retry_backoff_ms=BACK_OFF_MS,
        )

    async def start(self) -> None:
        """Connect, and take over the transactional id."""
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def commit(self, outputs: Iterable[Output], state: Iterable[tuple[bytes, bytes | None]], offsets: Mapping[str, int]) -> int:
        """Send all and commit; returns the offset of the last changelog record (-1 if there was none). Raises if it did not commit.

        `offsets` (input topic -> next offset) are told to the group, where there are any.
        """
        await self._producer.begin_transaction()
        try:
            sends = await self.send(outputs, state)
        except IllegalOperation as refused:
            raise self._why_it_ended(refused) from refused
        if offsets:
            positions = {TopicPartition(self._settings.topic(t), self._partition): OffsetAndMetadata(at, "") for t, at in offsets.items()}
            await self._producer.send_offsets_to_transaction(positions, self._settings.app_id)
        last = await _settled(sends)
        await self._producer.commit_transaction()
        return last

    def _why_it_ended(self, refused: IllegalOperation) -> BaseException:
        """A producer that fails while records are handed to it only says that it takes no more: why it failed is kept elsewhere."""
        ended = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001
        failed: BaseException | None = ended.exception() if ended.done() and not ended.cancelled() else None
        return failed or refused

    async def send(self, outputs: Iterable[Output], state: Iterable[tuple[bytes, bytes | None]]) -> list[tuple[Any, int]]:
        """Hand all records to the producer; the changelog comes last in the list."""
        groups: dict[tuple[str, int], list[tuple[bytes, bytes | None, Headers]]] = {}
        for output in outputs:
            groups.setdefault((output.topic, output.partition), []).append((output.key, output.value, output.headers))
        sends: list[tuple[Any, int]] = []
        for (topic, partition), records in groups.items():
            sends += await self._send_batches(topic, partition, records)
        return sends + await self._send_batches("state", self._partition, ((key, value, NO_HEADERS) for key, value in state))

    async def _send_batches(
        self, topic: str, partition: int, records: Iterable[tuple[bytes, bytes | None, Headers]]
    ) -> list[tuple[Any, int]]:
        sends: list[tuple[Any, int]] = []
        for batch in self._batches(records):
            sent = await self._producer.send_batch(batch, self._settings.topic(topic), partition=partition)
            sends.append((sent, batch.record_count()))
        return sends

    def _batches(self, records: Iterable[tuple[bytes, bytes | None, Headers]]) -> Iterator[Any]:
        # The records go to aiokafka's builder in C: its wrapper in Python costs as much again for each of them.
        now = int(time.time() * 1000)
        batch, count = self._producer.create_batch(), 0
        for key, value, headers in records:
            if batch._builder.append(count, now, key, value, headers) is None:  # noqa: SLF001
                yield _closed(batch, count)
                batch, count = self._producer.create_batch(), 0
                batch._builder.append(0, now, key, value, headers)  # noqa: SLF001
            count += 1
        if count:
            yield _closed(batch, count)


def _closed(batch: Any, count: int) -> Any:
    batch._relative_offset = count  # noqa: SLF001
    batch.close()
    return batch


async def _settled(sends: list[tuple[Any, int]]) -> int:
    if not sends:
        return -1
    metadata = await asyncio.gather(*(future for future, _ in sends))
    return int(metadata[-1].offset) + sends[-1][1] - 1
