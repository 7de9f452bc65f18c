"""Who takes a task, until when, and what they do next: by the policy's rules, the first that fits."""

from __future__ import annotations

from schemas.decisions import Cause, Tier
from schemas.policy import Owner, Policy
from streams.decide.state import Customer, Task
from streams.decide.tier import tier_at

HOUR = 3600.0

STEPS = {
    Cause.POOR_SURVEY: "Call, thank them for the answer, ask what happened, say what you will do and by when.",
    Cause.BAD_SERVICE: "Call, apologise, take the ticket over yourself, and say when they will hear from you next.",
    Cause.LATE_DELIVERY: "Say where the order is and when it comes, offer an interim fix, and check that it arrived.",
    Cause.WANTS_TO_LEAVE: "Call in person, listen for the reason before anything else, and agree on one next step with a date.",
    Cause.SECURITY: "Call at once, secure the account with them on the line, and say what you checked.",
    Cause.EMPLOYEE_REPORT: "Talk to the colleague who reported it, then to the customer, and put right what can be put right today.",
}
"""What to do where the policy says nothing."""


def owner_of(customer: Customer, task: Task, policy: Policy) -> str:
    """A team or person; rules that ask for the customer's own owner fall through where there is none."""
    hic = customer.segment is not None and customer.segment.hic
    tier = tier_at(customer.segment, task.changed_at)
    for rule in policy.owners:
        if not _fits(rule, Cause(task.cause), tier, hic=hic):
            continue
        if rule.owner != "profile":
            return rule.owner
        own = customer.profile and (customer.profile.owner or customer.profile.team)
        if own:
            return own
    return policy.owners[-1].owner


def _fits(rule: Owner, cause: Cause, tier: Tier, *, hic: bool) -> bool:
    return (not rule.causes or cause in rule.causes) and (not rule.tiers or tier in rule.tiers) and rule.hic in {None, hic}


def next_step(customer: Customer, task: Task, policy: Policy) -> str:
    """What to do next, in words."""
    hic = customer.segment is not None and customer.segment.hic
    cause = Cause(task.cause)
    return next((step.say for step in policy.steps if step.cause == cause and step.hic in {None, hic}), STEPS[cause])


def target_s(customer: Customer, at: float, policy: Policy) -> float:
    """Seconds until a person must have answered: the HIC row first, then the tier's. At most 24 hours."""
    if customer.segment is not None and customer.segment.hic:
        return policy.targets.hic * HOUR
    return float(getattr(policy.targets, tier_at(customer.segment, at).value)) * HOUR
