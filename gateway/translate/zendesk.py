"""Zendesk: ticket events become facts about the requester's tickets; users and organisations say whose an alias is.

Two kinds of bodies come: event subscriptions (`zen:event-type:...`) and the template for triggers of `zendesk_trigger.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gateway.translate import aliases, zendesk_aliases, zendesk_terms, zendesk_trigger
from gateway.translate.payload import Node, microseconds
from gateway.translate.signature import BODY, TIMESTAMP, Hmac
from gateway.translate.translation import BadPayload, Delivery, Ignored, Translation, nothing
from gateway.translate.zendesk_aliases import Event, ZendeskSettings
from schemas.facts import (
    Severity,
    SurveySent,
    TicketCommented,
    TicketMerged,
    TicketOpened,
    TicketRated,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)

SIGNATURE = Hmac(header="x-zendesk-webhook-signature", signed=(TIMESTAMP, BODY), time_header="x-zendesk-webhook-signature-timestamp")

_TYPE = re.compile(r"zen:event-type[:/]([a-z_]+)\.([a-z_]+)")  # the documentation writes some with a slash
_SUBJECT = re.compile(r"zen:ticket:(\d+)")
_DONE = frozenset({"solved", "closed"})
_BOOKKEEPING = frozenset({"archived", "scrubbed"})
_ACTIVE = frozenset({"new", "open"})


def translate(delivery: Delivery, settings: ZendeskSettings) -> Translation:
    """What an event or a trigger's message says. Its facts are versioned by the time of the event, in microseconds."""
    body = Node(delivery.body)
    body.need(Node.record, "an object")
    if zendesk_trigger.is_template(body):
        return zendesk_trigger.translate(body, delivery, settings)
    named = body.at("type").need(Node.name, "the type of the event, such as zen:event-type:ticket.created,")
    found = _TYPE.fullmatch(named)
    if found is None:
        raise BadPayload("$.type", "no type of a Zendesk event; for triggers use the documented body with zendesk_trigger = 1")
    kind = f"{found[1]}.{found[2]}"
    if kind in WITHOUT_MEANING:
        return nothing(kind, WITHOUT_MEANING[kind])
    on = ON.get(kind) or zendesk_aliases.ON.get(kind)
    if on is None:
        return nothing(kind, _OTHERS.get(found[1], "Makegood does not know this type of event"))
    return on(_event(body, kind, delivery), settings)


def _event(body: Node, kind: str, delivery: Delivery) -> Event:
    at = body.first("time", "detail.updated_at").need(Node.instant, "the time of the event")
    detail = body.at("detail").need(Node.record, "an object")
    object_id = detail.at("id").identifier() or _of_subject(body)
    if object_id is None:
        raise BadPayload("$.detail.id", f"the id of the {kind.partition('.')[0]} is expected here, but there is {detail.at('id').kind()}")
    version = microseconds(at)
    number = body.at("id").identifier() or f"{kind}-{object_id[:150]}-{version}"
    return Event(number[:200], kind, delivery.source, object_id, version, at, detail, body.at("event"))


def _of_subject(body: Node) -> str | None:
    found = _SUBJECT.fullmatch(body.at("subject").name() or "")
    return found[1] if found else None


# -- tickets ------------------------------------------------------------------------------------------------------------------------


def _fact(event: Event, settings: ZendeskSettings, fact: Callable[..., Any], *ignored: Ignored, **said: Any) -> Translation:
    """One fact about the ticket, or why not."""
    customer = zendesk_aliases.of_ticket(event, settings)
    if customer is None:
        return nothing(event.kind, "it names neither a ticket nor whose it is")
    return Translation((fact(**event.common(customer), **said),), tuple(ignored))


def _created(event: Event, settings: ZendeskSettings) -> Translation:
    detail, ignored = event.detail, []
    comment = detail.at("description").text()
    if comment and _is_a_note(detail):
        comment = None
        ignored.append(Ignored("$.detail.description", "an internal note, written by somebody else than the requester"))
    severity = zendesk_terms.severity(detail.at("priority"), ignored)
    return _fact(
        event,
        settings,
        TicketOpened,
        *ignored,
        subject=detail.at("subject").text(),
        comment=comment,
        severity=severity or Severity.NORMAL,
        channel=detail.at("via", "channel").word(),
        category=detail.at("type").word(),
    )


