"""Ticket burst: many more tickets within a few days than this customer usually opens."""

from __future__ import annotations

import math

from schemas.policy import Policy
from schemas.wording import counted
from streams.decide.signals import rarity
from streams.decide.state import Customer, Signal
from streams.decide.tier import DAY

NAME = "ticket_burst"
PRIOR_DAYS = 90.0
"""Before we know a customer: one ticket in so many days."""


def look(customer: Customer, at: float, policy: Policy) -> None:
    """Strength: `most_strength` times the rarity of so many tickets in the window at the customer's usual rate.

    Usual rate: (earlier tickets + 1) / (days before the window + PRIOR_DAYS), a Gamma-Poisson estimate. The chance is the Poisson tail
    P(X >= count).
    """
    tickets, rules = customer.tickets, policy.churn.ticket_burst
    if tickets is None or len(tickets.opened) < rules.least_tickets:
        customer.signals.pop(NAME, None)  # some of them were spam, or the same trouble
        return
    window = rules.window_days * DAY
    newest = tickets.opened[-1]
    count = sum(1 for opened in tickets.opened if newest - window < opened <= newest)
    before_days = max(0.0, (newest - window - tickets.first_at) / DAY)
    expected = (max(0, tickets.count - count) + 1) / (before_days + PRIOR_DAYS) * rules.window_days
    chance = tail(count, expected)
    if count < rules.least_tickets or chance > rules.rarer_than or at - newest > window:
        if at - newest > window or count < rules.least_tickets:
            customer.signals.pop(NAME, None)
        return
    sentence = f"opened {counted(count, 'ticket')} in {counted(rules.window_days, 'day')} where {expected:.1f} were usual"
    numbers = {"count": float(count), "expected": round(expected, 4), "chance": chance}
    customer.signals[NAME] = Signal(rules.most_strength * rarity(chance, rules.rarer_than), newest, sentence, numbers)


def tail(count: int, expected: float) -> float:
    """P(X >= count) for a Poisson variable with mean `expected`."""
    term = total = math.exp(-expected)
    for k in range(1, count):
        term *= expected / k
        total += term
    return max(0.0, 1.0 - total)
