"""Where the state of a partition is kept: what a store promises, and the one in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, cast

Writes = Mapping[bytes, bytes | None]


class Store(Protocol):
    """State records by key. `stage` makes writes readable at once; `keep` is called when Kafka has them for good."""

    def get(self, key: bytes) -> bytes | None: ...
    def stage(self, writes: Writes) -> None: ...
    def keep(self, writes: Writes, offset: int) -> None: ...
    def items(self) -> Iterable[tuple[bytes, bytes]]: ...
    def persisted_offset(self) -> int | None: ...
    def close(self) -> None: ...


class MemoryStore:
    """A dictionary of encoded records. It dies with the process, so it may run ahead of Kafka within one process."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self.get = self.records.get
        self._offset = -1

    def stage(self, writes: Writes) -> None:
        """Make the writes readable."""
        records = self.records
        if None not in writes.values():
            records.update(cast("Mapping[bytes, bytes]", writes))
            return
        for key, value in writes.items():
            if value is None:
                records.pop(key, None)
            else:
                records[key] = value

    def keep(self, writes: Writes, offset: int) -> None:
        """What was staged is in place; note how far the changelog is."""
        self._offset = max(self._offset, offset)

    def recover(self, writes: Writes, offset: int) -> None:
        """Take in a stretch of the changelog."""
        self.stage(writes)
        self._offset = max(self._offset, offset)

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Every record."""
        return self.records.items()

    def persisted_offset(self) -> int | None:
        """The changelog offset up to which this store has everything; -1 for an empty one, which says: read from the beginning."""
        return self._offset

    def close(self) -> None:
        """Nothing to release."""
