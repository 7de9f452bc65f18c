"""The ServiceNow log: each row is a state, each fact a difference, and no row tells what only a later one may know."""

from __future__ import annotations

import gzip
import json
from csv import DictReader

import pytest

from tests.conftest import shared
from tests.makegood.histories_at_hand import facts, first_rows, read, times, write_csv

COLUMNS = (
    "ts,number,incident_state,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_at,category,priority,"
    "assignment_group,assigned_to,resolved_at,closed_at"
)
END = "Group 1,Ann,2016-03-02T09:00:00,2016-03-07T10:00:00"
OPENED = "2016-03-01T07:56:00"


def row(
    ts: str, state: str, handed: int, reopened: int, version: int, made: bool = True, caller: str = "Caller 1", priority: str = "3 - M"
):
    return f"2016-03-{ts},INC1,{state},{handed},{reopened},{version},{made},{caller},{OPENED},Cat 1,{priority},{END}"


LIFE = (
    row("01T08:03:00", "New", 0, 0, 0),
    row("01T09:00:00", "New", 0, 0, 1, priority="1 - Critical"),
    row("01T10:00:00", "Active", 3, 0, 2, priority="1 - Critical"),
    row("02T09:00:00", "Resolved", 3, 0, 3, priority="1 - Critical"),
    row("03T09:00:00", "Active", 3, 1, 4, priority="1 - Critical"),
    row("04T09:00:00", "Resolved", 3, 1, 5, priority="1 - Critical"),
    row("07T10:00:00", "Closed", 3, 1, 6, made=False, priority="1 - Critical"),
)


@pytest.fixture
def log(tmp_path):
    return write_csv(tmp_path / "log.csv", COLUMNS, *LIFE)


def test_the_life_of_an_incident_is_told_by_its_differences(log):
    told = [(fact["type"], fact["occurred_at"][:16]) for fact in facts("incidents", log)]
    assert told == [
        ("ticket.opened", "2016-03-01T07:56"),
        ("ticket.updated", "2016-03-01T09:00"),
        ("ticket.reassigned", "2016-03-01T10:00"),
        ("ticket.resolved", "2016-03-02T09:00"),
        ("ticket.reopened", "2016-03-03T09:00"),
        ("ticket.resolved", "2016-03-04T09:00"),
        ("ticket.updated", "2016-03-07T10:00"),
    ]


def test_what_changed_is_said_with_the_number_of_the_revision(log):
    opened, urgent, handed, resolved, reopened, _, closed = facts("incidents", log)
    assert (opened["severity"], urgent["severity"], handed["times"], handed["assignee"]) == ("normal", "urgent", 3, "Ann")
    assert (resolved["target_missed"], reopened["times"]) == (False, 1)
    assert (closed["target_missed"], closed["status"], closed["version"]) == (True, "Closed", 6)


def test_an_incident_without_a_caller_waits_under_its_number(tmp_path):
    for caller in ("", "?"):
        log = write_csv(tmp_path / "log.csv", COLUMNS, row("01T08:03:00", "New", 0, 0, 0, caller=caller))
        assert facts("incidents", log)[0]["customer"] == {"aliases": ["incident:INC1"]}


@pytest.mark.parametrize("length", range(1, len(LIFE) + 1))
def test_no_resolution_is_known_before_its_time(tmp_path, length):
    """A log cut off anywhere gives the beginning of what the whole log gives."""
    cut = facts("incidents", write_csv(tmp_path / "cut.csv", COLUMNS, *LIFE[:length]))
    whole = facts("incidents", write_csv(tmp_path / "log.csv", COLUMNS, *LIFE))
    assert cut == whole[: len(cut)]


def test_the_final_values_in_every_row_change_nothing(tmp_path, log):
    other = [line.replace("2016-03-02T09:00:00,2016-03-07T10:00:00", "2031-01-01T00:00:00,") for line in LIFE]
    assert facts("incidents", log) == facts("incidents", write_csv(tmp_path / "other.csv", COLUMNS, *other))


# -- the real log -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path):
    return first_rows(shared("data", "incidents.csv.gz"), tmp_path / "incidents.csv", 12_000)


def test_in_the_real_log_no_resolution_is_known_before_its_row(real):
    resolved_at: dict[str, str] = {}
    with real.open(newline="") as file:
        for state in DictReader(file):
            if state["incident_state"] in {"Resolved", "Closed"}:
                resolved_at.setdefault(state["number"], state["ts"])
    found = facts("incidents", real)
    first = {}
    for fact in found:
        if fact["type"] == "ticket.resolved":
            first.setdefault(fact["object"], fact["occurred_at"].removesuffix("Z"))
    assert first == resolved_at
    assert not any(final in json.dumps(fact) for fact in found for final in ("resolved_at", "closed_at"))


def test_the_real_log_comes_in_the_order_of_time(real):
    at = times(read("incidents", real))
    assert at == sorted(at)


def test_every_missed_target_of_the_real_log_is_told(real):
    with real.open(newline="") as file:
        missed = {state["number"] for state in DictReader(file) if state["made_sla"] == "False"}
    assert {fact["object"] for fact in facts("incidents", real) if fact.get("target_missed")} == missed
    assert len(missed) > 20


def test_the_real_log_is_read_packed_as_plain(tmp_path, real):
    packed = tmp_path / "incidents.csv.gz"
    packed.write_bytes(gzip.compress(real.read_bytes(), 1))
    assert read("incidents", packed) == read("incidents", real)
