"""Zendesk's triggers and automations: one documented body, for accounts without event subscriptions and for what no event tells.

Make a webhook, let a trigger or automation call it with this body, and leave out or keep what you like but the first four:

    {
      "zendesk_trigger": 1,
      "event": "updated",
      "ticket": {
        "id": "{{ticket.id}}", "updated_at": "{{ticket.updated_at_with_timestamp}}", "requester_id": "{{ticket.requester.id}}",
        "requester_email": "{{ticket.requester.email}}", "requester_external_id": "{{ticket.requester.external_id}}",
        "organization_id": "{{ticket.organization.id}}", "organization_external_id": "{{ticket.organization.external_id}}",
        "subject": "{{ticket.title}}", "status": "{{ticket.status}}", "priority": "{{ticket.priority}}", "channel": "{{ticket.via}}",
        "comment": "{{ticket.latest_public_comment}}", "satisfaction": "{{satisfaction.current_rating}}"
      }
    }

`event` says why the trigger fires: opened, updated, resolved, reopened, commented, rated, or late (an SLA target was missed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.translate import aliases, zendesk_terms
from gateway.translate.payload import MOST_NAME, Node, microseconds
from gateway.translate.translation import BadPayload, Delivery, Ignored, Translation, nothing
from gateway.translate.zendesk_aliases import Event, ZendeskSettings
from schemas.customers import Reference
from schemas.facts import (
    Severity,
    TicketCommented,
    TicketOpened,
    TicketRated,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from schemas.tolerant_reader import nearest


def is_template(body: Node) -> bool:
    """Whether a body is a trigger's."""
    return body.at("zendesk_trigger").value is not None


def translate(body: Node, delivery: Delivery, settings: ZendeskSettings) -> Translation:
    """One fact about the ticket."""
    event = body.at("event").need(Node.word, "why the trigger fires")
    if event not in ON:
        raise BadPayload("$.event", f"it is one of {', '.join(ON)}")
    ticket = body.at("ticket").need(Node.record, "an object")
    number = aliases.customer_id(ticket.at("id").identifier())
    if number is None:
        raise BadPayload("$.ticket.id", "the number of the ticket is expected here: {{ticket.id}}")
    at = ticket.at("updated_at").need(Node.instant, "the time of the update, {{ticket.updated_at_with_timestamp}},")
    customer = _whose(ticket, settings)
    if customer is None:
        return nothing(event, "it does not say whose ticket it is: give requester_id, requester_email or requester_external_id")
    version = microseconds(at)
    name = f"trigger-{event}-{number[:150]}-{version}"
    fact = ON[event](ticket, Event(name, event, delivery.source, number, version, at, ticket, ticket).common(customer))
    if fact is None:
        return nothing(event, "there is nothing in it: no comment, or no rating")
    return Translation((fact,), tuple(_strangers(ticket)))


_FIELDS = (
    *("id", "updated_at", "requester_id", "requester_email", "requester_external_id", "organization_id", "organization_external_id"),
    *("subject", "status", "priority", "channel", "comment", "satisfaction"),
)


def _strangers(ticket: Node) -> Iterator[Ignored]:
    """What somebody wrote into the template and nobody reads: most likely a slip."""
    for name, field in ticket.entries():
        if name not in _FIELDS and field.value is not None:
            meant = nearest(name, _FIELDS)
            why = "the template has no such field"
            yield Ignored(f"$.ticket.{name[:MOST_NAME]}", f"{why}: is it {meant}?" if meant else why)


def _whose(ticket: Node, settings: ZendeskSettings) -> Reference | None:
    user = [settings.user(ticket.at("requester_id").identifier()), aliases.email(ticket.at("requester_email").name())]
    organization = settings.organization(ticket.at("organization_id").identifier())
    of_people = settings.customers == "people"
    external = ticket.at("requester_external_id" if of_people else "organization_external_id").identifier()
    customer = aliases.customer_id(external) if settings.external_id == "id" else None
    if customer is not None:
        return aliases.reference(customer, user if of_people else [organization])
    return aliases.reference(None, user if of_people else [organization, *user])


def _opened(ticket: Node, common: dict[str, Any]) -> Any:
    return TicketOpened(
        **common,
        subject=ticket.at("subject").text(),
        comment=ticket.at("comment").text(),
        severity=zendesk_terms.severity(ticket.at("priority"), []) or Severity.NORMAL,
        channel=ticket.at("channel").word(),
    )


def _updated(ticket: Node, common: dict[str, Any], *, late: bool = False) -> Any:
    subject, status = ticket.at("subject").text(), ticket.at("status").word()
    return TicketUpdated(
        **common, subject=subject, severity=zendesk_terms.severity(ticket.at("priority"), []), status=status, target_missed=late or None
    )


def _commented(ticket: Node, common: dict[str, Any]) -> Any:
    text = ticket.at("comment").text()
    return None if text is None else TicketCommented(**common, comment=text, by_customer=True)


def _rated(ticket: Node, common: dict[str, Any]) -> Any:
    score = zendesk_terms.score(ticket.at("satisfaction"))
    return None if score is None else TicketRated(**common, score=score, comment=ticket.at("comment").text())


ON: dict[str, Callable[[Node, dict[str, Any]], Any]] = {
    "opened": _opened,
    "updated": _updated,
    "resolved": lambda _, common: TicketResolved(**common),
    "reopened": lambda _, common: TicketReopened(**common),
    "commented": _commented,
    "rated": _rated,
    "late": lambda ticket, common: _updated(ticket, common, late=True),
}
