"""What is measured of scores and what happened: rank, precision of a budget, agreement of stated chances. No libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Case(NamedTuple):
    """One eligible customer at one decision: what the fold states as the chance of buying nothing within the horizon, and whether it was so."""

    at: float
    customer: str
    days_since: float
    stated: float
    gone: bool


def percentile(values: Sequence[float], share: float) -> float:
    """Between the two nearest ranks in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def auc(scored: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that one who is gone scored higher than one who is not; ties count half (Mann and Whitney 1947)."""
    below = wins = 0.0
    gone = sum(1 for _, is_gone in scored if is_gone)
    for _, tied in groupby(sorted(scored), key=lambda one: one[0]):
        group = [is_gone for _, is_gone in tied]
        these = sum(group)
        wins += these * (below + (len(group) - these) / 2)
        below += len(group) - these
    return wins / gone / (len(scored) - gone) if 0 < gone < len(scored) else None


def budget_precision(weeks: Sequence[Sequence[tuple[float, Case]]], share: float = 0.02) -> float | None:
    """Of the highest of each week, who bought nothing. A customer is taken once in a silence; ties go by id."""
    taken: dict[str, float] = {}
    hits: list[bool] = []
    for week in weeks:
        fresh = [(score, case) for score, case in week if taken.get(case.customer) != silent_since(case)]
        best = sorted(fresh, key=lambda one: (-one[0], one[1].customer))[: math.ceil(share * len(week))]
        for _, case in best:
            taken[case.customer] = silent_since(case)
            hits.append(case.gone)
    return sum(hits) / len(hits) if hits else None


def silent_since(case: Case) -> float:
    """The day of the last purchase, which names the present silence."""
    return round(case.at / 86_400.0 - case.days_since)


def fifths(cases: Sequence[Case]) -> list[list[float]]:
    """[stated, happened] for each fifth of the cases, by stated chance; equal ones go by customer and time."""
    ordered = sorted(cases, key=lambda case: (case.stated, case.customer, case.at))
    parts = [ordered[len(ordered) * n // 5 : len(ordered) * (n + 1) // 5] for n in range(5)]
    return [[round(_mean([c.stated for c in part]), 4), round(_mean([float(c.gone) for c in part]), 4)] for part in parts if part]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
