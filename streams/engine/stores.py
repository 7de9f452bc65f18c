"""Where the state of a partition is kept: in memory, or in RocksDB together with the changelog offset it stands at."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import rocksdict

Writes = Mapping[bytes, bytes | None]
_OFFSET = b"~changelog-offset"


ROCKS_MEMORY = 64 << 20
"""Bytes for the blocks read and the writes not yet on disk, of all stores of a process together. Left to itself each store takes 32 MB for
the one and 64 MB for the other: eight partitions on disk then needed more memory than the same records in a dictionary."""


@cache
def _bounded_memory() -> tuple[rocksdict.Cache, rocksdict.WriteBufferManager]:
    blocks = rocksdict.Cache(ROCKS_MEMORY)
    return blocks, rocksdict.WriteBufferManager.new_write_buffer_manager_with_cache(ROCKS_MEMORY // 2, allow_stall=False, cache=blocks)


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


class RocksStore:
    """RocksDB, one directory a partition. What is not committed to Kafka stays in memory, so the disk is never ahead of Kafka."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open()
        self._pending: dict[bytes, bytes | None] = {}

    def _open(self) -> rocksdict.Rdict:
        memory, buffers = _bounded_memory()
        blocks = rocksdict.BlockBasedOptions()
        blocks.set_block_cache(memory)
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_bloom_filter(10, block_based=False)
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_manager(buffers)
        options.set_write_buffer_size(32 << 20)
        options.set_compression_type(rocksdict.DBCompressionType.lz4())
        return rocksdict.Rdict(str(self.directory), options)

    def get(self, key: bytes) -> bytes | None:
        """The record as staged, else as kept."""
        if key in self._pending:
            return self._pending[key]
        value: bytes | None = self._db.get(key)
        return value

    def stage(self, writes: Writes) -> None:
        """Make the writes readable, in memory only."""
        self._pending.update(writes)

    def keep(self, writes: Writes, offset: int) -> None:
        """Write to disk, with the changelog offset in the same batch."""
        self.recover(writes, offset)
        pending = self._pending
        for key, value in writes.items():
            if pending.get(key) is value:
                pending.pop(key, None)

    def recover(self, writes: Writes, offset: int) -> None:
        """Write a stretch of the changelog, with its last offset in the same batch."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in writes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if offset >= 0:
            batch.put(_OFFSET, str(offset).encode())
        self._db.write(batch)

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Every record that is kept (called after recovery, when nothing is staged)."""
        return ((key, value) for key, value in self._db.items() if key != _OFFSET)

    def persisted_offset(self) -> int | None:
        """The changelog offset up to which the disk has everything; -1 for an empty one."""
        raw = self._db.get(_OFFSET)
        return -1 if raw is None else int(raw)

    def close(self) -> None:
        """Close the files; they stay for the next owner on this machine."""
        self._pending.clear()
        self._db.close()

    def destroy(self) -> None:
        """Remove the files."""
        self._db.close()
        shutil.rmtree(self.directory, ignore_errors=True)
