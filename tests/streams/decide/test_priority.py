"""Laws of priority: addends sum to the score, and nothing that makes a task graver lowers it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.config import policy_file
from schemas.decisions import Priority
from schemas.facts import CustomerProfiled, DeliveryMade, SurveyAnswered, TicketOpened
from schemas.message import instant
from schemas.reasons import CODES
from streams.decide.priority import ADDENDS, level, weigh
from streams.decide.state import Churn, Customer, Profile, Segment, Signal, Why
from tests.streams.decide.recovering import DAY, HOUR, START, Story, a_customer, a_policy, a_task, answered, coded, fact, snapshots

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
        "chance": share,
        "renews_in": st.none() | days,
        "regressions": st.integers(0, 9),
        "age": days,
    }
)


def weighed(tier, hic, severity, value, chance, renews_in, regressions, age):
    at = START + age * DAY
    customer = Customer(
        id="c",
        segment=Segment(tier=TIERS[tier], hic=hic, hic_why=Why("named_by_company") if hic else None),
        profile=Profile(annual_value=value, renews_at=None if renews_in is None else at + renews_in * DAY),
        churn=Churn(chance),
    )
    return weigh(customer, a_task(severity=severity, regressions=regressions), at, POLICY)


@given(situations)
def test_addends_sum_to_the_score(situation):
    score, addends = weighed(**situation)
    assert round(sum(addend.points for addend in addends), 1) == score
    assert all(addend.points == round(addend.points, 1) for addend in addends)


def required(code):
    return [name for name in CODES[code] if not name.endswith("?")]


@given(situations)
def test_every_addend_says_why(situation):
    _, addends = weighed(**situation)
    assert all(set(required(addend.why.code)) <= set(addend.why.values) for addend in addends)
    assert [a.name for a in addends] == [name for name, _ in ADDENDS if name in {a.name for a in addends}]


GRAVER = {
    "tier": lambda s, by: {"tier": min(3, s["tier"] + 1 + int(by * 3))},
    "hic": lambda s, by: {"hic": True},
    "severity": lambda s, by: {"severity": min(1.0, s["severity"] + by)},
    "value": lambda s, by: {"value": s["value"] + by * 1e6 if s["value"] is not None else by * 1e6},
    "churn": lambda s, by: {"chance": min(1.0, s["chance"] + by)},
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
        "tier": 28.0,
        "high_impact": 20.0,
        "severity": 40.0,
        "value_at_risk": 15.9,
        "chance_of_leaving": 0.6,
        "age": 2.0,
    }
    assert score == 106.5
    assert coded({a.name: a.why for a in addends}["value_at_risk"]) == ("value_at_risk", {"annual_value": 80_000, "currency": "EUR"})


PLAIN = {"tier": 0, "hic": False, "severity": 0.0, "value": None, "chance": 0.0, "renews_in": None, "regressions": 0, "age": 0.0}
SHOWN = {
    "tier": ({"tier": 2}, 15.0, ("tier", {"tier": "B"})),
    "high_impact": ({"hic": True}, 20.0, ("named_by_company", {})),
    "severity": ({"severity": 0.4}, 16.0, ("severity", {"severity": 0.4})),
    "value_at_risk": ({"value": 10_000}, 8.3, ("value_at_risk", {"annual_value": 10_000, "currency": "EUR"})),
    "chance_of_leaving": ({"chance": 0.515}, 10.3, ("chance_of_leaving", {"chance": 0.515})),
    "renewal": ({"renews_in": 45}, 5.0, ("renewal", {"left_days": 45})),
    "repeat_failure": ({"regressions": 4}, 15.0, ("repeat_failure", {"times": 4})),
    "age": ({"age": 30}, 10.0, ("age", {"open_days": 30})),
}


@pytest.mark.parametrize("name", SHOWN)
def test_each_addend_gives_its_points_and_why(name):
    change, points, why = SHOWN[name]
    (addend,) = [a for a in weighed(**{**PLAIN, **change})[1] if a.name == name]
    assert (addend.points, coded(addend.why)) == (points, why)


def test_of_whom_nothing_was_seen_the_chance_is_that_of_everybody():
    (addend,) = [a for a in weigh(Customer("c"), a_task(), START, POLICY)[1] if a.name == "chance_of_leaving"]
    assert coded(addend.why) == ("chance_of_leaving", {"chance": POLICY.churn.leak})


def test_a_value_that_is_next_to_nothing_gives_no_points():
    assert not [a for a in weighed(**{**PLAIN, "value": 999})[1] if a.name == "value_at_risk"]


def test_weights_of_the_policy_hold():
    policy = a_policy(weights={"severity": 500, "value_full": 80_000})
    points = {a.name: a.points for a in weigh(a_customer(), a_task(severity=1.0), START, policy)[1]}
    assert points["severity"] == 500
    assert points["value_at_risk"] == 20


# -- the scale --------------------------------------------------------------------------------------------------------------------------


BUILT_IN = policy_file.built_in()
HIGH_IMPACT = Segment(tier="C", hic=True, hic_why=Why("named_by_company"))
TOP = Segment(tier="A", hic=True, hic_why=Why("top_business"), top=True)
TOP_UNHAPPY = Segment(tier="B", hic=True, hic_why=Why("top_business"), top=True)


@pytest.mark.parametrize(
    ("segment", "value", "severity", "priority"),
    [
        (HIGH_IMPACT, 25_000, 1.0, "P1"),
        (TOP, 50_000, 1.0, "P1"),
        (TOP, 100_000, 0.25, "P3"),
        (HIGH_IMPACT, None, 1.0, "P2"),
        (HIGH_IMPACT, 100_000, 0.25, "P3"),
        (HIGH_IMPACT, 10_000, 0.25, "P4"),
    ],
)
def test_the_built_in_weights_use_every_priority(segment, value, severity, priority):
    customer = Customer("c", segment=segment, profile=Profile(annual_value=value))
    score, _ = weigh(customer, a_task(severity=severity), START, BUILT_IN)
    assert level(score, BUILT_IN) is Priority(priority)


def raised(value: float, message: Any) -> Any:
    """The task that this raises for a high-impact customer of tier A who is worth so much a year."""
    story = Story(Customer("c-1"), BUILT_IN)
    story.step(fact(CustomerProfiled, -DAY, "profile", annual_value=value, hic=True))
    assert story.customer.segment.tier == "A"
    return snapshots(story.step(message))[-1]


@pytest.mark.parametrize("value", [75_000.0, 250_000.0, 10_000_000.0])
@pytest.mark.parametrize(("score", "priority"), [*((n, "P1") for n in range(5)), (6, "P2")])
def test_what_pages_the_on_call_for_who_is_protected_and_valuable_is_severe(value, score, priority):
    """6 of 10 is work of today, however valuable: only what else is known of the customer makes it more."""
    assert raised(value, answered(score)).priority == priority


@pytest.mark.parametrize(
    ("message", "priority"),
    [
        (fact(TicketOpened, 0.0, "t-1", severity="urgent"), "P1"),
        (fact(SurveyAnswered, 0.0, "s-1", score={"metric": "csat", "raw": 1}), "P1"),
        (fact(SurveyAnswered, 0.0, "s-1", score={"metric": "csat", "raw": 2}), "P1"),
        (fact(SurveyAnswered, 0.0, "s-1", score={"metric": "csat", "raw": 3}), "P2"),
        (fact(DeliveryMade, 0.0, "o-1", promised_for=instant(START - 25 * HOUR)), "P2"),
        (fact(DeliveryMade, 0.0, "o-1", promised_for=instant(START - 12 * DAY)), "P1"),
    ],
)
def test_an_urgent_ticket_pages_and_three_of_five_or_a_day_late_do_not(message, priority):
    assert raised(75_000.0, message).priority == priority


def test_who_is_high_impact_by_their_business_alone_has_the_points_of_tier_a_once_whatever_they_answer():
    weighed = [weigh(Customer("c", segment=segment), a_task(), START, BUILT_IN) for segment in (TOP, TOP_UNHAPPY)]
    assert [a.name for a in weighed[0][1] if a.name in {"tier", "high_impact"}] == ["tier"]
    assert weighed[0][0] == weighed[1][0]


def test_the_sign_that_tells_what_a_task_is_about_is_not_weighed_again_as_a_chance_of_leaving():
    signals = {"leave_phrase": Signal(0.5, START, Why("phrase_leave")), "spend_halved": Signal(0.4, START, Why("spend_halved"))}
    customer = Customer("c", signals=signals, churn=Churn(0.7))
    shown = {a.name: a for a in weigh(customer, a_task(cause="wants_to_leave"), START, BUILT_IN)[1]}["chance_of_leaving"]
    assert (shown.points, coded(shown.why)) == (8.0, ("chance_of_leaving", {"chance": 0.7, "beside": 0.4}))