def _is_a_note(detail: Node) -> bool:
    return detail.at("is_public").value is False and detail.at("submitter_id").identifier() != detail.at("requester_id").identifier()


def _status_changed(event: Event, settings: ZendeskSettings) -> Translation:
    """Solved or closed: resolved. Back to new or open: reopened. Everything else is an update; closing what was solved is one too."""
    current = event.change.first("current", "status").word() or event.detail.at("status").word()
    if current is None:
        raise BadPayload("$.event.current", f"a status is expected here, but there is {event.change.at('current').kind()}")
    previous = event.change.at("previous").word()
    if current in _BOOKKEEPING:
        return nothing(event.kind, f"the ticket was {current}: bookkeeping, after it was closed")
    if current in _DONE and previous not in _DONE:
        return _fact(event, settings, TicketResolved)
    if previous in _DONE and current in _ACTIVE:
        return _fact(event, settings, TicketReopened)
    return _updated(event, settings, status=current)


def _updated(event: Event, settings: ZendeskSettings, status: str | None = None) -> Translation:
    """The ticket as it is now, in full: so an update that overtakes another loses nothing of it."""
    ignored: list[Ignored] = []
    status = status or event.detail.at("status").word()
    changed = event.kind == "ticket.priority_changed"
    severity = zendesk_terms.severity(event.change.at("current") if changed else event.detail.at("priority"), ignored)
    if not changed and status not in {*_ACTIVE, "pending", "hold"}:
        severity = None  # how urgent it was is no trouble any more
    subject = event.change.at("current") if event.kind == "ticket.subject_changed" else event.detail.at("subject")
    return _fact(event, settings, TicketUpdated, *ignored, subject=subject.text(), severity=severity, status=status)


def _gone(status: str) -> Callable[[Event, ZendeskSettings], Translation]:
    return lambda event, settings: _fact(event, settings, TicketUpdated, status=status)


def _commented(event: Event, settings: ZendeskSettings) -> Translation:
    """What was said, by whom. People whom the customer copied in speak for the customer; staff does not."""
    comment = event.change.at("comment").record() or event.change
    if comment.first("is_public", "public").value is False:
        return nothing(event.kind, "an internal note: neither said by the customer nor to them")
    text = comment.first("body", "plain_body", "value").text()
    if text is None:
        return nothing(event.kind, "a comment without words")
    staff, author = comment.at("author", "is_staff").value, comment.first("author.id", "author_id").identifier()
    requester = event.detail.at("requester_id").identifier()
    by_customer = (author is not None and author == requester) if not isinstance(staff, bool) else not staff
    named = comment.at("id").identifier()
    return _fact(event.named(f"comment-{named[:200]}" if named else None), settings, TicketCommented, comment=text, by_customer=by_customer)


def _agent_changed(event: Event, settings: ZendeskSettings) -> Translation:
    """From agent to agent is a hand-over; a first assignment, or going back to the queue, is none."""
    current, previous = (aliases.customer_id(event.change.at(name).identifier()) for name in ("current", "previous"))
    if current is None or previous is None or current == previous:
        return nothing(event.kind, "a first assignment, or back to the queue: not handed from one agent to another")
    return _fact(event, settings, TicketReassigned, assignee=current)


def _group_changed(event: Event, settings: ZendeskSettings) -> Translation:
    """From group to group is a hand-over where no agent has it; else the change of the agent tells it, and it counts once."""
    current, previous = (aliases.customer_id(event.change.at(name).identifier()) for name in ("current", "previous"))
    if current is None or previous is None or current == previous:
        return nothing(event.kind, "a first assignment: not handed from one group to another")
    if aliases.customer_id(event.detail.at("assignee_id").identifier()) is not None:
        return nothing(event.kind, "an agent has the ticket: hand-overs are counted by agent then")
    return _fact(event, settings, TicketReassigned, assignee=f"group {current[:200]}")


