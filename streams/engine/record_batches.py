"""What a fetch brought, batch by batch, as aiokafka unpacks it; what it cannot unpack is told in its place, and the next is read."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.record.util import decode_varint

from schemas.failures import said
from streams.engine import decompression
from streams.engine.contract import Unreadable

HEADER, BATCH = "unreadable_header", "broken_batch"
"""Slugs of what is wrong: of schemas.traffic.Fault."""
_LENGTH_AT, _MAGIC_AT, _BEFORE_LENGTH_COUNTS = 8, 16, 12
_LEAST = 14
"""Bytes that `length` counts in the smallest batch there is."""
_DEFAULT = 2
"""The magic byte of the batches of today."""
_MOST_IN_A_BATCH = 1 << 24


def install() -> None:
    """Have every consumer of this process read through `Batches`: the client offers no other way in."""
    fetcher.MemoryRecords = Batches


class Batches:
    """aiokafka's MemoryRecords, which goes on behind what cannot be unpacked."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0
        self._slices = slices(raw)
        self._next = next(self._slices, None)

    def size_in_bytes(self) -> int:
        """Of the whole fetch."""
        return len(self._raw)

    def has_next(self) -> bool:
        """Whether there is a whole batch to come."""
        return self._next is not None

    def next_batch(self) -> Any:
        """The next batch, None after the last."""
        piece, self._next = self._next, next(self._slices, None)
        if piece is None:
            return None
        magic = piece[_MAGIC_AT]
        return Batch(piece) if magic >= _DEFAULT else LegacyRecordBatch(piece, magic)


def slices(raw: bytes) -> Iterator[memoryview]:
    """The whole batches of a fetch; the last may have come in part, and is left out."""
    at, view = 0, memoryview(raw)
    while at + _BEFORE_LENGTH_COUNTS + _LEAST <= len(raw):
        (length,) = struct.unpack_from(">i", raw, at + _LENGTH_AT)
        end = at + _BEFORE_LENGTH_COUNTS + length
        if length < _LEAST or end > len(raw):
            return
        yield view[at:end]
        at = end


class Batch:
    """A batch as aiokafka's fetcher reads one. Its records, or in place of what cannot be unpacked an `Untold`.

    `size` is in bytes, of what it was unpacked to once it was read.
    """

    def __init__(self, raw: memoryview) -> None:
        self._raw, self._batch, self._crc_is_right = raw, DefaultRecordBatch(raw), True
        self._records: Iterator[Any] | None = None
        self.base_offset, self.next_offset = self._batch.base_offset, self._batch.next_offset
        self.producer_id, self.is_transactional = self._batch.producer_id, self._batch.is_transactional
        self.is_control_batch = self._batch.is_control_batch
        self.size = len(raw)

    def validate_crc(self) -> bool:
        """False only where the batch is so damaged that not even its offsets can be believed."""
        self._crc_is_right = self._batch.validate_crc()
        return self._crc_is_right or 0 < self.next_offset - self.base_offset <= _MOST_IN_A_BATCH

    def __iter__(self) -> Iterator[Any]:
        self._records = iter(self._read())
        return self._records

    def __next__(self) -> Any:
        return next(iter(self) if self._records is None else self._records)  # of a control batch: its only record

    def _read(self) -> list[Any]:
        if not self._crc_is_right:
            return [Untold(broken(self._raw, "its checksum is wrong"))]
        found: list[Any] = []
        try:
            found.extend(self._unpacked())
        except Exception:  # noqa: BLE001  whatever the client stumbles over, what stands behind it is read; what it read before is kept
            after = found[-1].offset + 1 if found else self.base_offset
            found.extend(Untold(one) if isinstance(one, Unreadable) else one for one in rest(self._raw, after))
        return found

    def _unpacked(self) -> Any:
        """The client unpacks without bound what is compressed: we do that, and it reads the result."""
        plain = decompression.plain(self._raw)
        self.size = len(plain)
        return self._batch if plain is self._raw else DefaultRecordBatch(plain)


@dataclass(slots=True)
class Unpacked:
    """A record, read by us. `timestamp` in milliseconds."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    checksum: None = None


class Untold:
    """An Unreadable in the shape of aiokafka's records; `checksum`, which no record of today has, leads to it (`contract.unreadable`)."""

    value = None
    timestamp_type = 0

    def __init__(self, found: Unreadable) -> None:
        self.offset, self.timestamp, self.key, self.headers = found.offset, found.timestamp, found.key, found.headers
        self.checksum = found


def broken(raw: memoryview, why: str) -> Unreadable:
    """A whole batch that cannot be unpacked, at its first offset."""
    header = _DefaultRecordBatchPy(raw)
    return Unreadable(header.base_offset, header.max_timestamp, bytes(raw), BATCH, why, header.next_offset)


def rest(raw: memoryview, after: int) -> Iterator[Unpacked | Unreadable]:
    """What a batch that aiokafka does not unpack holds from an offset on: records that can be read, and what cannot. Never raises."""
    for found in _mended(raw):
        if isinstance(found, Unreadable) and found.offset < after < found.next:
            yield replace(found, offset=after)  # the whole batch, of which some records were read already
        elif found.offset >= after:
            yield found


def _mended(raw: memoryview) -> list[Unpacked | Unreadable]:
    try:
        return list(_records(_DefaultRecordBatchPy(decompression.plain(raw))))
    except Exception as error:  # noqa: BLE001  hostile bytes; struct, zlib, cramjam and the client itself have errors of their own
        return [broken(raw, said(error))]


def _records(header: Any) -> Iterator[Unpacked | Unreadable]:
    buffer, at = bytes(header._buffer), header._pos  # noqa: SLF001
    appended = header.max_timestamp if header.timestamp_type == header.LOG_APPEND_TIME else None
    for _ in range(header._num_records):  # noqa: SLF001
        length, start = decode_varint(buffer, at)
        at = start + length
        if length < 0 or at > len(buffer):
            raise ValueError("a record is longer than its batch")
        yield _record(buffer[start:at], header, appended)


def _record(body: bytes, header: Any, appended: int | None) -> Unpacked | Unreadable:
    delta, at = decode_varint(body, 1)
    offset_delta, at = decode_varint(body, at)
    key, at = _bytes(body, at)
    value, at = _bytes(body, at)
    count, at = decode_varint(body, at)
    names: list[bytes] = []
    contents: list[Any] = []
    for _ in range(count):
        name, at = _bytes(body, at)
        content, at = _bytes(body, at)
        names.append(name or b"")
        contents.append(content)  # None where there is none, as the client gives it
    offset = header.base_offset + offset_delta
    timestamp = header.first_timestamp + delta if appended is None else appended
    headers = tuple(zip((name.decode("utf-8", "replace") for name in names), contents, strict=True))
    wrong = next((number for number, name in enumerate(names, 1) if not _is_text(name)), None)
    if wrong is not None:
        why = f"the name of header {wrong} is not UTF-8: {names[wrong - 1][:80]!r}"
        return Unreadable(offset, timestamp, value, HEADER, why, offset + 1, key, headers)
    return Unpacked(offset, timestamp, header.timestamp_type, key, value, headers)


def _bytes(body: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(body, at)
    if length < 0:
        return None, at
    if at + length > len(body):
        raise ValueError("a field is longer than its record")
    return body[at : at + length], at + length


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
