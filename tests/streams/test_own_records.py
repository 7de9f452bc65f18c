"""What a partition keeps of itself is versioned record by record: older is read, newer is refused before anything is decided."""

from __future__ import annotations

import json

import msgspec
import pytest

from makegood.config import policy_file
from streams.decide.outcomes import Correction, Outcomes
from streams.decide.percentiles import Histograms
from streams.decide.record import FORMAT, NewerState, Whole
from streams.decide.state import Thresholds
from streams.engine.contract import StopWorker
from streams.engine.stores import MemoryStore
from streams.own_records import POLICY, WHOLE, Layouts, OutcomeReports, Reports
from streams.partition import Partition

FULL = {
    b"~layouts": Layouts(["id 1"], ["alias 1"]),
    b"~thresholds": Thresholds(1, 2, 3.0),
    b"~histograms": Histograms({1: 2}, {3: 4}, 5, 6, 2),
    b"~reports": Reports({0: b"{}"}),
    b"~outcomes": Outcomes(7, {8: {1: (2, 1)}}, 3),
    b"~outcome-reports": OutcomeReports({0: Outcomes(7, {8: {1: (2, 1)}})}),
    b"~correction": Correction(7, 0.5, 0.9),
}
EACH = pytest.mark.parametrize("whole", WHOLE, ids=lambda whole: whole.key.decode())


def newer(whole: Whole, **steps) -> Whole:
    """One version on: another shape, in which what was stands second."""
    kind = msgspec.defstruct(
        "Newer", [("more", str, "more"), ("was", whole.kind, msgspec.field(default_factory=whole.kind))], array_like=True
    )
    return Whole(whole.key, kind, whole.steps.version + 1, **steps)


def a_worker(**records: bytes) -> Partition:
    store = MemoryStore()
    store.stage({f"~{name.replace('_', '-')}".encode(): raw for name, raw in records.items()})
    return Partition(0, 1, policy_file.built_in(), store.get)


@EACH
def test_a_record_comes_back_as_it_was_written(whole):
    assert whole.unpack(whole.pack(FULL[whole.key])) == FULL[whole.key] != whole.kind()
    assert whole.unpack(None) == whole.kind()


@EACH
def test_an_older_record_is_migrated_and_the_version_is_kept_with_what_is_written(whole):
    later = newer(whole, migrate={whole.steps.version: lambda fields: ["before", fields]})
    read = later.unpack(whole.pack(FULL[whole.key]))
    assert (read.more, read.was) == ("before", FULL[whole.key])
    assert later.unpack(later.pack(read)) == read


@EACH
def test_a_newer_record_is_read_where_there_is_a_step_back_from_it(whole):
    later = newer(whole)
    older = Whole(whole.key, whole.kind, whole.steps.version, ahead={whole.steps.version + 1: lambda fields: fields[1]})
    assert older.unpack(later.pack(later.kind("more", FULL[whole.key]))) == FULL[whole.key]


@EACH
def test_a_newer_record_stops_the_worker_at_its_start_with_its_name(whole):
    """Also one that is not read before somebody reports."""
    later, name = newer(whole), whole.key.decode()
    sentence = f"the state holds '{name}' in version {whole.steps.version + 1}, this worker reads up to {whole.steps.version}: upgrade"
    with pytest.raises(NewerState, match=sentence):
        whole.unpack(later.pack(later.kind()))
    with pytest.raises(StopWorker, match=sentence):
        a_worker(**{name[1:].replace("-", "_"): later.pack(later.kind())})


@EACH
def test_a_later_version_of_one_leaves_every_other_record_readable(whole):
    """Each had the format as its version: to raise that was to throw away what was known of every customer."""
    assert newer(whole).pack(newer(whole).kind())[0] == FORMAT


# -- the policy -------------------------------------------------------------------------------------------------------------------------------


def written_policy(**more) -> bytes:
    fields = json.loads(policy_file.parse('version = "mine"\n[churn]\nleak = 0.05\n', "mine.toml").model_dump_json())
    fields["churn"] |= more
    return json.dumps(fields).encode()


def test_a_setting_that_this_version_does_not_know_takes_no_part_and_stays_where_it_is():
    """Another release wrote it, and every setting with it: this one stopped with a stack trace."""
    store = MemoryStore()
    store.stage({POLICY: written_policy(astrology={"houses": 12})})
    partition = Partition(0, 1, policy_file.built_in(), store.get)
    assert (partition.context.policy.version, partition.context.policy.churn.leak) == ("mine", 0.05)
    assert POLICY not in partition.decide("feedback", []).writes


def test_a_policy_with_a_value_that_this_version_does_not_know_stops_the_worker_at_its_start_and_says_which():
    with pytest.raises(StopWorker, match=r"a policy that this worker cannot read \(churn.tiers.0: .*upgrade the worker"):
        a_worker(policy=written_policy(tiers=["platinum"]))
