"""Laws of priority: addends sum to the score, and nothing that makes a task graver lowers it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import Priority
from streams.decide.priority import ADDENDS, level, weigh
from streams.decide.state import Customer, Profile, Segment, Signal
from tests.streams.decide.recovering import DAY, START, a_customer, a_policy, a_task

POLICY = a_policy()
TIERS = ("C", "unknown", "B", "A")
share = st.floats(0, 1)
money = st.floats(-1e6, 1e9)
days = st.floats(0, 400)

situations = st.fixed_dictionaries(
    {
        "tier": st.integers(0, 3),
        "hic": st.booleans(),
        "severity": share,
        "value": st.none() | money,
        "signal": share,
        "renews_in": st.none() | days,
        "regressions": st.integers(0, 9),
        "age": days,
    }
)


def weighed(tier, hic, severity, value, signal, renews_in, regressions, age):
    at = START + age * DAY
    customer = Customer(
        id="c",
        segment=Segment(tier=TIERS[tier], hic=hic, hic_because="named by the company" if hic else None),
        profile=Profile(annual_value=value, renews_at=None if renews_in is None else at + renews_in * DAY),
        signals={"leave_phrase": Signal(signal, at, "speaks of leaving")},
    )
    return weigh(customer, a_task(severity=severity, regressions=regressions), at, POLICY)


@given(situations)
def test_addends_sum_to_the_score(situation):
    score, addends = weighed(**situation)
    assert round(sum(addend.points for addend in addends), 1) == score
    assert all(addend.points == round(addend.points, 1) for addend in addends)


@given(situations)
def test_every_addend_says_why(situation):
    _, addends = weighed(**situation)
    assert all(addend.because for addend in addends)
    assert [a.name for a in addends] == [name for name, _ in ADDENDS if name in {a.name for a in addends}]


GRAVER = {
    "tier": lambda s, by: {"tier": min(3, s["tier"] + 1 + int(by * 3))},
    "hic": lambda s, by: {"hic": True},
    "severity": lambda s, by: {"severity": min(1.0, s["severity"] + by)},
    "value": lambda s, by: {"value": s["value"] + by * 1e6 if s["value"] is not None else by * 1e6},
    "churn": lambda s, by: {"signal": min(1.0, s["signal"] + by)},
    "renewal": lambda s, by: {"renews_in": s["renews_in"] * by if s["renews_in"] is not None else by * 100},
    "repeat": lambda s, by: {"regressions": s["regressions"] + int(by * 5)},
    "age": lambda s, by: {"age": s["age"] + by * 30},
}


@pytest.mark.parametrize("what", GRAVER)
@given(situation=situations, by=share)
def test_a_graver_situation_never_has_a_lower_priority(what, situation, by):
    before, _ = weighed(**situation)
    worse, _ = weighed(**{**situation, **GRAVER[what](situation, by)})
    assert worse >= before
    assert level(worse, POLICY) <= level(before, POLICY)  # "P1" < "P2"


@given(situations, st.floats(0, 1e9))
def test_a_customer_of_unknown_value_never_outranks_the_same_with_a_known_one(situation, value):
    unknown, _ = weighed(**{**situation, "value": None})
    known, _ = weighed(**{**situation, "value": value})
    assert unknown <= known


@given(situations, st.floats(1, 400))
def test_a_renewal_that_is_past_adds_nothing(situation, ago):
    past, _ = weighed(**{**situation, "renews_in": -1.01 * ago})
    none, _ = weighed(**{**situation, "renews_in": None})
    assert past == none


@pytest.mark.parametrize(
    ("score", "priority"), [(0, "P4"), (29.9, "P4"), (30, "P3"), (54.9, "P3"), (55, "P2"), (79.9, "P2"), (80, "P1"), (999, "P1")]
)
def test_the_priority_is_by_the_thresholds_of_the_policy(score, priority):
    assert level(score, POLICY) is Priority(priority)


def test_the_sum_is_shown_with_numbers():
    score, addends = weigh(a_customer(), a_task(severity=1.0), START + 2 * DAY, POLICY)
    assert {a.name: a.points for a in addends} == {
        "tier": 30.0,
        "high-impact": 15.0,
        "severity": 25.0,
        "value at risk": 12.3,
        "churn evidence": 0.6,
        "age": 2.0,
    }
    assert score == 84.9
    assert {a.name: a.because for a in addends}["value at risk"] == "80,000 EUR a year at risk"


PLAIN = {"tier": 0, "hic": False, "severity": 0.0, "value": None, "signal": 0.0, "renews_in": None, "regressions": 0, "age": 0.0}
SHOWN = {
    "tier": ({"tier": 2}, 15.0, "tier B"),
    "high-impact": ({"hic": True}, 15.0, "high-impact: named by the company"),
    "severity": ({"severity": 0.4}, 10.0, "severity 40%"),
    "value at risk": ({"value": 999}, 7.5, "999 EUR a year at risk"),
    "churn evidence": ({"signal": 0.5}, 10.3, "chance of leaving 52%"),
    "renewal": ({"renews_in": 45}, 5.0, "renews in 45 days"),
    "repeat failure": ({"regressions": 4}, 15.0, "came back 4 times"),
    "age": ({"age": 30}, 10.0, "open for 30 days"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_each_addend_gives_its_points_and_why(name):
    change, points, why = SHOWN[name]
    (addend,) = [a for a in weighed(**{**PLAIN, **change})[1] if a.name == name]
    assert (addend.points, addend.because) == (points, why)


def test_weights_of_the_policy_hold():
    policy = a_policy(weights={"severity": 500, "value_full": 80_000})
    points = {a.name: a.points for a in weigh(a_customer(), a_task(severity=1.0), START, policy)[1]}
    assert points["severity"] == 500
    assert points["value at risk"] == 15
