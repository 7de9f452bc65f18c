"""Percentile thresholds: each partition counts its customers, partition 0 adds the counts up and says where the thresholds lie."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from schemas.policy import Policy
from schemas.traffic import HistogramReported, ThresholdsSet
from streams.decide.context import MetricChanged
from streams.decide.fact_reader import TRAFFIC
from streams.decide.histogram import GROWTH, bucket, change, threshold, value_of
from streams.decide.state import Thresholds

LEAST_CHANGES = 50
REPORT_SHARE = 0.02
"""A partition reports after so many changes, or this share of its customers, whichever is more."""
CHATTER = 0.02
"""Thresholds that moved by less are left where they are ..."""
CHATTER_OF_TOTAL = 0.1
"""... and the sum of all business, of which only shares are told, as long as it moved by less than this."""


_REPORT = TRAFFIC[HistogramReported]
Limits = tuple[float, float, float, float]
"""Business high and middle, satisfaction high and middle."""


class Histograms(Struct, array_like=True):
    """Counts of one partition's customers by bucket, for both metrics, and how many changes were not reported yet."""

    business: dict[int, int] = {}
    satisfaction: dict[int, int] = {}
    changes: int = 0
    version: int = 0
    customers: int = 0
    """How many have a business value: the sum of the counts, kept so that nobody has to add them up."""

    def apply(self, changed: MetricChanged) -> None:
        """A customer's metric changed: the old value goes out, the new one comes in."""
        if changed.old is None and changed.new is None:
            return
        counts = self.satisfaction
        if changed.metric == "business":
            counts = self.business
            self.customers += (changed.new is not None) - (changed.old is not None)
        if changed.old is not None:
            change(counts, bucket(changed.old), -1)
        if changed.new is not None:
            change(counts, bucket(changed.new), 1)
        self.changes += 1

    def report(self, partition: int) -> Any:
        """What partition 0 is sent, and the count of changes begins anew."""
        self.changes = 0
        self.version += 1
        return _REPORT(partition=partition, version=self.version, business=self.business, satisfaction=self.satisfaction)


def should_report(histograms: Histograms) -> bool:
    """Whether enough has changed. Counted, not timed: a replay reports at the same points."""
    if histograms.changes < LEAST_CHANGES:
        return False
    return histograms.changes >= REPORT_SHARE * histograms.customers


def on_reported(known: Mapping[int, Any], message: Any, policy: Policy, current: Thresholds) -> Thresholds | None:
    """New thresholds from the last report of every partition, or None where those in force will do.

    While few customers are known, it is only the sum of all business that is news: the policy's fixed values hold.
    """
    reports = {**known, message.partition: message}.values()
    business, satisfaction = _added(r.business for r in reports), _added(r.satisfaction for r in reports)
    population = sum(business.values())
    least = policy.tiers.least_population
    if population < least <= current.population:
        return None
    limits = _fixed(policy) if population < least else _limits(business, satisfaction, policy)
    new = Thresholds(current.version + 1, population, *limits, _total(business))
    return new if current.version == 0 or _differ(current, new) else None


def as_sent(thresholds: Thresholds) -> ThresholdsSet:
    """What every partition is told."""
    return ThresholdsSet(**{name: getattr(thresholds, name) for name in Thresholds.__struct_fields__})


def on_set(message: ThresholdsSet, current: Thresholds) -> Thresholds:
    """From here on the thresholds in force: those of the message, unless newer ones were told before."""
    if message.version <= current.version:
        return current
    return Thresholds(**{name: getattr(message, name) for name in Thresholds.__struct_fields__})


def _limits(business: dict[int, int], satisfaction: dict[int, int], policy: Policy) -> Limits:
    """High is the top few, as nearly as equal values allow, counting those who are held there; middle is at least the median, with all who
    stand exactly there.
    """
    enough = sum(satisfaction.values()) >= policy.tiers.least_population  # nobody may ever have been asked
    high, middle = policy.tiers.percentile_high / 100, policy.tiers.percentile_middle / 100
    return (
        _entry(business, high, policy.tiers.exit_share),
        threshold(business, middle, at_least=True),
        threshold(satisfaction, high) if enough else policy.tiers.satisfaction_high,
        threshold(satisfaction, middle, at_least=True) if enough else policy.tiers.satisfaction_middle,
    )


def _fixed(policy: Policy) -> Limits:
    tiers = policy.tiers
    return tiers.business_high, tiers.business_middle, tiers.satisfaction_high, tiers.satisfaction_middle


def _total(business: Mapping[int, int]) -> float:
    """What all customers together are worth a year, within 2 %, as each of them is known by their bucket. Losses take nothing from it."""
    return math.fsum(value_of(number) * count for number, count in business.items() if number > 0)  # in whichever order


def _entry(counts: Mapping[int, int], share: float, exit_share: float) -> float:
    """From where the top row is entered, so that 1 - `share` of all customers are in it.

    Who is in it stays down to the exit share of this, so of those who lie between, about half are there: each customer counts once as they
    are, and once as far up as the exit lies below the entry.
    """
    further = round(-math.log(exit_share) / math.log(GROWTH)) if exit_share > 0 else 0
    both = dict(counts)
    for number, count in counts.items():
        change(both, number + further if number > 0 else number, count)
    return threshold(both, share)


def effective(thresholds: Thresholds, policy: Policy) -> Thresholds:
    """The thresholds to judge by: the policy's fixed values as long as too few customers are known for percentiles."""
    if thresholds.version and thresholds.population >= policy.tiers.least_population:
        return thresholds
    return Thresholds(thresholds.version, thresholds.population, *_fixed(policy), thresholds.business_total)


def _added(reports: Iterable[Mapping[int, int]]) -> dict[int, int]:
    first, *others = reports
    total = dict(first)
    for counts in others:
        for number, count in counts.items():
            change(total, number, count)
    return total


def _differ(old: Thresholds, new: Thresholds) -> bool:
    pairs = (
        (old.business_high, new.business_high),
        (old.business_middle, new.business_middle),
        (old.satisfaction_high, new.satisfaction_high),
        (old.satisfaction_middle, new.satisfaction_middle),
    )
    moved = any(abs(after - before) > CHATTER * max(abs(before), 1.0) for before, after in pairs)
    return moved or abs(new.business_total - old.business_total) > CHATTER_OF_TOTAL * max(old.business_total, 1.0)
