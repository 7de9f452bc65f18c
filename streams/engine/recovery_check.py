"""Before the first input is read: do the journal and the state of a partition tell the same story?

A Kafka client from before KIP-890 can, in rare cases, leave a transaction torn. Then the state may be ahead of the journal, which is
said, or behind, which is a loss: then the worker stops and says so. The group's offsets are no witness: they follow, for people's tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams.engine.batches import batches
from streams.engine.contract import StopWorker
from streams.engine.position import Position
from streams.engine.settings import EngineSettings


class _Entry(msgspec.Struct):
    sequence: int


def compare(partition: int, partitions: int, state: Position, journal: int | None) -> str | None:
    """A sentence about a state that is ahead (to be logged), None where they agree; raises StopWorker about one that is behind.

    `journal` is the last entry's sequence number, None where there is no entry.
    """
    if state.partitions not in (0, partitions):
        raise StopWorker(
            f"partition {partition}: its state was made with {state.partitions} partitions, now there are {partitions}: customers' records go to "
            "other partitions than their state. Start anew under another prefix with the new number, and replay the inputs there."
        )
    written = 0 if journal is None else journal
    if state.sequence < written:
        raise StopWorker(
            f"partition {partition}: the journal is at transaction {written} but the state at {state.sequence}: the state lost "
            "a transaction. Restore the state topic, or rebuild the state by a replay of the inputs."
        )
    if state.sequence > written:
        return f"partition {partition}: the state is at transaction {state.sequence}, the journal at {written}"
    return None


@asynccontextmanager
async def reader(settings: EngineSettings, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group, for a look at a few records."""
    consumer = AIOKafkaConsumer(
        **settings.connection,
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
        max_poll_records=None,
        max_partition_fetch_bytes=1 << 16,
        **options,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def refuse_ahead(settings: EngineSettings, stored: Mapping[int, int]) -> None:
    """Raises StopWorker where a store has more of the changelog (partition -> last offset) than the changelog: that was emptied or made anew."""
    async with reader(settings, isolation_level="read_uncommitted") as consumer:
        ends = await consumer.end_offsets([TopicPartition(settings.topic("state"), partition) for partition in stored])
    for tp, end in ends.items():
        if stored[tp.partition] >= end:
            raise StopWorker(
                f"{tp.topic}-{tp.partition} ends at offset {end}, the store on disk has it up to {stored[tp.partition]}: the topic was emptied "
                "or made again, and with the disk the only copy of the state would be lost. Restore the topic."
            )


async def last_sequences(settings: EngineSettings, partitions: set[int]) -> dict[int, int | None]:
    """The sequence number of the last journal entry of each partition; None where there is no entry."""
    async with reader(settings, isolation_level="read_committed") as consumer:
        journals = [TopicPartition(settings.topic("journal"), partition) for partition in partitions]
        consumer.assign(journals)
        begins, ends = await asyncio.gather(consumer.beginning_offsets(journals), consumer.end_offsets(journals))
        return await _look_back(consumer, begins, ends)


async def _look_back(
    consumer: AIOKafkaConsumer, begins: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[int, int | None]:
    """Read the end of each journal, further back each time: control records and aborted transactions take offsets too."""
    found: dict[int, int | None] = {tp.partition: None for tp in ends}
    open_, reach = {tp for tp in ends if ends[tp] > begins[tp]}, 8
    while open_:
        for tp in open_:
            consumer.seek(tp, max(begins[tp], ends[tp] - reach))
        for tp, value in (await _read_to(consumer, {tp: ends[tp] for tp in open_})).items():
            found[tp.partition] = msgspec.json.decode(value, type=_Entry).sequence
        open_ = {tp for tp in open_ if found[tp.partition] is None and ends[tp] - reach > begins[tp]}
        reach *= 8
    return found


async def _read_to(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, bytes]:
    """The last record of each partition between its position and its end."""
    last: dict[TopicPartition, bytes] = {}
    ahead = set(ends)
    while ahead:
        for tp, records in (await batches(consumer, *ahead, timeout_ms=50)).items():
            for record in records:
                if record.offset < ends[tp]:
                    last[tp] = record.value
        ahead = {tp for tp in ahead if await consumer.position(tp) < ends[tp]}
    return last
