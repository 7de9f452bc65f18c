"""The state of a partition in RocksDB, with the changelog offset it stands at, and whose it is and from when."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import rocksdict
import structlog

from schemas.failures import said
from streams.engine.contract import StopWorker
from streams.engine.stores import Writes

log = structlog.get_logger(__name__)

_OFFSET, _OWNER, _KEPT_AT = b"~changelog-offset", b"~owner", b"~kept-at"
_OWN = frozenset((_OFFSET, _OWNER, _KEPT_AT))
TOMBSTONES_S = 20 * 3600.0
"""Kafka keeps a tombstone for 24 hours (delete.retention.ms): a store that missed it would keep what was erased."""
ROCKS_MEMORY = 64 << 20
"""Bytes for the blocks read and the writes not yet on disk, of all stores of a process together. Left to itself each store takes 32 MB for
the one and 64 MB for the other: eight partitions on disk then needed more memory than the same records in a dictionary."""


@cache
def _bounded_memory() -> tuple[rocksdict.Cache, rocksdict.WriteBufferManager]:
    blocks = rocksdict.Cache(ROCKS_MEMORY)
    return blocks, rocksdict.WriteBufferManager.new_write_buffer_manager_with_cache(ROCKS_MEMORY // 2, allow_stall=False, cache=blocks)


class RocksStore:
    """RocksDB, one directory a partition. What is not committed to Kafka stays in memory, so the disk is never ahead of Kafka.

    `owner` says whose state it is (cluster, topic, partitions). Files of another owner, older than a tombstone lives in the changelog, or
    corrupt are removed: the changelog has everything, and who was erased must not come back. Raises StopWorker where another process has them.
    """

    def __init__(self, directory: Path, owner: str = "", clock: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._owner = owner.encode()
        self._clock = clock
        self._pending: dict[bytes, bytes | None] = {}
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._taken_up()

    def _taken_up(self) -> rocksdict.Rdict:
        try:
            db = self._open()
            why = self._of_no_use(db)
            if why is None:
                return db
            db.close()
        except Exception as error:
            if "lock" in said(error).lower():
                raise StopWorker(f"{self.directory} is in use by another worker: give each worker a --dir of its own") from error
            why = f"it cannot be read ({said(error)})"
        log.warning("the store on disk is made anew from the changelog", directory=str(self.directory), why=why)
        shutil.rmtree(self.directory, ignore_errors=True)
        return self._open()

    def _of_no_use(self, db: rocksdict.Rdict) -> str | None:
        owner, kept_at = db.get(_OWNER), db.get(_KEPT_AT)
        if db.get(_OFFSET) is None:
            return None  # nothing was kept yet
        if owner != self._owner or kept_at is None:
            return "it belongs to another installation"
        if self._clock() - float(kept_at) > TOMBSTONES_S:
            return "it is older than the changelog remembers what was removed"
        return None

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
        batch.put(_OWNER, self._owner)
        batch.put(_KEPT_AT, str(int(self._clock())).encode())
        self._db.write(batch)

    def items(self) -> Iterable[tuple[bytes, bytes]]:
        """Every record that is kept (called after recovery, when nothing is staged)."""
        return ((key, value) for key, value in self._db.items() if key not in _OWN)

    def persisted_offset(self) -> int | None:
        """The changelog offset up to which the disk has everything; -1 for an empty one."""
        raw = self._db.get(_OFFSET)
        return -1 if raw is None else int(raw)

    def close(self) -> None:
        """Close the files; they stay for the next owner on this machine."""
        self._pending.clear()
        self._db.close()
