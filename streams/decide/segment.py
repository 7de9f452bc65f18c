"""Who a customer is to the company: value, tier, and whether they are a high-impact customer (HIC), with the reason."""

from __future__ import annotations

from typing import Any

from schemas.decisions import Tier
from schemas.policy import Policy
from schemas.traffic import TimerDue
from streams.decide import satisfaction
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context, MetricChanged
from streams.decide.events import HicChanged, TierChanged
from streams.decide.facts import EVERY_MOMENT
from streams.decide.histogram import bucket
from streams.decide.purchases import annual_spend
from streams.decide.state import Customer, Segment, Value, Why
from streams.decide.tier import enter, tier_after, tier_at
from streams.decide.wording import why

News = TierChanged | HicChanged


def business_value(customer: Customer, at: float, policy: Policy) -> float | None:
    """The customer's value per year in the policy's currency: what the company says, else what purchases say, else None."""
    profile, spend = customer.profile, customer.spend
    if profile is not None and profile.annual_value is not None:
        return profile.annual_value
    return None if spend is None else annual_spend(spend, at, policy)


def review(customer: Customer, message: Any, context: Context) -> list[News]:
    """Bring metrics, tier and HIC up to date after a fact or as time passes."""
    segment, at = customer.segment or Segment(), context.now
    news: list[News] = []
    customer.segment = segment
    business = business_value(customer, at, context.policy)
    happiness = satisfaction.level(customer.answers, context.policy)
    _count(segment, "business", segment.business, business, context)
    _count(segment, "satisfaction", segment.satisfaction, happiness, context)
    may_fall = type(message) is TimerDue
    tier = tier_after(segment, business, happiness, at, context.thresholds, context.policy, may_fall=may_fall)
    if tier != segment.tier:
        news.append(TierChanged(at=at, was=segment.tier, now=tier.value, why=_metrics(business, happiness, context)))
        enter(segment, tier, at)
    because = hic_why(customer, segment, context.policy)
    if (because is not None) != segment.hic:
        news.append(HicChanged(at=at, hic=because is not None, why=because or why("no_reason_left")))
    segment.hic, segment.hic_why = because is not None, because
    return news


def _count(segment: Segment, metric: str, old: float | None, new: float | None, context: Context) -> None:
    """Tell the partition's histograms, but only when a value leaves its bucket."""
    if new is not None and (old is None or (old != new and bucket(old) != bucket(new))):
        setattr(segment, metric, new)
        context.effects.metric_changes.append(MetricChanged(metric, old, new))


def _metrics(business: float | None, happiness: float | None, context: Context) -> Why:
    limits = context.thresholds
    values: dict[str, Value] = {
        "annual_value": business or 0.0,
        "currency": context.policy.currency,
        "business_high": limits.business_high,
        "business_middle": limits.business_middle,
        "satisfaction_high": limits.satisfaction_high,
        "satisfaction_middle": limits.satisfaction_middle,
    }
    if happiness is not None:
        values["satisfaction"] = happiness
    return Why("tier_metrics", values)


NAMED, EVERYONE, TIER_A = why("named_by_company"), why("every_customer"), why("tier_a")


def hic_why(customer: Customer, segment: Segment, policy: Policy) -> Why | None:
    """Why the customer is high-impact, or None where they are not. What a person said wins over what is computed."""
    profile, rules = customer.profile, policy.high_impact
    if profile is not None and profile.hic is not None:
        return NAMED if profile.hic else None
    if rules.everyone:
        return EVERYONE
    if profile is not None and profile.hic_total is not None and profile.hic_total >= rules.least_answers_total:
        return why("five_questions", total=profile.hic_total, least=rules.least_answers_total)
    if rules.tier_a and segment.tier == Tier.A:
        return TIER_A
    return None


def is_protected(customer: Customer, at: float, policy: Policy) -> bool:
    """Whether what happens to the customer at this event time deserves a task: HIC, or of a tier that the policy names."""
    segment = customer.segment
    return segment is not None and (segment.hic or tier_at(segment, at) in policy.triggers.tiers)


def may_leave(customer: Customer, context: Context) -> bool:
    """Whether it matters if the customer leaves: alerts are for HIC, and for the tiers that the policy names."""
    segment = customer.segment
    return segment is not None and (segment.hic or tier_at(segment, context.now) in context.policy.churn.tiers)


class TierFalls(Timer, frozen=True):
    """The values have been too low for long enough: every aspect looks, nobody lists it."""


def timers(customer: Customer) -> tuple[TierFalls, ...]:
    """When the tier is lowered, unless the values come back."""
    segment = customer.segment
    return (TierFalls(segment.falls_at),) if segment is not None and segment.falls_at != NEVER else ()


SEGMENT = Aspect("segment", dict.fromkeys(EVERY_MOMENT, review), tells=(TierChanged, HicChanged), state="segment", timers=timers)
