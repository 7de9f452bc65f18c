"""The chance of leaving where labels taught how much each sign weighs: log-odds that add up, in place of the noisy-or.

The odds without any sign are those of the policy's leak; each sign adds its weight times its strength. No weight is below nothing, so no sign
of leaving ever speaks for staying. A sign that the labels had too little of adds what it brings by the noisy-or, alone. `makegood fit chance`
finds the weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import cast

from schemas.policy import Policy

LEAST = 1e-6
"""A chance of nothing, and of one, have no logarithm of their odds: so near to them they count as this near."""
Strengths = Iterable[tuple[str, float]]
"""Name and strength of each signal."""


def log_odds(chance: float) -> float:
    """Of a chance."""
    within = min(1 - LEAST, max(LEAST, chance))
    return math.log(within / (1 - within))


def chance(strengths: Strengths, policy: Policy) -> float:
    """The chance by all signals together, in whichever order; exactly the leak where none of them weighs anything."""
    added = math.fsum(weight_of(name, strength, policy) for name, strength in strengths)
    return 1 / (1 + math.exp(-log_odds(policy.churn.leak) - added)) if added else policy.churn.leak


def weight_of(name: str, strength: float, policy: Policy) -> float:
    """What a signal adds to the log-odds: as labels taught, else as much as the noisy-or makes of it alone."""
    churn = policy.churn
    weight = _weights(policy).get(name)
    if weight is None:
        return log_odds(1 - (1 - churn.leak) * (1 - strength)) - log_odds(churn.leak)
    return float(weight * strength)


def alone(limit: float, name: str, policy: Policy) -> float:
    """How strong a signal must be to bring the chance to a limit by itself; more than 1 where it never does."""
    churn = policy.churn
    weight = _weights(policy).get(name)
    if not weight:
        return 1 - (1 - limit) / (1 - churn.leak) if weight is None else 2.0
    return (log_odds(limit) - log_odds(churn.leak)) / weight


def _weights(policy: Policy) -> Mapping[str, float]:
    return cast("Mapping[str, float]", policy.churn.logistic.weights)  # the policy knows signs by their names alone
