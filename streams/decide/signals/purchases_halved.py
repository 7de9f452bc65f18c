"""Purchases halved: the customer still buys, but on half as many days as was usual for them, or fewer. Money is no part of it."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.facts import PurchaseMade
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.purchases import DAY
from streams.decide.segment import may_leave
from streams.decide.signals import gone, rarity, seen
from streams.decide.state import Customer
from streams.decide.trend import halved
from streams.decide.wording import why

NAME = "purchases_halved"


def look(customer: Customer, fact: PurchaseMade, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times the rarity of so few days in the window. Looked at with each purchase: who buys no more is silent.

    It needs no state beside the purchases, and of the cause it shares with silence only the stronger counts.
    """
    spend = customer.spend
    if spend is None or fact.amount <= 0:
        return None
    rules = context.policy.churn.purchases_halved
    found = halved(spend, int(context.now // DAY), rules) if may_leave(customer, context) else None
    if found is None:
        return gone(customer, NAME, context.now)
    because = why(NAME, count=found.days, expected=found.usual, window_days=rules.window_days, chance=found.chance)
    strength = rules.most_strength * rarity(found.chance, rules.rarer_than)
    return seen(customer, SignalSeen(at=context.now, name=NAME, strength=strength, why=because))


PURCHASES_HALVED = Aspect(NAME, {PurchaseMade: look}, tells=(SignalSeen, SignalGone))
