"""Promises of the topics on a cluster: made once, set right, never with partition counts that cannot agree."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from makegood import kafka
from makegood.cli import topics as cli_topics
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import Connection, TopicSpec, topics
from makegood.kafka.topics import Outcome, agreed_partitions, too_many_for
from schemas.topics import BY_NAME, TOPICS


def there(**counts: int) -> dict[str, TopicSpec]:
    return {name: TopicSpec(name, count, 1) for name, count in counts.items()}


def test_the_prefix_is_the_one_of_the_settings():
    assert Settings.model_fields["prefix"].default == topics.PREFIX


def test_where_there_are_no_topics_the_count_is_four_unless_asked():
    assert agreed_partitions({}, None) == 4
    assert agreed_partitions({}, 12) == 12


def test_the_count_of_the_topics_that_are_there_holds_for_new_ones():
    assert agreed_partitions(there(a=8, b=8), None) == 8
    assert agreed_partitions(there(a=8, b=8), 8) == 8


def test_another_count_is_refused_with_the_reason_and_a_way_out():
    with pytest.raises(UserError, match=r"the topics have 8 partitions, and 4 were asked for.*another --prefix"):
        agreed_partitions(there(a=8), 4)


def test_topics_that_disagree_are_listed():
    with pytest.raises(UserError, match="a has 8, b has 4"):
        agreed_partitions(there(b=4, a=8), None)


def test_more_partitions_than_a_worker_should_own_are_a_warning_only():
    assert too_many_for(16, 1) is None
    assert too_many_for(32, 2) is None
    assert "33 partitions for 2 workers" in str(too_many_for(33, 2))


def test_with_three_copies_two_must_be_written_before_a_record_counts():
    assert {spec.config.get("min.insync.replicas") for spec in topics.specs("x.", 4, 3)} == {"2"}
    assert {spec.config.get("min.insync.replicas") for spec in topics.specs("x.", 4, 1)} == {None}


def test_a_name_on_the_cluster_leads_back_to_its_row():
    assert topics.topic_of_name("x.tasks", "x.") is BY_NAME["tasks"]


def test_retention_is_told_in_words():
    assert [cli_topics.kept(BY_NAME[name]) for name in ("state", "tasks", "notices")] == ["last of each key", "for ever", "30 days"]


@pytest.mark.broker
async def test_topics_are_made_once_with_the_settings_of_the_table(bootstrap, prefix):
    connection = Connection(bootstrap)
    first = await topics.apply(connection, prefix=prefix, partitions=2)
    assert [line.outcome for line in first] == [Outcome.MADE] * len(TOPICS)
    assert [line.outcome for line in await topics.apply(connection, prefix=prefix)] == [Outcome.RIGHT] * len(TOPICS)
    found = await kafka.describe(connection, [prefix + t.name for t in TOPICS])
    assert {name.removeprefix(prefix): dict(spec.config) for name, spec in found.items()} == {t.name: t.config for t in TOPICS}
    assert await topics.partition_count(connection, prefix=prefix) == 2


@pytest.mark.broker
async def test_a_missing_topic_is_made_with_the_count_of_the_others_and_a_changed_one_is_set_right(bootstrap, prefix):
    connection = Connection(bootstrap)
    await kafka.ensure_topics(connection, [TopicSpec(f"{prefix}notices", 3, 1, {"retention.ms": "1000", "cleanup.policy": "delete"})])
    lines = {line.topic.removeprefix(prefix): line for line in await topics.apply(connection, prefix=prefix)}
    assert lines["tasks"].outcome is Outcome.MADE
    assert lines["notices"].outcome is Outcome.ALTERED
    assert "retention.ms is now 2592000000 (was 1000)" in lines["notices"].detail
    assert await topics.partition_count(connection, prefix=prefix) == 3


@pytest.mark.broker
@pytest.mark.parametrize("kept", ["-1", "9999999999999"])
async def test_who_keeps_records_for_longer_loses_none_by_apply(bootstrap, prefix, kept):
    connection = Connection(bootstrap)
    config = {**next(topic.config for topic in TOPICS if topic.name == "notices"), "retention.ms": kept}
    await kafka.ensure_topics(connection, [TopicSpec(f"{prefix}notices", 3, 1, config)])
    lines = {line.topic.removeprefix(prefix): line for line in await topics.apply(connection, prefix=prefix)}
    found = (await kafka.describe(connection, [f"{prefix}notices"]))[f"{prefix}notices"]
    assert found.config["retention.ms"] == kept
    assert "longer than 2592000000: it stays" in lines["notices"].detail


@pytest.mark.broker
async def test_a_setting_that_is_not_as_the_table_says_is_told_and_set_right(bootstrap, prefix):
    connection = Connection(bootstrap)
    await topics.apply(connection, prefix=prefix)
    assert await differing(connection, prefix, {}) == {}
    await kafka.alter_config(connection, f"{prefix}feedback", {"message.timestamp.type": "CreateTime"})
    await kafka.alter_config(connection, f"{prefix}state", {"cleanup.policy": "delete"})
    wrong = {
        f"{prefix}feedback": {"message.timestamp.type": ("CreateTime", "LogAppendTime")},
        f"{prefix}state": {"cleanup.policy": ("delete", "compact")},
    }
    assert await differing(connection, prefix, wrong) == wrong
    await topics.apply(connection, prefix=prefix)
    assert await differing(connection, prefix, {}) == {}


async def differing(connection: Connection, prefix: str, awaited: dict) -> dict:
    """What differs; a broker shows a changed setting only a moment later."""
    for _ in range(100):
        if (found := await topics.differences(connection, prefix=prefix)) == awaited:
            break
        await asyncio.sleep(0.1)
    return found


async def test_nothing_is_made_when_the_counts_cannot_agree(bootstrap, prefix):
    connection = Connection(bootstrap)
    await kafka.ensure_topics(connection, [TopicSpec(f"{prefix}tasks", 3, 1)])
    with pytest.raises(UserError):
        await topics.apply(connection, prefix=prefix, partitions=4)
    assert set(await kafka.describe(connection, [prefix + t.name for t in TOPICS])) == {f"{prefix}tasks"}


@pytest.mark.broker
async def test_fewer_copies_than_asked_are_reported_and_left(bootstrap, prefix):
    found = TopicSpec("x", 1, 1, {})
    line = await topics._settle(Connection(bootstrap), TopicSpec("x", 1, 3, {}), found)
    assert line.outcome is Outcome.DIFFERS
    assert "1 of 3 copies" in line.detail


@pytest.mark.broker
def test_the_commands_say_what_was_made_and_show_it(bootstrap, prefix, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    where = ["--kafka", bootstrap, "--prefix", prefix]
    missing = CliRunner().invoke(cli_topics.app, ["describe", *where])
    assert "some topics are missing" in missing.output
    made = CliRunner().invoke(cli_topics.app, ["apply", *where, "--partitions", "17"])
    assert f"{prefix}tasks: made" in made.output
    assert "warning: 17 partitions for 1 worker" in made.output
    shown = CliRunner().invoke(cli_topics.app, ["describe", *where])
    assert shown.exit_code == 0
    assert "task.snapshot" in shown.output
    assert "missing" not in shown.output
