"""What tests of the gateway share: an app over a list instead of Kafka, a client inside the process, and vendors that sign."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from gateway.api_keys import hash_of
from gateway.app import build_app
from gateway.settings import GatewaySettings
from gateway.translate.signature import Request
from gateway.translate.systems import SYSTEMS
from gateway.translate.translation import Delivery, Translation
from schemas.facts import AnyFact
from tests.conftest import shared

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
KEY = "k-4f8a7d1c9b2e6035aa71"
ONLY_SHOP = "k-77c1e0b29d5f4a68831e"
SECRET = {"typeform": "holdfast-test-secret", "zendesk": "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="}
SETTINGS: dict[str, Any] = {
    "api_keys": {"all": {"sha256": hash_of(KEY), "may": ["erasures", "links"]}, "shop": {"key": ONLY_SHOP, "sources": ["shop"]}},
    "sources": {
        "zendesk": {"secrets": [SECRET["zendesk"]]},
        "typeform": {"secrets": ["an-older-secret-of-ours", SECRET["typeform"]]},
        "feedback-form": {"system": "typeform", "secrets": [SECRET["typeform"]], "settings": {"anonymous": "wait"}},
    },
}


class Written:
    """Stands for Kafka: it takes facts, and does not while `down` says why not."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = []
        self.down: str | None = None
        self.refuses: Callable[[AnyFact], str | None] = lambda _: None

    async def __call__(self, facts):
        said = [self.down or self.refuses(fact) for fact in facts]
        self.facts += [fact for fact, why in zip(facts, said, strict=True) if why is None]
        return said


def app_of(written: Written, **settings: Any):
    return build_app(GatewaySettings.model_validate(SETTINGS | settings), written, lambda: NOW, lambda: written.down)


def client_of(written: Written, **settings: Any) -> httpx.AsyncClient:
    """A client of an app in this process; an error that escapes the app is raised here."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app_of(written, **settings)), base_url="http://gateway")


def signed(system: str, body: bytes, at: datetime = NOW, secret: str | None = None) -> dict[str, str]:
    """The headers that a vendor would send."""
    stamp = at.isoformat().replace("+00:00", "Z")
    headers = {"x-zendesk-webhook-signature-timestamp": stamp} if system == "zendesk" else {}
    verify = SYSTEMS[system].verify
    signature = verify.sign(Request(body, headers), secret or SECRET[system])
    return headers | {verify.header: f"sha256={signature}" if system == "typeform" else signature, "content-type": "application/json"}


def payload(system: str, name: str) -> bytes:
    return shared("payloads", system, f"{name}.json").read_bytes()


def loaded(system: str, name: str) -> dict[str, Any]:
    return json.loads(payload(system, name))


def understood(system: str, body: Any, **settings: Any) -> Translation:
    known = SYSTEMS[system]
    return known.understand(Delivery(body, {}, system, NOW), known.settings.model_validate(settings))


def only(translation: Translation) -> Any:
    """The one fact that a delivery led to."""
    assert len(translation.facts) == 1, translation
    return translation.facts[0]


def a_fact(**fields: Any) -> dict[str, Any]:
    return {
        "type": "survey.answered",
        "id": "r-1",
        "source": "shop",
        "object": "response-77",
        "occurred_at": "2026-06-01T10:00:00Z",
        "customer": {"aliases": ["email:ann@example.com"]},
        "score": {"metric": "nps", "raw": 2},
        "comment": "nobody called me back",
    } | fields


def keyed(key: str = KEY, **headers: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}", "content-type": "application/json"} | headers
