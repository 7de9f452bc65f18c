"""Who takes a task and what they do next: by the policy's rules, the first that fits."""

from __future__ import annotations

from schemas.decisions import Tier
from schemas.policy import Owner, Policy
from streams.decide.state import Customer, Task
from streams.decide.tier import tier_at


def owner_of(customer: Customer, task: Task, at: float, policy: Policy) -> str:
    """A team or person; rules that ask for the customer's own owner fall through where there is none."""
    hic = customer.segment is not None and customer.segment.hic
    tier = tier_at(customer.segment, at)
    for rule in policy.owners:
        if not _fits(rule, task.cause, tier, hic=hic):
            continue
        if rule.owner != "profile":
            return rule.owner
        own = customer.profile and (customer.profile.owner or customer.profile.team)
        if own:
            return own
    return policy.owners[-1].owner


def _fits(rule: Owner, cause: str, tier: Tier, *, hic: bool) -> bool:
    return (not rule.causes or cause in rule.causes) and (not rule.tiers or tier in rule.tiers) and rule.hic in {None, hic}


def next_step(customer: Customer, task: Task, policy: Policy) -> str | None:
    """What to do next, in the policy's own words; None where it says nothing."""
    hic = customer.segment is not None and customer.segment.hic
    return next((step.say for step in policy.steps if step.cause == task.cause and step.hic in {None, hic}), None)
