"""Why a customer is high-impact (HIC), and why they are no longer: by a person's word, or by business, never by what they answer."""

from __future__ import annotations

from schemas.policy import Policy
from streams.decide.context import Context
from streams.decide.five_questions import NOTHING, lifetime_value, qualified
from streams.decide.histogram import bucket
from streams.decide.state import Customer, Segment, Why
from streams.decide.tier import DAY
from streams.decide.value import business_value, lapses_at, stops_at
from streams.decide.wording import why

NAMED, EVERYONE, AMBASSADOR = why("named_by_company"), why("every_customer"), why("ambassador")
TOP_BUSINESS = "top_business"
NOT_NAMED, NO_REASON = why("company_says_no"), why("no_reason_left")


def hic_why(customer: Customer, segment: Segment, business: float | None, context: Context) -> Why | None:
    """Why the customer is high-impact, or None where they are not. What a person said wins over what is computed."""
    profile, rules = customer.profile, context.policy.high_impact
    if profile is not None and profile.hic is not None:
        return NAMED if profile.hic else None
    if rules.everyone:
        return EVERYONE
    found = qualified(customer, segment, business, context)
    if found is None:
        found = _by_the_whole_relation(customer, segment, context)
    return found or (worth(customer, segment, context) if rules.top_business and segment.top else None)


def _by_the_whole_relation(customer: Customer, segment: Segment, context: Context) -> Why | None:
    """By what the customer brings over a lifetime, what it cost to win them, or because they speak for us."""
    rules, profile, currency = context.policy.high_impact, customer.profile or NOTHING, context.policy.currency
    if (least := rules.least_lifetime_value) and (value := lifetime_value(customer, segment, context)) >= least:
        return why("lifetime_value", lifetime_value=value, least=least, currency=currency)
    if (cost := rules.least_acquisition_cost) and (profile.acquisition_cost or 0.0) >= cost:
        return why("acquisition_cost", acquisition_cost=profile.acquisition_cost, least=cost, currency=currency)
    return AMBASSADOR if profile.ambassador and rules.ambassadors else None


def note_lighter(segment: Segment, because: Why | None, at: float) -> None:
    """Remember the reason that there was, where the one that there is from now on weighs less; a heavier one before it is kept, to now."""
    was, before = segment.hic_why, segment.hic_before
    if was is not None and (because is None or (because.code == TOP_BUSINESS and was.code != TOP_BUSINESS)):
        heavier = before[0] if before is not None and was.code == TOP_BUSINESS != before[0].code else was
        segment.hic_before = heavier, at


def worth(customer: Customer, segment: Segment, context: Context) -> Why:
    """What they are worth, as of when it was another amount: numbers that move by less than people see are not told anew."""
    business, known = business_value(customer, context.now, context.policy) or 0.0, segment.hic_why
    if known is not None and known.code == TOP_BUSINESS and bucket(float(known.values["annual_value"])) == bucket(business):
        return known
    return why(TOP_BUSINESS, annual_value=business, currency=context.policy.currency, business_high=context.thresholds.business_high)


def lost_why(customer: Customer, segment: Segment, context: Context) -> Why:
    """Why who was high-impact, or in the top business row, is no longer."""
    at, profile, policy, spend = context.now, customer.profile, context.policy, customer.spend
    code = segment.hic_why.code if segment.hic_why is not None else None
    if segment.hic and profile is not None and profile.hic is False:
        return NOT_NAMED
    if spend is not None and at >= (
        stops_at(spend, policy) if code in {"five_questions", "lifetime_value"} else lapses_at(customer, policy)
    ):
        return why("business_lapsed", silent_days=at / DAY - spend.last_day, lapsed_days=policy.tiers.lapsed_days)
    if code == "five_questions":
        return why("five_questions_fell", least=policy.high_impact.least_answers_total)
    if code not in {None, TOP_BUSINESS}:
        return NO_REASON
    return _fell(customer, at, policy, context)


def _fell(customer: Customer, at: float, policy: Policy, context: Context) -> Why:
    business = business_value(customer, at, policy)
    return why("business_fell", annual_value=business, currency=policy.currency, business_high=context.thresholds.business_high)