def _merged(event: Event, settings: ZendeskSettings) -> Translation:
    change = event.change
    into = change.first("target_ticket_id", "target_ticket.id", "merged_into_id", "merged_into.id", "into", "current").identifier()
    if into is None:
        return nothing(event.kind, "it does not say into which ticket")
    return _fact(event, settings, TicketMerged, into=into)


# -- satisfaction -------------------------------------------------------------------------------------------------------------------


def _rated(event: Event, settings: ZendeskSettings) -> Translation:
    """The older ratings come as satisfaction_score, the newer surveys as numbers; where exactly has changed over time."""
    change = event.change
    rating = change.first("satisfaction_score", "satisfaction_rating", "csat", "rating", "current").record() or change
    given = rating.first("score", "rating", "value", "current", "satisfaction_score", "satisfaction_rating")
    score = zendesk_terms.score(given)
    if score is None:
        return nothing(event.kind, "there is no rating in it: neither good, bad nor 1 to 5")
    comment = rating.first("comment.body", "comment", "open_ended_answer").text() or change.at("comment").text()
    return _fact(event, settings, TicketRated, score=score, comment=comment)


# -- the tables ---------------------------------------------------------------------------------------------------------------------

ON: dict[str, Callable[[Event, ZendeskSettings], Translation]] = {
    "ticket.created": _created,
    "ticket.status_changed": _status_changed,
    "ticket.priority_changed": _updated,
    "ticket.subject_changed": _updated,
    "ticket.comment_added": _commented,
    "ticket.agent_assignment_changed": _agent_changed,
    "ticket.group_assignment_changed": _group_changed,
    "ticket.merged": _merged,
    "ticket.soft_deleted": _gone("deleted"),
    "ticket.permanently_deleted": _gone("deleted"),
    "ticket.marked_as_spam": _gone("spam"),
    "ticket.undeleted": _updated,
    "ticket.csat_received": _rated,
    "ticket.csat_requested": lambda event, settings: _fact(event, settings, SurveySent, survey="Zendesk satisfaction"),
}

_FIELDS = "a field that no decision rests on"
_TEXT = "what was said stays as it was heard"
_WHOSE = "facts that were written stay with whom they were about; later events name the new one"

WITHOUT_MEANING: dict[str, str] = {
    "ticket.attachment_linked_to_comment": _FIELDS,
    "ticket.attachment_redacted_from_comment": _TEXT,
    "ticket.brand_changed": _FIELDS,
    "ticket.comment_made_private": _TEXT,
    "ticket.comment_redacted": _TEXT,
    "ticket.custom_field_changed": _FIELDS,
    "ticket.custom_status_changed": "the status that it belongs to comes as ticket.status_changed",
    "ticket.description_changed": _TEXT,
    "ticket.email_ccs_changed": _FIELDS,
    "ticket.external_id_changed": _FIELDS,
    "ticket.followers_changed": _FIELDS,
    "ticket.form_changed": _FIELDS,
    "ticket.next_sla_breach_changed": "a target that moved is not one that was missed; a trigger can tell that (zendesk_trigger)",
    "ticket.ola_policy_changed": "targets between teams, not towards the customer",
    "ticket.organization_changed": _WHOSE,
    "ticket.problem_link_changed": _FIELDS,
    "ticket.requester_changed": _WHOSE,
    "ticket.schedule_changed": _FIELDS,
    "ticket.sla_policy_changed": "a target that moved is not one that was missed; a trigger can tell that (zendesk_trigger)",
    "ticket.submitter_changed": _WHOSE,
    "ticket.tags_changed": _FIELDS,
    "ticket.task_due_at_changed": _FIELDS,
    "ticket.type_changed": _FIELDS,
    "messaging_ticket.message_added": "it does not say whose ticket it is; the same words come as ticket.comment_added",
    **zendesk_aliases.WITHOUT_MEANING,
}
"""Published types of events that become no fact, and why."""

_OTHERS = {
    "article": "the help centre: nothing that a customer said or did",
    "community_post": "the community: its authors are not known as customers",
    "agent": "how agents are doing, not customers",
    "messaging_live_metrics": "figures of a contact centre, not of one customer",
    "omnichannel_config": "a setting of Zendesk",
}
"""Whole groups of events."""
