"""The five questions that qualify a high-impact customer: what people answered, else what the data say, 0 to 2 points each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.decide.context import Context
from streams.decide.histogram import bucket
from streams.decide.state import Customer, Profile, Proven, Segment, Spend, Why
from streams.decide.tier import DAY
from streams.decide.value import SHORTEST, YEAR_DAYS, stops_at
from streams.decide.wording import why

LEAST_REPEATS = 3
"""So many purchases after the first, and not all within SHORTEST days, show how often somebody buys."""
MOST = 2
"""Points of one question."""
LIFETIME = "lifetime_value"
NOTHING = Profile()
"""Of whom the company told nothing. Nobody changes it."""
_NUMBERS = {"share_of_business": "revenue_share", "purchase_frequency": "every_days", "loyalty": "over_years"}
"""What the number behind the points of a question is called in a reason."""


def qualified(customer: Customer, segment: Segment, business: float | None, context: Context) -> Why | None:
    """Why the five questions make the customer high-impact, in what people and data say; None where they do not.

    What people answered wins, what neither people nor data answer gives nothing. What data once said holds until the business lapses or
    the company says less: that somebody pauses, or that others grew, takes nobody's mark.
    """
    profile, least = customer.profile or NOTHING, context.policy.high_impact.least_answers_total
    if profile.hic_total is not None:
        return why("five_questions", total=profile.hic_total, least=least) if profile.hic_total >= least else None
    if _at_most(customer, segment, profile, business) < least:
        return None  # nearly everybody, and done with as fast
    segment.proven = _proven(customer, segment.proven, business, context)
    points = {name: proven.points for name, proven in segment.proven.items()} | _penalty_points(profile) | profile.hic_answers
    if (total := sum(points.values())) < least:
        return None
    numbers = {_NUMBERS[name]: proven.number for name, proven in segment.proven.items() if points[name]}
    penalty = profile.contract_penalty if points.get("risk_of_not_delivering") else None
    currency = context.policy.currency if penalty else None
    said: dict[str, Any] = {**profile.hic_answers, **numbers}
    return why("five_questions", total=total, least=least, contract_penalty=penalty or None, currency=currency, **said)


def _penalty_points(profile: Profile) -> dict[str, int]:
    return {"risk_of_not_delivering": MOST} if profile.contract_penalty else {}


def _at_most(customer: Customer, segment: Segment, profile: Profile, business: float | None) -> int:
    """How many points there may be, without looking closer."""
    answered = profile.hic_answers
    points = sum(answered.values()) if answered else 0
    if profile.contract_penalty and "risk_of_not_delivering" not in answered:
        points += MOST
    if "share_of_business" not in answered and (business is not None or "share_of_business" in segment.proven):
        points += MOST
    if customer.spend is not None and customer.spend.days > LEAST_REPEATS:
        points += MOST * (("purchase_frequency" not in answered) + ("loyalty" not in answered))
    return points


def _proven(customer: Customer, known: dict[str, Proven], business: float | None, context: Context) -> dict[str, Proven]:
    """What the data say now, or have said where that gives more points and still holds."""
    now = dict(_said(customer, business, context))
    for name, was in known.items():
        better = now.get(name)
        if better is not None and (better.points > was.points or (better.points == was.points and _moved(was, better))):
            continue  # numbers that move by less than people see are not told anew
        if _holds(was, customer, business, context):
            now[name] = was
    return now


def _moved(was: Proven, now: Proven) -> bool:
    return bucket(was.number) != bucket(now.number)


def _holds(was: Proven, customer: Customer, business: float | None, context: Context) -> bool:
    """Until people say less, where it is they who say what the customer is worth; else until the customer has stopped to buy."""
    profile = customer.profile
    if was.business is not None and profile is not None and profile.annual_value is not None:
        return business is not None and business >= was.business
    return still_buys(customer, context)


def still_buys(customer: Customer, context: Context) -> bool:
    """Whether they have not stopped, or not for longer than the dwell."""
    spend, policy = customer.spend, context.policy
    return spend is not None and context.now < stops_at(spend, policy) + policy.tiers.dwell_days * DAY


def _said(customer: Customer, business: float | None, context: Context) -> Iterator[tuple[str, Proven]]:
    """What the data say of each question, where that gives points."""
    rules, whole = context.policy.high_impact, context.thresholds.business_total
    if business is not None and business > 0 and whole > 0:
        share = min(1.0, business / whole)
        if points := sum(share >= limit for limit in rules.share_of_business):
            yield "share_of_business", Proven(points, share, business)
    if customer.spend is not None and customer.spend.days > LEAST_REPEATS and still_buys(customer, context):
        yield from _by_rhythm(customer.spend, context)


def _by_rhythm(spend: Spend, context: Context) -> Iterator[tuple[str, Proven]]:
    """How often they buy, and for how many years they have done so."""
    rules, days = context.policy.high_impact, spend.last_day - spend.first_day
    every = days / (spend.days - 1)
    if days >= SHORTEST and (points := sum(every <= limit for limit in rules.buys_every_days)):
        yield "purchase_frequency", Proven(points, every)
    reached = [years for years in rules.loyal_years if days >= years * YEAR_DAYS]
    if reached:
        yield "loyalty", Proven(len(reached), reached[-1])


def lifetime_value(customer: Customer, segment: Segment, context: Context) -> float:
    """What people say that the customer is worth over the whole relation; else the most that they had spent in it, until they stop to buy."""
    stated = customer.profile.lifetime_value if customer.profile is not None else None
    if stated is not None or customer.spend is None or not still_buys(customer, context):
        return stated or 0.0
    most, was = customer.spend.total, segment.proven.get(LIFETIME)
    if was is None or most > was.number:
        segment.proven = {**segment.proven, LIFETIME: Proven(0, most)}
        return most
    return was.number
