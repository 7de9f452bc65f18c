"""A topic whose settings would lose records or state is refused with one sentence, before a worker starts and while it runs."""

from __future__ import annotations

import asyncio

import pytest

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import Connection, topic_guard, topics
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
