"""Which partition a key belongs to: the same rule as Kafka's own clients (murmur2), so that any producer may write."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=200_000)
def partition_of(key: str, partitions: int) -> int:
    """The partition number of a key among `partitions`."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions
