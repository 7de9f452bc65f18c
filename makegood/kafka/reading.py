"""Reading topics: to their end, for ever, and how far a group is behind. Only what is committed is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from makegood.kafka.clients import admin, consumer
from makegood.kafka.connection import Connection, KafkaUnavailable
from makegood.kafka.topic_admin import existing
from makegood.kafka.unpacking import records_of
from schemas.record import Record
from streams.engine.batches import batches

_COUNTED_ONE_BY_ONE = 1000


async def partitions_of(connection: Connection, topics: Sequence[str]) -> list[TopicPartition]:
    async with admin(connection) as client:
        there = await _all_there(client, topics)
    return [TopicPartition(topic, number) for topic in topics for number in sorted(p["partition"] for p in there[topic]["partitions"])]


async def cluster_with(connection: Connection, topics: Sequence[str]) -> str:
    """The id of the cluster, where it has all of these topics. Raises KafkaUnavailable."""
    async with admin(connection) as client:
        await _all_there(client, topics)
        return str((await client.describe_cluster())["cluster_id"])


async def _all_there(client: Any, topics: Sequence[str]) -> dict[str, Any]:
    there = await existing(client, topics)
    if missing := [topic for topic in topics if topic not in there]:
        raise KafkaUnavailable(f"there is no topic {' or '.join(missing)}: make the topics with `makegood topics apply`")
    return there


async def read_topic(
    connection: Connection,
    topic: str,
    *,
    from_beginning: bool = True,
    start: Mapping[int, int] | None = None,
    follow: bool = False,
    unreadable: bool = False,
) -> AsyncIterator[Record]:
    """The committed records of a topic, in order within each partition, up to the end as it was at the call.

    What the client cannot unpack is left out, with a line in the log; with `unreadable` it is a record that says so.

    The end is found by position, not by the last record: control and aborted records take offsets too. `start` gives the first offset
    by partition; where absent, the beginning holds, or the present end if not `from_beginning`. With `follow` it never ends.
    Raises KafkaUnavailable when nobody answers or there is no such topic.
    """
    partitions = await partitions_of(connection, [topic])
    async with consumer(connection) as reader:
        ends = await reader.end_offsets(partitions)
        first = await reader.beginning_offsets(partitions) if from_beginning else dict(ends)
        first |= {p: max((start or {})[p.partition], first[p]) for p in partitions if p.partition in (start or {})}
        reader.assign(partitions)
        for partition, offset in first.items():
            reader.seek(partition, offset)
        ahead = set(partitions) if follow else {p for p in partitions if first[p] < ends[p]}
        while ahead:
            fetched = await batches(reader, *ahead, timeout_ms=200)
            found = [raw for partition, batch in fetched.items() for raw in batch if follow or raw.offset < ends[partition]]
            for record in records_of(found, unreadable=unreadable):
                yield record
            if not follow:
                ahead = {p for p in ahead if await reader.position(p) < ends[p]}


async def follow(
    connection: Connection, topics: Sequence[str], start: Mapping[tuple[str, int], int], *, most: int = 2000
) -> AsyncIterator[list[Record]]:
    """The committed records of several topics, for ever, in batches of `most` at most, in order within each partition.

    `start` gives the next offset by (topic, partition); where absent, the beginning. An empty batch comes about every half second while
    nothing new is there, so that the caller can say that it is still following. Raises KafkaUnavailable.
    """
    async with tail(connection, topics, start, most=most) as reader:
        while True:
            yield await reader.read()


async def offsets(connection: Connection, topics: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """(topic, partition) -> (first offset, end offset). The end is that of committed reading. Raises KafkaUnavailable."""
    partitions = await partitions_of(connection, list(topics))
    async with consumer(connection) as reader:
        first, ends = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
        return {(p.topic, p.partition): (first[p], ends[p]) for p in partitions}


class Tail:
    """A reader of several topics that knows how far it is. Made by `tail`."""

    def __init__(self, reader: Any, partitions: Sequence[TopicPartition], most: int) -> None:
        self._reader, self._partitions, self._most = reader, partitions, most

    async def read(self) -> list[Record]:
        """The next records, in order within each partition; none after about half a second without any."""
        fetched = await batches(self._reader, timeout_ms=500, max_records=self._most)
        return list(records_of(raw for batch in fetched.values() for raw in batch))

    async def behind(self) -> int:
        """How many records, control records among them, lie beyond what was read; less than 0 where a topic ends before what was read of it,
        as one that was made anew does.
        """
        read = {p: await self._reader.position(p) for p in self._partitions}  # before the ends, which only grow
        ends = await self._reader.end_offsets(self._partitions)
        gaps = [ends[p] - at for p, at in read.items()]
        return min(gaps) if gaps and min(gaps) < 0 else sum(gaps)


@asynccontextmanager
async def tail(
    connection: Connection, topics: Sequence[str], start: Mapping[tuple[str, int], int], *, most: int = 2000
) -> AsyncIterator[Tail]:
    """Read the committed records of several topics for ever, from the offsets of `start`; where absent, from the beginning.

    Raises KafkaUnavailable; but where a broker goes away later, `read` only gives nothing: `behind` is what fails then.
    """
    partitions = await partitions_of(connection, topics)
    async with consumer(connection) as reader:
        reader.assign(partitions)
        first = await reader.beginning_offsets(partitions)
        for partition in partitions:
            reader.seek(partition, max(first[partition], start.get((partition.topic, partition.partition), 0)))
        yield Tail(reader, partitions, most)


@asynccontextmanager
async def watch(connection: Connection, group: str, topics: Sequence[str]) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Yields a lag function: each call returns how many records the consumer group has still to commit. Raises KafkaUnavailable.

    A large number counts offsets, control records among them; a small one counts records, read one by one: behind the last record of a
    transaction lies its marker, which nobody commits, so by offsets alone a group would never be done.
    """
    async with lags(connection, group, topics) as by_partition:

        async def behind() -> int:
            return sum((await by_partition()).values())

        yield behind


