"""Promises of API keys: what a key may write it was given, the refusal names the line that gives it, and nothing empty is a key."""

from __future__ import annotations

import hashlib
import json
import tomllib

import pytest
from pydantic import ValidationError

from gateway.api_keys import hash_of
from gateway.settings import ApiKey, GatewaySettings
from makegood.config import secrets, settings
from tests.gateway.sending import Written, a_fact, client_of, keyed

PLAIN, ERASER, LINKER = "k-0aa1b7d94c6e482f95d3", "k-3f9c0d52e8b147a6bb71", "k-c5d4e2a90f6b4138a7e6"
KEYS = {
    "plain": {"key": PLAIN},
    "our eraser": {"sha256": hash_of(ERASER), "may": ["erasures"]},
    "crm": {"key": LINKER, "may": ["links"]},
}
ERASURE = a_fact(type="erasure.requested", customer={"id": "C-1"})
PROFILE = a_fact(type="customer.profiled", customer={"id": "C-1", "aliases": ["email:ann@example.com"]})


def link(**more):
    return a_fact(type="alias.linked", customer={"id": "C-1"}, alias="email:ann@example.com") | more


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def client(written):
    async with client_of(written, api_keys=KEYS) as client:
        yield client


NOT_ITS = [
    (PLAIN, "plain", ERASURE, "erasures", "$.type"),
    (PLAIN, "plain", link(trust=2), "links", "$.trust"),
    (PLAIN, "plain", link(trust=1), "links", "$.trust"),
    (PLAIN, "plain", link(), "links", "$.trust"),
    (PLAIN, "plain", PROFILE, "links", "$.customer.aliases"),
    (PLAIN, "plain", PROFILE | {"customer": {"aliases": ["email:ann@example.com", "crm:7"]}}, "links", "$.customer.aliases"),
    (LINKER, "crm", ERASURE, "erasures", "$.type"),
    (ERASER, "our eraser", link(), "links", "$.trust"),
]


@pytest.mark.parametrize(("key", "name", "fact", "missing", "where"), NOT_ITS, ids=range(len(NOT_ITS)))
async def test_what_a_key_was_not_given_is_refused_with_the_line_to_add(client, written, key, name, fact, missing, where):
    answer = await client.post("/v1/facts", headers=keyed(key), json=fact)
    assert (answer.status_code, written.facts) == (403, [])
    assert answer.json()["details"][0]["where"] == where
    said = answer.json()["error"]
    table = said.partition("to [")[2].partition("]")[0]
    line = said.partition("add ")[2].partition(" to [")[0]
    [(named, told)] = tomllib.loads(f"[{table}]\n{line}\n")["gateway"]["api_keys"].items()
    assert named == name
    assert set(told["may"]) == {missing} | set(KEYS[name].get("may", ())), "what it was given before stays in the line"
    assert GatewaySettings.model_validate({"api_keys": {named: {"key": PLAIN} | told}})


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        (ERASER, ERASURE),
        (LINKER, link(trust=2)),
        (LINKER, link()),
        (LINKER, PROFILE),
        (PLAIN, link(trust=0)),
        (PLAIN, PROFILE | {"customer": {"id": "C-1"}}),
        (PLAIN, PROFILE | {"customer": {"id": "C-1", "aliases": ["email:ann@example.com"], "trust": 0}}),
        (PLAIN, a_fact(customer={"id": "C-1", "aliases": ["email:ann@example.com"]})),
    ],
)
async def test_what_it_was_given_and_what_binds_nothing_is_taken(client, written, key, fact):
    answer = await client.post("/v1/facts", headers=keyed(key), json=fact)
    assert (answer.status_code, len(written.facts)) == (200, 1), answer.text


