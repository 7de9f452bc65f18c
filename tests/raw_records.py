"""Records that no client of ours would write, put into a topic as some other client may."""

from __future__ import annotations

import time
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy


class RawName(str):
    """The name of a header, in bytes that need not be UTF-8."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return str.encode(self, "latin-1")


async def with_header_name(
    bootstrap: str, topic: str, partition: int, records: list[tuple[bytes, bytes, str]], compression: int = 0
) -> None:
    """One batch of records (key, value, name of a header: each character is a byte), as a client writes it that checks no names."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, compression, 0, -1, -1, -1, 1 << 20)
        for key, value, name in records:
            batch.append(timestamp=int(time.time() * 1000), key=key, value=value, headers=[(RawName(name), b"1")])
        await (await producer.send_batch(batch, topic, partition=partition))
    finally:
        await producer.stop()


async def compressed(bootstrap: str, topic: str, partition: int, value: bytes, key: bytes | None = None) -> None:
    """A record that is small on its way and in its topic, and large once it is unpacked."""
    most = len(value) + (1 << 20)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", compression_type="gzip", max_request_size=most, max_batch_size=most
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, value=value, key=key, partition=partition)
    finally:
        await producer.stop()
