"""Priority: a sum of addends, each monotone and each shown. P1 to P4 by the policy's thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from schemas.decisions import Addend, Priority, Tier
from schemas.policy import Policy
from schemas.wording import counted
from streams.decide import churn, segment
from streams.decide.state import Customer, Task
from streams.decide.tier import DAY, tier_at


class Part(NamedTuple):
    """Points of one addend, rounded to a tenth so that what is shown adds up, and why."""

    points: float
    because: str


Weigher = Callable[[Customer, Task, float, Policy], Part]


def _tier(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    tier = tier_at(customer.segment, at)
    return Part(policy.weights.tier.get(tier, 0.0), f"tier {tier.value}" if tier != Tier.UNKNOWN else "tier not known yet")


def _hic(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    hic = customer.segment is not None and customer.segment.hic
    return Part(policy.weights.hic, f"high-impact: {customer.segment.hic_because}") if hic and customer.segment else Part(0.0, "")


def _severity(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    return Part(policy.weights.severity * task.severity, f"severity {task.severity:.0%}")


def _value(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    value = segment.business_value(customer, at, policy)
    if value is None or value <= 0:
        return Part(0.0, "")
    share = min(1.0, math.log1p(value) / math.log1p(policy.weights.value_full))
    return Part(policy.weights.value * share, f"{value:,.0f} {policy.currency} a year at risk")


def _churn(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    chance = churn.chance(customer, at, policy)
    return Part(policy.weights.churn * chance, f"chance of leaving {chance:.0%}")


def _renewal(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    renews_at = customer.profile.renews_at if customer.profile is not None else None
    if renews_at is None or renews_at < at - DAY:
        return Part(0.0, "")
    days = max(0.0, (renews_at - at) / DAY)
    nearness = max(0.0, 1 - days / policy.weights.renewal_days)
    return Part(policy.weights.renewal * nearness, f"renews in {counted(days, 'day')}")


def _repeat(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    times = min(task.regressions, policy.weights.repeat_most)
    return Part(policy.weights.repeat * times, f"came back {counted(task.regressions, 'time')}")


def _age(customer: Customer, task: Task, at: float, policy: Policy) -> Part:
    days = max(0.0, (at - task.opened_at) / DAY)
    return Part(min(policy.weights.age_most, policy.weights.age_per_day * days), f"open for {counted(days, 'day', digits=1)}")


ADDENDS: tuple[tuple[str, Weigher], ...] = (
    ("tier", _tier),
    ("high-impact", _hic),
    ("severity", _severity),
    ("value at risk", _value),
    ("churn evidence", _churn),
    ("renewal", _renewal),
    ("repeat failure", _repeat),
    ("age", _age),
)


def weigh(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, tuple[Addend, ...]]:
    """The score and its addends, those of zero left out. The addends add up to the score."""
    parts = [
        (name, Part(round(part.points, 1), part.because)) for name, weigher in ADDENDS for part in (weigher(customer, task, at, policy),)
    ]
    shown = tuple(Addend(name=name, points=part.points, because=part.because) for name, part in parts if part.points)
    return round(sum(part.points for _, part in parts), 1), shown


def level(score: float, policy: Policy) -> Priority:
    """P1 to P4."""
    least = policy.priority_from
    return Priority.P1 if score >= least.P1 else Priority.P2 if score >= least.P2 else Priority.P3 if score >= least.P3 else Priority.P4
