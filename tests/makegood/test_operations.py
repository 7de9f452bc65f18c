"""What happened to the services reaches the topic: in order, once Kafka is there, and it never holds up who tells it."""

from __future__ import annotations

import asyncio
import json

import pytest

from makegood import kafka
from makegood.config.settings import Settings
from makegood.kafka import Connection, topics
from makegood.kafka.service_events import ServiceEvents
from makegood.local.broker import Cluster
from schemas.operations import ServiceChanged, ServiceState
from tests.conftest import free_port


async def written(settings: Settings) -> list[ServiceChanged]:
    """The records of the topic, oldest first."""
    found = [
        ServiceChanged.model_validate_json(record.value)
        async for record in kafka.read_topic(settings.connection, f"{settings.prefix}operations")
        if record.value
    ]
    return sorted(found, key=lambda change: change.at)


@pytest.mark.broker
async def test_changes_are_written_in_order_under_their_part(bootstrap, applied):
    settings = Settings(kafka=bootstrap, prefix=applied)
    service_events = ServiceEvents(settings)
    service_events.open()
    for state in (ServiceState.STARTING, ServiceState.RUNNING, ServiceState.DOWN):
        service_events.record("worker", state, f"worker is {state}")
    assert await service_events.settled(20)
    await service_events.close()
    assert [change.state for change in await written(settings)] == ["starting", "running", "down"]
    keys = {record.key async for record in kafka.read_topic(settings.connection, f"{applied}operations")}
    assert keys == {b"worker"}


@pytest.mark.broker
async def test_what_is_told_before_the_topics_are_there_is_written_when_they_are(bootstrap, prefix):
    settings = Settings(kafka=bootstrap, prefix=prefix)
    service_events = ServiceEvents(settings)
    service_events.open()
    service_events.record("broker", ServiceState.RUNNING, "broker runs")
    assert not await service_events.settled(0.5)
    await topics.apply(Connection(bootstrap), prefix=prefix, partitions=2, replication=1)
    assert await service_events.settled(20)
    await service_events.close()
    assert [change.sentence for change in await written(settings)] == ["broker runs"]


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_what_is_told_while_kafka_is_down_is_written_when_it_returns(tmp_path):
    cluster = Cluster(tmp_path / "kafka", first_port=free_port(2))
    await asyncio.to_thread(cluster.start)
    try:
        settings = Settings(kafka=cluster.bootstrap)
        await topics.apply(settings.connection, partitions=2, replication=1)
        service_events = ServiceEvents(settings)
        service_events.open()
        service_events.record("broker", ServiceState.RUNNING, "before")
        assert await service_events.settled(20)
        await asyncio.to_thread(cluster.kill, 1)
        service_events.record("broker", ServiceState.DOWN, "broker was killed")
        service_events.record("worker", ServiceState.DOWN, "worker too")
        assert not await service_events.settled(2)
        await asyncio.to_thread(cluster.restart, 1)
        assert await service_events.settled(60)
        await service_events.close()
        sentences = [change.sentence for change in await written(settings)]
        assert list(dict.fromkeys(sentences)) == ["before", "broker was killed", "worker too"]
    finally:
        await asyncio.to_thread(cluster.stop)


async def test_telling_never_waits_and_what_is_kept_is_bounded():
    service_events = ServiceEvents(Settings(kafka="127.0.0.1:1"))
    service_events.open()
    for number in range(3000):
        service_events.record("worker", ServiceState.DOWN, f"end {number}")
    assert len(service_events._kept) == 1000
    assert json.loads(service_events._kept[-1].model_dump_json())["sentence"] == "end 2999"
    await service_events.close()
