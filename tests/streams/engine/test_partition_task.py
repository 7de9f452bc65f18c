"""A partition task decides at once, commits in order, one transaction at a time."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import msgspec
import pytest

from schemas.traffic import JournalEntry
from streams.engine.contract import StopWorker, Stretch
from streams.engine.partition_task import QUIET_S, PartitionTask
from streams.engine.position import KEY as POSITION
from streams.engine.position import Applied, Position
from streams.engine.settings import EngineSettings
from streams.engine.stores import MemoryStore
from tests.patience import PATIENT_S
from tests.streams.engine.counting import CountingFold


class FakeTransactions:
    """Commits when it is let; refuses to commit two transactions at once."""

    def __init__(self):
        self.committed = []
        self.told = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.error = None
        self._busy = False

    async def start(self):
        pass

    async def stop(self):
        pass

    async def commit(self, outputs, state, offsets):
        self.told.update(offsets)
        assert not self._busy, "two transactions at once"
        self._busy = True
        outputs, state = list(outputs), dict(state)
        await self.gate.wait()
        self._busy = False
        if self.error:
            raise self.error
        self.committed.append((outputs, state))
        return len(self.committed)


def record(offset, key="k", n=1):
    return SimpleNamespace(offset=offset, key=key.encode(), value=json.dumps({"key": key, "n": n}).encode(), headers=(), timestamp=0)


@pytest.fixture
async def partition_task():
    settings = EngineSettings("app", {"bootstrap_servers": "nowhere:1"}, ("a", "b"), 1)
    partition_task = PartitionTask(settings, 0, MemoryStore(), FakeTransactions(), CountingFold)
    partition_task.recover()
    partition_task.failures = []
    partition_task.start(lambda partition, error: partition_task.failures.append((partition, error)))
    yield partition_task
    await partition_task.close()


def reached(transaction):
    """The next offsets in the state of a transaction."""
    return dict(msgspec.json.decode(transaction[1][POSITION], type=Position).offsets)


def entries(transactions):
    return [JournalEntry.model_validate_json(o.value) for outputs, _ in transactions for o in outputs if o.topic == "journal"]


async def test_outputs_state_position_and_journal_are_one_transaction(partition_task):
    partition_task.take([Stretch("a", [record(n) for n in range(10)], 0)])
    await partition_task.drained()
    [(outputs, state)] = partition_task.transactions.committed
    assert [output.topic for output in outputs] == ["out", "journal"]
    assert set(state) == {b"k", POSITION}
    assert reached((outputs, state)) == {"a": 10}


async def test_what_one_fetch_brought_of_several_topics_is_one_transaction_in_its_order(partition_task):
    partition_task.take([Stretch("b", [record(3)], 3), Stretch("a", [record(0), record(1)], 0)])
    await partition_task.drained()
    [entry] = entries(partition_task.transactions.committed)
    assert [(i.topic, i.first, i.next) for i in entry.inputs] == [("b", 3, 4), ("a", 0, 2)]
    assert json.loads(partition_task.store.get(b"k")) == [3, 3]


async def test_what_is_told_of_the_position_is_what_is_committed_not_what_is_decided(partition_task):
    partition_task.transactions.gate.clear()
    partition_task.take([Stretch("a", [record(0)], 0)])
    await asyncio.sleep(0.01)
    assert dict(partition_task.committed) == {}
    partition_task.transactions.gate.set()
    await partition_task.drained()
    assert dict(partition_task.committed) == {"a": Applied(1, 0)}


async def test_while_one_transaction_commits_the_next_stretch_is_decided_but_not_sent(partition_task):
    partition_task.transactions.gate.clear()
    partition_task.take([Stretch("a", [record(0)], 0)])
    await asyncio.sleep(0)
    partition_task.take([Stretch("a", [record(1)], 1)])
    assert json.loads(partition_task.store.get(b"k")) == [2, 2]
    await asyncio.sleep(0.01)
    assert partition_task.transactions.committed == []
    partition_task.transactions.gate.set()
    await partition_task.drained()
    assert [reached(transaction) for transaction in partition_task.transactions.committed] == [{"a": 1}, {"a": 2}]


async def test_the_position_in_the_state_is_what_was_committed_with_it_and_no_more(partition_task):
    partition_task.transactions.gate.clear()
    partition_task.take([Stretch("a", [record(0)], 0)])
    await asyncio.sleep(0.01)
    partition_task.take([Stretch("b", [record(7)], 7)])
    partition_task.transactions.gate.set()
    await partition_task.drained()
    positions = [msgspec.json.decode(state[POSITION], type=Position) for _, state in partition_task.transactions.committed]
    assert [(position.sequence, position.offsets) for position in positions] == [(1, {"a": 1}), (2, {"a": 1, "b": 8})]


async def test_the_group_is_told_its_offsets_now_and_then_and_at_once_when_nothing_comes(partition_task):
    partition_task.take([Stretch("a", [record(0)], 0)])
    await partition_task.drained()
    partition_task.take([Stretch("a", [record(1)], 1)])
    await partition_task.drained()
    assert partition_task.transactions.told == {"a": 1}, "the second came too soon after the first"
    await asyncio.sleep(3 * QUIET_S)
    assert partition_task.transactions.told == {"a": 2}
    before = len(partition_task.transactions.committed)
    await asyncio.sleep(3 * QUIET_S)
    assert len(partition_task.transactions.committed) == before, "nothing is left to tell"


async def test_before_it_has_begun_a_partition_is_not_ready_and_queues_nothing():
    store = MemoryStore()
    store.stage({POSITION: b'{"sequence":7,"inputs":{"a":[40,0]}}'})
    partition_task = PartitionTask(EngineSettings("app", {}, ("a",), 1), 0, store, FakeTransactions(), CountingFold)
    partition_task.recover()
    assert not partition_task.ready
    await asyncio.wait_for(partition_task.drained(), PATIENT_S)


async def test_when_behind_one_transaction_carries_several_stretches_in_order(partition_task):
    partition_task.transactions.gate.clear()
    for start in range(4):
        partition_task.take([Stretch("a" if start % 2 else "b", [record(start)], max(0, start - 1))])
        await asyncio.sleep(0)
    partition_task.transactions.gate.set()
    await partition_task.drained()
    journals = entries(partition_task.transactions.committed)
    assert [(i.topic, i.first, i.next) for entry in journals for i in entry.inputs] == [("b", 0, 1), ("a", 1, 2), ("b", 2, 3), ("a", 3, 4)]
    assert len(journals) < 4
    assert [entry.sequence for entry in journals] == list(range(1, len(journals) + 1))


async def test_what_was_applied_before_is_skipped_and_acknowledged(partition_task):
    partition_task.take([Stretch("a", [record(0), record(1)], 0)])
    done = []
    partition_task.take([Stretch("a", [record(0), record(1)], 0)], lambda: done.append("all old"))
    partition_task.take([Stretch("a", [record(1), record(2)], 1)], lambda: done.append("half old"))
    await partition_task.drained()
    assert done == ["all old", "half old"]
    assert json.loads(partition_task.store.get(b"k")) == [3, 3]


async def test_a_stretch_whose_predecessor_was_lost_stops_the_worker(partition_task):
    partition_task.take([Stretch("a", [record(0)], 0)])
    with pytest.raises(StopWorker, match="offsets 1 to 5 never reached the agent"):
        partition_task.take([Stretch("a", [record(5)], 5)])


async def test_offsets_taken_by_control_records_are_no_gap(partition_task):
    partition_task.take([Stretch("a", [record(0)], 0)])
    partition_task.take([Stretch("a", [record(3)], 1)])
    await partition_task.drained()
    assert reached(partition_task.transactions.committed[-1]) == {"a": 4}


async def test_a_failed_commit_is_told_once_and_nothing_is_sent_after_it(partition_task):
    partition_task.transactions.error = RuntimeError("fenced")
    partition_task.take([Stretch("a", [record(0)], 0)])
    partition_task.take([Stretch("a", [record(1)], 1)])
    await asyncio.sleep(0.05)
    [(partition, error)] = partition_task.failures
    assert (partition, str(error)) == (0, "fenced")
    assert partition_task.transactions.committed == []


async def test_a_lane_takes_up_where_its_state_stands():
    store = MemoryStore()
    store.stage({POSITION: b'{"sequence":7,"inputs":{"a":[40,0]}}', b"k": b"[3,9]"})
    partition_task = PartitionTask(
        EngineSettings("app", {"bootstrap_servers": "x:1"}, ("a",), 1), 0, store, FakeTransactions(), CountingFold
    )
    partition_task.recover()
    assert partition_task.position == Position(7, {"a": Applied(40, 0)})
    partition_task.take([Stretch("a", [record(39), record(40)], 30)])
    assert json.loads(store.get(b"k")) == [4, 10]


async def test_a_state_whose_position_a_later_version_wrote_stops_the_worker_before_it_is_read():
    store = MemoryStore()
    store.stage({POSITION: b'{"sequence":"7th","version":2}'})
    settings = EngineSettings("app", {"bootstrap_servers": "x:1"}, ("a",), 1)
    with pytest.raises(StopWorker, match="holds '~position' in version 2, this worker reads up to 1: upgrade the worker"):
        PartitionTask(settings, 0, store, FakeTransactions(), CountingFold).recover()


async def test_room_is_refused_while_too_much_waits(partition_task):
    partition_task.transactions.gate.clear()
    for start in range(6):
        partition_task.take([Stretch("a", [record(start)], start)])
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(partition_task.wait_for_capacity(), 0.05)
    partition_task.transactions.gate.set()
    await asyncio.wait_for(partition_task.wait_for_capacity(), PATIENT_S)


async def test_a_store_that_stays_through_a_rebalance_says_how_far_it_is(partition_task):
    partition_task.take([Stretch("a", [record(0), record(1)], 0)])
    await partition_task.drained()
    again = PartitionTask(partition_task.settings, 0, partition_task.store, FakeTransactions(), CountingFold)
    again.recover()
    assert again.position == Position(1, {"a": Applied(2, 0)}, 1)
    assert partition_task.store.persisted_offset() == 1
