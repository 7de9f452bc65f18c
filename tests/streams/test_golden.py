"""What is decided of the bench's events and of real histories, deadlines included, is what was noted: a rewrite changes nothing unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.streams.golden.cases import CASES, decided
from tests.streams.golden.comparison import compared
from tests.streams.golden.normal_form import line, normal
from tests.streams.golden.noted import difference


@pytest.mark.parametrize("name", CASES)
def test_what_is_decided_is_what_was_noted(name):
    if (told := difference(name, decided(name))) is not None:
        pytest.fail(told, pytrace=False)


# -- how recordings are compared ------------------------------------------------------------------------------------------------------

RAISED = {
    "id": "T-1",
    "version": 1,
    "status": "open",
    "score": 50.0,
    "addends": [{"name": "tier", "points": 30.0}],
    "basis": {"policy": "p"},
}


def recording(path: Path, *outputs: dict) -> Path:
    known = [{"case": "test", **normal("tasks", b"C1", json.dumps(RAISED | output).encode())} for output in outputs]
    path.write_text("".join(f"{line(one)}\n" for one in known))
    return path


def test_a_comparison_names_the_field_that_differs_and_an_example(tmp_path):
    old = recording(tmp_path / "old", {}, {"version": 2})
    new = recording(tmp_path / "new", {}, {"version": 2, "addends": [{"name": "tier", "points": 8.0}]})
    report = compared(old, new)
    assert "1 outputs are equal; 2 in the old recording, 2 in the new" in report
    assert "1 x test, tasks: open: addends.N.points\n    ('T-1', 2, 0): 30.0 -> 8.0" in report
    assert "2 outputs are equal" in compared(old, new, frozenset({"addends.N.points"}))


def test_a_comparison_names_what_is_in_one_recording_only_and_another_order(tmp_path):
    old = recording(tmp_path / "old", {}, {"version": 2}, {"version": 3})
    new = recording(tmp_path / "new", {"version": 3}, {})
    report = compared(old, new)
    assert "2 outputs are equal; 3 in the old recording, 2 in the new" in report
    assert "their order differs" in report
    assert "1 x test, tasks: open: only in the old" in report


def test_the_version_of_the_policy_and_the_last_digits_of_a_number_say_nothing():
    one, two = ({**RAISED, "score": score, "basis": {"policy": policy}} for score, policy in ((0.1 + 0.2, "a"), (0.3, "b")))
    assert normal("tasks", b"C1", json.dumps(one).encode()) == normal("tasks", b"C1", json.dumps(two).encode())


def test_outputs_that_are_not_those_noted_are_told_with_counts_and_with_the_first_that_differs():
    told = difference("bench-20000", [{"topic": "tasks", "key": "C1", "id": "T-unheard-of", "status": "open"}])
    assert told is not None
    assert "now   1 outputs" in told
    assert "Output 0 of 1 is the first that differs" in told
    assert "T-unheard-of" in told
    assert "compare OLD.jsonl NEW.jsonl" in told
