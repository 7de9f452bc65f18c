"""What goes out is what the contract says: every struct is read back by its model as it was, every reason and detail is a declared one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import pytest
from pydantic import BaseModel

from makegood.config import policy_file
from schemas import decisions, enriched, reasons
from schemas.decisions import DETAILS, AlertSnapshot, Decision, Notice, NoticeKind, TaskSnapshot, Verdict
from schemas.enriched import FactEnriched
from schemas.reasons import CODES
from schemas.topics import topic_of
from streams.decide import wire
from streams.decide.context import deterministic_id
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.faults.load import START as LOAD_START
from tests.faults.load import Load
from tests.streams.golden.cases import of_bench

MODELS = {"tasks": TaskSnapshot, "alerts": AlertSnapshot, "decisions": Decision, "notices": Notice, "enriched": FactEnriched}
STRUCTS = [
    (kind, next(vars(module)[kind.__name__] for module in (reasons, decisions, enriched) if kind.__name__ in vars(module)))
    for kind in vars(wire).values()
    if hasattr(kind, "__struct_fields__")
]
PARTITIONS, HOUR, DAY = 4, 3_600.0, 86_400.0
POLICY = 'version = "wire"\n[high_impact]\neveryone = true\n[enriched]\nsend = true\n'


def _fact(kind: str, number: int, customer: str = "rare", **fields: Any) -> dict[str, Any]:
    known = {"id": f"r{number}", "source": "test", "object": f"r{number}", "occurred_at": "2026-03-01T00:00:00Z"}
    return {"type": kind, **known, "customer": {"id": customer}, **fields}


RARE = (
    _fact("customer.profiled", 1, hic=True),
    _fact("customer.profiled", 2, hic=False, occurred_at="2026-03-02T00:00:00Z"),
    _fact("payment.failed", 3, amount=5.0, reason="card expired"),
    _fact("payment.failed", 3, amount=5.0, reason="card expired"),
    _fact("ticket.updated", 4, version=2, status="open"),
    _fact("ticket.updated", 4, version=1, status="new"),
    _fact("alias.linked", 5, alias="zendesk:rare", trust=2),
    _fact("alias.linked", 6, customer="other", alias="zendesk:rare", trust=1),
    _fact("erasure.requested", 7, customer="other"),
    _fact("survey.answered", 8, customer="rests", score={"metric": "nps", "raw": 1}),
    {
        "type": "task.snooze",
        "id": "r9",
        "customer": {"id": "rests"},
        "task": deterministic_id("T-", "rests", "poor_survey", "test", "r8"),
        "actor": "ann",
        "issued_at": "2026-03-01T01:00:00Z",
        "until": "2026-03-01T15:00:00Z",
    },
)
"""What the load hardly ever does."""


@cache
def sent() -> list[tuple[str, dict[str, Any]]]:
    """(topic, message) of everything that came of events of the bench, of the load with its commands, and of two months after."""
    found: list[Output] = []
    machine = Offline(policy_file.parse(POLICY, "wire"), PARTITIONS, found.append)
    clock = LOAD_START.timestamp()
    for topic, key, value in islice(Load(5, customers=30).records(1_500), 1_500):
        machine.feed(topic, partition_of(key, PARTITIONS), key.encode(), value)
        clock += 20
        machine.advance(clock)
    for message in RARE:
        topic, key = topic_of(message["type"]), message["customer"]["id"]
        machine.feed(topic, partition_of(key, PARTITIONS), key.encode(), json.dumps(message).encode())
    for hour in range(60):
        machine.advance(clock + hour * HOUR)
    for number, (at, topic, key, value) in enumerate(of_bench(40, 800)):
        machine.feed(topic, partition_of(key, PARTITIONS), key.encode(), value)
        if not number % 20:
            machine.advance(at)
    for day in range(60):
        machine.advance(max(at, clock) + day * DAY)
    return [(output.topic, json.loads(output.value)) for output in found if output.topic in MODELS and output.value]


def of(topic: str) -> list[dict[str, Any]]:
    return [message for sent_to, message in sent() if sent_to == topic]


def test_there_is_enough_of_everything_to_look_at():
    """Or what follows would say nothing."""
    verdicts = Counter(message["verdict"] for message in of("decisions"))
    kinds = Counter(message["kind"] for message in of("notices"))
    assert set(verdicts) == set(Verdict), f"add to RARE what leads to {set(Verdict) - set(verdicts)}"
    assert set(kinds) == set(NoticeKind), f"add to RARE what leads to {set(NoticeKind) - set(kinds)}"
    assert {message["level"] for message in of("alerts")} == {"watch", "warning", "critical"}


# -- read back ----------------------------------------------------------------------------------------------------------------------------


def comparable(value: Any) -> Any:
    """Instants as instants, whichever way they are written; numbers as numbers."""
    match value:
        case str() if len(value) > 18 and value[4:5] == "-" and value[10:11] == "T":
            return datetime.fromisoformat(value)
        case dict():
            return {name: comparable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [comparable(inner) for inner in value]
    return value


@pytest.mark.parametrize("topic", MODELS)
def test_what_goes_out_is_read_by_the_contract_as_it_was_and_nothing_is_lost(topic):
    for message in of(topic):
        read = MODELS[topic].model_validate_json(json.dumps(message))
        assert comparable(read.model_dump(mode="json", exclude_none=True)) == comparable(message)


@pytest.mark.parametrize(("struct", "model"), STRUCTS, ids=[struct.__name__ for struct, _ in STRUCTS])
def test_a_struct_has_the_fields_of_its_model_and_leaves_out_only_what_may_be_absent(struct, model):
    fields = {name: info for name, info in model.model_fields.items() if name != "type"}
    assert set(struct.__struct_fields__) == set(fields)
    left_out = {name for name, info in fields.items() if not info.is_required() and info.default is None}
    assert {field.name for field in wire.msgspec.structs.fields(struct) if not field.required} == left_out
    assert struct.__struct_config__.tag == (model.model_fields["type"].default if "type" in model.model_fields else None)


def test_every_struct_that_is_sent_has_its_model():
    assert {struct: model for struct, model in STRUCTS if "type" in model.model_fields} == wire.MODEL
    assert set(wire.MODEL.values()) == set(MODELS.values())
    assert all(issubclass(model, BaseModel) for _, model in STRUCTS)


# -- reasons and details ------------------------------------------------------------------------------------------------------------------


def reasons_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every reason in a message, wherever it stands."""
    if isinstance(value, dict) and "code" in value:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from reasons_in(inner)


