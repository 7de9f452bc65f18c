"""The bus: the only place outside streams/chunks that knows Kafka's client. Everybody reads only what is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.helpers import create_ssl_context

from makegood.errors import UserError

# the client logs each failed attempt; without a handler of its own Python would print those lines beside our one clear sentence
logging.getLogger("aiokafka").addHandler(logging.NullHandler())

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
LARGEST_RECORD = 4 << 20
"""Bytes: the `max.message.bytes` of our topics."""
_TIMEOUT_MS = 15_000
_SET_ON_THE_TOPIC = 1  # config source of DescribeConfigs: not inherited from the broker
_VISIBLE_WITHIN_S = 15.0
_COUNTED_ONE_BY_ONE = 1000


class BusError(UserError):
    """Kafka does not answer, or refuses."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the brokers are and how to reach them. `bootstrap` is HOST:PORT, several divided by commas."""

    bootstrap: str = "127.0.0.1:19092"
    security: Security = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def options(self) -> dict[str, Any]:
        """What every aiokafka client is given. Raises BusError when the settings do not fit together."""
        if self.security not in get_args(Security):
            raise BusError(f"Kafka security {self.security} is not known: it is one of {', '.join(get_args(Security))}")
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": self.security}
        if self.security.startswith("SASL"):
            options |= self._sasl()
        if self.security.endswith("SSL"):
            options["ssl_context"] = self._ssl()
        return options

    def _sasl(self) -> dict[str, Any]:
        if self.username is None or self.password is None:
            raise BusError(f"Kafka security {self.security} needs a user name and a password")
        return {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.username, "sasl_plain_password": self.password}

    def _ssl(self) -> Any:
        files = [str(file) if file else None for file in (self.ca_file, self.cert_file, self.key_file)]
        try:
            return create_ssl_context(cafile=files[0], certfile=files[1], keyfile=files[2])
        except OSError as error:
            raise BusError(f"the certificates for Kafka cannot be read: {error} (given: {', '.join(f for f in files if f)})") from error


class Record(NamedTuple):
    """One record of a topic, as bytes. `timestamp_ms` is milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it shall be, or as it is: `config` holds only what is set on the topic itself."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str] = field(default_factory=dict)


def _plain(connection: Connection, error: Exception) -> BusError:
    where = connection.bootstrap
    if isinstance(error, SaslAuthenticationFailed):
        return BusError(f"{where} refuses the user name or password: {error}")
    if isinstance(error, KafkaConnectionError | OSError):
        return BusError(f"nobody answers at {where}: is the broker up? start one with `makegood broker up`")
    if isinstance(error, KafkaTimeoutError | TimeoutError):
        return BusError(f"{where} did not answer in time: is the whole cluster up?")
    return BusError(f"Kafka at {where} refuses: {error}")


@contextmanager
def _plainly(connection: Connection, errors: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)) -> Iterator[None]:
    """Turn the client's errors into one clear sentence."""
    try:
        yield
    except errors as error:
        raise _plain(connection, error) from error


@asynccontextmanager
async def producer(connection: Connection, *, transactional_id: str | None = None) -> AsyncIterator[Any]:
    """An idempotent aiokafka producer (all replicas acknowledge), started and stopped. Keys choose partitions as streams expect.

    With a `transactional_id` it fences whoever used that id before. Raises BusError when nobody answers or a send is refused.
    """
    with _plainly(connection):
        client = AIOKafkaProducer(
            **connection.options(),
            acks="all",
            enable_idempotence=True,
            transactional_id=transactional_id,
            max_request_size=LARGEST_RECORD,
            max_batch_size=1 << 18,
            linger_ms=5,
            retry_backoff_ms=10,
        )
        await _start(client.start, client.stop)
    try:
        with _plainly(connection, (KafkaError,)):
            yield client
    finally:
        await client.stop()


@asynccontextmanager
async def consumer(connection: Connection) -> AsyncIterator[Any]:
    """An aiokafka consumer of committed records without a group: assign partitions and seek by hand. Raises BusError."""
    with _plainly(connection):
        client = AIOKafkaConsumer(
            **connection.options(),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=LARGEST_RECORD,
            request_timeout_ms=_TIMEOUT_MS,
            fetch_max_wait_ms=100,
        )
        await _start(client.start, client.stop)
    try:
        with _plainly(connection, (KafkaError,)):
            yield client
    finally:
        await client.stop()


