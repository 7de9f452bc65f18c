"""Laws of the policy's model: what would make judgement unfair or leave a task without an owner is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.decisions import Priority
from schemas.policy import Policy


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"weights": {"tier": {"A": 1, "B": 5, "C": 0, "unknown": 0}}}, "tier points must not fall"),
        ({"weights": {"tier": {"A": 9, "B": 5, "C": 1, "unknown": 3}}}, "tier points must not fall"),
        ({"targets": {"C": 8, "unknown": 4}}, "targets must not fall"),
        ({"priority_from": {"P1": 50, "P2": 55, "P3": 30}}, "P1 must be greater than P2"),
        ({"targets": {"C": 25}}, "less than or equal to 24"),
        ({"tiers": {"grid": ["AAB", "ABC", "BCD"]}}, "three rows of three letters"),
        ({"tiers": {"grid": ["AAB", "ABC"]}}, "Field required"),
        ({"tiers": {"percentile_middle": 95}}, "must be less than percentile_high"),
        ({"tiers": {"business_middle": 50_000}}, "must be less than its _high value"),
        ({"churn": {"raise_at": {"watch": 0.5, "warning": 0.4, "critical": 0.8}}}, "must rise"),
        ({"churn": {"raise_at": {"watch": 0.5}}}, "needs watch, warning and critical"),
        ({"owners": []}, "every task has an owner"),
        ({"owners": [{"owner": "profile"}]}, "every task has an owner"),
        ({"owners": [{"owner": "desk", "tiers": ["A"]}]}, "every task has an owner"),
        ({"tires": {}}, "Extra inputs"),
        ({"tiers": {"percentile_hihg": 96}}, "Extra inputs"),
        ({"version": " "}, "at least 1 character"),
    ],
)
def test_a_policy_against_its_laws_is_refused(change, because):
    with pytest.raises(ValidationError, match=because):
        Policy.model_validate({"version": "x", **change})


def test_the_defaults_keep_their_own_laws():
    default = Policy(version="x")
    assert Policy.model_validate(default.model_dump()) == default


def test_every_priority_has_a_route():
    assert all(Policy(version="x").routes.of(priority) for priority in Priority)


def test_nobody_waits_longer_than_a_day_and_a_higher_tier_never_longer():
    targets = Policy(version="x").targets
    assert targets.hic <= targets.A <= targets.B <= targets.C <= 24
