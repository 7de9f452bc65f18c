"""Why a customer is high-impact (HIC), and why they are no longer: by a person's word, or by business, never by what they answer."""

from __future__ import annotations

from schemas.policy import Policy
from streams.decide.context import Context
from streams.decide.histogram import bucket
from streams.decide.state import Customer, Segment, Why
from streams.decide.tier import DAY
from streams.decide.value import business_value, lapses_at
from streams.decide.wording import why

NAMED, EVERYONE, NOT_NAMED, NO_REASON = why("named_by_company"), why("every_customer"), why("company_says_no"), why("no_reason_left")


def hic_why(customer: Customer, segment: Segment, context: Context) -> Why | None:
    """Why the customer is high-impact, or None where they are not. What a person said wins over what is computed."""
    profile, rules = customer.profile, context.policy.high_impact
    if profile is not None and profile.hic is not None:
        return NAMED if profile.hic else None
    if rules.everyone:
        return EVERYONE
    if profile is not None and profile.hic_total is not None and profile.hic_total >= rules.least_answers_total:
        return why("five_questions", total=profile.hic_total, least=rules.least_answers_total)
    return worth(customer, segment, context) if rules.top_business and segment.top else None


def worth(customer: Customer, segment: Segment, context: Context) -> Why:
    """What they are worth, as of when it was another amount: numbers that move by less than people see are not told anew."""
    business, known = business_value(customer, context.now, context.policy) or 0.0, segment.hic_why
    if known is not None and known.code == "top_business" and bucket(float(known.values["annual_value"])) == bucket(business):
        return known
    return why("top_business", annual_value=business, currency=context.policy.currency, business_high=context.thresholds.business_high)


def lost_why(customer: Customer, segment: Segment, context: Context) -> Why:
    """Why who was high-impact, or in the top business row, is no longer."""
    at, profile, policy = context.now, customer.profile, context.policy
    if segment.hic and profile is not None and profile.hic is False:
        return NOT_NAMED
    if at >= lapses_at(customer, policy) and customer.spend is not None:
        return why("business_lapsed", silent_days=at / DAY - customer.spend.last_day, lapsed_days=policy.tiers.lapsed_days)
    if segment.hic_why is not None and segment.hic_why.code != "top_business":
        return NO_REASON
    return _fell(customer, at, policy, context)


def _fell(customer: Customer, at: float, policy: Policy, context: Context) -> Why:
    business = business_value(customer, at, policy)
    return why("business_fell", annual_value=business, currency=policy.currency, business_high=context.thresholds.business_high)
