"""A topic whose settings would lose records or state is refused with one sentence, before a worker starts and while it runs."""

from __future__ import annotations

import asyncio

import pytest

from console import tables
from console.fold import fold
from makegood import kafka
from makegood.config import settings
from makegood.doctor import cluster as doctor_of_cluster
from makegood.errors import UserError
from makegood.kafka import Connection, topic_guard, topics
from makegood.kafka.clients import admin
from streams.engine.contract import StopWorker
from streams.engine.hole_check import Cause, Hole, holes, told_of
from streams.engine.position import Applied
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker]

LOSING = [
    ("state", {"cleanup.policy": "delete"}, "cleanup.policy is delete, not compact"),
    ("state", {"cleanup.policy": "compact,delete"}, "cleanup.policy is compact,delete"),
    ("feedback", {"cleanup.policy": "compact"}, "cleanup.policy is compact, not delete"),
    ("journal", {"retention.ms": "86400000"}, "retention.ms is 86400000, not -1"),
    ("commands", {"retention.bytes": "1000000"}, "retention.bytes is 1000000, not -1"),
    ("feedback", {"message.timestamp.type": "CreateTime"}, "message.timestamp.type is CreateTime, not LogAppendTime"),
    ("tasks", {"max.message.bytes": "1000"}, "max.message.bytes is 1000, not 4194304"),
]


async def altered(connection: Connection, name: str, config: dict[str, str]) -> None:
    """A broker shows a changed setting only a moment later."""
    await kafka.alter_config(connection, name, config)
    for _ in range(200):
        if config.items() <= (await kafka.describe(connection, [name]))[name].config.items():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name} does not show {config}")


@pytest.mark.parametrize(("topic", "config", "words"), LOSING)
async def test_settings_that_lose_records_are_refused_with_what_to_do(bootstrap, applied, topic, config, words):
    connection = Connection(bootstrap)
    await altered(connection, applied + topic, config)
    with pytest.raises(UserError, match="makegood topics apply") as refusal:
        await topic_guard.refuse_what_loses(connection, applied)
    assert f"{applied}{topic}: {words}" in str(refusal.value)


async def test_topics_as_the_table_makes_them_and_those_that_keep_more_are_well(bootstrap, applied):
    connection = Connection(bootstrap)
    await topic_guard.refuse_what_loses(connection, applied)
    await altered(connection, applied + "feedback", {"retention.ms": "-1", "max.message.bytes": "8388608"})
    await topic_guard.refuse_what_loses(connection, applied)


@pytest.mark.parametrize(("topic", "config", "words"), LOSING)
async def test_the_remedy_that_is_named_helps(bootstrap, applied, topic, config, words):
    connection = Connection(bootstrap)
    await altered(connection, applied + topic, config)
    await topics.apply(connection, prefix=applied)
    await asyncio.sleep(1)
    await topic_guard.refuse_what_loses(connection, applied)


async def test_a_setting_that_is_changed_while_a_worker_runs_is_seen(bootstrap, applied, monkeypatch):
    monkeypatch.setattr(topic_guard, "LOOK_AGAIN_S", 0.2)
    connection = Connection(bootstrap)
    watching = asyncio.create_task(topic_guard.watch(connection, applied))
    await asyncio.sleep(1)
    assert not watching.done()
    await altered(connection, applied + "state", {"cleanup.policy": "delete"})
    assert "state: cleanup.policy" in await asyncio.wait_for(watching, PATIENT_S)


async def test_a_topic_that_is_deleted_while_a_worker_runs_is_named(bootstrap, applied, monkeypatch):
    monkeypatch.setattr(topic_guard, "LOOK_AGAIN_S", 0.2)
    connection = Connection(bootstrap)
    given = settings.load(kafka=bootstrap, prefix=applied, group=applied.rstrip(".")).engine(4)
    watching = asyncio.create_task(topic_guard.watch(connection, applied))
    async with admin(connection) as client:
        await client.delete_topics([f"{applied}commerce"])
    assert f"there is no topic {applied}commerce any more" in await asyncio.wait_for(watching, PATIENT_S)
    with pytest.raises(StopWorker, match=f"there is no topic {applied}commerce any more"):
        await holes(given, {0: {"feedback": Applied(0)}})


async def test_a_hole_that_a_person_accepted_is_told_by_the_doctor_and_shown_on_the_board(bootstrap, applied):
    given = settings.load(kafka=bootstrap, prefix=applied, group=applied.rstrip("."))
    hole = Hole("feedback", 2, Cause.REMOVED, 10, 20)
    [change] = (one.model_copy(update={"id": "an-id-says-nothing"}) for one in told_of([hole], 7))
    other = change.model_copy(update={"id": "gap-year", "gap": None, "sentence": "the worker is back"})
    async with kafka.producer(given.connection) as producer:
        await producer.send_and_wait(f"{applied}operations", value=b"rubbish", partition=0)
        for one in (change, other):
            await producer.send_and_wait(f"{applied}operations", value=one.model_dump_json().encode(), partition=0)
    said = [sentence for _, sentence in await doctor_of_cluster.cluster(given)]
    assert [hole.accepted in sentence for sentence in said].count(True) == 1
    assert not any(other.sentence in sentence for sentence in said)
    records = [record async for record in kafka.read_topic(given.connection, f"{applied}operations")]
    shown = fold(record._replace(topic="operations") for record in records).rows[tables.service_event.name]
    assert [row["sentence"] for row in shown] == [hole.accepted, other.sentence]
