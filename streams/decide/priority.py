"""Priority: a sum of addends, each monotone and each shown. P1 to P4 by the policy's thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

from schemas.decisions import Priority, Tier
from schemas.policy import Policy
from streams.decide import churn
from streams.decide.protection import TOP_BUSINESS
from streams.decide.state import Customer, Task, Why
from streams.decide.tier import DAY, best_tier
from streams.decide.value import business_value
from streams.decide.wording import why


class Addend(NamedTuple):
    """Points, rounded to a tenth so that what is shown adds up, and why."""

    name: str
    points: float
    why: Why


_RENEWAL = frozenset({"renewal_near"})
Weigher = Callable[[Customer, Task, float, Policy], tuple[float, Why] | None]
"""Points and why; None where the addend says nothing of this customer or task."""


def _tier(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why]:
    tier = best_tier(customer.segment, task.opened_at, at)
    return policy.weights.tier.get(tier, 0.0), why("tier", tier=tier.value)


def _hic(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why] | None:
    """Who is high-impact by their business alone weighs as much as tier A, whatever they answer: no fact counts twice.

    Who was high-impact when the task was raised, or at any time since, is so for the task, for the reason that weighs most: as of tiers.
    """
    segment = customer.segment
    if segment is None or (segment.hic_why is None and segment.hic_before is None):
        return None
    before = segment.hic_before[0] if segment.hic_before is not None and task.opened_at < segment.hic_before[1] else None
    by_business = policy.weights.tier.get(Tier.A, 0.0) - _tier(customer, task, at, policy)[0]
    reasons = [because for because in (segment.hic_why, before) if because is not None]
    weighed = [(by_business if because.code == TOP_BUSINESS else policy.weights.hic, because) for because in reasons]
    heaviest = max(weighed, key=itemgetter(0), default=None)
    return heaviest if heaviest is not None and heaviest[0] > 0 else None


def _severity(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why]:
    return policy.weights.severity * task.severity, why("severity", severity=task.severity)


def _value(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why] | None:
    value = business_value(customer, at, policy)
    if value is None or value <= 0:
        return None
    low, full = policy.weights.value_from, policy.weights.value_full
    share = math.log(max(value, low) / low) / math.log(full / low)
    return policy.weights.value * min(1.0, share), why("value_at_risk", annual_value=value, currency=policy.currency)


def _churn(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why]:
    """What the task itself is about, a near renewal and a failed recovery, which have points of their own, are no part of it here."""
    chance = churn.shown_chance(customer, policy)
    beside = min(chance, churn.chance_beside(customer, _counted(task), at, policy))
    return policy.weights.churn * beside, why("chance_of_leaving", chance=chance, beside=beside if beside != chance else None)


def _counted(task: Task) -> frozenset[str]:
    """The signals that tell what other addends of the task weigh already."""
    counted = churn.SIGNALS_OF.get(task.cause, frozenset()) | _RENEWAL
    return counted | {"failed_recovery"} if task.regressions else counted


def _renewal(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why] | None:
    renews_at = customer.profile.renews_at if customer.profile is not None else None
    if renews_at is None or renews_at < at - DAY:
        return None
    days = max(0.0, (renews_at - at) / DAY)
    return policy.weights.renewal * max(0.0, 1 - days / policy.weights.renewal_days), why("renewal", left_days=days)


def _repeat(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why]:
    return policy.weights.repeat * min(task.regressions, policy.weights.repeat_most), why("repeat_failure", times=task.regressions)


def _age(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, Why]:
    days = max(0.0, (at - task.opened_at) / DAY)
    return min(policy.weights.age_most, policy.weights.age_per_day * days), why("age", open_days=days)


ADDENDS: tuple[tuple[str, Weigher], ...] = (
    ("tier", _tier),
    ("high_impact", _hic),
    ("severity", _severity),
    ("value_at_risk", _value),
    ("chance_of_leaving", _churn),
    ("renewal", _renewal),
    ("repeat_failure", _repeat),
    ("age", _age),
)


def weigh(customer: Customer, task: Task, at: float, policy: Policy) -> tuple[float, tuple[Addend, ...]]:
    """The score and its addends, those of zero left out. The addends add up to the score."""
    shown = []
    for name, weigher in ADDENDS:
        part = weigher(customer, task, at, policy)
        if part is not None and (points := round(part[0], 1)):
            shown.append(Addend(name, points, part[1]))
    return round(sum([addend.points for addend in shown]), 1), tuple(shown)


def level(score: float, policy: Policy) -> Priority:
    """P1 to P4."""
    least = policy.priority_from
    return Priority.P1 if score >= least.P1 else Priority.P2 if score >= least.P2 else Priority.P3 if score >= least.P3 else Priority.P4
