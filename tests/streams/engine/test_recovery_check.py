"""Journal and state must tell the same story before the first input is read."""

from __future__ import annotations

import pytest

from streams.engine.contract import StopWorker
from streams.engine.position import Applied, Position
from streams.engine.recovery_check import compare

STATE = Position(5, {"a": Applied(10)})


def test_agreement_is_silent():
    assert compare(0, 4, STATE, 5) is None


def test_a_new_partition_is_silent():
    assert compare(0, 4, Position(), None) is None


def test_a_state_ahead_of_the_journal_is_said():
    assert "state is at transaction 5, the journal at 4" in compare(0, 4, STATE, 4)


def test_a_state_that_is_behind_the_journal_stops_the_worker():
    with pytest.raises(StopWorker, match="the journal is at transaction 6"):
        compare(0, 4, STATE, 6)


def test_a_state_of_another_number_of_partitions_stops_the_worker():
    with pytest.raises(StopWorker, match="made with 4 partitions, now there are 8"):
        compare(0, 8, Position(5, {"a": Applied(10)}, 4), 5)
