"""Promises of webhooks: only what the vendor signed, durable before the answer, and never a fault of ours on bad input."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from gateway.app import build_app
from gateway.settings import GatewaySettings
from gateway.sources import InvalidSource
from tests.gateway.sending import NOW, SECRET, Written, client_of, payload, signed


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def client(written):
    async with client_of(written) as client:
        yield client


async def deliver(client, system: str, body: bytes, source: str | None = None, headers=None):
    return await client.post(f"/v1/webhooks/{source or system}", content=body, headers=headers or signed(system, body))


async def test_a_signed_delivery_is_written_and_answered(client, written):
    answer = await deliver(client, "zendesk", payload("zendesk", "ticket_created"))
    assert answer.status_code == 200
    assert answer.json() == {"facts": [{"id": "cbe4028c-7239-495d-b020-f22348516046", "topic": "interactions"}], "ignored": []}
    assert [fact.source for fact in written.facts] == ["zendesk"]


async def test_a_source_has_its_own_address_name_and_settings(client, written):
    answer = await deliver(client, "typeform", payload("typeform", "form_response_guide_example"), "feedback-form")
    assert answer.status_code == 200
    assert [fact.source for fact in written.facts] == ["feedback-form"]


async def test_what_means_nothing_is_answered_200_with_why(client, written):
    answer = await deliver(client, "zendesk", payload("zendesk", "user_active_changed"))
    assert (answer.status_code, answer.json()["facts"], written.facts) == (200, [], [])
    assert answer.json()["ignored"][0]["what"] == "user.active_changed"


@pytest.mark.parametrize("system", ["zendesk", "typeform"])
async def test_a_delivery_that_is_not_signed_or_signed_with_another_secret_is_refused(client, written, system):
    body = b'{"type": "zen:event-type:ticket.created"}'
    for headers in ({"content-type": "application/json"}, signed(system, body, secret="another secret"), signed(system, body + b" ")):
        answer = await deliver(client, system, body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]
    assert not written.facts


async def test_a_recording_is_refused(client):
    body = payload("zendesk", "ticket_created")
    answer = await deliver(client, "zendesk", body, headers=signed("zendesk", body, NOW - timedelta(minutes=6)))
    assert (answer.status_code, "too long ago" in answer.json()["error"]) == (401, True)


async def test_an_address_without_a_source_is_404(client):
    for name in ("nobody", "..%2f", "%00", "x" * 300):
        assert (await client.post(f"/v1/webhooks/{name}", content=b"{}")).status_code == 404


async def test_a_body_that_is_not_the_vendors_says_where(client):
    broken = await deliver(client, "typeform", b'{"event_type": "form_response", "form_response": {"token": []}}')
    assert (broken.status_code, broken.json()["details"][0]["where"]) == (422, "$.form_response.token")
    assert (await deliver(client, "typeform", b"{oops")).status_code == 400
    assert (await deliver(client, "zendesk", b"")).status_code == 400


async def test_a_delivery_of_a_far_future_is_refused(client, written):
    body = payload("zendesk", "ticket_created").replace(b'"time": "2025', b'"time": "2085')
    answer = await deliver(client, "zendesk", body)
    assert (answer.status_code, written.facts) == (422, [])


async def test_a_delivery_of_which_one_fact_could_not_be_written_comes_again_as_a_whole(client, written):
    body = json.dumps(
        {
            "id": "e",
            "type": "zen:event-type:user.created",
            "time": "2026-01-01T00:00:00Z",
            "detail": {"id": "8", "external_id": "C", "email": "ann@example.com"},
        }
    ).encode()
    written.refuses = lambda fact: "Kafka did not take it" if fact.alias.startswith("email") else None
    answer = await deliver(client, "zendesk", body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    written.refuses = lambda _: None
    assert len((await deliver(client, "zendesk", body)).json()["facts"]) == 2


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ({"zendesk": {}}, "has no secret"),
        ({"zendesk": {"secrets": [""]}}, "has no secret"),
        ({"shop": {"secrets": ["a-secret-of-ours"]}}, "there is no system 'shop'"),
        ({"zendesk": {"secrets": ["a-secret-of-ours"], "settings": {"customer": "people"}}}, "gateway.sources.zendesk.settings.customer"),
        ({"typeform": {"secrets": ["a-secret-of-ours"], "settings": {"scores": [{"field": "x", "worst": 1}]}}}, "two different ends"),
    ],
)
def test_what_cannot_be_served_safely_is_not_served(sources, sentence):
    with pytest.raises(InvalidSource, match=sentence):
        build_app(GatewaySettings.model_validate({"sources": sources}), Written(), lambda: NOW)


def test_no_message_about_settings_shows_a_secret():
    with pytest.raises(ValueError) as error:
        GatewaySettings.model_validate(
            {"sources": {"zendesk": {"secrets": "only-for-our-eyes"}}, "api_keys": {"a": {"key": "mine-alone", "x": 1}}}
        )
    assert "only-for-our-eyes" not in str(error.value)
    assert "mine-alone" not in str(error.value)


async def test_logs_and_answers_hold_nothing_of_whom_it_is_about(client, capsys):
    body = payload("typeform", "form_response_official_example")
    answer = await deliver(client, "typeform", body)
    broken = await deliver(client, "typeform", body.replace(b'"token": "a3', b'"token": [], "x": "a3'))
    said = capsys.readouterr()
    for text in (answer.text, broken.text, said.out, said.err):
        assert "laura" not in text
        assert SECRET["typeform"] not in text


async def test_the_front_page_explains_itself_and_the_rest_is_json(client):
    page = await client.get("/")
    assert (page.status_code, "POST /v1/webhooks/NAME" in page.text) == (200, True)
    assert (await client.get("/livez")).json() == {"live": True}
    for path, status in (("/nothing", 404), ("/v1/facts", 405)):
        answer = await client.get(path)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


async def test_what_happened_is_counted(client):
    await deliver(client, "zendesk", payload("zendesk", "ticket_created"))
    await deliver(client, "zendesk", b"{}", headers={"content-type": "application/json"})
    text = (await client.get("/metrics")).text
    assert 'makegood_gateway_facts_total{source="zendesk",type="ticket.opened"} 1.0' in text
    assert 'makegood_gateway_requests_total{route="/v1/webhooks/{source}",status="200"} 1.0' in text
    assert 'makegood_gateway_refused_total{source="zendesk",why="401"} 1.0' in text
