"""Journal and state must tell the same story before the first input is read."""

from __future__ import annotations

import pytest

from streams.engine.contract import StopWorker
from streams.engine.partition_task import Position
from streams.engine.recovery_check import compare

STATE = Position(5, {"a": 10})


def test_agreement_is_silent():
    assert compare(0, STATE, 5) is None


def test_a_new_partition_is_silent():
    assert compare(0, Position(), None) is None


def test_a_state_ahead_of_the_journal_is_said():
    assert "state is at transaction 5, the journal at 4" in compare(0, STATE, 4)


def test_a_state_that_is_behind_the_journal_stops_the_worker():
    with pytest.raises(StopWorker, match="the journal is at transaction 6"):
        compare(0, STATE, 6)
