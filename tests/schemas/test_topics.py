"""Promises of the topic table."""

from __future__ import annotations

import pytest

from schemas.topics import INPUTS, TOPICS, Role, topic_of


def test_no_two_topics_share_a_name():
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_a_topic_is_either_compacted_or_kept_by_time(topic):
    assert not (topic.compacted and topic.keep_days)
    assert topic.config["cleanup.policy"] == ("compact" if topic.compacted else "delete")
    assert ("retention.ms" in topic.config) is not topic.compacted


def test_the_state_and_nothing_that_is_history_is_compacted():
    compacted = {topic.name for topic in TOPICS if topic.compacted}
    assert compacted == {"state", "unresolved"}


def test_streams_read_the_inputs_and_the_loops_and_nothing_else():
    assert set(INPUTS) == {topic.name for topic in TOPICS if topic.role in {Role.INPUT, Role.LOOP}}


def test_a_type_that_belongs_to_no_topic_is_a_key_error():
    with pytest.raises(KeyError):
        topic_of("weather.changed")


def test_what_comes_in_is_dated_by_the_broker_and_a_replay_of_old_facts_is_not_deleted_first():
    by_the_broker = {topic.name for topic in TOPICS if topic.config.get("message.timestamp.type") == "LogAppendTime"}
    assert by_the_broker == set(INPUTS)
