"""JSON as people send it: what it means is taken, and what it cannot mean is an error that says where."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import tolerant_reader
from schemas.facts import AnyFact, CustomerProfiled, SurveyAnswered
from schemas.inputs import FACT, INPUT
from schemas.scores import Metric
from tests.conftest import shared

BASE: dict[str, Any] = {
    "id": "1",
    "source": "shop",
    "object": "o",
    "occurred_at": "2026-06-01T09:00:00Z",
    "customer": {"id": "C1"},
}
NEEDED: dict[str, dict[str, Any]] = {
    "ticket.commented": {"comment": "x"},
    "ticket.rated": {"score": {"metric": "csat", "raw": 1}},
    "ticket.merged": {"into": "2"},
    "purchase.made": {"amount": 1},
    "delivery.promised": {"promised_for": "2026-06-02T09:00:00Z"},
    "renewal.dated": {"renews_on": "2026-07-01T00:00:00Z"},
    "alias.linked": {"alias": "x:1"},
    "employee.feedback": {"comment": "x"},
}
KINDS = {str(kind.model_fields["type"].default): kind for kind in get_args(AnyFact)}


def message(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **BASE, **NEEDED.get(kind, {}), **more}


def read(value: Any) -> Any:
    return tolerant_reader.read(INPUT, json.dumps(value).encode())


def optional(kind: str) -> list[str]:
    return [name for name, field in KINDS[kind].model_fields.items() if not field.is_required() and name != "type"]


@pytest.mark.parametrize("kind", KINDS)
def test_null_in_every_optional_field_is_as_if_it_were_absent(kind):
    assert read(message(kind, **dict.fromkeys(optional(kind)))) == read(message(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_blank_text_in_a_name_loses_the_name_and_nothing_else(kind):
    named = [name for name in optional(kind) if "Text" not in str(KINDS[kind].model_fields[name]) and name not in {"subject", "comment"}]
    found = read(message(kind, **dict.fromkeys(named, "  ")))
    blank = {"resolution", "reason"}  # text that may be blank stays as it is
    assert found.model_copy(update=dict.fromkeys(blank & set(named))) == read(message(kind))


def test_null_and_blank_inside_a_reference_a_score_and_labels_are_absent():
    said = read(
        message(
            "survey.answered",
            customer={"id": "", "aliases": [None, "email:a@example.com", ""], "trust": None},
            score={"metric": "nps", "raw": 2, "worst": None, "best": None},
        )
    )
    assert said == read(message("survey.answered", customer={"aliases": ["email:a@example.com"]}, score={"metric": "nps", "raw": 2}))
    profile = read(message("customer.profiled", labels={"a": "", "b": None, "": "x", "c": "gold"}))
    assert profile.labels == {"c": "gold"}


@pytest.mark.parametrize(
    "metric", [spelling for metric in Metric for spelling in (metric.value.upper(), metric.value.title(), f" {metric.value} ")]
)
def test_a_metric_in_any_case_is_that_metric_on_its_usual_scale(metric):
    raw = 1
    said = read(message("survey.answered", score={"metric": metric, "raw": raw}))
    assert said == read(message("survey.answered", score={"metric": metric.strip().lower(), "raw": raw}))


def test_a_severity_and_a_type_in_any_case_are_what_they_are():
    assert read(message("ticket.opened", severity="URGENT") | {"type": "Ticket.Opened"}) == read(
        message("ticket.opened", severity="urgent")
    )


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (rb'"\ud83d"', "�"),
        (rb'"\ude00 x"', "� x"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\ud83d\ud83d\ude00"', "�\U0001f600"),
        (rb'"\\ud83d"', r"\ud83d"),
        (b'"\xed\xa0\xbd"', "�"),
        (b'"\xed\xa0\xbd\xed\xb8\x80"', "\U0001f600"),
        (b'"\xed\x9f\xbf"', "\ud7ff"),
        (rb'"\uD83D\n"', "�\n"),
    ],
)
def test_half_a_surrogate_pair_is_the_replacement_character(sent, meant):
    assert tolerant_reader.parse(b'{"said": [' + sent + b"]}") == {"said": [meant]}


def test_a_byte_order_mark_is_skipped_and_only_at_the_beginning():
    raw = json.dumps(message("survey.answered", comment="x")).encode()
    assert tolerant_reader.read(INPUT, b"\xef\xbb\xbf" + raw) == tolerant_reader.read(INPUT, raw)
    with pytest.raises(ValidationError):
        tolerant_reader.read(INPUT, raw[:1] + b"\xef\xbb\xbf" + raw[1:])


@pytest.mark.parametrize("field", ["id", "source", "object", "customer", "occurred_at"])
@pytest.mark.parametrize("nothing", [None, "", " "])
def test_nothing_in_a_field_that_must_be_there_is_an_error_that_names_it(field, nothing):
    with pytest.raises(ValidationError) as caught:
        read(message("survey.answered") | {field: nothing})
    assert caught.value.errors()[0]["loc"] == ("survey.answered", field)


def test_what_cannot_be_mended_is_named_and_not_what_was_mended():
    with pytest.raises(ValidationError) as caught:
        read(message("survey.answered", score={"metric": "NPS", "raw": 11}))
    assert [error["loc"] for error in caught.value.errors()] == [("survey.answered", "score")]


def test_a_misspelt_field_is_named_with_the_one_that_was_meant():
    value = message("survey.answered", coment="x", score={"metric": "nps", "raw": 1, "wrost": 1}, whatever=1, other=None)
    value["customer"] = {"id": "C1", "Alias": ["x:1"]}
    said = tolerant_reader.convert(FACT, value)
    assert {(one.where, one.nearest) for one in tolerant_reader.not_understood(said, value)} == {
        ("$.coment", "comment"),
        ("$.score.wrost", "worst"),
        ("$.whatever", None),
        ("$.customer.Alias", "aliases"),
    }


def test_what_we_write_ourselves_is_understood():
    said = SurveyAnswered.model_validate(message("survey.answered", score={"metric": "nps", "raw": 1}))
    assert not list(tolerant_reader.not_understood(said, json.loads(said.model_dump_json())))


def test_the_values_of_the_sender_are_not_changed():
    value = message("customer.profiled", name="", labels={"a": None})
    before = json.dumps(value)
    assert isinstance(tolerant_reader.convert(FACT, value), CustomerProfiled)
    assert json.dumps(value) == before


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_whatever_stands_in_a_message_it_is_read_or_is_a_validation_error(value):
    for name in ("customer", "score", "labels", "type", "severity", "occurred_at"):
        for kind in ("survey.answered", "customer.profiled", "ticket.opened"):
            try:
                tolerant_reader.convert(INPUT, message(kind) | {name: value})
            except ValidationError:
                continue


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_json_or_a_validation_error(raw):
    try:
        tolerant_reader.parse(b'{"a":"' + raw + b'"}')
    except ValidationError:
        return


@pytest.mark.parametrize("name", ["null-fields", "bom", "half-emoji"])
def test_the_cases_are_read(name):
    for line in shared("cases", f"{name}.jsonl").read_bytes().splitlines():
        assert tolerant_reader.read(INPUT, line).customer.id == "C1"
