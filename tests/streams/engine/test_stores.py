"""Both stores read what was staged; only RocksDB survives, and never runs ahead of Kafka."""

from __future__ import annotations

import pytest

from streams.engine.stores import MemoryStore, RocksStore


@pytest.fixture(params=["memory", "rocksdb"])
def store(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else RocksStore(tmp_path / "state" / "0")
    yield store
    store.close()


def test_what_is_staged_can_be_read_at_once(store):
    store.stage({b"a": b"1", b"b": b"2"})
    store.stage({b"a": None})
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c")) == (None, b"2", None)


def test_what_is_kept_is_among_the_items(store):
    writes = {b"a": b"1", b"b": None}
    store.stage(writes)
    store.keep(writes, 5)
    assert dict(store.items()) == {b"a": b"1"}


def test_a_later_staged_value_outlives_the_keeping_of_an_earlier_one(store):
    first, second = {b"a": b"old value"}, {b"a": b"new value"}
    store.stage(first)
    store.stage(second)
    store.keep(first, 1)
    assert store.get(b"a") == b"new value"
    store.keep(second, 2)
    assert store.get(b"a") == b"new value"


def test_a_staged_removal_outlives_the_keeping_of_an_earlier_value(store):
    first, second = {b"a": b"old value"}, {b"a": None}
    store.stage(first)
    store.stage(second)
    store.keep(first, 1)
    assert store.get(b"a") is None


def test_rocksdb_keeps_only_what_kafka_has(tmp_path):
    store = RocksStore(tmp_path / "0")
    committed = {b"a": b"1"}
    store.stage(committed)
    store.keep(committed, 41)
    store.stage({b"b": b"2"})
    store.close()
    again = RocksStore(tmp_path / "0")
    assert dict(again.items()) == {b"a": b"1"}
    assert again.persisted_offset() == 41
    again.close()


def test_the_changelog_offset_is_no_record_of_the_state(tmp_path):
    store = RocksStore(tmp_path / "0")
    store.recover({b"a": b"1"}, 3)
    assert list(store.items()) == [(b"a", b"1")]
    store.close()
