"""Tiers: how often customers enter or leave A, how many are in it, and how many of them have long stopped buying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.decisions import Tier

from bench.judge.fold import Fold
from bench.judge.sets import DAY, History

YEAR_DAYS, MONTH_DAYS = 365, 30.4375


@dataclass
class Standing:
    """The counts, Monday by Monday."""

    in_a: int = 0
    known: int = 0
    silent: int = 0


def look(customers: dict[str, list[int]], fold: Fold, now: float, total: Standing) -> None:
    """Add how things stand now: of everybody known, who is in A, and who of them bought nothing for a year."""
    for name, days in customers.items():
        segment = fold.record(name).segment
        total.known += 1
        if segment is not None and segment.tier == Tier.A:
            total.in_a += 1
            total.silent += now / DAY - days[-1] >= YEAR_DAYS


def figures(history: History, changes: Sequence[dict[str, Any]], total: Standing, last: Standing) -> dict[str, Any]:
    """The row of judgement.json. Changes are those into A and out of it while decisions were taken; who is silent is counted at the end."""
    moved = [change for change in changes if Tier.A in {change["was"], change["now"]} and _within(history, change["at"])]
    months = total.in_a * 7 / MONTH_DAYS
    return {
        "changes_per_100": 100 * len(moved) / months if months else None,
        "share_in_a": total.in_a / total.known if total.known else None,
        "a_silent_a_year": last.silent / last.in_a if last.in_a else None,
    }


def _within(history: History, at: str) -> bool:
    return history.mondays[0] <= datetime.fromisoformat(at).timestamp() < history.mondays[-1] + 7 * DAY
