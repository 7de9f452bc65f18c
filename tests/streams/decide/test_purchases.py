"""Given purchases, then what a customer is worth a year and in which rhythm they come; whatever order they arrive in."""

from __future__ import annotations

import copy

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.facts import PurchaseMade
from schemas.message import instant
from streams.decide.purchases import DAY, MOST_RECENT, WINDOW, faded, on_purchase
from streams.decide.state import Customer, Spend
from streams.decide.value import YEAR_DAYS, annual_spend, worth_less_at
from tests.streams.decide.recovering import START, a_context

CONTEXT = a_context()
POLICY = CONTEXT.policy
NOW = START + 1_000 * DAY
DAYS = st.integers(0, 900 * 24).map(lambda hour: hour / 24)
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


def left_of(spend: Spend) -> float:
    """The sum, faded to now: in the rhythm an order stays on the day where it was first heard of."""
    return spend.decayed * faded(NOW - spend.decayed_at, POLICY)


def rhythm(spend: Spend) -> tuple[int, int, int, int]:
    return spend.days, spend.first_day, spend.last_day, spend.recent_days


# -- what they are worth ------------------------------------------------------------------------------------------------------------


def test_a_steady_customer_is_worth_what_they_spend_in_a_year():
    every_week = spending(*(bought(day, 100) for day in range(0, 2_000, 7)))
    assert worth(every_week, START + 1_996 * DAY) == pytest.approx(100 * YEAR_DAYS / 7, rel=0.02)


@pytest.mark.parametrize("known", [60, 90, 200, 400])
def test_a_steady_customer_is_worth_the_same_however_long_they_are_known(known):
    every_week = spending(*(bought(day, 100) for day in range(0, known, 7)))
    assert worth(every_week, START + known * DAY) == pytest.approx(100 * YEAR_DAYS / 7, rel=0.1)


def test_a_first_order_is_not_taken_for_what_comes_every_day():
    first = spending(bought(0, 100))
    assert worth(first, START) < 300


def test_what_was_spent_a_half_life_ago_counts_half():
    spend = spending(bought(0, 100), bought(900, 100))
    later = NOW + POLICY.tiers.spend_half_life_days * DAY
    assert worth(spend, later) == pytest.approx(worth(spend) / 2, rel=0.05)


def test_a_return_lowers_the_value_and_is_no_occasion():
    spend = spending(bought(0, 100), bought(10, -100, "a return"), bought(20, 60))
    assert worth(spend) < worth(spending(bought(0, 100), bought(20, 60)))
    assert spend.days == 2
    only_a_return = spending(bought(5, -20))
    assert rhythm(only_a_return) == (0, 0, 0, 0)
    assert worth(only_a_return) < 0


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=25), st.floats(0.01, 1))
def test_when_purchases_will_be_worth_less_than_a_limit_is_when_they_are(purchases, share):
    spend = spending(*(bought(day, amount, str(n)) for n, (day, amount) in enumerate(purchases)))
    limit = share * worth(spend, spend.decayed_at)
    assume(limit > 0)
    falls = worth_less_at(spend, limit, POLICY)
    assert worth(spend, falls) == pytest.approx(limit, rel=1e-9)
    assert falls >= spend.decayed_at - 1


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
    assert left_of(amended) == pytest.approx(left_of(only_last), rel=1e-6, abs=1e-4)
    assert sorted(amended.recent) == sorted(only_last.recent)


def test_an_amended_order_is_one_occasion():
    spend = spending(bought(0), bought(7, 80, "order"), bought(9, 40, "order"), bought(30, 0, "order"))
    assert spend.days == 2


def test_an_order_that_had_no_amount_at_first_is_an_occasion_once_it_has_one():
    assert rhythm(spending(bought(0), bought(7, 0, "order"), bought(7, 80, "order"))) == rhythm(spending(bought(0), bought(7)))


# -- in which rhythm they come ------------------------------------------------------------------------------------------------------


def test_several_purchases_on_one_day_are_one():
    assert rhythm(spending(bought(0.1), bought(0.9), bought(3.2), bought(3.9))) == rhythm(spending(bought(0), bought(3)))


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=40))
def test_in_order_every_day_with_a_purchase_counts(purchases):
    ordered = sorted(purchases)
    spend = spending(*(bought(day, amount, str(n)) for n, (day, amount) in enumerate(ordered)))
    days = {int((START + day * DAY) // DAY) for day, amount in ordered if amount > 0}
    recent = sum(1 << max(days) - day for day in days if max(days) - day < WINDOW) if days else 0
    assert rhythm(spend) == ((len(days), min(days), max(days), recent) if days else (0, 0, 0, 0))


@given(st.lists(st.integers(0, WINDOW - 1), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_within_nine_weeks_the_order_of_arrival_does_not_change_the_rhythm(days, chance):
    named = [bought(day, object_key=str(n)) for n, day in enumerate(days)]
    shuffled = chance.sample(named, len(named))
    assert rhythm(spending(*shuffled)) == rhythm(spending(*sorted(named, key=lambda purchase: purchase.at)))


@given(st.lists(st.integers(0, 900), min_size=1, max_size=20, unique=True), st.integers(0, 19))
def test_one_purchase_that_is_heard_late_by_weeks_counts_as_if_it_had_come_in_time(days, late):
    ordered = sorted(days)
    held = ordered[late % len(ordered)]
    waiting = [day for day in ordered if held < day < held + WINDOW]
    others = [day for day in ordered if day < held]
    in_time, late_by_weeks = (spending(*map(bought, way)) for way in ([*others, held, *waiting], [*others, *waiting, held]))
    assert rhythm(late_by_weeks) == rhythm(in_time)


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_a_history_that_comes_backwards_gives_the_same_rhythm(days):
    ordered = sorted({day // 1 for day in days})
    forwards, backwards = (spending(*(bought(day) for day in way)) for way in (ordered, ordered[::-1]))
    assert rhythm(forwards) == rhythm(backwards)


@given(st.lists(st.tuples(DAYS, AMOUNTS), min_size=1, max_size=40))
def test_no_order_of_arrival_corrupts_the_rhythm(purchases):
    spend = spending(*(bought(day, amount, str(n)) for n, (day, amount) in enumerate(purchases)))
    days = {int((START + day * DAY) // DAY) for day, amount in purchases if amount > 0}
    assert min(1, len(days)) <= spend.days
    if days:
        assert (spend.first_day, spend.last_day) == (min(days), max(days))
        assert spend.recent_days & 1
        assert spend.recent_days < 1 << WINDOW
        assert spend.days <= spend.last_day - spend.first_day + 1


def test_a_seldom_buyers_old_purchase_counts_although_the_days_there_are_forgotten():
    days = (0, 100, 200, 300, 400)
    assert spending(*map(bought, days), bought(150)).days == 6


def test_a_daily_buyers_old_purchase_is_taken_for_a_known_one():
    assert spending(*map(bought, range(200)), bought(50, object_key="late")).days == 200


def test_no_more_than_the_last_few_purchases_are_kept_singly():
    spend = spending(*(bought(day) for day in range(30)))
    assert len(spend.recent) == MOST_RECENT
    before = copy.deepcopy(spend.recent)
    assert [round((at - START) / DAY) for _, at, _ in before] == list(range(22, 30))