@pytest.mark.parametrize("lines", [False, True])
async def test_in_a_batch_each_record_is_judged_on_its_own(client, written, lines):
    batch = [a_fact(), ERASURE, link(), a_fact(id="r-2")]
    body = "\n".join(map(json.dumps, batch)) if lines else json.dumps(batch)
    kind = {"content-type": "application/x-ndjson"} if lines else {}
    answer = await client.post("/v1/facts/batch", headers=keyed(PLAIN) | kind, content=body)
    assert [one["status"] for one in answer.json()["results"]] == [200, 403, 403, 200]
    assert "may = [" in answer.json()["results"][1]["error"]
    assert [fact.id for fact in written.facts] == ["r-1", "r-2"]


async def test_the_attributes_of_a_cloud_event_are_no_way_round_it(client, written):
    attributes = {"specversion": "1.0", "type": "erasure.requested", "id": "u-1", "source": "app", "time": "2026-06-01T10:00:00Z"}
    data = {"object": "C-1", "customer": {"id": "C-1"}}
    binary = await client.post("/v1/facts", headers=keyed(PLAIN) | {f"ce-{k}": v for k, v in attributes.items()}, json=data)
    structured = keyed(PLAIN) | {"content-type": "application/cloudevents+json"}
    whole = await client.post("/v1/facts", headers=structured, json=attributes | {"data": data})
    many = structured | {"content-type": "application/cloudevents-batch+json"}
    batch = await client.post("/v1/facts/batch", headers=many, json=[attributes | {"data": data}])
    assert [binary.status_code, whole.status_code, batch.json()["results"][0]["status"]] == [403, 403, 403]
    extended = attributes | {"type": "survey.answered", "customer": {"id": "C-1"}, "trust": 2, "data": {"object": "r"}}
    assert (await client.post("/v1/facts", headers=structured, json=extended)).status_code == 422
    assert written.facts == []


# -- what is no key -----------------------------------------------------------------------------------------------------------------

NO_KEYS = [
    {"sha256": hashlib.sha256(b"").hexdigest()},
    {"key": ""},
    {"key": "   "},
    {"key": "\t\n"},
    {"sha256": ""},
    {},
    {"key": PLAIN, "sha256": hash_of(PLAIN)},
    {"key": PLAIN, "may": ["everything"]},
]


@pytest.mark.parametrize("told", NO_KEYS, ids=range(len(NO_KEYS)))
def test_nothing_empty_is_a_key(told):
    with pytest.raises(ValidationError):
        ApiKey.model_validate(told)


@pytest.mark.parametrize("word", ["changeme", "secret", "test", "<the key, or better its sha256>", "k7Tq2x"])
def test_neither_is_a_short_or_an_obvious_one_also_not_by_its_digest(word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert secrets.unsafe(settings.load(gateway={"api_keys": {"a": {"key": word}}}), "gateway")
    if word not in {"k7Tq2x", "<the key, or better its sha256>"}:
        [said] = secrets.unsafe(settings.load(gateway={"api_keys": {"a": {"sha256": hash_of(word)}}}), "gateway")
        assert said.startswith("gateway.api_keys.a.sha256 ")


EMPTY = [{}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "}, {"authorization": "Bearer    "}]
EMPTY += [{"x-api-key": ""}, {"x-api-key": "  "}, {"authorization": "Basic ", "x-api-key": ""}]


@pytest.mark.parametrize("headers", EMPTY, ids=range(len(EMPTY)))
async def test_an_empty_header_matches_no_key_even_if_such_a_key_came_in(written, headers):
    nothing = ApiKey.model_construct(key=None, sha256=hash_of(""), sources=(), may=())
    app_settings = GatewaySettings.model_construct(api_keys={"a": nothing})
    async with client_of(written, api_keys=KEYS) as client:
        client._transport.app = _app(app_settings, written)
        answer = await client.post("/v1/facts", headers=headers, json=a_fact())
    assert (answer.status_code, written.facts) == (401, [])


def _app(told, written):
    from gateway.app import build_app
    from tests.gateway.sending import NOW

    return build_app(told, written, lambda: NOW)
