"""Ticket burst: many more tickets within a few days than this customer usually opens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import EVERY_MOMENT
from streams.decide.segment import may_leave
from streams.decide.signals import gone, rarity, seen
from streams.decide.state import Customer
from streams.decide.tickets import opened_since
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "ticket_burst"
PRIOR_DAYS = 90.0
"""Before we know a customer: one ticket in so many days."""


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times the rarity of so many tickets in the window at the customer's usual rate.

    Usual rate: (earlier tickets + 1) / (days before the window + PRIOR_DAYS), a Gamma-Poisson estimate. The chance is the Poisson tail
    P(X >= count).
    """
    del message
    tickets = customer.tickets
    if tickets is None:
        return None
    rules, at = context.policy.churn.ticket_burst, context.now
    if (len(tickets.opened) < rules.least_tickets and NAME not in customer.signals) or not may_leave(customer, context):
        return None
    if len(tickets.opened) < rules.least_tickets:
        return gone(customer, NAME, at)  # some of them were spam, or the same trouble
    window = rules.window_days * DAY
    newest = tickets.opened[-1]
    count = opened_since(tickets, newest - window)
    if at - newest > window or count < rules.least_tickets:
        return gone(customer, NAME, at)
    before_days = max(0.0, (newest - window - tickets.first_at) / DAY)
    expected = (max(0, tickets.count - count) + 1) / (before_days + PRIOR_DAYS) * rules.window_days
    chance = tail(count, expected)
    if chance > rules.rarer_than:
        return None
    because = why(NAME, count=count, expected=expected, window_days=rules.window_days, chance=chance)
    strength = rules.most_strength * rarity(chance, rules.rarer_than)
    return seen(customer, SignalSeen(at=newest, name=NAME, strength=strength, why=because))


def tail(count: int, expected: float) -> float:
    """P(X >= count) for a Poisson variable with mean `expected`."""
    term = total = math.exp(-expected)
    for k in range(1, count):
        term *= expected / k
        total += term
    return max(0.0, 1.0 - total)


TICKET_BURST = Aspect(NAME, dict.fromkeys(EVERY_MOMENT, look), tells=(SignalSeen, SignalGone))
