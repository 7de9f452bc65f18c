"""Promises for whatever comes: translators raise their own error only, the gateway answers below 500, what is taken is a fact."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
from collections import Counter
from functools import cache

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.records import LINES
from gateway.translate import zendesk, zendesk_aliases
from gateway.translate.systems import SYSTEMS
from gateway.translate.translation import BadPayload, Delivery
from schemas.inputs import FACT
from tests.conftest import shared
from tests.gateway.mutating import bytes_of, mutated
from tests.gateway.sending import NOW, Written, a_fact, client_of, keyed, signed

REQUESTS = int(os.environ.get("MUTATED", "30_000"))
"""More by MUTATED=100000."""
KINDS = [f"zen:event-type:{kind}" for kind in (*zendesk.ON, *zendesk_aliases.ON, *zendesk.WITHOUT_MEANING, "ticket.exploded")]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def quietly():
    """Every refusal is logged: here that would be tens of thousands of lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@cache
def deliveries(system: str) -> list:
    """Every payload that we have of a system, and for Zendesk every type of event in the body of each."""
    found = [json.loads(path.read_bytes()) for path in sorted(shared("payloads", system).glob("*.json"))]
    if system == "zendesk":
        changes = [
            {"current": "9", "previous": "8", "comment": {"id": "1", "body": "I cancel", "author": {"id": "8447388090494"}}},
            {"current": "SOLVED", "previous": "OPEN", "target_ticket_id": "9", "satisfaction_score": {"score": "BAD"}},
            {"identity": {"type": "email", "value": "ann@example.com", "verified": True}, "current": "C-9"},
        ]
        found += [body | {"type": kind, "event": change} for body in found for kind in KINDS for change in changes]
    return found


@pytest.mark.parametrize("system", sorted(SYSTEMS))
@given(body=json_values)
@settings(max_examples=200, deadline=None)
def test_a_translator_raises_its_own_error_or_explains(system, body):
    understand(system, body)


@pytest.mark.parametrize("system", sorted(SYSTEMS))
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_translator_copes_with_anything_in_any_member(system, data):
    body = data.draw(st.sampled_from(deliveries(system)))
    understand(system, grafted(body, data))


def grafted(body, data):
    """The body with anything in the place of some of its members, two levels deep."""
    body = json.loads(json.dumps(body))
    for holder in [body, *(value for value in body.values() if isinstance(value, dict))]:
        for key in list(holder):
            if data.draw(st.integers(0, 3)) == 0:
                holder[key] = data.draw(json_values)
    return body


def understand(system: str, body) -> None:
    known = SYSTEMS[system]
    try:
        said = known.understand(Delivery(body, {}, system, NOW), known.settings())
    except BadPayload as bad:
        assert (bad.where[0], bool(bad.why)) == ("$", True)  # noqa: PT017  either is right
        return
    assert said.facts or said.ignored
    for fact in said.facts:
        assert FACT.validate_json(fact.model_dump_json()) == fact
        assert fact.customer.key.encode()


@given(body=json_values, path=st.sampled_from(["/v1/facts", "/v1/facts/batch", "/v1/webhooks/zendesk", "/v1/webhooks/typeform"]))
@settings(max_examples=100, deadline=None)
def test_whatever_json_comes_the_gateway_answers_below_500(body, path):
    raw = json.dumps(body).encode()
    headers = signed(path.rpartition("/")[2], raw) if "webhooks" in path else keyed()

    async def post():
        async with client_of(Written()) as client:
            return await client.post(path, content=raw, headers=headers)

    answer = asyncio.run(post())
    assert answer.status_code < 500
    assert answer.json()


def requests_of(chance: random.Random, count: int):
    """(path, headers, body): mutated payloads with right signatures, and mutated facts with a right key."""
    of_vendors = [(system, body) for system in sorted(SYSTEMS) for body in deliveries(system)]
    facts = [a_fact(), a_fact(type="ticket.opened", subject="x"), a_fact(type="alias.linked", customer={"id": "C"}, alias="email:a@b.cd")]
    facts += [a_fact(type=kind, amount=1.5, comment="x", into="t", renews_on="2026-09-01T00:00:00Z") for kind in FACT_TYPES]
    for number in range(count):
        if number % 2:
            system, body = chance.choice(of_vendors)
            raw = bytes_of(mutated(body, chance), chance)
            yield f"/v1/webhooks/{chance.choice([system, 'feedback-form']) if system == 'typeform' else system}", signed(system, raw), raw
        elif number % 4:
            yield "/v1/facts", keyed(), bytes_of(mutated(chance.choice(facts), chance), chance)
        else:
            lines, batch = chance.random() < 0.5, [mutated(chance.choice(facts), chance) for _ in range(chance.randrange(1, 4))]
            raw = b"\n".join(bytes_of(one, chance) for one in batch) if lines else bytes_of(batch, chance)
            yield "/v1/facts/batch", keyed() | {"content-type": LINES[0]} if lines else keyed(), raw


FACT_TYPES = sorted(FACT.core_schema["choices"]) if "choices" in FACT.core_schema else ["purchase.made", "renewal.dated", "ticket.merged"]


async def send_all(count: int, seed: int) -> tuple[Counter, Written]:
    written, statuses = Written(), Counter()
    async with client_of(written) as client:
        for path, headers, raw in requests_of(random.Random(seed), count):
            answer = await client.post(path, content=raw, headers=headers)
            statuses[(path.split("/")[2], answer.status_code)] += 1
            assert answer.status_code < 500, (path, raw)
            if answer.status_code >= 400:
                assert answer.json()["error"]
    return statuses, written


def check(statuses: Counter, written: Written, count: int) -> None:
    assert sum(statuses.values()) == count
    assert {status for _, status in statuses} <= {200, 207, 400, 422}
    for route in ("facts", "webhooks"):
        assert statuses[(route, 200)] > count / 50, "hardly anything was taken: this proves nothing"
    for fact in written.facts:
        assert FACT.validate_json(fact.model_dump_json()) == fact
        assert fact.customer.key.encode()


def test_mutated_payloads_are_taken_or_refused_but_never_a_fault_of_ours():
    check(*asyncio.run(send_all(1_000, seed=7)), 1_000)


@pytest.mark.load
@pytest.mark.timeout(1800)
def test_tens_of_thousands_of_mutated_requests_are_taken_or_refused_but_never_a_fault_of_ours():
    statuses, written = asyncio.run(send_all(REQUESTS, seed=20261125))
    print(f"\n{REQUESTS:,} requests: {dict(sorted(statuses.items()))}; {len(written.facts):,} facts written")
    check(statuses, written, REQUESTS)
