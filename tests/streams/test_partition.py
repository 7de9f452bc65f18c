"""The fold of a partition: same inputs, same outcome, wherever the cuts lie; every record ends as a change or as a dead letter."""

from __future__ import annotations

import json
import random
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.config import policy_file
from schemas.policy import Policy
from schemas.traffic import DeadLetter, JournalEntry, PolicyAdopted
from streams.app import folds
from streams.decide import table
from streams.decide.publish import publish
from streams.decide.record import FORMAT, timer_in
from streams.decide.table import CUSTOMERS
from streams.engine.contract import StopWorker
from streams.engine.partitioner import partition_of
from streams.engine.stores import MemoryStore
from streams.offline import Offline
from streams.partition import Partition
from streams.refold import refold
from tests.faults.load import Load

POLICY = policy_file.load(None)


def record(value: object, offset: int = 0, headers=()) -> SimpleNamespace:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return SimpleNamespace(offset=offset, key=b"k", value=raw, headers=list(headers), timestamp=1_800_000_000_000)


def fact(kind: str, customer: dict, at: str = "2026-06-01T10:00:00Z", number: int = 1, **fields) -> dict:
    return {"type": kind, "id": f"f{number}", "source": "test", "object": f"o{number}", "occurred_at": at, "customer": customer} | fields


def survey(customer: dict, raw: int = 2, **more) -> dict:
    return fact("survey.answered", customer, score={"metric": "nps", "raw": raw}, **more)


class World:
    """All partitions without a broker, with what they sent."""

    def __init__(self, partitions: int = 4, policy: Policy = POLICY) -> None:
        self.sent: list = []
        self.count = partitions
        self.offline = Offline(policy, partitions, self.sent.append)

    def feed(self, message: dict | bytes, topic: str = "feedback", partition: int | None = None) -> None:
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        if partition is None:
            who = message["customer"]
            partition = partition_of(who.get("id") or who["aliases"][0], self.count)
        self.offline.feed(topic, partition, b"", raw)

    def on(self, topic: str) -> list[dict]:
        return [json.loads(o.value) for o in self.sent if o.topic == topic and o.value]


def hic(who: str = "ann", **more) -> dict:
    return fact("customer.profiled", {"id": who}, "2026-05-01T00:00:00Z", number=999, annual_value=500_000, hic=True, **more)


def outcome(cuts: list[int], records: list, partitions: int = 1) -> tuple[dict, list]:
    store = MemoryStore()
    partition, outputs = Partition(0, partitions, POLICY, store.get), []
    for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        if start < end:
            decided = partition.decide("feedback", records[start:end])
            store.stage(decided.writes)
            outputs += decided.outputs
    return dict(store.records), outputs


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_where_the_chunks_are_cut_changes_nothing(cuts, seed):
    records = [record(value, n) for n, (_, _, value) in enumerate(Load(seed, customers=60).records(400))]
    assert outcome(sorted(cuts), records) == outcome([], records)


def test_folding_again_from_the_journal_gives_state_and_outputs_byte_for_byte():
    store, records = MemoryStore(), [record(value, n) for n, (_, _, value) in enumerate(Load(3, customers=60).records(500))]
    partition, journal, outputs = Partition(0, 1, POLICY, store.get), [], []
    for sequence, start in enumerate(range(0, 500, 100), 1):
        decided = partition.decide("feedback", records[start : start + 100])
        store.stage(decided.writes)
        outputs += decided.outputs
        adopted = Policy.model_validate_json(decided.adopted) if decided.adopted else None
        stretch = {"topic": "feedback", "first": start, "next": start + 100}
        journal.append(JournalEntry(sequence=sequence, inputs=(stretch,), policy=decided.policy, adopted=adopted))
    again = refold(0, journal, {"feedback": records}, folds(journal[0].adopted, 1))
    assert (again.state, again.outputs) == (store.records, outputs)


def test_a_journal_with_a_gap_or_a_repetition_is_refused():
    def entry(sequence: int, first: int, after: int) -> JournalEntry:
        return JournalEntry(sequence=sequence, inputs=({"topic": "feedback", "first": first, "next": after},), policy="x")

    records = {"feedback": [record(b"{}", n) for n in range(10)]}
    with pytest.raises(StopWorker, match="entry 3 stands where 2 should"):
        refold(0, [entry(1, 0, 2), entry(3, 2, 4)], records, folds(POLICY, 1))
    with pytest.raises(StopWorker, match="starts at 3, applied was 2"):
        refold(0, [entry(1, 0, 2), entry(2, 3, 4)], records, folds(POLICY, 1))
    with pytest.raises(StopWorker, match="starts at 1, applied was 2"):
        refold(0, [entry(1, 0, 2), entry(2, 1, 4)], records, folds(POLICY, 1))


