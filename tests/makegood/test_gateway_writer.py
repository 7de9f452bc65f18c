"""Promises of the writer: an answer for each record, and a broken producer is replaced by a new one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from makegood import bus
from makegood.bus import Connection, Outgoing, TopicSpec, Writer
from makegood.bus.writing import Stuck
from tests.conftest import free_port

pytestmark = pytest.mark.broker


@asynccontextmanager
async def running(kafka: str, topic: str):
    writer = Writer(Connection(kafka), [topic])
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)


async def until_ready(writer: Writer) -> None:
    async with asyncio.timeout(30):
        while writer.trouble is not None:  # noqa: ASYNC110  it is another task that will know
            await asyncio.sleep(0.05)


@pytest.fixture
async def topic(kafka, prefix):
    await bus.ensure_topics(Connection(kafka), [TopicSpec(f"{prefix}letters", 3, 1)])
    return f"{prefix}letters"


async def values(kafka: str, topic: str) -> list[bytes | None]:
    return [record.value async for record in bus.read_topic(Connection(kafka), topic)]


async def test_a_record_that_is_too_large_is_refused_and_the_others_are_written(kafka, topic):
    async with running(kafka, topic) as writer:
        await until_ready(writer)
        outcomes = await writer.write(
            [Outgoing(topic, b"a", b"1"), Outgoing(topic, b"b", b"x" * (5 << 20)), Outgoing(topic, b"c", b"3")], 10
        )
    assert outcomes == [None, "the record is larger than Kafka takes", None]
    assert sorted(await values(kafka, topic)) == [b"1", b"3"]


async def test_a_producer_that_broke_is_replaced(kafka, topic):
    async with running(kafka, topic) as writer:
        await until_ready(writer)
        broken = writer._producer
        writer._broken.set()  # what an error that the client does not mend by itself leads to
        async with asyncio.timeout(30):
            while writer._producer in {broken, None}:  # noqa: ASYNC110  it is another task that will know
                await asyncio.sleep(0.05)
        assert await writer.write([Outgoing(topic, b"a", b"again")], 10) == [None]
    assert await values(kafka, topic) == [b"again"]


async def test_a_writer_that_gets_nothing_through_although_kafka_answers_gives_up_where_that_is_asked_for(kafka, topic):
    writer = Writer(Connection(kafka), [topic], stuck_s=1)
    task = asyncio.create_task(writer.run())
    await until_ready(writer)
    await writer._producer.client.close()  # its connections are gone, and it does not know
    assert await writer.write([Outgoing(topic, b"a", b"1")], 1) != [None]
    with pytest.raises(Stuck, match="has taken nothing for"):
        async with asyncio.timeout(30):
            await task


async def test_where_nobody_answers_each_record_is_told_why_at_once():
    async with running(f"127.0.0.1:{free_port()}", "letters") as writer:
        async with asyncio.timeout(20):
            while "nobody answers" not in (writer.trouble or ""):  # noqa: ASYNC110  it is another task that will know
                await asyncio.sleep(0.05)
        outcomes = await writer.write([Outgoing("letters", b"a", b"1")] * 3, 60)
    assert len(outcomes) == 3
    assert all("makegood broker up" in str(one) for one in outcomes)
