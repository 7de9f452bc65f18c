"""Promises of signatures: each vendor's rule is one small value, secrets can be replaced, recordings are refused."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.translate import signature
from gateway.translate.signature import BODY, METHOD, TIMESTAMP, URI, Hmac, Request, Verification
from gateway.translate.systems import SYSTEMS
from tests.conftest import shared
from tests.gateway.sending import NOW, SECRET, signed

RULES: dict[str, Hmac] = {
    "hubspot": Hmac(header="x-hubspot-signature-v3", signed=(METHOD, URI, BODY, TIMESTAMP), time_header="x-hubspot-request-timestamp"),
    "jira": Hmac(header="x-hub-signature", encoding="hex", given=r"^sha256=(\w+)"),
    "stripe": Hmac(
        header="stripe-signature",
        signed=(TIMESTAMP, ".", BODY),
        encoding="hex",
        given=r"v1=(\w+)",
        time_header="stripe-signature",
        time=r"t=(\d+)",
    ),
    "standard-webhooks": Hmac(
        header="webhook-signature",
        signed=("{id}", ".", TIMESTAMP, ".", BODY),
        given=r"v1,(\S+)",
        time_header="webhook-timestamp",
        more=(("{id}", "webhook-id"),),
        key=lambda secret: base64.b64decode(secret.removeprefix("whsec_")),
    ),
    "intercom": Hmac(header="x-hub-signature", digest="sha1", encoding="hex", given=r"^sha1=(\w+)"),
    "delighted": Hmac(header="x-delighted-webhook-signature", encoding="hex", given=r"^sha256=(\w+)"),
    "surveymonkey": Hmac(header="sm-signature", digest="sha1"),
    "chatwoot": Hmac(
        header="x-chatwoot-signature",
        signed=(TIMESTAMP, ".", BODY),
        encoding="hex",
        given=r"^sha256=(\w+)",
        time_header="x-chatwoot-timestamp",
    ),
    "typeform": SYSTEMS["typeform"].verify,
    "zendesk": SYSTEMS["zendesk"].verify,
}
"""Those that are built, and those that a later file would begin with: the pattern carries them all."""


def vectors():
    try:
        return json.loads(shared("payloads", "signature_vectors.json").read_text())
    except pytest.skip.Exception:
        return []


def request_of(vector) -> Request:
    body = shared("payloads", vector["body_file"]).read_bytes() if "body_file" in vector else vector["body"].encode()
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    return Request(body, headers, vector.get("method", "POST"), vector.get("uri", ""))


def signed_at(vector) -> datetime:
    stamps = [value for name, value in vector["headers"].items() if "timestamp" in name.lower() or name == "Stripe-Signature"]
    if not stamps:
        return NOW
    stamp = stamps[0].removeprefix("t=").partition(",")[0]
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1) if stamp.isdigit() else None
    return datetime.fromisoformat(stamp) if seconds is None else datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: f"{vector['system']}-{vector['origin'][:20]}")
def test_every_vendors_published_signature_is_verified_by_one_value(vector):
    expected = Verification.FORGED if vector.get("expect_current_rule") == "reject" else Verification.GENUINE
    assert RULES[vector["system"]](request_of(vector), [vector["secret"]], signed_at(vector), 300) is expected


def test_the_older_rule_of_zendesk_is_refused_and_the_current_one_is_not():
    vector = next(one for one in vectors() if one.get("expect_current_rule") == "reject")
    request = request_of(vector)
    right = request.headers | {"x-zendesk-webhook-signature": vector["current_rule_signature"]}
    verify = SYSTEMS["zendesk"].verify
    assert verify(request, [vector["secret"]], signed_at(vector), 300) is Verification.FORGED
    assert verify(request._replace(headers=right), [vector["secret"]], signed_at(vector), 300) is Verification.GENUINE


@pytest.mark.parametrize("system", sorted(SYSTEMS))
@pytest.mark.parametrize(
    "change", [lambda body: body + b" ", lambda body: body[:-1], lambda body: b"", lambda body: body.replace(b"1", b"2")]
)
def test_a_body_that_was_changed_by_a_byte_is_refused(system, change):
    body = b'{"id": 1}'
    assert SYSTEMS[system].verify(Request(change(body), signed(system, body)), [SECRET[system]], NOW, 300) is Verification.FORGED


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_while_a_secret_is_replaced_both_hold(system):
    for secret in ("the old one", "the new one"):
        headers = signed(system, b"{}", secret=secret)
        assert SYSTEMS[system].verify(Request(b"{}", headers), ["the old one", "the new one"], NOW, 300) is Verification.GENUINE


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_recording_is_refused_although_its_signature_is_right(seconds):
    headers = signed("zendesk", b"{}", NOW + timedelta(seconds=seconds))
    assert SYSTEMS["zendesk"].verify(Request(b"{}", headers), [SECRET["zendesk"]], NOW, 300) is Verification.STALE


@pytest.mark.parametrize("stamp", ["", "yesterday", "9" * 400, "2026-13-45T00:00:00Z", "٣", "\x00", "ÿ"])
def test_a_time_of_signing_that_cannot_be_read_is_refused(stamp):
    headers = {"x-zendesk-webhook-signature-timestamp": stamp}
    headers["x-zendesk-webhook-signature"] = SYSTEMS["zendesk"].verify.sign(Request(b"{}", headers), "a secret")
    assert SYSTEMS["zendesk"].verify(Request(b"{}", headers), ["a secret"], NOW, 300) in {Verification.UNDATED, Verification.STALE}


@pytest.mark.parametrize("given", ["", "sha256=", "nonsense", "sha256=ÿÿÿ", "sha1=abc"])
def test_a_signature_in_another_form_is_refused(given):
    headers = {"typeform-signature": given}
    assert SYSTEMS["typeform"].verify(Request(b"{}", headers), ["a secret"], NOW, 300) in {Verification.UNSIGNED, Verification.FORGED}


def test_without_any_secret_nothing_is_genuine():
    assert SYSTEMS["typeform"].verify(Request(b"{}", signed("typeform", b"{}")), [], NOW, 300) is Verification.FORGED


# -- headers full of candidates -----------------------------------------------------------------------------------------------------


@pytest.fixture
def digests(monkeypatch):
    """How many bytes were hashed for each keyed digest that was begun."""
    made: list[int] = []

    def counted(key, message, digest):
        made.append(len(message))
        return real(key, message, digest)

    real = signature.hmac.new
    monkeypatch.setattr(signature.hmac, "new", counted)
    return made


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("count", [1, 30_000])
def test_one_digest_is_made_for_each_secret_whatever_the_header_holds(name, count, digests):
    rule = RULES[name]
    headers = {rule.time_header or "x": "t=1790000000" if "stripe" in name else "1790000000"}
    given = rule.given.removeprefix("^").partition("(")[0] + "a"
    headers[rule.header] = (headers.get(rule.header, "") + " " + " ".join([given] * count)).strip()
    assert rule(Request(BIG, headers), [f"whsec_{'A' * 32}", "B" * 32], NOW, 300) is Verification.FORGED
    assert len(digests) == 2


BIG = b"x" * (1 << 20)


@pytest.mark.parametrize(
    ("before", "verification"),
    [(1, Verification.GENUINE), (7, Verification.GENUINE), (8, Verification.FORGED), (5_000, Verification.FORGED)],
)
def test_a_handful_of_signatures_is_looked_at(before, verification):
    headers = signed("zendesk", b"{}")
    headers["x-zendesk-webhook-signature"] = "a " * before + headers["x-zendesk-webhook-signature"]
    assert SYSTEMS["zendesk"].verify(Request(b"{}", headers), [SECRET["zendesk"]], NOW, 300) is verification


HOSTILE = [
    "a" * 60_000,
    " " * 60_000,
    "sha256=" * 9_000,
    "v1=" * 20_000,
    "t=1," * 15_000,
    "t=" + "9" * 60_000,
    "ÿ" * 60_000,
    "\x00" * 60_000,
]
HOSTILE += ["sha256=" + "a" * 60_000, "v1," * 20_000, "9" * 100_000, "2026-01-01T00:00:00Z" * 3_000, "2026-01-01T00:00:00." + "1" * 60_000]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", sorted(RULES))
def test_a_hostile_header_is_refused_and_costs_little(name, text, digests):
    rule = RULES[name]
    headers = {rule.header: text} | ({rule.time_header: text} if rule.time_header else {})
    before = time.process_time()
    assert rule(Request(b"{}", headers), ["A" * 32], NOW, 300) is not Verification.GENUINE
    assert time.process_time() - before < 1
    assert len(digests) <= 1


@pytest.mark.parametrize(
    "stamp",
    ["9" * 17, "9" * 63, "9" * 100_000, "2026-09-21T14:13:20Z" + " " * 100, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"],
)
def test_a_strange_time_of_signing_is_refused_even_when_it_is_signed(stamp):
    rule = SYSTEMS["zendesk"].verify
    headers = {rule.time_header: stamp}
    headers[rule.header] = rule._sign("a secret", stamp.encode() + b"{}").decode()
    assert rule(Request(b"{}", headers), ["a secret"], NOW, 300) in {Verification.UNDATED, Verification.STALE}


def test_what_a_file_of_headers_holds_is_no_fault_of_ours_either():
    headers = {"typeform-signature": "sha256=\ud800"}
    assert SYSTEMS["typeform"].verify(Request(b"{}", headers), ["a secret"], NOW, 300) is Verification.FORGED
