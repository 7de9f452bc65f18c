"""Histograms know values to 4 %, forget what is taken out, and give thresholds that never part equal values."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.decide.histogram import GROWTH, SMALLEST, bucket, change, edges, threshold, value_of

VALUES = st.floats(-1e12, 1e12, allow_nan=False)
SHARES = st.floats(0.01, 0.99)


def histogram_of(values) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        change(counts, bucket(value), 1)
    return counts


@given(VALUES)
@example(0.0)
@example(SMALLEST)
@example(-SMALLEST)
def test_a_value_lies_between_the_edges_of_its_bucket(value):
    low, high = edges(bucket(value))
    slack = 1e-9 * abs(value)
    assert low - slack <= value <= high + slack
    assert bucket(value) == 0 or abs(high - low) <= (GROWTH - 1) * abs(value) * 1.001


@given(VALUES)
def test_the_middle_of_a_bucket_is_within_two_percent_of_every_value_in_it(value):
    assert value_of(bucket(value)) == pytest.approx(value, rel=0.0205, abs=SMALLEST)


@given(st.integers(-900, 900))
def test_buckets_join_without_gap_or_overlap(number):
    assert edges(number)[1] == pytest.approx(edges(number + 1)[0])


@given(VALUES)
def test_a_loss_has_the_bucket_of_the_gain_with_the_sign_turned(value):
    assert bucket(-value) == -bucket(value)


@given(VALUES, VALUES)
def test_a_greater_value_never_has_a_lower_bucket(one, other):
    assert (bucket(one) <= bucket(other)) == (one <= other) or bucket(one) == bucket(other)


@given(st.lists(VALUES), st.lists(VALUES))
def test_taking_values_out_again_leaves_what_was_there_before(kept, gone):
    counts = histogram_of(kept + gone)
    for value in gone:
        change(counts, bucket(value), -1)
    assert counts == histogram_of(kept)


@given(st.lists(VALUES, min_size=1, max_size=200, unique_by=bucket), SHARES)
def test_of_different_values_a_threshold_leaves_the_share_above_it_that_sorting_gives(values, share):
    limit = threshold(histogram_of(values), share)
    above = sum(bucket(value) >= bucket(limit * 1.0001 if limit > 0 else limit * 0.9999) for value in values)
    assert abs(above - (1 - share) * len(values)) <= 0.5 + 1e-9


@given(st.lists(VALUES, min_size=1, max_size=60), SHARES)
def test_no_other_value_divides_the_customers_more_nearly_as_asked(values, share):
    counts = histogram_of(values)
    wanted, limit = (1 - share) * len(values), threshold(counts, share)

    def missed(by: float) -> float:
        return abs(sum(count for number, count in counts.items() if edges(number)[0] >= by * (1 - 1e-9 if by > 0 else 1 + 1e-9)) - wanted)

    assert missed(limit) <= min(missed(edge) for number in counts for edge in edges(number)) + 1e-6


@given(st.floats(0.02, 1e9), st.integers(1, 500), SHARES)
def test_customers_who_are_worth_the_same_are_all_above_a_threshold_or_all_below(value, customers, share):
    limit = threshold({bucket(value): customers}, share)
    low, high = edges(bucket(value))
    assert limit in (low, high)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.9, 0.95, 0.97]))
@settings(max_examples=30)
def test_a_threshold_lies_within_a_bucket_of_the_sorted_quantile(seed, share):
    chance = random.Random(seed)
    ordered = sorted(chance.lognormvariate(8, 2) * chance.choice((1, 1, 1, -1)) for _ in range(500))
    rank = round(share * len(ordered))
    limit = threshold(histogram_of(ordered), share)
    assert bucket(ordered[rank - 2]) - 1 <= bucket(limit) <= bucket(ordered[rank + 1]) + 1


@given(st.lists(VALUES, min_size=1, max_size=60), SHARES)
def test_at_least_so_many_are_above_where_that_is_asked(values, share):
    limit = threshold(histogram_of(values), share, at_least=True)
    slack = 1e-9 * abs(limit)
    assert sum(value >= limit - slack for value in values) >= (1 - share) * len(values) - 1e-9


def test_nobody_gives_the_threshold_zero():
    assert threshold({}, 0.5) == 0.0
