"""Given what partitions count, then the thresholds in force: exact over partitions, slow to move, and fixed while few are known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy import Policy
from streams.decide.context import MetricChanged
from streams.decide.percentiles import LEAST_CHANGES, Histograms, effective, on_reported, should_report
from streams.decide.state import Thresholds
from streams.decide.tier import place

POLICY = Policy(version="test")


def counted(business=(), satisfaction=()) -> Histograms:
    histograms = Histograms()
    for value in business:
        histograms.apply(MetricChanged("business", None, value))
    for value in satisfaction:
        histograms.apply(MetricChanged("satisfaction", None, value))
    return histograms


def thresholds_of(*partitions: Histograms, current: Thresholds | None = None) -> Thresholds | None:
    """What partition 0 concludes once every partition has reported."""
    reports = [histograms.report(number) for number, histograms in enumerate(partitions)]
    known = {report.partition: report for report in reports[:-1]}
    return on_reported(known, reports[-1], POLICY, current or Thresholds())


def values(count: int, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [chance.lognormvariate(8, 1.2) for _ in range(count)]


def test_while_few_customers_are_known_the_fixed_values_of_the_policy_hold():
    few = thresholds_of(counted(values(POLICY.tiers.least_population - 1)))
    assert few is not None
    for fixed in (effective(Thresholds(), POLICY), effective(few, POLICY)):
        assert (fixed.business_high, fixed.business_middle) == (POLICY.tiers.business_high, POLICY.tiers.business_middle)
        assert (fixed.satisfaction_high, fixed.satisfaction_middle) == (POLICY.tiers.satisfaction_high, POLICY.tiers.satisfaction_middle)


def test_percentiles_that_hold_are_not_given_up_where_customers_become_few():
    many = thresholds_of(counted(values(2_000)))
    assert thresholds_of(counted(values(POLICY.tiers.least_population - 1)), current=many) is None


@pytest.mark.parametrize("count", [20, 2_000])
def test_what_all_customers_are_worth_together_is_known_within_two_percent(count):
    known = values(count)
    new = thresholds_of(counted(known[::2]), counted([*known[1::2], -500.0]))
    assert new is not None
    assert effective(new, POLICY).business_total == pytest.approx(sum(known), rel=0.02)


def test_the_sum_of_all_business_is_told_anew_where_it_moved_by_a_tenth():
    known = values(50)
    first = thresholds_of(counted(known))
    assert first is not None
    assert thresholds_of(counted([value * 1.05 for value in known]), current=first) is None
    assert thresholds_of(counted([value * 1.2 for value in known]), current=first) is not None


def test_one_customer_in_twenty_is_high_with_half_of_those_who_may_only_stay_and_half_are_above_the_middle():
    """Of values that never move fewer come in: nobody is between the exit and the entry who was above it before."""
    known = values(2_000)
    new = thresholds_of(counted(known))
    assert new is not None
    assert (new.version, new.population) == (1, 2_000)
    come_in = sum(value >= new.business_high for value in known)
    may_stay = sum(value >= new.business_high * POLICY.tiers.exit_share for value in known)
    assert 96 <= (come_in + may_stay) / 2 <= 104
    assert 70 <= come_in <= 100
    assert 960 <= sum(value >= new.business_middle for value in known) <= 1_040


@given(st.integers(1, 7), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_how_customers_are_spread_over_partitions_does_not_matter(partitions, chance):
    known, spread = values(400), [Histograms() for _ in range(partitions)]
    for value in known:
        chance.choice(spread).apply(MetricChanged("business", None, value))
    assert thresholds_of(*spread) == thresholds_of(counted(known))


def test_a_later_report_of_a_partition_replaces_its_earlier_one():
    first, second = counted(values(300)), counted(values(300, seed=2))
    known = {0: first.report(0), 1: second.report(1)}
    first.apply(MetricChanged("business", None, 1e6))
    new = on_reported(known, first.report(0), POLICY, Thresholds())
    assert new is not None
    assert new.population == 601


def test_a_value_that_changed_counts_once():
    histograms = counted(values(300))
    for old in values(300):
        histograms.apply(MetricChanged("business", old, old * 10))
    assert histograms.business == counted([value * 10 for value in values(300)]).business
    assert histograms.customers == 300


def test_who_is_forgotten_counts_no_longer():
    histograms = counted(values(3), [80.0])
    for value in values(3):
        histograms.apply(MetricChanged("business", value, None))
    histograms.apply(MetricChanged("satisfaction", 80.0, None))
    assert (histograms.business, histograms.satisfaction, histograms.customers) == ({}, {}, 0)


def test_a_customer_without_any_value_who_is_forgotten_is_no_change():
    histograms = counted(values(3))
    histograms.apply(MetricChanged("business", None, None))
    assert histograms.changes == 3


def test_where_nobody_was_ever_asked_satisfaction_keeps_the_fixed_values():
    new = thresholds_of(counted(values(300)))
    assert new is not None
    assert (new.satisfaction_high, new.satisfaction_middle) == (POLICY.tiers.satisfaction_high, POLICY.tiers.satisfaction_middle)


def test_thresholds_that_hardly_moved_are_left_where_they_are():
    known = values(1_000)
    first = thresholds_of(counted(known))
    assert first is not None
    assert thresholds_of(counted(known), current=first) is None
    assert thresholds_of(counted([*known, *values(2, seed=3)]), current=first) is None
    richer = thresholds_of(counted([value * 1.2 for value in known]), current=first)
    assert richer is not None
    assert richer.version == first.version + 1


def test_customers_who_all_pay_the_same_are_not_all_of_the_highest_tier():
    """Nine in ten have the standard subscription; wherever its price lies in its bucket, only those who pay more are high."""
    for price in (1_150, 1_188, 1_200, 1_212, 1_250):
        new = thresholds_of(counted([price] * 900 + [price * 3] * 60 + [price / 3] * 40))
        assert new is not None
        assert place(price * 3, None, new, POLICY) == "A", price
        assert place(price, None, new, POLICY) == "B", price
        assert place(price / 3, None, new, POLICY) == "C", price


def test_a_partition_reports_after_fifty_changes_and_after_a_fiftieth_of_its_customers_when_there_are_many():
    histograms = counted(values(LEAST_CHANGES - 1))
    assert not should_report(histograms)
    histograms.apply(MetricChanged("business", None, 5.0))
    assert should_report(histograms)
    many = counted(values(10_000))
    many.report(0)
    for value in values(199):
        many.apply(MetricChanged("business", value, value * 2))
    assert not should_report(many)
    many.apply(MetricChanged("business", values(200)[-1], 7.0))
    assert should_report(many)
    many.report(0)
    assert not should_report(many)
