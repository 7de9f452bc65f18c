"""What a customer is worth a year: what the company says, else what their purchases say, for as long as they buy."""

from __future__ import annotations

import math

from schemas.policy import Policy
from streams.decide.aspect import NEVER
from streams.decide.purchases import faded
from streams.decide.state import Customer, Spend
from streams.decide.tier import DAY

YEAR_DAYS = 365.25
TELLING_GAPS = 8
"""So many gaps between purchase days tell how much a customer buys in a year ..."""
SHORTEST = 60.0
"""... but not within fewer days than this."""


def business_value(customer: Customer, at: float, policy: Policy, lapses: float | None = None) -> float | None:
    """The value per year in the policy's currency; None where nobody says what they are worth and no purchase does: missing is not zero.

    Who has stopped buying is worth nothing; what the company says of them holds until it says something else. `lapses` is when the business
    does, where that was worked out.
    """
    profile, spend = customer.profile, customer.spend
    if profile is not None and profile.annual_value is not None:
        return profile.annual_value
    if spend is None:
        return None
    return 0.0 if at >= (lapses_at(customer, policy) if lapses is None else lapses) else annual_spend(spend, at, policy)


def annual_spend(spend: Spend, at: float, policy: Policy) -> float:
    """The decayed sum as an amount per year: for a steady customer it equals what they spend in one, however long they are known.

    A steady rate r adds up to r h / ln 2 (1 - 2^(-t / h)) within t days under exponential decay with half-life h (the integral), so the sum
    is divided by that. Who is known for less than the policy's least, and for less than TELLING_GAPS of their own gaps, counts as known for
    the lesser of both: a first order says little of a year, twelve weekly ones do.
    """
    rules = policy.tiers
    half_life, known = rules.spend_half_life_days, max(_least_known(spend, policy), at / DAY - spend.first_day)
    days: float = half_life / math.log(2) * (1 - 0.5 ** (known / half_life))
    return spend.decayed * faded(max(0.0, at - spend.decayed_at), policy) * YEAR_DAYS / days


def worth_less_at(spend: Spend, limit: float, policy: Policy) -> float:
    """When `annual_spend`, were nothing more bought, has fallen to `limit` (an amount per year above 0); -inf where it never was above.

    Once the customer is known for longer than the least, a sum s of day d is worth s r y / (1 - r f) some days later, with y = ln 2 / h times
    the days of a year, r what is left of an amount by then, and f what is left at d of one of the first day: solved for r.
    """
    half_life, at, least = policy.tiers.spend_half_life_days, spend.decayed_at / DAY, _least_known(spend, policy)
    if spend.decayed <= 0:
        return -math.inf
    yearly = spend.decayed * YEAR_DAYS * math.log(2) / half_life
    left = limit / (yearly + limit * 0.5 ** ((at - spend.first_day) / half_life))
    falls = at - half_life * math.log2(left)
    if falls < spend.first_day + least:
        falls = at - half_life * math.log2(limit * (1 - 0.5 ** (least / half_life)) / yearly)
    return falls * DAY


def lapses_at(customer: Customer, policy: Policy) -> float:
    """When the business with a customer lapses, were nothing more bought; NEVER where it does not rest on purchases."""
    profile, spend = customer.profile, customer.spend
    if spend is None or not spend.days or (profile is not None and profile.annual_value is not None):
        return NEVER
    return stops_at(spend, policy)


def stops_at(spend: Spend, policy: Policy) -> float:
    """When a customer has stopped to buy, were nothing more bought, whatever is said of what they are worth."""
    return (spend.last_day + 1 + policy.tiers.lapsed_days) * DAY


def _least_known(spend: Spend, policy: Policy) -> float:
    """As how many days known somebody counts at least: some of their own gaps, where those are known by now."""
    rules, repeats = policy.tiers, spend.days - 1
    if repeats < 1:
        return rules.least_known_days
    return min(rules.least_known_days, max(SHORTEST, TELLING_GAPS * (spend.last_day - spend.first_day) / repeats))
