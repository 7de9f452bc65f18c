"""What the engine leans on in faust-streaming and aiokafka: when a release changes it, these tests say what to read again."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace

import aiokafka
import faust
import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import Assignment, TopicPartitionState
from aiokafka.producer import sender
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.agents.manager import AgentManager
from faust.app.base import App, BootStrategy
from faust.tables.base import Collection
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport import conductor, consumer
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from mode.threads import ServiceThread

from streams.engine.settings import EngineSettings
from streams.engine.transactions import EndedOnce
from streams.engine.transport import ConsumerThread

LEANED_ON = {
    "app revokes": (App._on_partitions_revoked, "7358c7b8b0"),
    "recovery completes": (Recovery.on_recovery_completed, "e5875c4d1f"),
    "recovery loop": (Recovery._restart_recovery, "e66ec4b785"),
    "recovery reads": (Recovery._slurp_changelogs, "a86b56f95a"),
    "recovery offsets": (Recovery._build_offsets, "add4edb6b3"),
    "consumer drains": (consumer.Consumer._drain_messages, "e661fcb4eb"),
    "consumer waits for records": (consumer.Consumer._wait_next_records, "975bd1945e"),
    "consumer waits until empty": (consumer.Consumer.wait_empty, "e324f36819"),
    "thread fetches": (driver.AIOKafkaConsumerThread._fetch_records, "e4c1fd3b51"),
    "thread closes its loop": (ServiceThread._start_thread, "ada27fe3a1"),
    "thread makes its consumer": (driver.AIOKafkaConsumerThread._create_consumer, "90a0aca5b8"),
    "conductor compiles": (conductor.ConductorCompiler.build, "1c479a4096"),
    "aiokafka gives records away": (fetcher.Fetcher.fetched_records, "b4c1e82475"),
    "aiokafka takes in a fetch": (fetcher.Fetcher._proc_fetch_request, "a0d0a01970"),
    "aiokafka unpacks records": (fetcher.PartitionRecords._unpack_records, "f0889f4c0a"),
    "aiokafka gives a partition's records away": (fetcher.FetchResult.getall, "6c870fc159"),
    "aiokafka ends a transaction": (EndedOnce.__base__, "6f6803081f"),
    "aiokafka sends and takes answers": (sender.BaseHandler, "27a2418a17"),
    "app starts its services": (BootStrategy.server, "5625d9c1e1"),
    "agents start": (AgentManager.on_start, "4873ce7bed"),
    "tables start": (TableManager.on_start, "3c2c7f1158"),
    "consumer knows what to read": (consumer.Consumer._get_active_partitions, "b907951066"),
    "table makes its changelog topic": (Collection._new_changelog_topic, "161b00020b"),
}
"""Each function whose inner order of steps the engine depends on, with a digest of its source as it was read."""


def digest(function) -> str:
    return hashlib.blake2b(inspect.getsource(getattr(function, "fun", function)).encode(), digest_size=5).hexdigest()


def test_faust_is_the_version_line_that_was_read():
    assert version("faust-streaming").startswith("0.15.")


@pytest.mark.parametrize("name", LEANED_ON)
def test_a_function_the_engine_depends_on_is_as_it_was_read(name):
    function, known = LEANED_ON[name]
    assert digest(function) == known, (
        f"{name} changed: read {function.__qualname__} again, check streams/engine/transport.py, then note the new digest"
    )


def test_private_names_of_faust_are_there():
    for name in (
        "_read_offset",
        "_unacked_messages",
        "_active_partitions",
        "_paused_partitions",
        "_buffered_partitions",
        "_waiting_for_ack",
    ):
        assert name in inspect.getsource(consumer.Consumer), name
    assert "chunked" not in inspect.getsource(inspect.getmodule(TRANSPORTS))
    assert isinstance(TRANSPORTS.aliases, dict)
    assert {"in_recovery", "active_tps", "active_highwaters"} <= set(Recovery.__annotations__) | set(vars(Recovery))
    assert hasattr(faust.Schema, "compile")


def test_private_names_of_aiokafka_are_there():
    assert {"_position", "lso"} <= set(inspect.getsource(TopicPartitionState).replace("self.", " ").split()) | {"_position", "lso"} & set(
        name for name in ("_position", "lso") if f"self.{name}" in inspect.getsource(TopicPartitionState)
    )
    assert hasattr(Assignment, "state_value")
    assert "self._coordination_task = create_task(self._coordination_routine())" in inspect.getsource(GroupCoordinator)
    assert "self._fetch_task = create_task(self._fetch_requests_routine())" in inspect.getsource(fetcher.Fetcher)
    assert "return self._fetch_task" in inspect.getsource(fetcher.Fetcher.error_future.fget)
    builder = BatchBuilder(1000, 0)
    assert builder._builder.append(0, 1, b"key", b"value", [("name", b"value")]) is not None
    assert builder._builder.append(1, 1, b"key", b"v" * 2000, []) is None, "a full batch is told otherwise now"
    assert (builder._relative_offset, builder.record_count()) == (0, 0)
    for name in ("create_batch", "send_batch", "begin_transaction", "commit_transaction", "send_offsets_to_transaction"):
        assert hasattr(aiokafka.AIOKafkaProducer, name), name
    for name in ("_fetch_max_wait_ms", "_fetch_min_bytes"):
        assert f"self.{name}" in inspect.getsource(fetcher.Fetcher._get_actions_per_node), f"{name} is not read at each fetch any more"
    assert "return BACKOFF_OVERRIDE" in inspect.getsource(sender.AddPartitionsToTxnHandler)


async def test_a_worker_whose_fetching_breaks_down_ends_and_says_why():
    async def breaks_down():
        raise RuntimeError("a bug")

    told: list[str] = []
    thread = SimpleNamespace(app=SimpleNamespace(engine=SimpleNamespace(fatal=told.append)))
    for of_what in (breaks_down(), asyncio.sleep(60), asyncio.sleep(0)):
        task = asyncio.create_task(of_what)
        task.add_done_callback(ConsumerThread._ends_with(thread, "reads nothing any more"))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert told == ["the worker reads nothing any more: an error of ours (RuntimeError: a bug)"]


def test_a_static_member_is_another_one_when_it_reads_other_topics():
    """Kafka would give the old one its old topics back: the worker stopped, or stayed deaf to an input that a release has added."""
    one = EngineSettings("app", {}, ("feedback",), 4, prefix="a.", instance="one")
    assert one.member == replace(one).member
    others = replace(one, prefix="b."), replace(one, inputs=("feedback", "commerce")), replace(one, instance="two")
    assert len({one.member, *(other.member for other in others)}) == 4
    assert replace(one, instance=None).member is None
