"""Weights that labels taught, in place of the noisy-or: a stronger sign never lowers the chance, and what is shown adds up to it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.policy import Policy
from schemas.policy_signals import Logistic, Sign
from streams.decide import churn, logistic
from streams.decide.aspect import NEVER
from streams.decide.contributions import shares
from streams.decide.outcomes import NONE, Correction
from streams.decide.signals import silence
from streams.decide.state import Customer, Signal, Spend, Why
from streams.decide.tier import DAY

NAMES = sorted(churn.CAUSE_OF)
SEEN = Why("leave_phrase")
WEIGHTS = {"leave_phrase": 4.0, "ticket_burst": 0.0, "silence": 3.0, "low_satisfaction": 1.5}
SIGNALS = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1), max_size=6)


def a_policy(**weights: float) -> Policy:
    return Policy.model_validate({"version": "test", "churn": {"leak": 0.05, "logistic": {"weights": weights or WEIGHTS}}})


POLICY = a_policy()


def showing(strengths: dict[str, float], *, lasts: bool = False) -> Customer:
    return Customer("ann", signals={name: Signal(strength, 0.0, SEEN, lasts=lasts) for name, strength in strengths.items()})


@given(SIGNALS, st.sampled_from(NAMES), st.floats(0, 1), st.floats(0, 400))
def test_a_stronger_sign_never_lowers_the_chance_and_age_never_raises_it(strengths, name, more, days):
    weaker, stronger = showing(strengths), showing({**strengths, name: max(more, strengths.get(name, 0))})
    before = churn.chance_of(weaker, 0, POLICY)
    assert POLICY.churn.leak - 1e-9 <= before <= 1
    assert churn.chance_of(stronger, 0, POLICY) >= before - 1e-12
    assert churn.chance_of(weaker, days * DAY, POLICY) <= before + 1e-12


@given(SIGNALS, st.randoms(use_true_random=False))
def test_the_order_of_the_signs_does_not_matter(strengths, chance):
    shuffled = [*strengths.items()]
    chance.shuffle(shuffled)
    assert churn.chance_of(showing(dict(shuffled)), 0, POLICY) == churn.chance_of(showing(strengths), 0, POLICY)


@given(SIGNALS)
def test_what_each_sign_adds_sums_to_the_shown_chance_and_is_never_less_than_nothing(strengths):
    customer = showing(strengths)
    shown = churn.chance_at(customer, 0, POLICY)
    rest, share = shares(shown, churn.by_strength(customer, 0, POLICY), POLICY)
    assert rest + sum(share.values()) == pytest.approx(shown, abs=0.005)
    assert min([rest, *share.values()]) >= 0


def test_odds_add_up_by_weight_times_strength():
    odds = 0.05 / 0.95 * 2.718281828 ** (4.0 * 0.5 + 1.5 * 0.4)
    assert churn.chance_of(showing({"leave_phrase": 0.5, "low_satisfaction": 0.4}), 0, POLICY) == pytest.approx(odds / (1 + odds))


def test_without_any_sign_the_chance_is_the_leak():
    assert churn.chance_of(showing({}), 0, POLICY) == churn.chance_at(showing({}), 0, POLICY) == 0.05


@given(st.floats(0, 1))
def test_a_sign_that_the_labels_had_too_little_of_brings_what_it_does_alone_by_the_noisy_or(strength):
    customer = showing({"undelivered": strength})
    assert churn.chance_of(customer, 0, POLICY) == pytest.approx(churn.combined([strength], POLICY), abs=1e-5)


def test_a_task_is_weighed_beside_what_it_is_about_by_the_same_weights():
    both = showing({"leave_phrase": 0.5, "low_satisfaction": 0.8})
    assert churn.chance_beside(both, frozenset({"leave_phrase"}), 0, POLICY) == churn.chance_at(
        showing({"low_satisfaction": 0.8}), 0, POLICY
    )
    assert churn.chance_beside(showing({"leave_phrase": 0.5}), frozenset({"leave_phrase"}), 0, POLICY) == POLICY.churn.leak


@given(st.floats(0.3, 1), st.floats(0, 1))
def test_an_alert_is_looked_at_again_when_fading_has_brought_the_chance_below_its_level(phrase, satisfaction):
    customer = showing({"leave_phrase": phrase, "low_satisfaction": satisfaction})
    level = churn.level_of(churn.chance_at(customer, 0, POLICY), None, POLICY)
    if level is not None:
        at = churn.review_at(customer, 0, level, POLICY)
        assert at < NEVER
        assert churn.level_of(churn.chance_at(customer, at, POLICY), level, POLICY) != level
        assert churn.level_of(churn.chance_at(customer, at - 120, POLICY), level, POLICY) == level


def test_silence_is_looked_at_where_it_alone_reaches_a_level():
    policy = a_policy(silence=5.0)
    marks = silence.watch_of(policy).marks
    for limit in policy.churn.raise_at.values():
        strength = logistic.alone(limit, "silence", policy)
        assert churn.chance_of(showing({"silence": strength}), 0, policy) == pytest.approx(limit, abs=1e-6)
        assert strength in marks or strength <= policy.churn.silence.least_chance
    assert logistic.alone(0.5, "silence", a_policy(silence=0.0)) > 1


@pytest.mark.parametrize(
    "changes",
    [{"leak": 0.04}, {"raise_at": {"watch": 0.21, "warning": 0.5, "critical": 0.8}}, {"logistic": Logistic(weights={"silence": 5.0})}],
)
def test_where_silence_is_looked_at_follows_the_policy_though_its_own_section_stays(changes):
    """What was worked out of one policy was taken for that of another one with the same section about silence."""
    before = a_policy()
    after = before.model_copy(update={"churn": before.churn.model_copy(update=changes)})
    marks = silence.watch_of(before).marks
    assert after.churn.silence is before.churn.silence
    assert silence.watch_of(after).marks != marks
    assert silence.watch_of(before).marks == marks


def test_a_look_at_what_came_of_a_chance_leaves_what_is_worked_out_as_it_is():
    """The forecast asks for a chance that is not corrected: each of its looks had everything worked out twice."""
    policy, spend = a_policy(), Spend(5, 0, 100, 1)
    known = silence.watch_of(policy)
    stated, corrected = (silence.chance_of_nothing(spend, 120 * DAY, policy, by) for by in (NONE, Correction(1, 0.5, 0.9)))
    assert corrected == Correction(1, 0.5, 0.9).of(stated) != stated
    assert silence.watch_of(policy) is known


def test_a_weight_below_nothing_is_refused():
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        a_policy(silence=-0.1)


def test_the_policy_knows_every_sign_by_its_name_and_no_other():
    assert set(get_args(Sign)) == set(churn.CAUSE_OF)
    with pytest.raises(ValidationError, match="silense"):
        Logistic(weights={"silense": 2.0})
