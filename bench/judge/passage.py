"""One passage of the fold through a history, looked at every Monday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.policy import Policy

from bench.judge import silence, tiers
from bench.judge.fold import Fold
from bench.judge.progress import bar
from bench.judge.sets import DAY, History, Row


@dataclass
class Passage:
    """The fold, and what was seen on the way."""

    fold: Fold
    future: dict[str, list[int]]
    """All purchase days of each customer: what nobody knows on the way."""
    weeks: silence.Weeks = field(default_factory=silence.Weeks)
    total: tiers.Standing = field(default_factory=tiers.Standing)
    last: tiers.Standing = field(default_factory=tiers.Standing)


def passage(history: History, rows: Sequence[Row], policy: Policy, what: str) -> Passage:
    """Through the whole history."""
    seen = Passage(Fold(policy), silence.purchase_days(rows))
    known: dict[str, silence.Known] = {}
    counted = [row for row in rows if row.counts]
    number = 0

    def look(monday: float) -> None:
        nonlocal number
        while number < len(counted) and counted[number].at < monday:
            known.setdefault(counted[number].customer, silence.Known()).add(counted[number])
            number += 1
        cases = list(silence.cases_at(monday, known, seen.future, seen.fold, history.horizon_days))
        seen.weeks.cases.append(cases)
        seen.weeks.eligible.append(frozenset(case.customer for case in cases))
        tiers.look({name: one.days for name, one in known.items()}, seen.fold, monday, seen.total)

    with bar(what, len(rows)) as done:
        silence.walk(history, rows, seen.fold, look, done)
    known_at_end = {name: [day for day in days if day * DAY < history.end] for name, days in seen.future.items()}
    tiers.look({name: days for name, days in known_at_end.items() if days}, seen.fold, history.end, seen.last)
    return seen
