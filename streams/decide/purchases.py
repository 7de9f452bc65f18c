"""Purchases: what a customer spends, and in which rhythm."""

from __future__ import annotations

from typing import Any

from schemas.facts import PurchaseMade
from schemas.policy import Policy
from streams.decide.aspect import Aspect
from streams.decide.context import Context, object_hash
from streams.decide.signal_state import Days
from streams.decide.state import Customer, Spend

DAY = 86_400.0
MOST_RECENT = 8
"""So many purchases are remembered singly, so that an amended order corrects instead of adding."""
WINDOW = 64
"""So many days up to the last one are known day by day: there, a purchase that is heard late counts as if it had come in time."""


def on_purchase(customer: Customer, fact: PurchaseMade, context: Context) -> None:
    """Add the amount to the decayed sum and the time to the rhythm. A return (negative amount) only lowers the sum.

    A later version of an order replaces its amount and its time in the sum, as long as the order is among the last MOST_RECENT. In the
    rhythm an order stays on the day where it was first heard of: that it was corrected, or even called off, does not undo that the
    customer came.
    """
    spend = customer.spend = customer.spend or Spend()
    at, object_key = fact.at, object_hash(fact.source, fact.object)
    earlier = next((entry for entry in spend.recent if entry[0] == object_key), None)
    if earlier is not None:
        spend.recent.remove(earlier)
        _add(spend, earlier[1], -earlier[2], context.policy)
    _add(spend, at, fact.amount, context.policy)
    spend.recent.append((object_key, at, fact.amount))
    del spend.recent[:-MOST_RECENT]
    if fact.amount > 0 and (earlier is None or earlier[2] <= 0):
        came(spend, int(at // DAY))


def _add(spend: Spend, at: float, amount: float, policy: Policy) -> None:
    """Add as of the later of both times, so that a late purchase has decayed as if it had come in time."""
    now = max(spend.decayed_at, at)
    spend.decayed = spend.decayed * faded(now - spend.decayed_at, policy) + amount * faded(now - at, policy)
    spend.decayed_at, spend.total = now, spend.total + amount


def faded(age: float, policy: Policy) -> float:
    """What is left of an amount after `age` seconds: half of it after the policy's half-life."""
    return float(0.5 ** (age / (policy.tiers.spend_half_life_days * DAY))) if age else 1.0


def came(spend: Spend | Days, day: int) -> None:
    """Note that the customer bought on a day, or used the product; a second time on a day is no other one."""
    if not spend.days:
        spend.days, spend.first_day, spend.last_day, spend.recent_days = 1, day, day, 1
    elif day > spend.last_day:
        later = day - spend.last_day
        spend.recent_days = (spend.recent_days << later | 1) & (1 << WINDOW) - 1 if later < WINDOW else 1
        spend.last_day, spend.days = day, spend.days + 1
    elif _is_another(spend, day):
        if spend.last_day - day < WINDOW:
            spend.recent_days |= 1 << spend.last_day - day
        spend.first_day, spend.days = min(spend.first_day, day), spend.days + 1


def _is_another(spend: Spend | Days, day: int) -> bool:
    """Whether a day up to the last one is not among the known ones.

    Of those that are known day by day it is certain, and of one before the first, too. Between, only the whole history could tell: it is
    taken for another one where fewer than half of the days there were purchase days.
    """
    before = spend.last_day - day
    if before < WINDOW:
        return not spend.recent_days >> before & 1
    if day <= spend.first_day:
        return day < spend.first_day
    forgotten = spend.days - spend.recent_days.bit_count() - 1  # the first is known, too
    return 2 * forgotten < spend.last_day - WINDOW - spend.first_day


def _from_occasions(fields: list[Any]) -> list[Any]:
    """Version 1 kept times and logarithms of gaps, and counted occasions a day apart."""
    count, first_at, last_at, _, _, _, *others = fields
    return [count, int(first_at // DAY), int(last_at // DAY), 1 if count else 0, *others]


PURCHASES = Aspect("purchases", {PurchaseMade: on_purchase}, state="spend", version=3, migrate={1: _from_occasions})
