"""What the model must know of a history of purchases: how often, how regular, for how long; in groups, so that a fit is quick."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

MOST_GROUPS = 2_000


class Group(NamedTuple):
    """Customers who bought alike: x repeated purchase days, and the means of recency and age in days."""

    x: int
    recency: float
    age: float
    customers: int


class Outcome(NamedTuple):
    """A customer as of a day, and whether they then bought nothing within the horizon."""

    x: int
    recency: float
    age: float
    nothing: bool


@dataclass
class PurchaseDays:
    """The days since 1970 on which each customer bought."""

    by_customer: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, customer: str, day: int) -> None:
        """A purchase; a second one on a day is the same."""
        self.by_customer[customer].add(day)

    @property
    def first_day(self) -> int:
        """The first day of the history."""
        return min((min(days) for days in self.by_customer.values()), default=0)

    @property
    def last_day(self) -> int:
        """The last day of the history."""
        return max((max(days) for days in self.by_customer.values()), default=0)

    def before(self, end: float) -> PurchaseDays:
        """What was bought before day `end`."""
        kept = PurchaseDays()
        for customer, days in self.by_customer.items():
            if known := {day for day in days if day < end}:
                kept.by_customer[customer] = known
        return kept

    def repeats(self) -> int:
        """How many customers came again."""
        return sum(1 for days in self.by_customer.values() if len(days) > 1)

    def log_gaps(self) -> float:
        """The sum of the logarithms of all gaps: all that regularity needs, whoever's they are."""
        return sum(math.log(later - earlier) for days in self.by_customer.values() for earlier, later in pairwise(sorted(days)))

    def groups(self, end: float) -> list[Group]:
        """As seen at the beginning of day `end`. Days are counted in steps, wide enough that there are no more than MOST_GROUPS groups."""
        seen = [(len(days) - 1, max(days) - min(days), end - min(days)) for days in self.by_customer.values()]
        step = 1
        while len(found := _grouped(seen, step)) > MOST_GROUPS and step < end:
            step *= 2
        return found

    def outcomes(self, at: float, horizon: float, least_days: int) -> Iterator[Outcome]:
        """Everybody who had bought on so many days before day `at`, and what came of them."""
        for days in self.by_customer.values():
            ordered = sorted(days)
            known = bisect_left(ordered, at)
            if known >= least_days:
                nothing = known == len(ordered) or ordered[known] >= at + horizon
                yield Outcome(known - 1, ordered[known - 1] - ordered[0], at - ordered[0], nothing)


def _grouped(seen: Iterable[tuple[int, float, float]], step: int) -> list[Group]:
    members: dict[tuple[int, int, int], list[tuple[float, float]]] = defaultdict(list)
    for x, recency, age in seen:
        members[x, int(recency // step), int(age // step)].append((recency, age))
    return [_mean(x, alike) for (x, _, _), alike in members.items()]


def _mean(x: int, alike: list[tuple[float, float]]) -> Group:
    count = len(alike)
    return Group(x, sum(recency for recency, _ in alike) / count, sum(age for _, age in alike) / count, count)
