"""Webhooks as Zendesk and Typeform send them, and how they sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from makegood.local.simulator.company import Customer
from schemas.message import instant


def ticket_number(name: str) -> str:
    """Tickets have numbers; ours are made of the story's."""
    return str(int(hashlib.sha256(name.encode()).hexdigest()[:10], 16))


def ticket_created(customer: Customer, ticket: str, at: float, subject: str, text: str, priority: str) -> dict[str, Any]:
    """A ticket was opened by mail."""
    more = {"subject": subject, "description": text, "priority": priority, "status": "NEW", "type": "PROBLEM"}
    return _event("ticket.created", customer, ticket, at, more, {})


def ticket_solved(customer: Customer, ticket: str, at: float) -> dict[str, Any]:
    """It was solved."""
    return _event("ticket.status_changed", customer, ticket, at, {"status": "SOLVED"}, {"current": "SOLVED", "previous": "OPEN"})


def _event(kind: str, customer: Customer, ticket: str, at: float, more: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    time = instant(at).isoformat().replace("+00:00", "Z")
    person = str(customer.zendesk)
    detail = {
        "id": ticket,
        "requester_id": person,
        "submitter_id": person,
        "is_public": True,
        "updated_at": time,
        "via": {"channel": "mail"},
    }
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{kind} {ticket} {at:.3f}")),
        "type": f"zen:event-type:{kind}",
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:ticket:{ticket}",
        "time": time,
        "account_id": 22_129_848,
        "detail": detail | more,
        "event": event,
    }


def typeform(customer: Customer, response: str, at: float, raw: int, comment: str) -> dict[str, Any]:
    """A form with a score and a comment was answered; its address carried the customer's id."""
    fields = [
        {"id": "nps1", "ref": "score", "type": "nps", "title": "Would you recommend us?"},
        {"id": "txt1", "ref": "why", "type": "long_text", "title": "Why?"},
    ]
    answers = [
        {"type": "number", "number": raw, "field": {"id": "nps1", "ref": "score", "type": "nps"}},
        {"type": "text", "text": comment, "field": {"id": "txt1", "ref": "why", "type": "long_text"}},
    ]
    form = {
        "form_id": "nordlicht",
        "token": f"tf-{response}",
        "submitted_at": instant(at).isoformat().replace("+00:00", "Z"),
        "hidden": {"customer_id": customer.id, "language": customer.language},
        "definition": {"id": "nordlicht", "title": "After delivery", "fields": fields},
        "answers": answers,
    }
    return {"event_id": f"e-{response}", "event_type": "form_response", "form_response": form}


def signed(system: str, secret: str, body: dict[str, Any], now: float) -> tuple[bytes, dict[str, str]]:
    """The bytes as they are sent, and the headers that prove where they come from."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    if system == "typeform":
        return raw, {"Typeform-Signature": f"sha256={_mac(secret, raw)}"}
    time = instant(now).isoformat().replace("+00:00", "Z")
    return raw, {"X-Zendesk-Webhook-Signature": _mac(secret, time.encode() + raw), "X-Zendesk-Webhook-Signature-Timestamp": time}


def _mac(secret: str, signed_bytes: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), signed_bytes, hashlib.sha256).digest()).decode()
