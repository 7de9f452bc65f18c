"""What the bench itself does on the cluster: make and remove topics, pour records in, read everything back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from bench.trial import PARTITIONS

LOG = {"cleanup.policy": "delete", "retention.ms": "-1"}
COMPACTED = {"cleanup.policy": "compact"}


class Read(NamedTuple):
    """A record as read back; `timestamp` in milliseconds."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int


def make_topics(bootstrap: str, topics: Mapping[str, Mapping[str, str]], partitions: int = PARTITIONS) -> None:
    """Topic name -> settings."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    wanted = [NewTopic(name, partitions, 1, config=dict(config)) for name, config in topics.items()]
    for name, made in admin.create_topics(wanted, operation_timeout=30).items():
        try:
            made.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise RuntimeError(f"topic {name} could not be made: {error}") from error


def remove_topics(bootstrap: str, chosen: Callable[[str], bool]) -> None:
    """Remove every topic whose name is chosen."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    names = [name for name in admin.list_topics(timeout=10).topics if chosen(name)]
    for removed in admin.delete_topics(names, operation_timeout=30).values() if names else ():
        removed.result()


def topic_names(bootstrap: str, prefix: str) -> list[str]:
    """The topics on the cluster whose names contain `prefix`."""
    return [name for name in AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10).topics if prefix in name]


def pour(bootstrap: str, records: Iterable[tuple[str, bytes, bytes]], partition_of: Callable[[bytes], int] | None = None) -> int:
    """Produce (topic, key, value) as fast as it goes, to the partition that Kafka's own clients would choose; returns how many."""
    settings = {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20, "queue.buffering.max.messages": 500_000}
    producer, count, failures = Producer(settings), 0, []

    def delivered(error: KafkaError | None, _: object) -> None:
        if error is not None:
            failures.append(error)

    for topic, key, value in records:
        where = {} if partition_of is None else {"partition": partition_of(key)}
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=delivered, **where)
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        if count % 1000 == 0:
            producer.poll(0)
    producer.flush()
    if failures:
        raise RuntimeError(f"{len(failures)} records were not delivered: {failures[0]}")
    return count


def read_all(bootstrap: str, topics: Iterable[str]) -> dict[tuple[str, int], list[Read]]:
    """Every committed record of the topics as they stand now, by topic and partition."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "bench-reader", "enable.auto.commit": False, "enable.partition.eof": True}
    consumer = Consumer(settings | {"isolation.level": "read_committed", "fetch.wait.max.ms": 20})
    found: dict[tuple[str, int], list[Read]] = {(topic, partition): [] for topic in topics for partition in range(PARTITIONS)}
    unread = set(found)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in found])
    try:
        while unread:
            for message in consumer.consume(10_000, 0.2):
                place = (message.topic(), message.partition())
                if (error := message.error()) is None:
                    read = Read(message.offset(), message.key(), message.value(), message.headers() or [], message.timestamp()[1])
                    found[place].append(read)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    unread.discard(place)
                else:
                    raise RuntimeError(f"{place}: {error}")
    finally:
        consumer.close()
    return found


def latest(found: Mapping[tuple[str, int], list[Read]], topic: str) -> dict[int, dict[bytes, bytes]]:
    """A changelog's last value of each key, by partition; what was removed is left out."""
    states: dict[int, dict[bytes, bytes]] = {}
    for (name, partition), records in found.items():
        if name == topic:
            last = {record.key: record.value for record in records}
            states[partition] = {key: value for key, value in last.items() if key is not None and value is not None}
    return states
