"""A record of a topic, as whoever reads one is given it."""

from __future__ import annotations

from typing import Protocol


class Record(Protocol):
    """`topic` is the short name, `timestamp_ms` counts milliseconds since 1970."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...