def test_a_fact_on_the_wrong_partition_reaches_its_customer():
    world, right = World(), partition_of("ann", 4)
    world.feed(hic(), "customers", partition=(right + 1) % 4)
    world.feed(survey({"id": "ann"}), partition=(right + 2) % 4)
    assert [task["customer"] for task in world.on("tasks")] == ["ann"]
    assert [number for number, key, _ in world.offline.state() if key == b"c:ann"] == [right]


def test_facts_of_unknown_people_wait_visibly_and_are_applied_in_event_order_when_the_link_arrives():
    world = World()
    world.feed(hic())
    mail = {"aliases": ["email:ann@example.com"]}
    for number, day in ((2, 3), (3, 1), (4, 2)):
        world.feed(survey(mail, number=number, at=f"2026-06-0{day}T10:00:00Z"))
    assert [w["fact"] for w in world.on("unresolved")] == ["f2", "f3", "f4"]
    assert not world.on("tasks")
    world.feed(fact("alias.linked", {"id": "ann"}, "2026-06-05T00:00:00Z", number=9, alias="email:ANN@example.com", trust=2), "customers")
    released = [d["about"] for d in world.on("decisions") if d["verdict"] == "fact_released"]
    assert released == ["f3", "f4", "f2"]
    assert [task["version"] for task in world.on("tasks")] == [1, 2, 3]
    ended = [o.key for o in world.sent if o.topic == "unresolved" and o.value is None]
    assert sorted(ended) == [b"f2", b"f3", b"f4"]


def test_a_link_at_any_tried_alias_releases_the_fact_once():
    for linked in ("email:a@example.com", "phone:+49123", "zendesk:7"):
        world = World()
        world.feed(hic())
        world.feed(survey({"aliases": ["email:a@example.com", "phone:+49 123", "zendesk:7"]}, number=5))
        world.feed(fact("alias.linked", {"id": "ann"}, number=6, alias=linked), "customers")
        assert len(world.on("tasks")) == 1, linked
        for number, other in enumerate(("email:a@example.com", "phone:+49123", "zendesk:7")):
            world.feed(fact("alias.linked", {"id": "ann"}, number=7 + number, alias=other), "customers")
        assert len(world.on("tasks")) == 1, linked


def test_a_less_trusted_claim_does_not_take_an_alias():
    world = World()
    world.feed(fact("alias.linked", {"id": "ann"}, number=1, alias="zendesk:7", trust=2), "customers")
    world.feed(fact("alias.linked", {"id": "bob"}, number=2, alias="zendesk:7", trust=1), "customers")
    world.feed(hic("ann"))
    world.feed(survey({"aliases": ["zendesk:7"]}, number=3))
    assert [task["customer"] for task in world.on("tasks")] == ["ann"]
    assert [d["customer"] for d in world.on("decisions") if d["verdict"] == "alias_kept"] == ["bob"]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[]", "not_valid"),
        (b'{"type":"no.such"}', "unknown_type"),
        (b"{}", "unknown_type"),
        (b'{"type":"survey.answered"}', "not_valid"),
        (json.dumps(survey({"id": "ann"}, raw=11)).encode(), "not_valid"),
        (json.dumps(survey({"aliases": []})).encode(), "not_valid"),
        (json.dumps(fact("purchase.made", {"id": "ann"}, at="2026-06-01T10:00:00", amount=1)).encode(), "not_valid"),
        (json.dumps(fact("purchase.made", {"id": "ann"}, at="9999-12-31T23:59:59Z", amount=1)).encode(), "not_valid"),
    ],
)
def test_what_is_no_message_is_kept_whole_and_the_next_record_is_decided(raw, fault):
    world = World(1)
    world.feed(raw, partition=0)
    world.feed(hic())
    [letter] = [DeadLetter.model_validate(d) for d in world.on("dead-letters")]
    assert letter.fault == fault
    assert letter.id == "feedback-0-0"
    assert world.on("decisions")


