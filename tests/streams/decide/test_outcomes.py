"""What came of stated chances, counted, and the correction that follows: monotone, exact over partitions, and none where little speaks for it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import Policy
from streams.decide.outcomes import (
    COUNTS_AS,
    LEAST_SLOPE,
    MOST,
    NONE,
    OFFSET_SPREAD,
    QUARTER,
    QUARTERS,
    STEP,
    Correction,
    Outcome,
    Outcomes,
    _likeliest,
    correction_of,
    in_force,
    model_of,
    on_counted,
    step_of,
    weighed,
)

POLICY = Policy(version="test")
RULES = POLICY.churn.recalibrate
MODEL = model_of(POLICY)
CHANCES = st.floats(0, 1)
outcomes = st.builds(Outcome, st.just(MODEL), st.floats(0, 12 * QUARTER), CHANCES, st.booleans())


def counted(many: Iterable[Outcome]) -> Outcomes:
    found = Outcomes()
    for outcome in many:
        found.add(outcome)
    return found


def correction(*partitions: Outcomes) -> Correction:
    return on_counted(partitions, POLICY, NONE) or NONE


def lived(odds: float, count: int = 400, seed: int = 1, at: float = 0.0) -> list[Outcome]:
    """Chances of 5 to 95 %, and what comes of them where the true odds are so many times those that were stated."""
    chance, found = random.Random(seed), []
    for _ in range(count):
        stated = chance.uniform(0.05, 0.95)
        true = odds * stated / (odds * stated + 1 - stated)
        found.append(Outcome(MODEL, at, stated, chance.random() < true))
    return found


# -- what is corrected ------------------------------------------------------------------------------------------------------------------


@given(CHANCES, CHANCES, st.floats(-5, 5), st.floats(0.2, 3))
def test_who_stood_higher_never_stands_lower(one, other, offset, slope):
    low, high = sorted((one, other))
    found = Correction(MODEL, offset, slope)
    assert 0 <= found.of(low) <= found.of(high) + 1e-12 <= 1 + 1e-9


@pytest.mark.parametrize("each", [100, 400, 2_000])
def test_where_the_slope_is_at_its_least_the_offset_is_the_likeliest_with_that_one(each):
    """High chances of which few come true, found on a grid, too: more outcomes do not make it worse."""
    counts = [(step * STEP, COUNTS_AS * each, COUNTS_AS * each * 0.3) for step in range(8, 17)]

    def posterior(offset: float) -> float:
        said = ((offset + LEAST_SLOPE * odds, stated, happened) for odds, stated, happened in counts)
        return sum(h * x - n * math.log1p(math.exp(x)) for x, n, h in said) - offset**2 / (2 * OFFSET_SPREAD**2)

    offset, slope = _likeliest(counts)
    assert slope == LEAST_SLOPE
    assert offset == pytest.approx(max((n / 1_000 for n in range(-3_000, 1_000)), key=posterior), abs=0.002)


@given(st.lists(outcomes, min_size=RULES.least_outcomes, max_size=150))
def test_whatever_happened_the_slope_stays_above_nothing(many):
    assert correction(counted(many)).slope > 0


@given(st.lists(outcomes, max_size=RULES.least_outcomes - 1))
def test_few_outcomes_change_nothing(many):
    assert correction(counted(many)) == NONE


@given(st.lists(outcomes, min_size=RULES.least_outcomes, max_size=150), outcomes)
def test_one_outcome_more_moves_no_chance_by_much(many, one):
    """As of one day: where time passes, what is old counts for less."""
    now = [outcome._replace(at=0.0) for outcome in many]
    rules = RULES.model_copy(update={"least_off": 0.0})
    before, after = (correction_of(MODEL, weighed(counted(some).quarters, rules), rules) for some in (now, [*now, one._replace(at=0.0)]))
    assert all(abs(before.of(chance) - after.of(chance)) < 0.05 for chance in (0.1, 0.3, 0.5, 0.7, 0.9))


@pytest.mark.parametrize("odds", [0.25, 4.0])
def test_chances_that_were_off_are_set_right(odds):
    found = correction(counted(lived(odds, 2_000)))
    for stated in (0.1, 0.3, 0.5, 0.7, 0.9):
        true = odds * stated / (odds * stated + 1 - stated)
        assert found.of(stated) == pytest.approx(true, abs=0.06)


@pytest.mark.parametrize("seed", range(5))
def test_chances_that_were_right_are_left_alone(seed):
    assert correction(counted(lived(1.0, 2_000, seed))) == NONE


# -- counts -----------------------------------------------------------------------------------------------------------------------------


@given(st.lists(outcomes, max_size=120), st.integers(1, 5), st.randoms(use_true_random=False))
def test_neither_their_order_nor_how_they_are_spread_over_partitions_matters(many, partitions, chance):
    shuffled = [*many]
    chance.shuffle(shuffled)
    assert counted(many).quarters == counted(shuffled).quarters
    spread = [[] for _ in range(partitions)]
    for outcome in shuffled:
        chance.choice(spread).append(outcome)
    assert correction(*map(counted, spread)) == correction(counted(many))


@given(st.lists(outcomes, max_size=150))
def test_the_counts_stay_small_however_long_it_goes_on(many):
    found = counted(many)
    assert len(found.quarters) <= QUARTERS
    assert all(len(steps) <= 2 * MOST + 1 for steps in found.quarters.values())


def test_what_is_old_counts_less_and_is_forgotten_in_the_end():
    before, now = lived(4.0, at=0.0), lived(0.25, at=4 * QUARTER)
    weights = weighed(counted([*before, *now]).quarters, RULES)
    assert sum(stated for stated, _ in weights.values()) == pytest.approx(len(now) + 0.5 * len(before), rel=0.01)
    assert correction_of(MODEL, weights, RULES.model_copy(update={"least_off": 0.0})).of(0.5) < 0.5 < correction(counted(before)).of(0.5)
    later = counted([*before, *lived(0.25, at=QUARTERS * QUARTER)])
    assert correction(later) == correction(counted(lived(0.25)))


@given(CHANCES)
def test_a_chance_is_counted_with_those_of_nearly_its_odds(chance):
    step = step_of(chance)
    assert abs(step) <= MOST
    if abs(step) < MOST:
        assert abs(math.log(chance / (1 - chance)) - step * STEP) <= STEP / 2 + 1e-9


# -- by which model ---------------------------------------------------------------------------------------------------------------------


def another_rhythm() -> Policy:
    return Policy.model_validate({"version": "next", "churn": {"silence": {"rhythm": {"a": 0.5}}}})


def test_what_came_of_another_rhythm_says_nothing_of_this_one():
    many = lived(4.0)
    found = correction(counted(many))
    assert in_force(found, POLICY) is found
    assert in_force(found, another_rhythm()) is NONE
    assert on_counted([counted(many)], another_rhythm(), NONE) is None
    strange = counted([*many, Outcome(MODEL + 1, 0.0, 0.5, happened=True)])
    assert sum(stated for steps in strange.quarters.values() for stated, _ in steps.values()) == 1


def test_where_the_policy_wants_none_there_is_none():
    off = Policy.model_validate({"version": "next", "churn": {"recalibrate": {"on": False}}})
    assert in_force(correction(counted(lived(4.0))), off) is NONE


def test_a_correction_that_would_hardly_move_is_left_as_it_is():
    many = lived(4.0)
    found = correction(counted(many))
    assert on_counted([counted(many)], POLICY, found) is None
    assert on_counted([counted([*many, *lived(4.0, 4, seed=2)])], POLICY, found) is None
    assert on_counted([counted(lived(0.25))], POLICY, found) is not None
