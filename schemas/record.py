"""A record of a topic, as whoever reads one is given it."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One record of a topic, as bytes. `timestamp_ms` is milliseconds since 1970.

    Where `fault` is given (a slug, `why` a sentence), the client could not unpack it, and `value` is what there is of it: most readers
    never see such a record.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    fault: str | None = None
    why: str = ""
