"""Given purchases, then what a customer is worth a year and in which rhythm they come; whatever order they arrive in."""

from __future__ import annotations

import copy
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import PurchaseMade
from schemas.message import instant
from streams.decide.purchases import DAY, MOST_RECENT, YEAR_DAYS, annual_spend, on_purchase
from streams.decide.state import Customer, Spend
from tests.streams.decide.recovering import START, a_context

CONTEXT = a_context()
POLICY = CONTEXT.policy
NOW = START + 1_000 * DAY
DAYS = st.integers(0, 900 * 24).map(lambda hour: hour / 24)
"""Whole hours: a gap is then a day or it is not."""
AMOUNTS = st.floats(-500, 5_000).map(lambda amount: round(amount, 2))


def bought(day: float, amount: float = 50.0, object_key: str | None = None) -> PurchaseMade:
    """A purchase so many days after the start (00:00 UTC); without a name it is an order of its own."""
    name = object_key or f"order of day {day} for {amount}"
    return PurchaseMade(id=name, source="shop", object=name, occurred_at=instant(START + day * DAY), customer={"id": "ann"}, amount=amount)


def spending(*purchases: PurchaseMade) -> Spend:
    customer = Customer("ann")
    for purchase in purchases:
        on_purchase(customer, purchase, CONTEXT)
    return customer.spend or Spend()


def worth(spend: Spend, at: float = NOW) -> float:
    return annual_spend(spend, at, POLICY)


def beats(spend: Spend) -> tuple[float, ...]:
    return spend.count, spend.gaps, round(spend.sum_log_gap, 6), round(spend.sum_log_gap_squared, 6), spend.first_at, spend.last_at


# -- what they are worth ------------------------------------------------------------------------------------------------------------


def test_a_steady_customer_is_worth_what_they_spend_in_a_year():
    every_week = spending(*(bought(day, 100) for day in range(0, 2_000, 7)))
    assert worth(every_week, START + 1_996 * DAY) == pytest.approx(100 * YEAR_DAYS / 7, rel=0.02)


def test_what_was_spent_a_half_life_ago_counts_half():
    spend = spending(bought(0, 100))
    later = START + POLICY.tiers.spend_half_life_days * DAY
    assert worth(spend, later) == pytest.approx(worth(spend, START) / 2)


def test_a_return_lowers_the_value_and_is_no_occasion():
    spend = spending(bought(0, 100), bought(10, -100, "a return"), bought(20, 60))
    assert worth(spend) < worth(spending(bought(0, 100), bought(20, 60)))
    assert (spend.count, spend.gaps) == (2, 1)
    only_a_return = spending(bought(5, -20))
    assert (only_a_return.count, only_a_return.gaps) == (0, 0)
    assert worth(only_a_return) < 0


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_the_value(purchases, chance):
    named = [bought(day, amount, str(n)) for n, (day, amount) in enumerate(purchases)]
    shuffled = chance.sample(named, len(named))
    assert worth(spending(*shuffled)) == pytest.approx(worth(spending(*named)), rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, MOST_RECENT - 1), DAYS, AMOUNTS), min_size=1, max_size=40))
def test_an_amended_order_is_worth_as_much_as_if_only_its_last_version_had_come(versions):
    last = {object_key: (day, amount) for object_key, day, amount in versions}
    amended = spending(*(bought(day, amount, str(object_key)) for object_key, day, amount in versions))
    only_last = spending(*(bought(day, amount, str(object_key)) for object_key, (day, amount) in last.items()))
    assert worth(amended) == pytest.approx(worth(only_last), rel=1e-6, abs=1e-4)
    assert sorted(amended.recent) == sorted(only_last.recent)


def test_an_amended_order_is_one_occasion():
    spend = spending(bought(0), bought(7, 80, "order"), bought(9, 40, "order"), bought(30, 0, "order"))
    assert (spend.count, spend.gaps) == (2, 1)


def test_an_order_that_had_no_amount_at_first_is_an_occasion_once_it_has_one():
    assert beats(spending(bought(0), bought(7, 0, "order"), bought(7, 80, "order"))) == beats(spending(bought(0), bought(7)))


# -- in which rhythm they come ------------------------------------------------------------------------------------------------------


def test_several_purchases_on_one_day_are_one_occasion():
    assert beats(spending(bought(0.1), bought(0.4), bought(3.2), bought(3.9)))[:2] == (2, 1)
    assert beats(spending(bought(3.2), bought(0.4), bought(0.1)))[:2] == (2, 1)


def test_a_day_later_is_another_occasion():
    assert spending(bought(0.5), bought(1.499)).count == 1
    assert beats(spending(bought(0.5), bought(1.5)))[:3] == (2, 1, round(math.log(DAY), 6))


@given(st.lists(DAYS, min_size=1, max_size=40))
def test_in_order_the_rhythm_is_that_of_the_gaps_of_a_day_and_more(days):
    ordered = sorted(days)
    spend = spending(*(bought(day, object_key=str(n)) for n, day in enumerate(ordered)))
    gaps = [round((later - earlier) * 24) * 3_600 for earlier, later in pairwise(ordered)]
    gaps = [gap for gap in gaps if gap >= DAY]
    assert spend.gaps == len(gaps)
    assert spend.sum_log_gap == pytest.approx(sum(map(math.log, gaps)))
    assert (spend.first_at, spend.last_at) == pytest.approx((START + ordered[0] * DAY, START + ordered[-1] * DAY))


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=40))
def test_no_order_of_arrival_corrupts_the_rhythm(purchases):
    spend = spending(*(bought(day, amount, str(n)) for n, (day, amount) in enumerate(purchases)))
    days = [day for day, amount in purchases if amount > 0]
    assert spend.gaps == max(0, spend.count - 1)
    assert min(1, len(days)) <= spend.count <= len(days)
    assert math.log(DAY) * spend.gaps <= spend.sum_log_gap + 1e-9
    assert spend.sum_log_gap_squared * max(1, spend.gaps) >= spend.sum_log_gap**2 - 1e-6
    if days:
        assert (spend.first_at, spend.last_at) == pytest.approx((START + min(days) * DAY, START + max(days) * DAY))


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_a_history_that_comes_backwards_gives_the_same_gaps(days):
    """Each is a day before the first: nothing lies between, so the gap is known."""
    ordered = sorted({day // 1 for day in days})
    forwards, backwards = (spending(*(bought(day) for day in way)) for way in (ordered, ordered[::-1]))
    assert beats(forwards) == pytest.approx(beats(backwards))


def test_a_late_purchase_between_two_known_ones_counts_in_the_value_and_leaves_the_rhythm():
    known = spending(bought(0), bought(30))
    late = spending(bought(0), bought(30), bought(10, 75))
    assert beats(late) == beats(known)
    assert worth(late) > worth(known)


def test_no_more_than_the_last_few_purchases_are_kept_singly():
    spend = spending(*(bought(day) for day in range(30)))
    assert len(spend.recent) == MOST_RECENT
    before = copy.deepcopy(spend.recent)
    assert [round((at - START) / DAY) for _, at, _ in before] == list(range(22, 30))
