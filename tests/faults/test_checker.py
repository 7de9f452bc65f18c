"""The checker itself: a difference is a fault, unless other code decided; then it says so and calls nothing wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from makegood.kafka import Record
from schemas.topics import INPUTS
from schemas.traffic import JournalEntry
from streams.code_version import code_version, data_version
from tests.faults.checker import OUTPUTS, Verdict, _check_partition


def judged(code: str, data: str, state: bytes | None) -> Verdict:
    """The verdict on a partition whose journal has one empty entry, and whose changelog holds one record, or none."""
    entry = JournalEntry(sequence=1, inputs=(), policy="test", code=code, data=data)
    topics = {name: [[]] for name in (*INPUTS, *OUTPUTS)}
    topics["journal"] = [[Record("journal", 0, 0, 0, None, entry.model_dump_json().encode())]]
    topics["state"] = [[] if state is None else [Record("state", 0, 0, 0, b"c:ann", state)]]
    verdict = Verdict()
    _check_partition(0, 1, topics, Counter(), verdict)
    return verdict


def test_a_record_that_no_input_explains_is_a_fault():
    verdict = judged(code_version(), data_version(), b"unexplained")
    assert verdict.faults == ["state-0: 1 of 0 records differ, for example b'c:ann'"]


@pytest.mark.parametrize("changed", ["code", "data"])
def test_what_other_code_or_data_decided_is_named_and_not_called_wrong(changed):
    verdict = judged(**{"code": code_version(), "data": data_version(), changed: "0123456789ab"}, state=b"theirs")
    (said,) = verdict.faults
    assert said.startswith("partition 0: decided by other code")
    assert "0123456789ab" in said
    assert "entry 1 on" in said


def test_where_nothing_differs_other_code_is_no_fault():
    assert judged("0123456789ab", data_version(), None).sound
