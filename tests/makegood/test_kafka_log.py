"""What aiokafka says of a broker that is away is one line, and one at the end."""

from __future__ import annotations

import logging
import time

import pytest
import structlog

from makegood.config import kafka_log
from makegood.config.kafka_log import OneLineWhileAway


@pytest.fixture
def lines(fresh_log):
    fresh_log(kafka_log)
    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())
    handler.addFilter(OneLineWhileAway(quiet_s=0.3))
    logger = logging.getLogger("aiokafka.client")
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def test_many_complaints_are_one_line_and_one_at_their_end(lines):
    with structlog.testing.capture_logs() as ours:
        for number in range(200):
            logging.getLogger("aiokafka.client").error("Unable connect to node with id %s", number)
        assert [line.partition(": ")[2] for line in lines] == ["Unable connect to node with id 0"]
        time.sleep(1)
    assert [(line["event"], line["lines_left_out"]) for line in ours] == [("Kafka answers again", 199)]


def test_what_comes_after_the_end_is_told_anew(lines):
    complain = logging.getLogger("aiokafka.client").warning
    complain("Heartbeat failed")
    time.sleep(1)
    complain("Heartbeat failed")
    assert len(lines) == 2


def test_that_a_group_gets_another_member_is_no_complaint(lines):
    logging.getLogger("aiokafka.client").warning("Heartbeat failed for group %s because it is rebalancing", "makegood")
    assert lines == []
