"""Journal, state and committed offsets must tell the same story before the first input is read."""

from __future__ import annotations

import pytest

from streams.engine.contract import StopWorker
from streams.engine.partition_task import Position
from streams.engine.recovery_check import compare

AGREED = Position(5, {"a": 10})


def test_agreement_is_silent():
    assert compare(0, AGREED, {"a": 10, "b": None}, 5) == []


def test_a_new_partition_is_silent():
    assert compare(0, Position(), {"a": None}, None) == []


def test_a_state_ahead_of_the_offsets_is_skipped_and_said():
    [note] = compare(0, AGREED, {"a": 7}, 5)
    assert "applied up to 10, committed is 7" in note


def test_a_state_ahead_of_the_journal_is_said():
    [note] = compare(0, AGREED, {"a": 10}, 4)
    assert "state is at transaction 5, the journal at 4" in note


@pytest.mark.parametrize(
    ("offsets", "journal", "words"), [({"a": 11}, 5, "committed up to 11"), ({"a": 10}, 6, "the journal is at transaction 6")]
)
def test_a_state_that_is_behind_stops_the_worker(offsets, journal, words):
    with pytest.raises(StopWorker, match=words):
        compare(0, AGREED, offsets, journal)
