"""Promises of the compatibility check: each kind of break is found and named, and what is safe passes."""

from __future__ import annotations

import copy
from enum import StrEnum

import pytest
from pydantic import BaseModel, Field

from makegood.contract.compatibility import Rule, breaks, messages_broken


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    size: float = Field(ge=0, le=10)
    parts: list[Part] = []


class Thing(BaseModel):
    name: str = Field(min_length=1, max_length=20)
    colour: Colour = Colour.RED
    note: str | None = None
    count: int = 0
    part: Part | None = None
    grid: tuple[float, float] = (0, 0)
    labels: dict[str, float] = {}


OLD = Thing.model_json_schema()


def changed(change) -> dict:
    new = copy.deepcopy(OLD)
    change(new)
    return new


def add_field(schema, required=False):
    schema["properties"]["extra"] = {"type": "string"}
    if required:
        schema["required"].append("extra")


def drop(schema):
    del schema["properties"]["note"]


def rename(schema):
    schema["properties"]["remark"] = schema["properties"].pop("note")


def retype(schema):
    schema["properties"]["count"] = {"type": "string"}


def no_more_null(schema):
    schema["properties"]["note"] = {"type": "string"}


def drop_colour(schema):
    schema["$defs"]["Colour"]["enum"].remove("blue")


def add_colour(schema):
    schema["$defs"]["Colour"]["enum"].append("green")


def limit(schema):
    schema["properties"]["name"]["maxLength"] = 5


def widen(schema):
    schema["properties"]["name"]["maxLength"] = 50


def nested_limit(schema):
    schema["$defs"]["Part"]["properties"]["size"]["minimum"] = 1


def whole_numbers_to_numbers(schema):
    schema["properties"]["count"] = {"type": "number"}


def numbers_to_whole_numbers(schema):
    schema["$defs"]["Part"]["properties"]["size"]["type"] = "integer"


def require_name_no_more(schema):
    schema["required"].remove("name")


def format_added(schema):
    schema["properties"]["name"]["format"] = "date-time"


def other_items(schema):
    schema["properties"]["grid"]["prefixItems"][1] = {"type": "string"}


def other_values(schema):
    schema["properties"]["labels"]["additionalProperties"] = {"type": "string"}


def text_where_a_choice_was(schema):
    schema["$defs"]["Colour"] = {"type": "string"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: add_field(s, required=True), ".extra is now required"),
        (drop, ".note is no longer read"),
        (rename, ".note is no longer read"),
        (retype, ".count no longer takes integer"),
        (no_more_null, ".note no longer takes null"),
        (drop_colour, '.colour no longer takes "blue"'),
        (limit, ".name has maxLength 5, before 20"),
        (nested_limit, ".part.size has minimum 1, before 0"),
        (numbers_to_whole_numbers, ".part.size no longer takes number"),
        (format_added, ".name has format date-time, before none"),
        (other_items, ".grid[2] no longer takes number"),
        (other_values, ".labels.* no longer takes number"),
    ],
)
def test_a_change_that_refuses_what_could_be_written_breaks_an_input(change, told):
    assert told in breaks(OLD, changed(change), Rule.INPUT)


@pytest.mark.parametrize(
    "change", [add_field, add_colour, widen, whole_numbers_to_numbers, require_name_no_more, text_where_a_choice_was, lambda s: None]
)
def test_a_change_that_takes_all_that_could_be_written_is_safe_for_an_input(change):
    assert breaks(OLD, changed(change), Rule.INPUT) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (drop, ".note is gone"),
        (rename, ".note is gone"),
        (retype, ".count may now be string"),
        (require_name_no_more, ".name may now be absent"),
        (whole_numbers_to_numbers, ".count may now be number"),
        (widen, ".name has maxLength 50, before 20"),
        (text_where_a_choice_was, ".colour was one of red, blue"),
    ],
)
def test_a_change_that_surprises_readers_breaks_an_output(change, told):
    assert told in breaks(OLD, changed(change), Rule.OUTPUT)


@pytest.mark.parametrize("change", [add_field, lambda s: add_field(s, required=True), add_colour, drop_colour, limit, no_more_null])
def test_a_change_that_readers_can_ignore_is_safe_for_an_output(change):
    assert breaks(OLD, changed(change), Rule.OUTPUT) == []


def test_a_message_that_is_gone_breaks_and_a_new_one_does_not():
    rules = {"a": Rule.INPUT, "b": Rule.INPUT}
    assert messages_broken({"a": OLD}, {"b": OLD}, rules) == ["a is gone"]
    assert messages_broken({"a": OLD}, {"a": OLD, "b": OLD}, rules) == []


def test_a_break_is_told_with_the_message_it_is_in():
    assert messages_broken({"thing": OLD}, {"thing": changed(drop)}, {"thing": Rule.OUTPUT}) == ["thing.note is gone"]


def test_messages_in_a_union_are_compared_by_their_type():
    def union(*types: str) -> dict:
        one = {t: {"type": "object", "properties": {"type": {"const": t}, t: {"type": "string"}}} for t in types}
        return {"oneOf": [{"$ref": f"#/$defs/{t}"} for t in types], "$defs": one}

    assert breaks(union("a", "b"), union("b", "a", "c"), Rule.INPUT) == []
    assert breaks(union("a", "b"), union("a"), Rule.INPUT) == [" no longer takes b"]
