"""Batches that the client unpacks, and those that it does not: what can be read is read, in order, and nothing is lost without a word."""

from __future__ import annotations

import random

import pytest
from aiokafka.consumer.fetcher import READ_UNCOMMITTED
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.engine import decompression, record_batches
from streams.engine.contract import unreadable
from streams.engine.fetched import FetchedPartition
from streams.engine.record_batches import Batches
from tests.raw_records import RawName

HEADER = 61
"""Bytes of a batch before its records."""
CODECS = {"plain": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch(first: int, *records: tuple[bytes, str], codec: int = 0) -> bytes:
    """Records (value, name of a header) from an offset on."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1 << 24)
    for number, (value, name) in enumerate(records):
        builder.append(number, timestamp=1000 + number, key=b"k", value=value, headers=[(RawName(name), b"h")])
    raw = bytearray(builder.build())
    raw[:8] = first.to_bytes(8, "big")
    return bytes(raw)


def read(raw: bytes) -> list[tuple[int, bytes | None, str | None]]:
    """What comes out: offset, bytes, and what is wrong with them."""
    batches, found = Batches(raw), []
    while batches.has_next():
        one = batches.next_batch()
        assert one.validate_crc()
        for record in one:
            missing = unreadable(record)
            found.append((record.offset, record.value if missing is None else missing.raw, missing and missing.fault))
    return found


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_what_the_client_unpacks_comes_out_as_it_gives_it(codec):
    raw = batch(7, (b"1", "a"), (b"2", "naïve"[:2]), codec=codec) + batch(9, (b"3", "c"), codec=codec)
    records, expected = MemoryRecords(raw), []
    while records.has_next():
        expected += [(r.offset, r.value, None) for r in records.next_batch()]
    assert read(raw) == expected == [(7, b"1", None), (8, b"2", None), (9, b"3", None)]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_record_whose_header_has_no_utf_8_name_is_told_in_its_place(codec):
    raw = batch(7, (b"1", "a"), (b"2", "na\xefve"), (b"3", "c"), codec=codec) + batch(10, (b"4", "d"))
    assert read(raw) == [(7, b"1", None), (8, b"2", "unreadable_header"), (9, b"3", None), (10, b"4", None)]


def test_what_is_read_in_its_stead_has_all_that_the_client_would_give():
    raw = memoryview(batch(7, (b"1", "a"), (b"2", "na\xefve")))
    mine = next(record_batches.rest(raw, 0))
    theirs = next(iter(DefaultRecordBatch(raw)))
    names = ("offset", "timestamp", "timestamp_type", "key", "value", "checksum")
    assert [getattr(mine, name) for name in names] == [getattr(theirs, name) for name in names]
    assert list(mine.headers) == list(theirs.headers)


def test_a_batch_with_a_wrong_checksum_is_one_dead_letter_with_its_bytes_and_the_next_is_read():
    damaged = bytearray(batch(7, (b"1" * 50, "a"), (b"2", "b")))
    damaged[-20] ^= 0xFF
    assert read(bytes(damaged) + batch(9, (b"3", "c"))) == [(7, bytes(damaged), "broken_batch"), (9, b"3", None)]


@pytest.mark.parametrize("codec", [1, 3, 4])
def test_a_batch_that_cannot_be_decompressed_is_one_dead_letter(codec):
    raw = bytearray(batch(7, (b"1" * 50, "a"), codec=codec))
    raw[HEADER:] = b"\x00" * (len(raw) - HEADER)
    found = list(record_batches.rest(memoryview(bytes(raw)), 7))
    assert [(one.offset, one.fault, one.next) for one in found] == [(7, "broken_batch", 8)]


@pytest.mark.parametrize("codec", [1, 2, 3, 4])
def test_a_small_batch_that_unpacks_to_too_much_is_one_dead_letter_with_its_bytes_and_the_next_is_read(codec):
    bomb = batch(7, (bytes(decompression.MOST_UNPACKED), "a"), (b"2", "b"), codec=codec)
    assert len(bomb) < decompression.MOST_UNPACKED // 10
    assert read(bomb + batch(9, (b"3", "c"), codec=codec)) == [(7, bomb, "broken_batch"), (9, b"3", None)]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_batch_that_unpacks_to_as_much_as_it_may_is_read(codec):
    value = random.Random(1).randbytes(1000) * (decompression.MOST_UNPACKED // 1000 - 1)
    assert read(batch(7, (value, "a"), codec=codec)) == [(7, value, None)]


def test_a_fetch_of_many_small_batches_that_unpack_to_much_is_taken_piece_by_piece():
    value = bytes(decompression.MOST_UNPACKED * 2 // 3)
    raw = b"".join(batch(offset, (value, "a"), codec=4) for offset in range(3))
    fetch = FetchedPartition(TopicPartition("t", 0), Batches(raw), [], 0, None, None, True, READ_UNCOMMITTED)
    assert [[record.offset for record in fetch.take()] for _ in range(2)] == [[0, 1], [2]]
    assert fetch.next_fetch_offset == 3


@given(st.binary(min_size=1, max_size=60), st.integers(0, 200), st.integers(0, 4))
def test_whatever_stands_in_a_batch_reading_ends_and_raises_nothing(rubbish, behind, codec):
    raw = bytearray(batch(7, *[(b"value" * 5, "header")] * 5, codec=codec))
    at = HEADER + behind % (len(raw) - HEADER)
    whole = (raw[:at] + rubbish + raw[at + len(rubbish) :])[: len(raw)]
    found = list(record_batches.rest(memoryview(bytes(whole)), 7))
    assert all(one.offset >= 7 for one in found if unreadable(one))


@given(st.binary(max_size=300))
def test_a_fetch_of_rubbish_ends(raw):
    batches = Batches(raw)
    while batches.has_next():
        one = batches.next_batch()
        if one.validate_crc():
            list(one)
