"""Before a partition goes on, and now and then: does its input still hold what follows the state, and is it the log the state was made from?

Gaps that control records and compaction leave are none: what is compared is the log's first and last offset, and the time of the last
record that was applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from schemas.operations import ServiceChanged, ServiceState
from schemas.traffic import JournalGap
from streams.engine.batches import batches
from streams.engine.contract import StopWorker
from streams.engine.position import Applied
from streams.engine.recovery_check import reader
from streams.engine.settings import EngineSettings

READ_WITHIN_S = 10.0
SURE_AFTER_S = 2.0
"""A topic that a broker does not know is looked for again so much later, before it is called gone."""


class Cause(StrEnum):
    """What became of the records that should follow."""

    REMOVED = "removed"
    OTHER_LOG = "other_log"


_SENTENCES = {
    Cause.REMOVED: "offsets {expected} to {first} were removed (by retention, or by hand) before they were decided: they are lost",
    Cause.OTHER_LOG: "this is not the log that was decided up to offset {expected}: the topic was deleted and made again, or restored",
}


@dataclass(frozen=True, slots=True)
class Hole:
    """`expected`: the next offset by the state; `first`: the first one that the log still holds."""

    topic: str
    partition: int
    cause: Cause
    expected: int
    first: int

    @property
    def name(self) -> str:
        """By which a person accepts it: `feedback-3`."""
        return f"{self.topic}-{self.partition}"

    @property
    def gap(self) -> JournalGap:
        """As the journal and the topic `operations` name it."""
        return JournalGap(topic=self.topic, cause=self.cause.value, expected=self.expected, first=self.first)

    @property
    def accepted(self) -> str:
        """What is said once a person has accepted it."""
        return f"the worker goes on behind a hole that a person accepted: {self.name}: {self._what}"

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return f"{self.name}: {self._what}. Restore the topic, or go on without them by `makegood worker --accept-gap {self.name}`."

    @property
    def _what(self) -> str:
        return _SENTENCES[self.cause].format(expected=self.expected, first=self.first)


def told_of(accepted: Iterable[Hole], sequence: int) -> list[ServiceChanged]:
    """For the board, and for `makegood doctor`: behind which holes the transaction of that number goes on."""
    known: dict[str, Any] = {"service": "worker", "state": ServiceState.RUNNING, "at": datetime.now(UTC)}
    return [ServiceChanged(id=f"gap-{hole.name}-{sequence}", sentence=hole.accepted, gap=hole.gap, **known) for hole in accepted]


def gone(names: Iterable[str]) -> str:
    """A sentence about topics that were there and are no more, by their full names."""
    return (
        f"there is no topic {', '.join(sorted(names))} any more: it was deleted while the worker ran. Restore it, or make it anew with "
        "`makegood topics apply`; what was in it is lost then, and the worker says at its start what that means and how to go on."
    )


async def _refuse_gone(settings: EngineSettings, consumer: AIOKafkaConsumer) -> None:
    wanted = {settings.topic(name) for name in (*settings.inputs, "state", "journal")}
    if missing := wanted - await consumer.topics():
        await asyncio.sleep(SURE_AFTER_S)
        if missing := missing - await consumer.topics():
            raise StopWorker(gone(missing))


async def holes(settings: EngineSettings, applied: Mapping[int, Mapping[str, Applied]]) -> list[Hole]:
    """Where the inputs of partitions (number -> topic -> what was applied) do not go on where the state stands.

    Raises StopWorker where a topic is gone, or an input has another number of partitions; KafkaError, TimeoutError where they cannot be
    looked at.
    """
    known = {TopicPartition(settings.topic(t), p): (t, at) for p, topics in applied.items() for t, at in topics.items()}
    if not known:
        return []
    async with reader(settings, isolation_level="read_uncommitted", request_timeout_ms=int(READ_WITHIN_S * 1000)) as consumer:
        await _refuse_gone(settings, consumer)
        everything = [TopicPartition(settings.topic(t), p) for t in settings.inputs for p in applied]
        consumer.assign(everything)
        try:
            firsts, ends = await asyncio.gather(consumer.beginning_offsets(everything), consumer.end_offsets(everything))
        finally:
            _count(settings, consumer)
        others = [tp for tp in known if firsts[tp] < known[tp][1].next <= ends[tp]]
        times = await _times_at(consumer, {tp: known[tp][1].next - 1 for tp in others}, ends)
    found = []
    for tp, (topic, at) in known.items():
        if firsts[tp] > at.next:
            found.append(Hole(topic, tp.partition, Cause.REMOVED, at.next, firsts[tp]))
        elif ends[tp] < at.next or times.get(tp, at.time) != at.time:
            found.append(Hole(topic, tp.partition, Cause.OTHER_LOG, at.next, firsts[tp]))
    return found


def _count(settings: EngineSettings, consumer: AIOKafkaConsumer) -> None:
    """Raises StopWorker where an input has another number of partitions than the state was made for."""
    for name in map(settings.topic, settings.inputs):
        there = consumer.partitions_for_topic(name)
        if there is not None and len(there) != settings.partitions:
            raise StopWorker(
                f"{name} has {len(there)} partitions, this worker runs on {settings.partitions}: with another number a customer's records go "
                "to another partition than their state. Give every topic the same number again, or start anew under another prefix."
            )


async def _times_at(
    consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The time of the record at each offset, in milliseconds; nothing for one that is no more (compaction) or that cannot be read now."""
    for tp, at in offsets.items():
        consumer.seek(tp, at)
    found: dict[TopicPartition, int] = {}
    open_ = set(offsets)
    async with asyncio.timeout(READ_WITHIN_S):
        while open_:
            for tp, records in (await batches(consumer, *open_, timeout_ms=50)).items():
                if records[0].offset == offsets[tp]:
                    found[tp] = records[0].timestamp
                open_.discard(tp)
            open_ = {tp for tp in open_ if await consumer.position(tp) < ends[tp]}
    return found