def publishes_and_raises(customer, told, context):
    """A bug that shows only when everything is changed and said."""
    publish(customer, told, context)
    raise ZeroDivisionError


def test_a_decision_that_raises_leaves_no_trace_but_its_dead_letter(monkeypatch):
    world = World(1)
    world.feed(hic())
    before = dict(world.offline.stores[0].records)
    monkeypatch.setattr(table, "publish", publishes_and_raises)
    world.feed(survey({"id": "ann"}))
    assert world.offline.stores[0].records == before
    assert [d["fault"] for d in world.on("dead-letters")] == ["decision_raised"]
    assert not world.on("tasks")


def test_a_bad_deploy_stops_the_worker_before_its_records_leave_their_topic(monkeypatch):
    partition = Partition(0, 1, POLICY, MemoryStore().get)
    monkeypatch.setattr(table, "publish", publishes_and_raises)
    with pytest.raises(StopWorker, match="25 decisions in a row raised an error"):
        partition.decide("feedback", [record(survey({"id": "ann"}, number=n), n) for n in range(100)])


def test_a_thousand_malformed_records_stop_nobody():
    partition = Partition(0, 1, POLICY, MemoryStore().get)
    decided = partition.decide("feedback", [record(b"rubbish", n) for n in range(1000)])
    assert Counter(output.topic for output in decided.outputs) == {"dead-letters": 1000}


def test_state_of_a_newer_version_stops_the_worker_with_clear_words():
    store = MemoryStore()
    newer = bytes([FORMAT + 1]) + bytes(12) + b"\x90"
    store.stage({b"c:ann": newer})
    with pytest.raises(StopWorker, match=f"format {FORMAT + 1}, this worker reads {FORMAT}: upgrade the worker"):
        Partition(0, 1, POLICY, store.get).decide("feedback", [record(survey({"id": "ann"}))])


def test_cloudevents_headers_stand_in_for_what_the_body_lacks():
    body = survey({"id": "ann"})
    given_ = {"ce_type": body.pop("type"), "ce_id": body.pop("id"), "ce_source": body.pop("source"), "ce_time": body.pop("occurred_at")}
    store = MemoryStore()
    partition = Partition(0, 1, POLICY, store.get)
    decided = partition.decide("feedback", [record(body, headers=[(name, value.encode()) for name, value in given_.items()])])
    assert b"c:ann" in decided.writes
    assert not decided.outputs or decided.outputs[0].topic != "dead-letters"


def test_an_erasure_forgets_the_customer_their_aliases_and_their_place_in_the_percentiles():
    world = World(1)
    world.feed(hic())
    world.feed(survey({"id": "ann", "aliases": ["email:ann@example.com"]}))
    world.feed(fact("erasure.requested", {"id": "ann"}, number=8))
    left = {key: value for _, key, value in world.offline.state()}
    assert b"c:ann" not in left
    assert b"a:email:ann@example.com" not in left
    world.feed(survey({"aliases": ["email:ann@example.com"]}, number=9))
    assert world.on("unresolved")


BEFORE, ASKED, AFTER = (f"2026-06-01T{hour}:00:00Z" for hour in (10, 11, 12))
IN_FLIGHT = {
    "a complaint": survey({"id": "ann"}, at=BEFORE, number=7),
    "a profile": hic(),
    "an alias": fact("alias.linked", {"id": "ann"}, BEFORE, number=6, alias="email:ann@example.com"),
    "the request, once more": fact("erasure.requested", {"id": "ann"}, ASKED, number=8),
}


@pytest.mark.parametrize("name", IN_FLIGHT)
def test_what_was_on_its_way_when_somebody_asked_to_be_forgotten_brings_nothing_back(name):
    world = World(1)
    world.feed(hic())
    world.feed(survey({"id": "ann"}, at=BEFORE))
    world.feed(IN_FLIGHT["the request, once more"])
    world.feed(IN_FLIGHT[name])
    assert not [key for _, key, _ in world.offline.state() if key.startswith((b"c:", b"a:"))]
    assert world.on("decisions")[-1]["verdict"] == "stale_ignored"
    assert not any(b"ann" in key + value for _, key, value in world.offline.state() if not key.startswith(b"~"))


