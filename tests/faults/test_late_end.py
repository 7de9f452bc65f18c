"""A request that ends a transaction may arrive late: it must not end the next one. Shown with a real broker behind a door that holds it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiokafka.producer import sender

from makegood import kafka
from makegood.kafka import Connection, topics
from makegood.local.broker import Cluster
from streams.engine.contract import Output
from streams.engine.settings import EngineSettings
from streams.engine.transactions import EndedOnce, OutcomeUnknown, TransactionalProducer
from tests.conftest import free_port
from tests.faults.holding_proxy import END_TXN, HoldingProxy

pytestmark = [pytest.mark.faults, pytest.mark.broker, pytest.mark.timeout(900)]


@asynccontextmanager
async def door(tmp_path):
    """A broker, its door, and the settings of a producer that knows no other way in."""
    inside, outside = free_port(2), free_port()
    advertised = {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{outside}"}
    cluster = Cluster(tmp_path / "kafka", first_port=inside, heap_mb=256, more=advertised)
    await asyncio.to_thread(cluster.start)
    try:
        proxy = HoldingProxy(inside)
        async with await proxy.start(outside):
            connection = Connection(f"127.0.0.1:{outside}")
            await topics.apply(connection, prefix="t.", partitions=1, replication=1)
            yield proxy, EngineSettings("t", connection.options(), ("feedback",), 1, "t.")
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def producer(settings):
    made = TransactionalProducer(settings, 0)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def committed(settings) -> list[bytes]:
    connection = Connection(settings.connection["bootstrap_servers"][0])
    return [record.value async for record in kafka.read_topic(connection, settings.topic("tasks"))]


def outputs(*values: bytes):
    return [Output("tasks", 0, b"key", value) for value in values]


async def test_an_end_without_an_answer_ends_the_producer_and_cannot_touch_what_its_successor_does(tmp_path):
    async with door(tmp_path) as (proxy, settings):
        async with producer(settings) as first:
            await first.commit(outputs(b"before"), (), {})
            proxy.hold(END_TXN)
            with pytest.raises(OutcomeUnknown):
                await first.commit(outputs(b"unknown"), (), {})
        async with producer(settings) as successor:
            await successor._producer.begin_transaction()
            await asyncio.gather(*[sent for sent, _ in await successor.send(outputs(b"half"), ())])
            await proxy.let_go()
            await successor._producer.abort_transaction()
            await successor.commit(outputs(b"after"), (), {})
        assert await committed(settings) == [b"before", b"after"]


async def test_the_client_left_to_itself_lets_the_late_end_commit_half_of_the_next_transaction(tmp_path, monkeypatch):
    """What the rule is for: should this ever fail, the client has learned it and the rule can go."""
    monkeypatch.setattr(sender, "EndTxnHandler", EndedOnce.__base__)
    async with door(tmp_path) as (proxy, settings), producer(settings) as only:
        proxy.hold(END_TXN)
        await only.commit(outputs(b"before"), (), {})
        assert proxy.held.is_set(), "it was sent once only"
        await only._producer.begin_transaction()
        await asyncio.gather(*[sent for sent, _ in await only.send(outputs(b"half"), ())])
        await proxy.let_go()
        assert await committed(settings) == [b"before", b"half"]
