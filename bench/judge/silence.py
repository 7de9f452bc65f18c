"""Silence: who of the valuable customers will buy nothing within the horizon? Asked every Monday, beside days since the last purchase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.judge.fold import Fold
from bench.judge.measures import Case, auc, budget_precision, fifths, percentile
from bench.judge.sets import DAY, History, Row

HIGH_VALUE, LEAST_DAYS = 0.8, 3
MONTH_DAYS = 30.4375
FIXED_DAYS = 60
"""The rule that many companies have: an alert after so many days without a purchase."""


@dataclass
class Known:
    """What the protocol knows of a customer so far."""

    value: float = 0.0
    days: list[int] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """A purchase."""
        self.value += row.amount
        if not self.days or row.day > self.days[-1]:
            self.days.append(row.day)


@dataclass
class Weeks:
    """Everything that was looked at, Monday by Monday."""

    cases: list[list[Case]] = field(default_factory=list)
    eligible: list[frozenset[str]] = field(default_factory=list)


def purchase_days(rows: Sequence[Row]) -> dict[str, list[int]]:
    """The days on which each customer bought, in order."""
    found: dict[str, set[int]] = {}
    for row in rows:
        if row.counts:
            found.setdefault(row.customer, set()).add(row.day)
    return {customer: sorted(days) for customer, days in found.items()}


def bought_within(days: Sequence[int], since: float, horizon_days: int) -> bool:
    """Whether one of the days lies in [since, since + horizon)."""
    from bisect import bisect_left

    first = since / DAY
    place = bisect_left(days, first)
    return place < len(days) and days[place] < first + horizon_days


def walk(history: History, rows: Sequence[Row], fold: Fold, look: Callable[[float], None], done: Callable[[int], None]) -> None:
    """Through the whole history: `look` at each Monday, when everything before was applied and nothing after it."""
    heard = [row for row in rows if row.at < history.end]
    number = 0
    for monday in [*history.mondays, history.end]:
        while number < len(heard) and heard[number].at < monday:
            fold.purchase(heard[number])
            number += 1
        fold.pass_time(monday)
        if monday < history.end:
            look(monday)
        done(number)


def eligible(known: dict[str, Known]) -> list[str]:
    """The valuable ones whose rhythm can be seen."""
    if not known:
        return []
    limit = percentile([one.value for one in known.values()], HIGH_VALUE)
    return sorted(name for name, one in known.items() if one.value >= limit and len(one.days) >= LEAST_DAYS)


def cases_at(monday: float, known: dict[str, Known], future: dict[str, list[int]], fold: Fold, horizon_days: int) -> Iterator[Case]:
    """Each eligible customer as of a Monday."""
    for name in eligible(known):
        gone = not bought_within(future[name], monday, horizon_days)
        yield Case(monday, name, monday / DAY - known[name].days[-1], fold.chance(name, monday), gone)


# -- the figures ------------------------------------------------------------------------------------------------------------------------


def figures(weeks: Weeks, alerts: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """The row of judgement.json."""
    cases = [case for week in weeks.cases for case in week]
    months = len(cases) * 7 / MONTH_DAYS
    return {
        "auc": auc([(case.stated, case.gone) for case in cases]),
        "precision": budget_precision([[(case.stated, case) for case in week] for week in weeks.cases]),
        "alerts_per_customer_month": len(alerts) / months if months else None,
        "days_since_auc": auc([(case.days_since, case.gone) for case in cases]),
        "days_since_precision": budget_precision([[(case.days_since, case) for case in week] for week in weeks.cases]),
    }


def calibration(weeks: Weeks) -> list[list[float]]:
    """Stated chance against what happened, in fifths."""
    return fifths([case for week in weeks.cases for case in week])


def raised(history: History, weeks: Weeks, fold: Fold) -> list[tuple[str, float]]:
    """(customer, when) of the alerts of silence for customers who were eligible on the Monday before."""
    moments = ((alert["customer"], datetime.fromisoformat(alert["raised_at"]).timestamp()) for alert in fold.alerts.values())
    return [(customer, at) for customer, at in moments if _is_eligible(history, weeks, customer, at)]


def fixed_rule(history: History, weeks: Weeks, future: dict[str, list[int]]) -> list[tuple[str, float]]:
    """The alerts of the fixed rule, counted likewise: one a silence, FIXED_DAYS after its last purchase."""
    ends = {name: [*days, float("inf")] for name, days in future.items()}
    due = ((name, (day + FIXED_DAYS) * DAY, ends[name][n + 1]) for name, days in future.items() for n, day in enumerate(days))
    return [(name, at) for name, at, until in due if at / DAY < until and _is_eligible(history, weeks, name, at)]


def _is_eligible(history: History, weeks: Weeks, customer: str, at: float) -> bool:
    mondays = history.mondays
    place = int((at - mondays[0]) // (7 * DAY))
    return at <= history.end - history.horizon_days * DAY and 0 <= place < len(weeks.eligible) and customer in weeks.eligible[place]


def precision_of(alerts: Sequence[tuple[str, float]], future: dict[str, list[int]], horizon_days: int) -> float | None:
    """Of alerts: after how many nothing was bought within the horizon."""
    gone = [not bought_within(future[name], at, horizon_days) for name, at in alerts]
    return sum(gone) / len(gone) if gone else None
