"""Troubled ticket: one that was reopened, or handed on again and again."""

from __future__ import annotations

from typing import Any

from schemas.facts import TicketReassigned, TicketReopened
from streams.decide import tickets
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalSeen
from streams.decide.state import Customer
from streams.decide.wording import name, why

NAME = "troubled_ticket"


def on_trouble(customer: Customer, fact: Any, context: Context) -> list[SignalSeen] | None:
    """Strength: `strength`, and so much again for each time beyond the trigger's limit, up to `most_strength`. It goes with its ticket."""
    ticket = tickets.of_fact(customer, fact)
    if ticket is None or tickets.is_spam(ticket):
        return None
    rules, triggers = context.policy.churn.troubled_ticket, context.policy.triggers
    reopened = fact.type == "ticket.reopened"
    times = ticket.reopened if reopened else ticket.reassigned
    beyond = times - (triggers.ticket_reopened_times if reopened else triggers.ticket_reassigned_times)
    strength, known = min(rules.most_strength, rules.strength * (beyond + 1)), customer.signals.get(NAME)
    if beyond < 0 or (known is not None and known.seen_at > fact.at and known.strength >= strength):
        return None
    named = tickets.name_of(customer, fact.source, fact.object)
    because = why("ticket_reopened" if reopened else "ticket_reassigned", ticket=name(named), times=times)
    return [SignalSeen(at=fact.at, name=NAME, strength=strength, why=because, ticket=tickets.key_of(fact.source, named))]


TROUBLED_TICKET = Aspect(NAME, {TicketReopened: on_trouble, TicketReassigned: on_trouble}, tells=(SignalSeen,))