@asynccontextmanager
async def lags(connection: Connection, group: str, topics: Sequence[str]) -> AsyncIterator[Callable[[], Awaitable[dict[int, int]]]]:
    """The same as `watch`, by partition number, over all the topics. Raises KafkaUnavailable."""
    partitions = await partitions_of(connection, topics)
    async with admin(connection) as client, consumer(connection) as reader:
        reader.assign(partitions)
        reader.pause(*partitions)

        async def behind() -> dict[int, int]:
            # what is committed is asked first: whatever came of it is then before the ends
            committed = await _committed(client, group, partitions)
            first, ends = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
            starts = {p: max(first[p], committed[p].offset if p in committed else 0) for p in partitions}
            gaps = {p: (starts[p], ends[p]) for p in partitions if starts[p] < ends[p]}
            counts = {p: end - start for p, (start, end) in gaps.items()}
            if sum(counts.values()) <= _COUNTED_ONE_BY_ONE:
                counts = await _records_in(reader, gaps)
            return {n: sum(c for p, c in counts.items() if p.partition == n) for n in sorted({p.partition for p in partitions})}

        yield behind


async def _committed(client: Any, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Any]:
    try:
        return dict(await client.list_consumer_group_offsets(group, partitions=partitions))
    except GroupCoordinatorNotAvailableError:  # a cluster on which no group has ever committed makes room for that only now
        return {}


async def _records_in(reader: Any, gaps: Mapping[TopicPartition, tuple[int, int]]) -> dict[TopicPartition, int]:
    counts, ahead = dict.fromkeys(gaps, 0), set(gaps)
    for partition, (start, _) in gaps.items():
        reader.seek(partition, start)
    reader.resume(*gaps)
    while ahead:
        for partition, batch in (await batches(reader, *ahead, timeout_ms=20)).items():
            counts[partition] += sum(raw.offset < gaps[partition][1] for raw in batch)
        ahead = {p for p in ahead if await reader.position(p) < gaps[p][1]}
    reader.pause(*gaps)
    return counts
