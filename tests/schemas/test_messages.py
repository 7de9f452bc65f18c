"""Promises of the language: every message survives the wire, unknown fields are ignored, unknown types are errors."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.commands import AnyCommand
from schemas.decisions import About, Basis, Cause, Decision, Level, NoticeKind, Status, Verdict
from schemas.deliveries import Channel, Outcome
from schemas.facts import AnyFact, HicAnswers, SurveyAnswered
from schemas.inputs import FACT, INPUT
from schemas.message import instant, seconds
from schemas.reasons import Why
from schemas.traffic import AliasSought, Fault

FACTS, COMMANDS = get_args(AnyFact), get_args(AnyCommand)
SHARED = {
    "id": "e-1",
    "source": "zendesk",
    "object": "T-1",
    "version": 3,
    "occurred_at": "2026-11-02T09:30:00.250+01:00",
    "customer": {"id": "C-1", "aliases": ["email:ann@example.com"]},
}
OWN = {
    "ticket.commented": {"comment": "Where is it?"},
    "ticket.rated": {"score": {"metric": "csat", "raw": 2}},
    "ticket.merged": {"into": "T-2"},
    "purchase.made": {"amount": -12.5},
    "delivery.promised": {"promised_for": "2026-11-05T00:00:00Z"},
    "renewal.dated": {"renews_on": "2027-01-01T00:00:00Z"},
    "alias.linked": {"alias": "phone:+49 151 1234", "trust": 2},
    "employee.feedback": {"comment": "They waited an hour."},
    "survey.answered": {"score": {"metric": "nps", "raw": 3}, "comment": "slow"},
    "customer.profiled": {"labels": {"sales": "gold"}, "hic_answers": dict.fromkeys(HicAnswers.model_fields, 2)},
}
COMMAND = {"id": "c-1", "customer": {"id": "C-1"}, "task": "t-1", "actor": "kim", "issued_at": "2026-11-02T09:30:00Z"}


def name(model) -> str:
    return model.model_fields["type"].default


def example(model) -> dict:
    return {"type": name(model), **SHARED, **OWN.get(name(model), {})}


@pytest.mark.parametrize("model", FACTS, ids=name)
def test_every_fact_survives_the_wire(model):
    fact = FACT.validate_json(json.dumps(example(model)))
    assert type(fact) is model
    assert FACT.validate_json(fact.model_dump_json()) == fact


@pytest.mark.parametrize("model", COMMANDS, ids=name)
def test_every_command_survives_the_wire(model):
    command = INPUT.validate_json(json.dumps({"type": name(model), **COMMAND, "until": "2026-11-03T00:00:00Z", "undoes": "c-0"}))
    assert type(command) is model
    assert INPUT.validate_json(command.model_dump_json()) == command


@pytest.mark.parametrize("model", FACTS, ids=name)
def test_fields_that_we_do_not_know_are_ignored_and_never_an_error(model):
    known, more = example(model), {**example(model), "from_the_future": {"a": [1]}}
    assert FACT.validate_python(more) == FACT.validate_python(known)


@pytest.mark.parametrize("record", ['{"type": "survey.imagined"}', "{}", '{"type": null}'])
def test_an_unknown_type_is_an_error_that_says_so(record):
    with pytest.raises(ValidationError) as caught:
        INPUT.validate_json(record)
    assert caught.value.errors()[0]["type"] in {"union_tag_invalid", "union_tag_not_found"}


@pytest.mark.parametrize("record", ["[]", "null", "3", '"text"', "", "{", "[" * 5000])
def test_what_is_no_json_object_is_an_error_and_nothing_worse(record):
    with pytest.raises(ValidationError):
        INPUT.validate_json(record)


@pytest.mark.parametrize("field", ["id", "source", "object", "occurred_at", "customer"])
def test_what_every_fact_carries_cannot_be_left_out(field):
    message = {key: value for key, value in example(SurveyAnswered).items() if key != field}
    with pytest.raises(ValidationError) as caught:
        FACT.validate_python(message)
    assert caught.value.errors()[0]["loc"] == ("survey.answered", field)


@pytest.mark.parametrize("at", ["2026-11-02T09:30:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday"])
def test_an_instant_needs_a_zone_and_a_year_in_which_customers_live(at):
    with pytest.raises(ValidationError):
        FACT.validate_python({**example(SurveyAnswered), "occurred_at": at})


@pytest.mark.parametrize("text", ['"amount": NaN', '"amount": Infinity', '"amount": 1e300', '"amount": "much"'])
def test_an_amount_is_a_finite_number_of_sensible_size(text):
    body = json.dumps({"type": "purchase.made", **SHARED})[:-1] + f", {text}}}"
    with pytest.raises(ValidationError):
        FACT.validate_json(body)


def _numbers(schema: object, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every number that a message may carry, with what its schema says of it."""
    if isinstance(schema, dict):
        if schema.get("type") in ("integer", "number") and "enum" not in schema:
            yield path, schema
        for name, part in schema.items():
            yield from _numbers(part, f"{path}/{name}")
    elif isinstance(schema, list):
        for at, part in enumerate(schema):
            yield from _numbers(part, f"{path}/{at}")


