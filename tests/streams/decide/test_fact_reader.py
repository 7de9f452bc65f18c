"""Facts as the fold reads them: what is read fast is what the contract accepts, and says the same; all else is left to the contract."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime

from schemas.customers import Reference, Trust
from schemas.facts import AnyFact, HicAnswers, Severity
from schemas.inputs import INPUT
from schemas.scores import Metric, Score
from streams import decide
from streams.decide import fact_reader
from tests.schemas.test_tolerant_reader import KINDS, message, optional

EXAMPLES: dict[Any, Any] = {
    str: "a",
    int: 1,
    float: 1,
    bool: True,
    Trust: 2,
    Severity: "high",
    AwareDatetime: "2026-06-01T09:00:00.250Z",
    Score: {"metric": "nps", "raw": 7, "normalised": 70.0},
    HicAnswers: dict.fromkeys(HicAnswers.model_fields, 2),
}
INSTANTS = (
    *("2026-06-01T09:00:00Z", "2026-06-01T09:00:00+00:00", "2026-06-01t09:00:00z", "2026-06-01 09:00:00Z", "2026-06-01_09:00:00Z"),
    *("2026-06-01T09:00:00.1234567Z", "2026-06-01T09:00:00.9999999+02:00", "2026-06-01T09:00:00,5Z", "2026-06-01T09:00:00.Z"),
    *("2026-06-01T09:00Z", "2026-06-01T09:00:00", "2026-06-01", "20260601T090000Z", "2026-W23-1T09:00:00Z", "2026-W2-01T09:00:00Z"),
    *("2026-06-01T24:00:00Z", "2026-06-01T23:59:60Z", "2026-06-01T09:60:00Z", "2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z"),
    *("2026-06-01T09:00:00+23:59", "2026-06-01T09:00:00+24:00", "2026-06-01T09:00:00+00:60", "2026-06-01T09:00:00-0530"),
    *("2026-06-01T09:00:00-00:00", "2026-06-01T09:00:00+01", "2026-06-01T09:00:00+01:00:30", "2026-06-01T09:00:00\u221201:00"),
    *("1899-12-31T23:59:59Z", "1900-01-01T00:00:00+14:00", "2200-12-31T23:59:59-14:00", "2201-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    *("\u0662026-06-01T09:00:00Z", " 2026-06-01T09:00:00Z", "1780304400", 1780304400, 1780304400.5, -1, True),
)
TEXTS = ("a", "A b", " a", "a\t", "\u00a0a", "a\u3000", "\x1ca", "\x85", "", " ", "x" * 256, "\u00e9" * 257, "x" * 20_001, "\x00", "7", 7)
NUMBERS = (0, 1, 2, 3, -1, 1.0, 1.5, 1e2, -0.0, 0.1 + 0.2, 1e12, 1e12 + 1, 2**53, 2**62, 2**63, 2**70, -(2**63), "1", "1.5", " 1 ", True)
ALIASES = ("email:ann@example.com", "EMAIL:Ann@example.com", "phone:+49151", "phone:n/a", "a", ":", " x:1", "x:" + "1" * 320, "\u0130:x")
SCORES = st.fixed_dictionaries(
    {"metric": st.sampled_from([*Metric, "NPS", "other"]), "raw": st.sampled_from(NUMBERS)},
    optional={name: st.sampled_from((*NUMBERS, None)) for name in ("worst", "best", "normalised", "unknown")},
)
CUSTOMERS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from((*TEXTS, None)),
        "aliases": st.one_of(st.lists(st.sampled_from(ALIASES), max_size=17), st.none()),
        "trust": st.sampled_from((0, 1, 2, 3, "1", 1.0, True, None)),
        "unknown": st.just(1),
    },
)
ANYTHING = st.one_of(
    *(st.sampled_from(some) for some in (INSTANTS, TEXTS, NUMBERS, ALIASES, ("low", "LOW", "true", "urgent", False, None))),
    *(
        SCORES,
        CUSTOMERS,
        st.floats(allow_nan=False, allow_infinity=False),
        st.dictionaries(st.sampled_from(TEXTS[:4]), st.sampled_from(TEXTS)),
    ),
)


SEPARATORS = st.sampled_from(((", ", ": "), (",", ":")))
"""With blanks between the parts of a text, and without."""


def usual(kind: str) -> dict[str, Any]:
    """A fact of this kind with all that it may say, but labels: these are left to the contract."""
    found = message(kind, customer={"id": "C1", "trust": 2})
    kinds = {name: of_what(KINDS[kind].model_fields[name].annotation) for name in optional(kind)}
    return found | {name: EXAMPLES[of] for name, of in kinds.items() if of in EXAMPLES}


def of_what(annotation: Any) -> Any:
    """The type within unions with None and annotations."""
    return of_what(get_args(annotation)[0]) if get_origin(annotation) in {Annotated, Union, UnionType} else annotation


def said(fact: Any) -> str:
    """All that a fact says, to the last digit, with the zone of its instants."""
    return f"{type(fact).__name__} {fact.at!r} {json.dumps(msgspec.to_builtins(fact))}"


def agree(raw: bytes) -> None:
    found = fact_reader.read(raw)
    if found is not None:
        assert said(found) == said(fact_reader.as_read(INPUT.validate_json(raw)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_as_most_write_it_is_read_fast_and_as_the_contract_has_it(kind):
    raw = json.dumps(usual(kind)).encode()
    assert fact_reader.read(raw) is not None
    agree(raw)


@given(st.sampled_from(list(KINDS)), st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_read_fast_the_contract_accepts_and_understands_in_the_same_way(kind, data):
    fact = usual(kind)
    names = [*fact, "customer", "at", "unknown", "labels"]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
        fact[name] = data.draw(CUSTOMERS if name == "customer" else ANYTHING)
    for name in data.draw(st.lists(st.sampled_from(list(fact)), max_size=1)):
        del fact[name]
    agree(json.dumps(fact, ensure_ascii=data.draw(st.booleans()), separators=data.draw(SEPARATORS)).encode())


@given(
    st.sampled_from(list(KINDS)),
    st.integers(0, 10_000),
    st.binary(max_size=3) | st.sampled_from((b'"', b"\\u0039", b"9", b" ", b"\t", b"\\t", b"e1", b"\xff")),
    SEPARATORS,
)
@settings(max_examples=300, deadline=None)
def test_the_same_of_a_text_in_which_a_few_bytes_are_others(kind, place, put, separators):
    raw = json.dumps(usual(kind), separators=separators).encode()
    place %= len(raw)
    agree(raw[:place] + put + raw[place + len(put) :])
    agree(raw[:place] + put + raw[place:])


@pytest.mark.parametrize(
    "more",
    [
        b'"id":"other"',
        b'"id":7',
        b'"type":"ticket.opened"',
        b'"customer":{"id":"C2","id":" C3"}',
        b'"occurred_at":"2026-06-01T09:00:00.1234567\\u0039Z"',
        b'"occurred\\u005fat":"2026-06-01T09:00:00.1234567Z"',
        b'"comment":"\\ud83d\\ude00"',
        b'"comment":"\\ud83d"',
        b'"unknown":"\xff"',
        b'"unknown":' + b"[" * 100_000,
        b'"version":-0',
        b'"version":1e2',
    ],
)
def test_the_same_of_what_is_said_twice_or_oddly_spelled(more):
    text = json.dumps(usual("survey.answered")).encode()
    agree(text[:-1] + b"," + more + b"}")
    agree(b"{" + more + b"," + text[1:])


@given(
    st.text(alphabet="0123456789", min_size=1, max_size=30), st.text(alphabet="0123456789", max_size=30), st.sampled_from(("", "e-7", "E3"))
)
@settings(max_examples=150, deadline=None)
@example("0", "1000000000000000055511151231257827021181583404541015625", "")
def test_the_same_of_any_number(whole, fraction, exponent):
    number = f"{whole}.{fraction}{exponent}" if fraction else whole + exponent
    agree(json.dumps(usual("purchase.made")).replace('"amount": 1', f'"amount": {number}').encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_that_the_contract_read_can_be_sent_as_it_came(kind):
    fact = INPUT.validate_json(json.dumps(usual(kind)).encode())
    assert fact_reader.as_sent(fact_reader.as_read(fact)) == fact


def test_a_fact_that_names_no_customer_by_id_is_left_as_the_contract_has_it():
    raw = json.dumps(message("usage.recorded", customer={"aliases": ["email:ann@example.com"]})).encode()
    fact = INPUT.validate_json(raw)
    assert fact_reader.read(raw) is None
    assert fact_reader.as_read(fact) is fact


NAMES = ("C1", " C1", "C1 ", "C1\t", "\u00a0C1", "\x1fC1", "C\u00e91")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_blanks_around_a_name_are_seen_where_no_other_blank_is(name, ascii_only):
    for fact in (message("usage.recorded", customer={"id": name}), message("usage.recorded") | {"object": name}):
        raw = json.dumps(fact, separators=(",", ":"), ensure_ascii=ascii_only).encode()
        assert (fact_reader.read(raw) is None) == (name.strip() != name)
        agree(raw)


TRAFFIC = (
    {"type": "timer.due", "customer": "C1", "at": "2026-06-01T09:00:00Z"},
    {"type": "histogram.reported", "partition": 3, "version": 7, "business": {"-2": 1, "0": 4}, "satisfaction": {"17": 2}},
)


@pytest.mark.parametrize("said", TRAFFIC)
def test_what_a_partition_sends_itself_often_is_read_as_the_contract_has_it_and_written_as_it_came(said):
    raw = json.dumps(said, separators=(",", ":")).encode()
    read = fact_reader.read(raw)
    assert read == fact_reader.as_read(INPUT.validate_json(raw))
    assert json.loads(msgspec.json.encode(read)) == said


@pytest.mark.parametrize(
    ("said", "other"),
    [
        *((TRAFFIC[0], other) for other in ({"at": "soon"}, {"at": 0}, {"customer": " C1"}, {"more": 1})),
        *((TRAFFIC[1], other) for other in ({"business": {"17001": 1}}, {"satisfaction": {"1": -1}}, {"version": -1}, {"more": 1})),
    ],
)
def test_traffic_that_is_not_certain_is_left_to_the_contract(said, other):
    assert fact_reader.read(json.dumps(said | other).encode()) is None


def test_every_kind_of_fact_is_read_fast_and_its_parts_are_those_of_the_contract():
    assert set(fact_reader.STRUCTS) == set(get_args(AnyFact))
    for model, part in ((Reference, fact_reader.ReadReference), (Score, fact_reader.ReadScore)):
        assert [name for name in part.__struct_fields__ if name != "said"] == list(model.model_fields)
    assert set(Reference.__pydantic_decorators__.model_validators) == {"_somebody"}
    assert set(Score.__pydantic_decorators__.model_validators) == {"_usual_scale", "_on_scale"}


def by_class(node: ast.AST) -> bool:
    """Whether a part of a syntax tree asks for the class of something."""
    asks = isinstance(node, ast.Compare) and ast.unparse(node.left).startswith("type(")
    return asks or isinstance(node, ast.MatchClass) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance")


def test_no_decision_asks_for_the_class_of_a_fact():
    """A fact comes as a struct of its own class: what kind it is, its `type` says."""
    facts, asked = set(get_args(AnyFact)), []
    for found in pkgutil.walk_packages(decide.__path__, "streams.decide."):
        module = importlib.import_module(found.name)
        grouped = {name for name, value in vars(module).items() if isinstance(value, tuple | frozenset) and facts & set(value)}
        known = grouped | {name for name, value in vars(module).items() if isinstance(value, type) and value in facts}
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if by_class(node) and known & {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}:
                asked.append(f"{found.name}: {ast.unparse(node)}")
    assert not asked