def undeclared(given: dict[str, Any], declared: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Names that are not declared, and names that are missing."""
    may, must = {name.rstrip("?") for name in declared}, {name for name in declared if not name.endswith("?")}
    return set(given) - may, must - set(given)


@pytest.mark.parametrize("topic", MODELS)
def test_every_reason_has_a_declared_code_and_exactly_its_values(topic):
    found = {reason["code"]: reason for message in of(topic) for reason in reasons_in(message)}
    assert set(found) <= set(CODES)
    for message in of(topic):
        for reason in reasons_in(message):
            assert undeclared(reason["values"], CODES[reason["code"]]) == (set(), set()), reason


def test_every_reason_of_a_time_or_a_chance_holds_one():
    for _, message in sent():
        for reason in reasons_in(message):
            for name, value in reason["values"].items():
                if name.endswith("_at"):
                    assert datetime.fromisoformat(value).tzinfo is not None
                elif name == "chance":
                    assert 0 <= value <= 1, reason
                elif name.endswith(("_days", "_hours")):
                    assert isinstance(value, int | float), reason


def test_a_decision_holds_what_is_declared_for_its_verdict():
    for message in of("decisions"):
        assert undeclared(message["values"], DETAILS.get(message["verdict"], ())) == (set(), set()), message


def test_a_notice_holds_what_is_declared_for_its_kind():
    for message in of("notices"):
        declared = DETAILS.get(f"{message['kind']}_notice", DETAILS.get(message["kind"], ()))
        assert undeclared(message["values"], declared) == (set(), set()), message


def test_no_message_says_in_words_what_it_says_in_data():
    """Nothing that goes out is a sentence: free text stands in `said`, in resolutions, and in what the policy or the company wrote."""
    written = {"said", "survey", "ticket", "order", "subscription", "employee", "object", "phrase", "aliases"}
    written |= {"cause", "action", "outcome", "reason", "customer_name", "next_step", "into"}
    for topic, message in sent():
        without_the_fact = {name: value for name, value in message.items() if topic != "enriched" or name != "fact"}
        for name, value in texts_in(without_the_fact):
            assert name in written or " " not in value, (name, value)


def texts_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    for key, inner in value.items() if isinstance(value, dict) else ((name, one) for one in value) if isinstance(value, list) else ():
        yield from texts_in(inner, key)


# -- one story --------------------------------------------------------------------------------------------------------------------------------


def test_versions_of_one_task_follow_each_other_and_a_notice_names_one_that_went_out():
    known: dict[str, int] = {}
    for topic, message in sent():
        if topic in {"tasks", "alerts"}:
            assert message["version"] == known.get(message["id"], 0) + 1
            known[message["id"]] = message["version"]
        elif topic == "notices" and message["about_kind"] in {"task", "alert"}:
            assert message["version"] == known[message["about"]]


def test_no_two_decisions_and_no_two_notices_have_one_id():
    for topic in ("decisions", "notices"):
        counts = Counter(message["id"] for message in of(topic))
        assert not {name for name, count in counts.items() if count > 1}