@pytest.mark.parametrize("name", ["a complaint", "a profile", "an alias"])
def test_nor_does_it_once_they_have_come_back(name):
    world = World(1)
    world.feed(hic())
    world.feed(IN_FLIGHT["the request, once more"])
    world.feed(fact("purchase.made", {"id": "ann"}, AFTER, number=11, amount=5))
    before = {key: value for _, key, value in world.offline.state() if key.startswith((b"c:", b"a:"))}
    world.feed(IN_FLIGHT[name])
    assert {key: value for _, key, value in world.offline.state() if key.startswith((b"c:", b"a:"))} == before
    assert world.on("decisions")[-1]["verdict"] == "stale_ignored"


def test_who_comes_back_is_a_customer_like_any_other_and_a_request_of_before_is_not_theirs():
    world = World(1)
    world.feed(IN_FLIGHT["the request, once more"])
    world.feed(survey({"id": "ann"}, at=AFTER))
    world.feed(IN_FLIGHT["the request, once more"])
    assert [key for _, key, _ in world.offline.state() if key.startswith(b"c:")] == [b"c:ann"]
    world.feed(fact("erasure.requested", {"id": "ann"}, "2026-06-01T13:00:00Z", number=9))
    assert not [key for _, key, _ in world.offline.state() if key.startswith(b"c:")]


def test_deadlines_fire_once_whatever_is_asked_again():
    world = World(1)
    world.feed(hic())
    world.feed(survey({"id": "ann"}))
    [raw] = [value for _, key, value in world.offline.state() if key == b"c:ann"]
    [clock] = CUSTOMERS.decode(raw).clocks.values()
    assert timer_in(raw) <= clock.warn_at < clock.due_at
    for _ in range(3):
        world.offline.advance(clock.due_at + 60)
    kinds = Counter(n["kind"] for n in world.on("notices"))
    assert (kinds["task_due_soon"], kinds["task_overdue"]) == (0, 1)


def test_a_policy_that_comes_between_two_facts_changes_nothing_else():
    """What is decided after it, in the same stretch, names its input like everything else."""
    new = PolicyAdopted(policy=POLICY.model_copy(update={"version": "new"})).model_dump_json().encode()
    decided = Partition(0, 1, POLICY, MemoryStore().get).decide(
        "feedback", [record(hic()), record(new, 1), record(survey({"id": "ann"}), 2)]
    )
    found = [json.loads(o.value)["basis"] for o in decided.outputs if o.topic == "tasks"]
    assert [(basis["input"], basis["policy"]) for basis in found] == [("feedback-0-2", "new")]


def test_the_policy_is_pinned_when_a_partition_first_decides():
    store = MemoryStore()
    first = Partition(0, 1, POLICY, store.get)
    decided = first.decide("feedback", [record(survey({"id": "ann"}))])
    store.stage(decided.writes)
    assert decided.adopted is not None
    later = Partition(0, 1, POLICY.model_copy(update={"version": "another default"}), store.get)
    assert later.decide("feedback", [record(survey({"id": "bob"}, number=2), 1)]).policy == POLICY.version


def test_a_comment_that_overtakes_its_score_does_not_swallow_it():
    world = World(1)
    world.feed(hic())
    comment = {"type": "survey.amended", "comment": "it was the blue one"}
    world.feed(survey({"id": "ann"}, number=4) | {"version": 2, "id": "late", "score": None} | comment)
    assert not world.on("tasks")
    for _ in range(2):
        world.feed(survey({"id": "ann"}, number=4) | {"version": 1})
    assert len(world.on("tasks")) == 1
    world.feed(survey({"id": "ann"}, raw=10, number=4) | {"version": 0})
    [raw] = [value for _, key, value in world.offline.state() if key == b"c:ann"]
    assert [entry[1] for entry in CUSTOMERS.decode(raw).answers.recent] == [20.0]


def test_percentiles_take_over_from_the_fixed_values_and_reach_every_partition():
    world, chance = World(2), random.Random(1)
    for n in range(600):
        world.feed(fact("customer.profiled", {"id": f"c{n}"}, number=n, annual_value=chance.lognormvariate(8, 1)), "customers")
        world.feed(survey({"id": f"c{n}"}, raw=chance.randrange(11), number=n))
    thresholds = [partition.context.thresholds for partition in world.offline.partitions]
    assert thresholds[0].version > 0
    assert thresholds[0] == thresholds[1]
    tiers = Counter(CUSTOMERS.decode(v).segment.tier for _, k, v in world.offline.state() if k.startswith(b"c:"))
    assert 5 <= tiers["A"] <= 90
