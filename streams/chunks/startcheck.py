"""Before the first input is read: do the journal, the state and the committed offsets of a partition tell the same story?

A Kafka client from before KIP-890 can, in rare cases, leave a transaction torn. Then the state may be ahead of the offsets, which is
harmless (what was applied is skipped), or behind, which is not: then the worker stops and says so.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams.chunks.decided import Refused
from streams.chunks.lane import Position
from streams.chunks.settings import EngineSettings


class _Entry(msgspec.Struct):
    sequence: int


def compare(partition: int, state: Position, committed: Mapping[str, int | None], journal: int | None) -> list[str]:
    """Sentences about what is ahead (to be logged); raises Refused about what is behind.

    `committed` holds the group's offset of each input topic, None where there is none; `journal` the last entry's sequence number.
    """
    notes = []
    written = 0 if journal is None else journal
    if state.sequence < written:
        raise Refused(
            f"partition {partition}: the journal is at transaction {written} but the state at {state.sequence}: the state lost "
            "a transaction. Restore the state topic, or rebuild the state by a replay of the inputs."
        )
    if state.sequence > written:
        notes.append(f"partition {partition}: the state is at transaction {state.sequence}, the journal at {written}")
    for topic, at in committed.items():
        applied = state.next.get(topic, 0)
        if at is not None and at > applied:
            raise Refused(
                f"{topic}-{partition}: offsets are committed up to {at} but the state has applied only up to {applied}: "
                "records would be lost. Set the group's offset back to where the state stands."
            )
        if applied > (at or 0):
            notes.append(f"{topic}-{partition}: the state has applied up to {applied}, committed is {at or 0}: skipping what was applied")
    return notes


async def last_sequences(settings: EngineSettings, partitions: set[int]) -> dict[int, int | None]:
    """The sequence number of the last journal entry of each partition; None where there is no entry."""
    consumer = AIOKafkaConsumer(**settings.connection, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        return {partition: await _last_sequence(consumer, TopicPartition(settings.topic("journal"), partition)) for partition in partitions}
    finally:
        await consumer.stop()


async def _last_sequence(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int | None:
    consumer.assign([tp])
    begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
    reach = 8  # control records and aborted transactions take offsets too, so the last entry may lie a little before the end
    while end > begin:
        start = max(begin, end - reach)
        consumer.seek(tp, start)
        last: bytes | None = None
        while await consumer.position(tp) < end:
            for record in (await consumer.getmany(tp, timeout_ms=200)).get(tp, ()):
                last = record.value
        if last is not None:
            return msgspec.json.decode(last, type=_Entry).sequence
        if start == begin:
            return None
        reach *= 8
    return None
