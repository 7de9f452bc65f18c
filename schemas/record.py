"""A record of a topic, as whoever reads one is given it."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One record of a topic, as bytes. `timestamp_ms` is milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
