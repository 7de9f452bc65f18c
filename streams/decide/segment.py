"""Who a customer is to the company: profile, value, tier, and whether they are a high-impact customer (HIC), with the reason."""

from __future__ import annotations

from typing import Any

from schemas.decisions import Tier, Verdict
from schemas.facts import CustomerProfiled, RenewalDated, SubscriptionChanged
from schemas.message import seconds
from schemas.policy import Policy
from streams.decide import satisfaction
from streams.decide.context import Context, MetricChanged, object_hash
from streams.decide.histogram import bucket
from streams.decide.purchases import annual_spend
from streams.decide.state import Customer, Profile, Segment
from streams.decide.tier import enter, tier_after, tier_at

MOST_LABELS = 64


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> None:
    """Take what is given; what is absent stays.

    Several systems may profile one customer, and their version numbers say nothing about each other. So the version decides within one
    source's object (older ones do not come here), the event time between them: what is older fills gaps and overwrites nothing.
    """
    del context
    profile = customer.profile = customer.profile or Profile()
    by, version = object_hash(fact.source, fact.object), int(fact.at * 1000)
    newest = by == profile.by or version >= profile.version
    for name in ("name", "annual_value", "owner", "team", "language", "timezone", "hic"):
        _put(profile, name, getattr(fact, name), newest=newest)
    if fact.hic_answers is not None:
        _put(profile, "hic_total", fact.hic_answers.total, newest=newest)
    if fact.labels is not None:
        older, newer = (profile.labels, fact.labels) if newest else (fact.labels, profile.labels)
        profile.labels = dict([*((k, v) for k, v in older.items() if k not in newer), *newer.items()][-MOST_LABELS:])
    if newest:
        profile.by, profile.version = by, version


def _put(profile: Profile, name: str, value: Any, *, newest: bool) -> None:
    if value is not None and (newest or getattr(profile, name) is None):
        setattr(profile, name, value)


def on_subscription_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> None:
    """A subscription's yearly amount is the customer's annual value."""
    del context
    if fact.annual_value is not None:
        customer.profile = customer.profile or Profile()
        customer.profile.annual_value = fact.annual_value


def on_renewal_dated(customer: Customer, fact: RenewalDated, context: Context) -> None:
    """Note when the contract renews."""
    del context
    customer.profile = customer.profile or Profile()
    customer.profile.renews_at = seconds(fact.renews_on)


def business_value(customer: Customer, at: float, policy: Policy) -> float | None:
    """The customer's value per year in the policy's currency: what the company says, else what purchases say, else None."""
    profile, spend = customer.profile, customer.spend
    if profile is not None and profile.annual_value is not None:
        return profile.annual_value
    return None if spend is None else annual_spend(spend, at, policy)


def review(customer: Customer, context: Context) -> None:
    """Bring metrics, tier and HIC up to date after a fact or timer, as of the latest event time."""
    segment = customer.segment = customer.segment or Segment()
    segment.policy = context.policy.version
    at = customer.heard_at
    business = business_value(customer, at, context.policy)
    happiness = satisfaction.level(customer.answers, context.policy)
    _count(segment, business, happiness, context)
    tier = tier_after(segment, business, happiness, at, context.thresholds, context.policy)
    if tier != segment.tier:
        because = _why(business, happiness, context)
        context.log(Verdict.TIER_CHANGED, customer.id, customer.id, at, f"tier {segment.tier} to {tier.value}: {because}", tier=tier)
        enter(segment, tier, at)
    _review_hic(customer, segment, at, context)


def _count(segment: Segment, business: float | None, happiness: float | None, context: Context) -> None:
    """Tell the histograms, but only when a value leaves its bucket."""
    for metric, old, new in (("business", segment.business, business), ("satisfaction", segment.satisfaction, happiness)):
        if new is not None and (old is None or (old != new and bucket(old) != bucket(new))):
            context.effects.metric_changes.append(MetricChanged(metric, old, new))
            setattr(segment, metric, new)


def _why(business: float | None, happiness: float | None, context: Context) -> str:
    thresholds = context.thresholds
    answered = "no answer yet, taken as middle" if happiness is None else f"{happiness:.0f}"
    return (
        f"{business or 0:,.0f} {context.policy.currency} a year (high from {thresholds.business_high:,.0f}, middle from "
        f"{thresholds.business_middle:,.0f}), satisfaction {answered} (high from {thresholds.satisfaction_high:.0f}, middle from "
        f"{thresholds.satisfaction_middle:.0f})"
    )


def _review_hic(customer: Customer, segment: Segment, at: float, context: Context) -> None:
    because = hic_because(customer, segment, context.policy)
    hic = because is not None
    if hic != segment.hic:
        about = because or "none of the reasons holds any longer"
        sentence = f"{'high-impact' if hic else 'no longer high-impact'}: {about}"
        context.log(Verdict.HIC_CHANGED, customer.id, customer.id, at, sentence, hic=hic)
    segment.hic, segment.hic_because = hic, because


def hic_because(customer: Customer, segment: Segment, policy: Policy) -> str | None:
    """Why the customer is high-impact, or None where they are not. What a person said wins over what is computed."""
    profile, rules = customer.profile, policy.high_impact
    if profile is not None and profile.hic is not None:
        return "named by the company" if profile.hic else None
    if rules.everyone:
        return "every customer is"
    if profile is not None and profile.hic_total is not None and profile.hic_total >= rules.least_answers_total:
        return f"the five questions total {profile.hic_total} of 10 (from {rules.least_answers_total} on)"
    if rules.tier_a and segment.tier == Tier.A:
        return "tier A"
    return None


def is_protected(customer: Customer, at: float, policy: Policy) -> bool:
    """Whether what happens to the customer at this event time deserves a task: HIC, or of a tier that the policy names."""
    segment = customer.segment
    return segment is not None and (segment.hic or tier_at(segment, at) in policy.triggers.tiers)