@asynccontextmanager
async def _admin(connection: Connection) -> AsyncIterator[Any]:
    with _plainly(connection):
        client = AIOKafkaAdminClient(**connection.options(), request_timeout_ms=_TIMEOUT_MS)
        await _start(client.start, client.close)
        try:
            yield client
        finally:
            await client.close()


async def _start(start: Any, stop: Any) -> None:
    """A client that failed to start still holds tasks and sockets."""
    try:
        await start()
    except BaseException:
        await stop()
        raise


async def _partitions(connection: Connection, topics: Sequence[str]) -> list[TopicPartition]:
    async with _admin(connection) as admin:
        there = await _existing(admin, topics)
    if missing := [topic for topic in topics if topic not in there]:
        raise BusError(f"there is no topic {' or '.join(missing)}: make the topics with `makegood topics apply`")
    return [TopicPartition(topic, number) for topic in topics for number in sorted(p["partition"] for p in there[topic]["partitions"])]


def _record(raw: Any) -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, tuple(raw.headers))


async def read_topic(
    connection: Connection, topic: str, *, from_beginning: bool = True, start: Mapping[int, int] | None = None, follow: bool = False
) -> AsyncIterator[Record]:
    """The committed records of a topic, in order within each partition, up to the end as it was at the call.

    The end is found by position, not by the last record: control and aborted records take offsets too. `start` gives the first offset
    by partition; where absent, the beginning holds, or the present end if not `from_beginning`. With `follow` it never ends.
    Raises BusError when nobody answers or there is no such topic.
    """
    partitions = await _partitions(connection, [topic])
    async with consumer(connection) as reader:
        ends = await reader.end_offsets(partitions)
        first = await reader.beginning_offsets(partitions) if from_beginning else dict(ends)
        first |= {p: max((start or {})[p.partition], first[p]) for p in partitions if p.partition in (start or {})}
        reader.assign(partitions)
        for partition, offset in first.items():
            reader.seek(partition, offset)
        ahead = set(partitions) if follow else {p for p in partitions if first[p] < ends[p]}
        while ahead:
            batches = await reader.getmany(*ahead, timeout_ms=200)
            for raw in (raw for partition, batch in batches.items() for raw in batch if follow or raw.offset < ends[partition]):
                yield _record(raw)
            if not follow:
                ahead = {p for p in ahead if await reader.position(p) < ends[p]}


async def follow(
    connection: Connection, topics: Sequence[str], start: Mapping[tuple[str, int], int], *, most: int = 2000
) -> AsyncIterator[list[Record]]:
    """The committed records of several topics, for ever, in batches of `most` at most, in order within each partition.

    `start` gives the next offset by (topic, partition); where absent, the beginning. An empty batch comes about every half second while
    nothing new is there, so that the caller can say that it is still following. Raises BusError.
    """
    partitions = await _partitions(connection, topics)
    async with consumer(connection) as reader:
        reader.assign(partitions)
        first = await reader.beginning_offsets(partitions)
        for partition in partitions:
            reader.seek(partition, max(first[partition], start.get((partition.topic, partition.partition), 0)))
        while True:
            batches = await reader.getmany(timeout_ms=500, max_records=most)
            yield [_record(raw) for batch in batches.values() for raw in batch]


