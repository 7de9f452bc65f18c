"""The model of purchases: its chances behave as chances, and are what integration, simulation and published figures say."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.decide.rhythm import Bought, Population, alive, away, left_per_stayed, longer, nothing_within

POPULATIONS = st.builds(
    Population,
    k=st.integers(1, 5),
    r=st.floats(0.1, 8),
    alpha=st.floats(0.5, 200),
    a=st.floats(0.01, 4),
    b=st.floats(0.1, 8),
    back=st.floats(0, 0.3),
    odds=st.floats(0.3, 2),
)
CUSTOMERS = st.tuples(st.integers(0, 60), st.floats(0.1, 900)).map(lambda one: Bought(one[0], one[1] if one[0] else 0.0))
GAPS = st.floats(0, 2_000)
CDNOW = Population(1, 0.525, 6.183, 0.891, 1.614)
"""MBG/NBD of the CDNOW sample, in weeks (Batislam, Denizel, Filiztekin 2007)."""

BUILT_IN = Population(2, 0.92, 30.7, 0.075, 1.34, back=0.06)


# -- what chances do --------------------------------------------------------------------------------------------------------------------


@given(POPULATIONS, CUSTOMERS, GAPS, st.floats(1, 400))
def test_every_chance_lies_between_nothing_and_certainty(population, known, gap, horizon):
    age = known.recency + gap
    for chance in (alive, longer):
        assert 0 <= chance(population, known, age) <= 1
    assert 0 <= nothing_within(population, known, age, horizon) <= 1


@given(POPULATIONS, CUSTOMERS, GAPS, st.floats(0.1, 400))
def test_the_longer_the_silence_the_rarer_and_the_less_likely_is_the_customer_still_with_us(population, known, gap, more):
    age = known.recency + gap
    for chance, of in ((longer, population), (alive, population._replace(back=0.0))):
        assert chance(of, known, age + more) <= chance(of, known, age) + 1e-12


@given(POPULATIONS, CUSTOMERS, GAPS, st.floats(1, 200), st.floats(0.1, 200))
def test_nothing_in_a_longer_time_is_never_likelier(population, known, gap, horizon, more):
    age = known.recency + gap
    assert nothing_within(population, known, age, horizon + more) <= nothing_within(population, known, age, horizon) + 1e-12


@given(POPULATIONS, CUSTOMERS, st.floats(3, 12), st.floats(1, 60))
def test_beyond_the_own_rhythm_nothing_gets_likelier_with_the_silence(population, known, many, horizon):
    assume(known.x > 1)
    mean = known.recency / known.x
    usual = max(mean, population.k * population.alpha / population.r)
    soon, late = (nothing_within(population._replace(back=0.0), known, known.recency + gaps * usual, horizon) for gaps in (many, 2 * many))
    assert late >= soon - 1e-9


@given(POPULATIONS, CUSTOMERS)
def test_at_the_last_purchase_only_leaving_speaks_against_being_here(population, known):
    assert longer(population, known, known.recency) == 1
    assert alive(population, known, known.recency) == pytest.approx(1 / (1 + left_per_stayed(population, known.x)))


def test_an_endless_silence_is_no_error():
    known = Bought(5_000, 365.0)
    assert alive(CDNOW, known, 1e9) == 0.0
    assert nothing_within(CDNOW, known, 1e9, 60) == 1.0


def test_who_left_may_come_back_and_odds_correct_what_is_said():
    known, pure = Bought(4, 40.0), Population(2, 0.9, 30.0, 0.5, 1.0)
    said = nothing_within(pure, known, 400.0, 60)
    assert nothing_within(pure._replace(back=0.1), known, 400.0, 60) < said
    corrected = nothing_within(pure._replace(odds=0.5), known, 400.0, 60)
    assert corrected / (1 - corrected) == pytest.approx(0.5 * said / (1 - said))
    assert away(pure, known, 60) == 1.0


@pytest.mark.parametrize("every", [1, 7, 30, 90])
@pytest.mark.parametrize("times", [2, 10, 100])
def test_who_is_away_for_years_is_taken_for_gone_whatever_their_rhythm_was(every, times):
    known = Bought(times, times * every)
    assert alive(BUILT_IN, known, known.recency + 1_500) < 0.05
    assert nothing_within(BUILT_IN, known, known.recency + 1_500, 60) > 0.9


# -- against others ---------------------------------------------------------------------------------------------------------------------


@given(POPULATIONS, CUSTOMERS, GAPS)
def test_without_regularity_it_is_the_mbg_nbd(population, known, gap):
    """P(alive) as Batislam, Denizel and Filiztekin 2007 write it."""
    one, age = population._replace(k=1), known.recency + gap
    ratio = ((one.alpha + age) / (one.alpha + known.recency)) ** (one.r + known.x) if gap < 1_000 else math.inf
    assume(math.isfinite(ratio))
    assert alive(one._replace(back=0.0), known, age) == pytest.approx(1 / (1 + one.a / (one.b + known.x) * ratio), rel=1e-9)


@pytest.mark.parametrize(
    ("x", "recency", "age", "published"),
    [
        (0, 0, 38.86, 0.38973508),
        (2, 30.43, 38.86, 0.70620227),
        (1, 1.71, 38.86, 0.17083648),
        (10, 20, 39, 0.04012016),
        (26, 31, 31, 0.96874233),
    ],
)
def test_chances_of_cdnow_customers_are_those_of_another_implementation(x, recency, age, published):
    """Computed with the package lifetimes 0.11.3 (`ModifiedBetaGeoFitter.conditional_probability_alive`), weeks as there."""
    assert alive(CDNOW, Bought(x, recency), age) == pytest.approx(published, abs=1e-8)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize(("x", "recency", "gap"), [(0, 0.0, 10.0), (3, 40.0, 35.0), (12, 90.0, 20.0)])
def test_the_closed_form_is_what_integrating_over_rates_gives(k, x, recency, gap):
    population, known, horizon = Population(k, 0.9, 14.0, 0.4, 1.7), Bought(x, recency), 30.0
    order, rate = population.r + k * x, population.alpha + recency
    steps, top = 40_000, (order + 60 + 12 * math.sqrt(order)) / rate

    def over_rates(wait: float) -> float:
        """The mean of an Erlang tail over the rates that the purchases leave likely: Gamma(r + k x, alpha + recency)."""
        total = 0.0
        for n in range(steps):
            u = (n + 0.5) / steps
            lam = top * u**3  # finer near nothing, where a shape below one has its peak
            density = math.exp(order * math.log(rate) + (order - 1) * math.log(lam) - rate * lam - math.lgamma(order))
            tail = math.exp(-lam * wait) * sum((lam * wait) ** j / math.factorial(j) for j in range(k))
            total += density * tail * 3 * top * u * u / steps
        return total

    now, later, left = over_rates(gap), over_rates(gap + horizon), left_per_stayed(population, x)
    assert longer(population, known, recency + gap) == pytest.approx(now, rel=1e-5)
    assert alive(population, known, recency + gap) == pytest.approx(now / (now + left), rel=1e-5)
    assert nothing_within(population, known, recency + gap, horizon) == pytest.approx((left + later) / (left + now), rel=1e-5)


def test_simulated_customers_are_alive_and_buy_nothing_as_often_as_stated():
    population, age, horizon, chance = Population(2, 0.9, 14.0, 0.6, 1.7), 150.0, 40.0, random.Random(7)
    stated, stated_nothing, here, nothing = 0.0, 0.0, 0, 0
    many = 20_000
    for _ in range(many):
        known, is_alive, next_at = _lived(population, age, chance)
        stated += alive(population, known, age)
        stated_nothing += nothing_within(population, known, age, horizon)
        here += is_alive
        nothing += not (is_alive and next_at < age + horizon)
    assert stated / many == pytest.approx(here / many, abs=0.01)
    assert stated_nothing / many == pytest.approx(nothing / many, abs=0.01)


def _lived(population: Population, age: float, chance: random.Random) -> tuple[Bought, bool, float]:
    rate, leaves = chance.gammavariate(population.r, 1 / population.alpha), chance.betavariate(population.a, population.b)
    x, last = 0, 0.0
    while True:
        if chance.random() < leaves:
            return Bought(x, last), False, math.inf
        next_at = last + chance.gammavariate(population.k, 1 / rate) if rate > 1e-12 else math.inf
        if next_at > age:
            return Bought(x, last), True, next_at
        x, last = x + 1, next_at
