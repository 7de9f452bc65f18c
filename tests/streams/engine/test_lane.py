"""A lane decides at once, commits in order, one transaction at a time."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest

from schemas.traffic import JournalEntry
from streams.engine.contract import Refused
from streams.engine.partition_task import POSITION, Lane, Position
from streams.engine.settings import EngineSettings
from streams.engine.stores import MemoryStore
from tests.streams.engine.counting import CountingFold


class FakeTransactions:
    """Commits when it is let; refuses to commit two transactions at once."""

    def __init__(self):
        self.committed = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error = None
        self._busy = False

    async def start(self):
        pass

    async def stop(self):
        pass

    async def commit(self, outputs, state, offsets):
        assert not self._busy, "two transactions at once"
        self._busy = True
        outputs, state, offsets = list(outputs), dict(state), dict(offsets)
        await self.gate.wait()
        self._busy = False
        if self.error:
            raise self.error
        self.committed.append((outputs, state, offsets))
        return len(self.committed)


def record(offset, key="k", n=1):
    return SimpleNamespace(offset=offset, key=key.encode(), value=json.dumps({"key": key, "n": n}).encode(), headers=(), timestamp=0)


@pytest.fixture
async def lane():
    settings = EngineSettings("app", {"bootstrap_servers": "nowhere:1"}, ("a", "b"), 1)
    lane = Lane(settings, 0, MemoryStore(), FakeTransactions(), CountingFold)
    lane.recover()
    lane.failures = []
    lane.start(lambda partition, error: lane.failures.append((partition, error)))
    yield lane
    await lane.close()


async def test_outputs_state_journal_and_offsets_are_one_transaction(lane):
    lane.take("a", [record(n) for n in range(10)], 0)
    await lane.drained()
    [(outputs, state, offsets)] = lane.transactions.committed
    assert [output.topic for output in outputs] == ["out", "journal"]
    assert set(state) == {b"k", POSITION}
    assert offsets == {"a": 10}


async def test_while_one_transaction_commits_the_next_stretch_is_decided_but_not_sent(lane):
    lane.transactions.gate.clear()
    lane.take("a", [record(0)], 0)
    await asyncio.sleep(0)
    lane.take("a", [record(1)], 1)
    assert json.loads(lane.store.get(b"k")) == [2, 2]
    await asyncio.sleep(0.01)
    assert lane.transactions.committed == []
    lane.transactions.gate.set()
    await lane.drained()
    assert [offsets for _, _, offsets in lane.transactions.committed] == [{"a": 1}, {"a": 2}]


async def test_the_position_in_the_state_is_what_was_committed_with_it_and_no_more(lane):
    lane.transactions.gate.clear()
    lane.take("a", [record(0)], 0)
    await asyncio.sleep(0.01)
    lane.take("b", [record(7)], 7)
    lane.transactions.gate.set()
    await lane.drained()
    positions = [json.loads(state[POSITION]) for _, state, _ in lane.transactions.committed]
    assert positions == [{"sequence": 1, "next": {"a": 1}}, {"sequence": 2, "next": {"a": 1, "b": 8}}]


async def test_when_behind_one_transaction_carries_several_stretches_in_order(lane):
    lane.transactions.gate.clear()
    for start in range(4):
        lane.take("a" if start % 2 else "b", [record(start)], max(0, start - 1))
        await asyncio.sleep(0)
    lane.transactions.gate.set()
    await lane.drained()
    journals = [
        JournalEntry.model_validate_json(o.value) for outputs, _, _ in lane.transactions.committed for o in outputs if o.topic == "journal"
    ]
    assert [(i.topic, i.first, i.next) for entry in journals for i in entry.inputs] == [("b", 0, 1), ("a", 1, 2), ("b", 2, 3), ("a", 3, 4)]
    assert len(journals) < 4
    assert [entry.sequence for entry in journals] == list(range(1, len(journals) + 1))


async def test_what_was_applied_before_is_skipped_and_acknowledged(lane):
    lane.take("a", [record(0), record(1)], 0)
    done = []
    lane.take("a", [record(0), record(1)], 0, lambda: done.append("all old"))
    lane.take("a", [record(1), record(2)], 1, lambda: done.append("half old"))
    await lane.drained()
    assert done == ["all old", "half old"]
    assert json.loads(lane.store.get(b"k")) == [3, 3]


async def test_a_stretch_whose_predecessor_was_lost_stops_the_worker(lane):
    lane.take("a", [record(0)], 0)
    with pytest.raises(Refused, match="offsets 1 to 5 never reached the agent"):
        lane.take("a", [record(5)], 5)


async def test_offsets_taken_by_control_records_are_no_gap(lane):
    lane.take("a", [record(0)], 0)
    lane.take("a", [record(3)], 1)
    await lane.drained()
    assert lane.transactions.committed[-1][2] == {"a": 4}


async def test_a_failed_commit_is_told_once_and_nothing_is_sent_after_it(lane):
    lane.transactions.error = RuntimeError("fenced")
    lane.take("a", [record(0)], 0)
    lane.take("a", [record(1)], 1)
    await asyncio.sleep(0.05)
    [(partition, error)] = lane.failures
    assert (partition, str(error)) == (0, "fenced")
    assert lane.transactions.committed == []


async def test_a_lane_takes_up_where_its_state_stands():
    store = MemoryStore()
    store.stage({POSITION: b'{"sequence":7,"next":{"a":40}}', b"k": b"[3,9]"})
    lane = Lane(EngineSettings("app", {"bootstrap_servers": "x:1"}, ("a",), 1), 0, store, FakeTransactions(), CountingFold)
    lane.recover()
    assert lane.position == Position(7, {"a": 40})
    lane.take("a", [record(39), record(40)], 30)
    assert json.loads(store.get(b"k")) == [4, 10]


async def test_room_is_refused_while_too_much_waits(lane):
    lane.transactions.gate.clear()
    for start in range(6):
        lane.take("a", [record(start)], start)
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(lane.room(), 0.05)
    lane.transactions.gate.set()
    await asyncio.wait_for(lane.room(), 1)


async def test_a_store_that_stays_through_a_rebalance_says_how_far_it_is(lane):
    lane.take("a", [record(0), record(1)], 0)
    await lane.drained()
    again = Lane(lane.settings, 0, lane.store, FakeTransactions(), CountingFold)
    again.recover()
    assert again.position == Position(1, {"a": 2})
    assert lane.store.persisted_offset() == 1