async def offsets(connection: Connection, topics: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """(topic, partition) -> (first offset, end offset). The end is that of committed reading. Raises BusError."""
    partitions = await _partitions(connection, list(topics))
    async with consumer(connection) as reader:
        first, ends = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
        return {(p.topic, p.partition): (first[p], ends[p]) for p in partitions}


@asynccontextmanager
async def watch(connection: Connection, group: str, topics: Sequence[str]) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """What comes tells, each time it is called, how many records the consumer group has still to commit. Raises BusError.

    A large number counts offsets, control records among them; a small one counts records, read one by one: behind the last record of a
    transaction lies its marker, which nobody commits, so by offsets alone a group would never be done.
    """
    partitions = await _partitions(connection, topics)
    async with _admin(connection) as admin, consumer(connection) as reader:
        reader.assign(partitions)
        reader.pause(*partitions)

        async def behind() -> int:
            # what is committed is asked first: whatever came of it is then before the ends
            committed = await _committed(admin, group, partitions)
            first, ends = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
            starts = {p: max(first[p], committed[p].offset if p in committed else 0) for p in partitions}
            gaps = {p: (starts[p], ends[p]) for p in partitions if starts[p] < ends[p]}
            total = sum(end - start for start, end in gaps.values())
            return total if total > _COUNTED_ONE_BY_ONE else await _records_in(reader, gaps)

        yield behind


async def _committed(admin: Any, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Any]:
    try:
        return dict(await admin.list_consumer_group_offsets(group, partitions=partitions))
    except GroupCoordinatorNotAvailableError:  # a cluster on which no group has ever committed makes room for that only now
        return {}


async def _records_in(reader: Any, gaps: Mapping[TopicPartition, tuple[int, int]]) -> int:
    count, ahead = 0, set(gaps)
    for partition, (start, _) in gaps.items():
        reader.seek(partition, start)
    reader.resume(*gaps)
    while ahead:
        batches = await reader.getmany(*ahead, timeout_ms=20)
        count += sum(raw.offset < gaps[partition][1] for partition, batch in batches.items() for raw in batch)
        ahead = {p for p in ahead if await reader.position(p) < gaps[p][1]}
    reader.pause(*gaps)
    return count


async def brokers(connection: Connection) -> int:
    """How many brokers the cluster has at this moment. Raises BusError."""
    async with _admin(connection) as admin:
        return len((await admin.describe_cluster())["brokers"])


async def describe(connection: Connection, names: Sequence[str]) -> dict[str, TopicSpec]:
    """Those of the topics that exist, as they are. Raises BusError."""
    async with _admin(connection) as admin:
        described = await _existing(admin, names)
        configs = await _configs(admin, list(described))
    return {
        name: TopicSpec(name, len(found["partitions"]), min(len(p["replicas"]) for p in found["partitions"]), configs[name])
        for name, found in described.items()
    }


async def _existing(admin: Any, names: Sequence[str]) -> dict[str, Any]:
    there = set(await admin.list_topics()) & set(names)
    return {found["topic"]: found for found in await admin.describe_topics(sorted(there)) if found["partitions"]} if there else {}


async def _configs(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    resources = [resource for answer in answers for resource in answer.resources]
    # an entry is (name, value, read only, source, ...)
    return {name: {e[0]: e[1] for e in entries if e[3] == _SET_ON_THE_TOPIC} for _code, _message, _kind, name, entries in resources}


async def ensure_topics(connection: Connection, specs: Sequence[TopicSpec]) -> list[str]:
    """Make those of the topics that do not exist, wait until they can be used, and return their names. Existing ones stay as they are.

    Raises BusError when Kafka refuses one (too many replicas, an unknown setting).
    """
    async with _admin(connection) as admin:
        there = await _existing(admin, [spec.name for spec in specs])
        missing = [spec for spec in specs if spec.name not in there]
        if not missing:
            return []
        answer = await admin.create_topics([NewTopic(s.name, s.partitions, s.replication, topic_configs=dict(s.config)) for s in missing])
        for name, code, message, *_ in answer.topic_errors:
            if code and code != TopicAlreadyExistsError.errno:
                raise BusError(f"Kafka cannot make the topic {name}: {message or for_code(code).__name__}")
        await _until_usable(admin, missing)
    return [spec.name for spec in missing]


async def _until_usable(admin: Any, specs: Sequence[TopicSpec]) -> None:
    async with asyncio.timeout(_VISIBLE_WITHIN_S):
        while True:
            found = await _existing(admin, [spec.name for spec in specs])
            led = [name for name, topic in found.items() if all(p["leader"] >= 0 for p in topic["partitions"])]
            if len(led) == len(specs):
                return
            await asyncio.sleep(0.05)


async def alter_config(connection: Connection, name: str, config: Mapping[str, str]) -> None:
    """Give a topic these settings, beside those that it already has. Raises BusError when Kafka refuses."""
    async with _admin(connection) as admin:
        # the request replaces every setting of the topic, so those that are not ours are sent again
        present = (await _configs(admin, [name]))[name]
        answers = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={**present, **config})])
    for code, message, *_ in (resource for answer in answers for resource in answer.resources):
        if code:
            raise BusError(f"Kafka cannot change the settings of {name}: {message or for_code(code).__name__}")
