"""Purchases: what a customer spends, and in which rhythm."""

from __future__ import annotations

import math

from schemas.facts import PurchaseMade
from schemas.policy import Policy
from streams.decide.aspect import Aspect
from streams.decide.context import Context, object_hash
from streams.decide.state import Customer, Spend

DAY = 86_400.0
YEAR_DAYS = 365.25
MOST_RECENT = 8
"""So many purchases are remembered singly, so that an amended order corrects instead of adding."""
SAME_OCCASION = DAY
"""A purchase that follows the last one sooner is of one occasion with it. Counting calendar days instead makes silence cry wolf: of the
near-daily customers of Complete Journey 4.5 % of the gaps were then beyond the 2 % limit, against 1.9 % so."""


def on_purchase(customer: Customer, fact: PurchaseMade, context: Context) -> None:
    """Add the amount to the decayed sum and the time to the rhythm. A return (negative amount) only lowers the sum.

    A later version of an order replaces its amount and its time in the sum, as long as the order is among the last MOST_RECENT. In the
    rhythm an order stays where it was first heard of: that it was corrected, or even called off, does not undo that the customer came.
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
        _beat(spend, at)


def _add(spend: Spend, at: float, amount: float, policy: Policy) -> None:
    """Add as of the later of both times, so that a late purchase has decayed as if it had come in time."""
    now = max(spend.decayed_at, at)
    spend.decayed = spend.decayed * _faded(now - spend.decayed_at, policy) + amount * _faded(now - at, policy)
    spend.decayed_at = now


def _faded(age: float, policy: Policy) -> float:
    return float(0.5 ** (age / (policy.tiers.spend_half_life_days * DAY))) if age else 1.0


def _beat(spend: Spend, at: float) -> None:
    """Note an occasion before the first or after the last one, with the gap between: there is always one gap less than occasions.

    A late purchase between two known ones only counts in the sum: whether it belongs to a known occasion, and which gap it would part,
    only the whole history could tell.
    """
    if not spend.count:
        spend.count, spend.first_at, spend.last_at = 1, at, at
        return
    gap = max(at - spend.last_at, spend.first_at - at)
    if gap >= SAME_OCCASION:
        logarithm = math.log(gap)
        spend.count += 1
        spend.gaps += 1
        spend.sum_log_gap += logarithm
        spend.sum_log_gap_squared += logarithm * logarithm
    spend.first_at, spend.last_at = min(spend.first_at, at), max(spend.last_at, at)


def annual_spend(spend: Spend, at: float, policy: Policy) -> float:
    """The decayed sum as an amount per year: for a steady customer it equals what they spend in one.

    Source: the integral of a steady rate r under exponential decay with half-life h is r * h / ln 2.
    """
    faded = spend.decayed * _faded(max(0.0, at - spend.decayed_at), policy)
    return faded * math.log(2) * YEAR_DAYS / policy.tiers.spend_half_life_days


PURCHASES = Aspect("purchases", {PurchaseMade: on_purchase}, state="spend")