NUMBERS = dict(_numbers(INPUT.json_schema()))


@pytest.mark.parametrize("where", [where for where, schema in NUMBERS.items() if schema["type"] == "integer"])
def test_every_whole_number_that_may_come_in_fits_in_a_state_record(where):
    assert NUMBERS[where].get("minimum", -math.inf) >= -(2**63)
    assert NUMBERS[where].get("maximum", math.inf) < 2**63


@pytest.mark.parametrize(
    "where", [where for where, schema in NUMBERS.items() if schema["type"] == "number" and "ThresholdsSet" not in where]
)
def test_every_measure_that_may_come_in_has_bounds_so_that_sums_and_differences_stay_finite(where):
    """But thresholds, which are measured: percentiles of sums have no bound. They are compared and shown, no more."""
    bounds = [
        NUMBERS[where].get(least, NUMBERS[where].get(other))
        for least, other in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
    ]
    assert None not in bounds
    assert max(map(abs, bounds)) <= 1e15


@pytest.mark.parametrize("times", [-1, 2**53 + 1, 10**400, 1e999])
def test_a_count_that_nobody_can_have_counted_is_an_error(times):
    with pytest.raises(ValidationError, match="times"):
        FACT.validate_json(json.dumps({"type": "ticket.reopened", **SHARED, "times": times}))


def test_a_scale_whose_width_is_no_finite_number_is_an_error():
    score = {"metric": "nps", "raw": 1e308, "worst": -1e308, "best": 1e308}
    with pytest.raises(ValidationError, match="worst"):
        FACT.validate_json(json.dumps({"type": "ticket.rated", **SHARED, "score": score}))


def test_commands_and_links_name_their_customer_by_id():
    nobody = {"aliases": ["email:ann@example.com"]}
    for message in ({"type": "alias.linked", **SHARED, **OWN["alias.linked"]}, {"type": "task.acknowledge", **COMMAND}):
        with pytest.raises(ValidationError, match="by id"):
            INPUT.validate_python({**message, "customer": nobody})


def test_a_fact_travels_whole_inside_the_search_for_its_customer():
    fact = FACT.validate_python(example(SurveyAnswered))
    sought = AliasSought(fact=fact, seeking="email:ann@example.com")
    assert INPUT.validate_json(sought.model_dump_json()) == sought


def test_messages_cannot_be_changed_after_they_were_made():
    fact = FACT.validate_python(example(SurveyAnswered))
    with pytest.raises(ValidationError, match="frozen"):
        fact.id = "other"


def test_an_instant_survives_seconds_and_back_to_the_millisecond():
    at = datetime(2026, 11, 2, 9, 30, 0, 123000, tzinfo=UTC)
    assert instant(seconds(at)) == at


def test_any_of_the_five_questions_may_be_left_open():
    assert HicAnswers(loyalty=2).model_dump(exclude_none=True) == {"loyalty": 2}
    with pytest.raises(ValidationError):
        HicAnswers(loyalty=3)


@pytest.mark.parametrize("enum", [About, Cause, Channel, Level, NoticeKind, Outcome, Status, Verdict, Fault])
def test_what_an_enum_holds_are_slugs(enum):
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", member.value) for member in enum)


def test_a_decision_survives_the_wire():
    why = Why(code="delivered_late", values={"order": "7", "late_hours": 60.5}, said="too late")
    about = {"about": "t", "about_kind": About.TASK, "by": "ann", "was": "open", "now": "resolved", "values": {"late": True}}
    at, basis = datetime(2026, 11, 2, tzinfo=UTC), Basis(input="a-0-1", policy="p")
    decision = Decision(id="d", verdict=Verdict.TASK_MOVED, customer="C-1", at=at, why=why, basis=basis, **about)
    assert TypeAdapter(Decision).validate_json(decision.model_dump_json()) == decision


@pytest.mark.parametrize("code", ["Late", "late delivery", "", "1st", "x" * 65])
def test_a_reason_is_named_by_a_slug(code):
    with pytest.raises(ValidationError):
        Why(code=code)


def test_the_values_of_a_reason_keep_their_kinds():
    values = {"ticket": "12", "negated": True, "late_hours": 60.5, "times": 1}
    kept = Why.model_validate_json(Why(code="c", values=values).model_dump_json()).values
    assert kept == values
    assert [type(kept[name]) for name in ("ticket", "negated", "late_hours")] == [str, bool, float]


def test_what_is_worked_out_once_is_no_part_of_what_a_message_says():
    body = json.dumps({**SHARED, "type": "ticket.rated", **OWN["ticket.rated"]})
    fact, untouched = FACT.validate_json(body), FACT.validate_json(body)
    written = untouched.model_dump_json()
    assert fact.at == seconds(fact.occurred_at)
    assert fact.score.normalised == 25.0
    assert fact == untouched
    assert fact.model_dump_json() == written
    assert fact.model_copy(update={"customer": fact.customer}).at == fact.at
