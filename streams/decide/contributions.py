"""What each signal adds to the shown chance of leaving, and which signals changed since people were told a level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.policy import Policy
from streams.decide.churn import CAUSE_OF, GRID
from streams.decide.logistic import weight_of
from streams.decide.state import Signal, Why
from streams.decide.wording import why

SUREST = 1 - 1e-9
"""A signal that is quite sure has a logarithm, too."""
_REST = ""
Signals = Sequence[tuple[str, Signal, float]]
"""Name, signal, and its strength now; the strongest first."""


def shares(chance: float, signals: Signals, policy: Policy) -> tuple[float, dict[str, float]]:
    """The chance in parts that sum to it: without any signal, and by signal, each in hundredths.

    On the scale of -log(1 - strength) the causes of a noisy-or add up, so there each has its part of the whole. That is the Shapley value of
    that sum, and no order of the signals comes into it. Where labels taught weights it is log-odds that add up: above what there is without
    any signal, each has its part by what it adds to them. Rounded by largest remainders, so that what is shown adds up, too.
    """
    points = round(chance * 100)
    labelled = bool(policy.churn.logistic.weights)
    weights = {name: weight_of(name, now, policy) for name, _, now in signals} if labelled else _weights(signals, policy)
    without = min(points, round(policy.churn.leak * 100)) if labelled else 0
    points, total = points - without, sum(weights.values())
    if not signals or not total:
        return chance, dict.fromkeys((name for name, _, _ in signals), 0.0)
    exact = {name: points * weight / total for name, weight in weights.items()}
    whole = {name: math.floor(part) for name, part in exact.items()}
    for name in sorted(exact, key=lambda name: (whole[name] - exact[name], name))[: points - sum(whole.values())]:
        whole[name] += 1
    return (without + whole.get(_REST, 0)) / 100, {name: whole.get(name, 0) / 100 for name, _, _ in signals}


def _weights(signals: Signals, policy: Policy) -> dict[str, float]:
    """Of the leak, and of the strongest signal of each cause."""
    weights, causes = {_REST: -math.log1p(-min(policy.churn.leak, SUREST))}, set()
    for name, _, strength in signals:
        cause = CAUSE_OF.get(name, name)
        if cause not in causes:
            causes.add(cause)
            weights[name] = -math.log1p(-min(strength, SUREST))
    return weights


def changes(announced: Mapping[str, float], signals: Signals) -> list[Why]:
    """Which signals came, went, or are stronger or weaker by a step of the shown chance or more; the greatest change first."""
    now = {name: strength for name, _, strength in signals}
    found = [(abs(now.get(name, 0.0) - announced.get(name, 0.0)), name) for name in {*now, *announced}]
    return [
        _changed(name, announced.get(name), now.get(name))
        for size, name in sorted(found, key=lambda one: (-one[0], one[1]))
        if _shows(size)
    ]


def _shows(size: float) -> bool:
    return round(size, 9) >= GRID


def _changed(name: str, before: float | None, now: float | None) -> Why:
    values: dict[str, Any] = {"signal": name, "chance_before": before, "chance": now}
    if before is None:
        return why("signal_came", **values)
    if now is None:
        return why("signal_went", **values)
    return why("signal_grew" if now > before else "signal_faded", **values)
