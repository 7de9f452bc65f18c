"""Promises of the writer: an answer for each record, and a broken producer is replaced by a new one."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager

import pytest

from makegood import kafka
from makegood.kafka import Connection, MaybeWritten, Outgoing, TopicSpec, Writer
from makegood.kafka.clients import admin
from makegood.kafka.writing import Stuck
from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.patience import PATIENT_S

pytestmark = pytest.mark.broker


@asynccontextmanager
async def running(bootstrap: str, topic: str, **more: bool):
    writer = Writer(Connection(bootstrap), [topic], **more)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)


async def until_ready(writer: Writer) -> None:
    async with asyncio.timeout(PATIENT_S):
        while writer.trouble is not None:  # noqa: ASYNC110  it is another task that will know
            await asyncio.sleep(0.05)


@pytest.fixture
async def topic(bootstrap, prefix):
    await kafka.ensure_topics(Connection(bootstrap), [TopicSpec(f"{prefix}letters", 3, 1)])
    return f"{prefix}letters"


async def values(bootstrap: str, topic: str) -> list[bytes | None]:
    return [record.value async for record in kafka.read_topic(Connection(bootstrap), topic)]


async def test_a_record_that_is_too_large_is_refused_and_the_others_are_written(bootstrap, topic):
    async with running(bootstrap, topic) as writer:
        await until_ready(writer)
        outcomes = await writer.write(
            [Outgoing(topic, b"a", b"1"), Outgoing(topic, b"b", b"x" * (5 << 20)), Outgoing(topic, b"c", b"3")], 10
        )
    assert outcomes == [None, "the record is larger than Kafka takes", None]
    assert sorted(await values(bootstrap, topic)) == [b"1", b"3"]


async def test_a_producer_that_broke_is_replaced(bootstrap, topic):
    async with running(bootstrap, topic) as writer:
        await until_ready(writer)
        broken = writer._producer
        writer._broken.set()  # what an error that the client does not mend by itself leads to
        async with asyncio.timeout(PATIENT_S):
            while writer._producer in {broken, None}:  # noqa: ASYNC110  it is another task that will know
                await asyncio.sleep(0.05)
        assert await writer.write([Outgoing(topic, b"a", b"again")], 10) == [None]
    assert await values(bootstrap, topic) == [b"again"]


async def test_a_writer_that_gets_nothing_through_although_kafka_answers_gives_up_where_that_is_asked_for(bootstrap, topic):
    writer = Writer(Connection(bootstrap), [topic], stuck_s=1)
    task = asyncio.create_task(writer.run())
    await until_ready(writer)
    await writer._producer.client.close()  # its connections are gone, and it does not know
    assert await writer.write([Outgoing(topic, b"a", b"1")], 1) != [None]
    with pytest.raises(Stuck, match="has taken nothing for"):
        async with asyncio.timeout(PATIENT_S):
            await task


async def test_where_nobody_answers_each_record_is_told_why_at_once():
    async with running(f"127.0.0.1:{free_port()}", "letters") as writer:
        async with asyncio.timeout(PATIENT_S):
            while "nobody answers" not in (writer.trouble or ""):  # noqa: ASYNC110  it is another task that will know
                await asyncio.sleep(0.05)
        outcomes = await writer.write([Outgoing("letters", b"a", b"1")] * 3, 60)
    assert len(outcomes) == 3
    assert all("makegood broker up" in str(one) for one in outcomes)


# -- a writer that is never late: what it says of a record holds for good ------------------------------------------------------------------


@pytest.fixture
def three_brokers(tmp_path):
    with Cluster(tmp_path, brokers=3, first_port=free_port(30), heap_mb=384) as cluster:
        yield cluster


@pytest.mark.faults
async def test_a_writer_that_is_never_late_tells_what_left_from_what_did_not(tmp_path, prefix):
    topic = f"{prefix}letters"
    with Cluster(tmp_path, first_port=free_port(2)) as cluster:
        await kafka.ensure_topics(Connection(cluster.bootstrap), [TopicSpec(topic, 1, 1)])
        async with running(cluster.bootstrap, topic, never_late=True) as writer:
            await until_ready(writer)
            assert await writer.write([Outgoing(topic, b"a", b"before")], 10) == [None]
            os.kill(cluster.pid(1), signal.SIGSTOP)
            try:
                (left,) = await writer.write([Outgoing(topic, b"a", b"left")], 2)
                (refused,) = await writer.write([Outgoing(topic, b"a", b"refused")], 2)
            finally:
                os.kill(cluster.pid(1), signal.SIGCONT)
            assert isinstance(left, MaybeWritten)
            assert not isinstance(refused, MaybeWritten)
            await until_ready(writer)
            await asyncio.to_thread(cluster.kill, 1)
            (away,) = await writer.write([Outgoing(topic, b"a", b"away")], 2)
            assert not isinstance(away, MaybeWritten)
            await asyncio.to_thread(cluster.restart, 1)
            await until_ready(writer)
            assert await writer.write([Outgoing(topic, b"a", b"after")], 10) == [None]
        written = await values(cluster.bootstrap, topic)
    assert [value for value in written if value != b"left"] == [b"before", b"after"]


@pytest.mark.faults
async def test_of_several_records_those_for_a_dead_broker_are_not_sent_and_the_others_are(three_brokers, prefix):
    topic = f"{prefix}letters"
    await kafka.ensure_topics(Connection(three_brokers.bootstrap), [TopicSpec(topic, 3, 1)])
    async with running(three_brokers.bootstrap, topic, never_late=True) as writer:
        await until_ready(writer)
        assert await writer.write([Outgoing(topic, b"%d" % n, b"before") for n in range(8)], 20) == [None] * 8
        leader = (await _leaders(three_brokers.bootstrap, topic))[0]
        await asyncio.to_thread(three_brokers.kill, leader)
        outcomes = await writer.write([Outgoing(topic, b"%d" % n, b"%d" % n) for n in range(8)], 4)
        await asyncio.to_thread(three_brokers.restart, leader)
        await until_ready(writer)
    sent = {b"%d" % n for n, outcome in enumerate(outcomes) if outcome is None}
    assert 0 < len(sent) < 8
    assert not any(isinstance(outcome, MaybeWritten) for outcome in outcomes)
    assert {value for value in await values(three_brokers.bootstrap, topic) if value != b"before"} == sent


async def _leaders(bootstrap: str, topic: str) -> dict[int, int]:
    async with admin(Connection(bootstrap)) as client:
        (described,) = await client.describe_topics([topic])
    return {one["partition"]: one["leader"] for one in described["partitions"]}
