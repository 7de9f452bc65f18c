"""Both stores read what was staged; only RocksDB survives, and never runs ahead of Kafka."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from streams.engine.rocks_store import ROCKS_MEMORY, TOMBSTONES_S, RocksStore
from streams.engine.stores import MemoryStore
from tests.patience import PATIENT_S


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


FILL = """
import os, sys
import psutil
from pathlib import Path
from streams.engine.rocks_store import RocksStore
before = psutil.Process().memory_info().rss
stores = [RocksStore(Path(sys.argv[1]) / str(number)) for number in range(8)]
for at in range(0, 40_000, 400):
    for number, store in enumerate(stores):
        writes = {b"c:%08d" % key: os.urandom(3500) + bytes(3500) for key in range(at + number, at + 400, 8)}
        store.stage(writes)
        store.keep(writes, at)
for at in range(40_000):
    stores[at % 8].get(b"c:%08d" % at)
print((psutil.Process().memory_info().rss - before) >> 20)
"""


def test_all_stores_on_disk_share_one_bound_of_memory(tmp_path):
    """280 MB of records: eight stores that each took what RocksDB takes by itself would hold all of them, and more."""
    done = subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, timeout=PATIENT_S, check=True)
    assert int(done.stdout) < 2 * (ROCKS_MEMORY >> 20)


def kept(directory, owner="ours", clock=time.time):
    store = RocksStore(directory, owner, clock)
    store.recover({b"c:1": b"state"}, 7)
    store.close()


def reopened(directory, owner="ours"):
    store = RocksStore(directory, owner)
    try:
        return dict(store.items()), store.persisted_offset()
    finally:
        store.close()


def test_what_is_ours_and_fresh_is_gone_on_with(tmp_path):
    kept(tmp_path / "0")
    assert reopened(tmp_path / "0") == ({b"c:1": b"state"}, 7)


def test_files_of_another_installation_are_made_anew(tmp_path):
    kept(tmp_path / "0", owner="theirs")
    assert reopened(tmp_path / "0") == ({}, -1)


def test_files_that_do_not_say_whose_they_are_are_made_anew(tmp_path):
    store = RocksStore(tmp_path / "0", "ours")
    store._db[b"~changelog-offset"] = b"7"
    store.close()
    assert reopened(tmp_path / "0") == ({}, -1)


def test_files_older_than_the_changelog_remembers_removals_are_made_anew(tmp_path):
    kept(tmp_path / "0", clock=lambda: time.time() - TOMBSTONES_S - 60)
    assert reopened(tmp_path / "0") == ({}, -1)


def test_corrupt_files_are_made_anew(tmp_path):
    kept(tmp_path / "0")
    for manifest in (tmp_path / "0").glob("MANIFEST*"):
        manifest.write_bytes(b"garbage" * 40)
    assert reopened(tmp_path / "0") == ({}, -1)


def test_files_that_another_worker_has_stop_this_one_with_what_to_do(tmp_path):
    taken = RocksStore(tmp_path / "0", "ours")
    try:
        done = subprocess.run([sys.executable, "-c", SECOND, str(tmp_path / "0")], capture_output=True, text=True, timeout=PATIENT_S)
    finally:
        taken.close()
    assert "StopWorker" in done.stderr
    assert "in use by another worker: give each worker a --dir of its own" in done.stderr


SECOND = """
import sys
from pathlib import Path
from streams.engine.rocks_store import RocksStore
RocksStore(Path(sys.argv[1]), "ours")
"""
