"""Whom the company must not lose is protected by what they are worth, whatever they answer; and it is told where that ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decisions import Decision, TaskSnapshot
from schemas.policy import Policy
from schemas.sentences import say
from schemas.traffic import ThresholdsSet
from streams.engine.partitioner import partition_of
from tests.streams.history import PARTITIONS, History

DAY = 24.0
TIERS = Policy(version="test").tiers
LAPSE, DWELL = TIERS.lapsed_days + 1, TIERS.dwell_days


def worth(value: float | None, policy: Policy | None = None, **more: Any) -> History:
    history = History(policy, hic=None, annual_value=value, **more)
    history.step_s = 6 * 3600.0
    return history


def answers_nothing_but_zeros(history: History) -> None:
    for number in range(3):
        history.fact("survey.answered", DAY * (number + 1), score={"metric": "nps", "raw": 0})
    history.pass_time((DWELL + 10) * DAY)


def decided(history: History, verdict: str) -> list[dict[str, Any]]:
    return [decision for decision in history.on("decisions") if decision["verdict"] == verdict]


def told(history: History) -> list[dict[str, Any]]:
    return [notice for notice in history.on("notices") if notice["kind"] == "protection_lost"]


def buys(history: History, *days: float, amount: float = 30_000.0) -> None:
    for day in days:
        history.fact("purchase.made", day * DAY, amount=amount)


# -- whatever they answer -----------------------------------------------------------------------------------------------------------


def test_who_is_worth_most_stays_high_impact_however_often_they_answer_zero():
    history = worth(400_000)
    answers_nothing_but_zeros(history)
    assert decided(history, "tier_changed")[-1]["now"] == "B"
    assert [decision["hic"] for decision in decided(history, "hic_changed")] == [True]
    assert not told(history)


@pytest.mark.parametrize(
    ("kind", "fields", "cause"),
    [
        ("ticket.opened", {"severity": "urgent", "subject": "line down"}, "bad_service"),
        ("subscription.cancelled", {}, "wants_to_leave"),
    ],
)
def test_what_happens_to_who_is_worth_most_raises_a_task_after_three_zeros_too(kind, fields, cause):
    history = worth(400_000)
    answers_nothing_but_zeros(history)
    history.fact(kind, (DWELL + 11) * DAY, **fields)
    assert cause in {task["cause"] for task in history.tasks()}


def test_the_top_business_row_is_protected_where_it_makes_nobody_high_impact():
    history = History(Policy.model_validate({"version": "test", "high_impact": {"top_business": False}}), hic=None, annual_value=400_000)
    history.step_s = 6 * 3600.0
    answers_nothing_but_zeros(history)
    history.fact("subscription.cancelled", (DWELL + 11) * DAY)
    assert not decided(history, "hic_changed")
    assert "wants_to_leave" in {task["cause"] for task in history.tasks()}


def test_why_somebody_is_high_impact_is_what_they_are_worth_and_never_their_tier():
    [changed] = decided(worth(400_000), "hic_changed")
    assert changed["why"] == {"code": "top_business", "values": {"annual_value": 400_000, "currency": "EUR", "business_high": 50_000}}


# -- how it ends --------------------------------------------------------------------------------------------------------------------


def test_business_that_lapsed_ends_the_protection_after_the_dwell_and_people_are_told_why():
    history = worth(None)
    buys(history, 1, 30, 60)
    history.pass_time((60 + LAPSE + DWELL - 1) * DAY)
    assert not told(history)
    history.pass_time((60 + LAPSE + DWELL + 7) * DAY)
    [notice] = told(history)
    assert (notice["why"]["code"], notice["about_kind"], notice["hic"], notice["tier"]) == ("business_lapsed", "customer", False, "C")


def test_what_the_company_says_less_of_ends_the_protection_after_the_dwell_and_people_are_told_why():
    history = worth(400_000, owner="Jo")
    history.fact("customer.profiled", DAY, annual_value=1_000)
    history.pass_time(DWELL * DAY)
    assert not told(history)
    history.pass_time((DWELL + 2) * DAY)
    [notice] = told(history)
    assert (notice["why"]["code"], notice["why"]["values"]["annual_value"], notice["owner"]) == ("business_fell", 1_000, "Jo")
    assert [decision["protected"] for decision in decided(history, "protection_changed")] == [True, False]


def test_what_happened_before_the_protection_was_lost_is_judged_by_it():
    history = worth(400_000)
    history.fact("customer.profiled", DAY, annual_value=1_000)
    history.pass_time((DWELL + 2) * DAY)
    history.clock -= (DWELL + 1) * DAY * 3600
    history.fact("subscription.cancelled", 2 * DAY)
    assert [task["cause"] for task in history.tasks()] == ["wants_to_leave"]


def test_a_persons_no_takes_the_mark_and_leaves_the_protection_of_the_top_row():
    history = worth(400_000)
    history.fact("customer.profiled", DAY, hic=False)
    assert decided(history, "hic_changed")[-1]["why"]["code"] == "company_says_no"
    history.fact("subscription.cancelled", 2 * DAY)
    assert [task["cause"] for task in history.tasks()] == ["wants_to_leave"]
    assert not told(history)


# -- missing is missing -------------------------------------------------------------------------------------------------------------


def test_without_a_business_value_the_tier_stays_unknown_and_who_is_declared_is_protected():
    history = History()
    answers_nothing_but_zeros(history)
    history.fact("subscription.cancelled", (DWELL + 11) * DAY)
    assert {task["tier"] for task in history.tasks()} == {"unknown"}
    assert not decided(history, "tier_changed")
    assert "wants_to_leave" in {task["cause"] for task in history.tasks()}


# -- the clock ----------------------------------------------------------------------------------------------------------------------


def test_who_stops_buying_leaves_tier_a_and_the_percentiles_though_nothing_happens():
    history = worth(None)
    buys(history, *range(0, 200, 20), amount=20_000.0)
    assert decided(history, "tier_changed")[-1]["now"] == "A"
    history.pass_time(180 * DAY + 365 * DAY)
    assert decided(history, "tier_changed")[-1]["now"] == "C"
    assert all(not partition._histograms.business for partition in history.machine.partitions)


def test_who_has_left_is_looked_at_no_more_and_comes_back_with_a_purchase():
    history = worth(None)
    buys(history, 0, 20, 40)
    history.pass_time(800 * DAY)
    assert all(not len(partition._timers) for partition in history.machine.partitions)
    buys(history, 801, amount=200_000)
    assert decided(history, "tier_changed")[-1]["now"] == "A"
    assert decided(history, "protection_changed")[-1]["protected"] is True


# -- the five questions -------------------------------------------------------------------------------------------------------------


def among(history: History, total: float, version: int = 1) -> None:
    """All customers together are worth so much a year."""
    limits = {"business_high": 50_000, "business_middle": 5_000, "satisfaction_high": 90, "satisfaction_middle": 70}
    known = ThresholdsSet(version=version, population=1_000, **limits, business_total=total)
    history.machine.feed("percentiles", partition_of("C1", PARTITIONS), b"", known.model_dump_json().encode())


def buys_weekly(history: History, weeks: int = 160) -> None:
    history.step_s = 3 * DAY * 3600.0
    buys(history, *range(0, 7 * weeks, 7), amount=800.0)


def reasons(history: History) -> list[str]:
    return [Decision.model_validate(decision).why.code for decision in decided(history, "hic_changed")]


def test_what_nobody_answered_is_worked_out_and_the_reason_is_in_words():
    history = worth(None, hic_answers={"level_of_expectation": 2}, contract_penalty=50_000)
    among(history, 1_000_000)
    buys_weekly(history)
    history.fact("subscription.cancelled", 1_115 * DAY)
    because = history.task["hic_why"]
    assert say(TaskSnapshot.model_validate(history.task).hic_why) == (
        "4% of our revenue, buys weekly, a customer for more than 3 years, contract penalty 50,000 EUR, expects much, "
        "the five questions total 10 of 10 (from 7 on)"
    )
    assert because["values"]["revenue_share"] == pytest.approx(0.042, abs=0.002)


def test_what_people_answered_wins_over_what_the_data_say():
    history = worth(None, hic_answers={"level_of_expectation": 2, "purchase_frequency": 0, "loyalty": 0}, contract_penalty=50_000)
    among(history, 1_000_000)
    buys_weekly(history)
    assert not decided(history, "hic_changed")


def test_without_data_and_answers_a_question_gives_no_points():
    history = worth(None, hic_answers={"level_of_expectation": 2, "loyalty": 2, "share_of_business": 2})
    history.pass_time(30 * DAY)
    assert not decided(history, "hic_changed")


def test_an_answer_that_is_left_out_stays_as_it_was():
    history = worth(100, hic_answers={"share_of_business": 2, "loyalty": 2, "level_of_expectation": 2})
    history.fact("customer.profiled", DAY, hic_answers={"risk_of_not_delivering": 1})
    [changed] = decided(history, "hic_changed")
    assert changed["why"]["values"]["total"] == 7


def test_that_people_answer_less_takes_the_mark_and_they_are_told_why():
    history = worth(100, hic_answers={"share_of_business": 2, "loyalty": 2, "level_of_expectation": 2, "risk_of_not_delivering": 1})
    history.fact("customer.profiled", DAY, hic_answers={"loyalty": 1})
    [notice] = told(history)
    assert notice["why"] == {"code": "five_questions_fell", "values": {"least": 7}}


def test_a_pause_and_the_growth_of_others_take_nobodys_mark_and_business_that_lapsed_does():
    history = worth(None, hic_answers={"level_of_expectation": 2})
    among(history, 1_000_000)
    buys_weekly(history)
    assert reasons(history) == ["five_questions"]
    among(history, 100_000_000, version=2)
    history.pass_time((1_113 + LAPSE + DWELL - 1) * DAY)
    assert reasons(history) == ["five_questions"]
    history.pass_time((1_113 + LAPSE + DWELL + 7) * DAY)
    assert reasons(history) == ["five_questions", "business_lapsed"]


def test_who_the_company_says_is_worth_less_has_no_share_any_longer():
    history = worth(None, hic_answers={"level_of_expectation": 2, "loyalty": 2, "risk_of_not_delivering": 2})
    among(history, 1_000_000)
    history.fact("customer.profiled", DAY, annual_value=12_000)
    assert reasons(history) == ["five_questions"]
    among(history, 100_000_000, version=2)
    history.pass_time(30 * DAY)
    assert reasons(history) == ["five_questions"]
    history.fact("customer.profiled", 31 * DAY, annual_value=11_000)
    assert reasons(history) == ["five_questions", "five_questions_fell"]


@pytest.mark.parametrize(
    ("known", "rules", "code"),
    [
        ({"ambassador": True}, {}, "ambassador"),
        ({"lifetime_value": 9_000}, {"least_lifetime_value": 8_000}, "lifetime_value"),
        ({"acquisition_cost": 9_000}, {"least_acquisition_cost": 8_000}, "acquisition_cost"),
    ],
)
def test_ambassadors_and_who_is_worth_or_cost_much_over_the_whole_relation_are_high_impact(known, rules, code):
    history = History(Policy.model_validate({"version": "test", "high_impact": rules}), hic=None, **known)
    assert reasons(history) == [code]


def test_where_nobody_says_what_a_relation_is_worth_purchases_do_for_as_long_as_they_buy():
    history = History(Policy.model_validate({"version": "test", "high_impact": {"least_lifetime_value": 8_000}}), hic=None)
    history.step_s = 3 * DAY * 3600.0
    buys(history, 1, 40, 80, amount=3_000.0)
    buys(history, 90, amount=-2_000.0)
    assert reasons(history) == ["lifetime_value"]
    history.pass_time(500 * DAY)
    assert len(reasons(history)) == 2


def test_how_people_describe_a_customer_stands_on_the_task():
    history = worth(400_000, pillars={"demanding": " answers within\nthe hour "}, behaviour="cautious")
    history.fact("customer.profiled", 1, pillars={"delivery": "by Jo, in person"})
    history.fact("subscription.cancelled", DAY)
    assert history.task["pillars"] == {"demanding": "answers within the hour", "delivery": "by Jo, in person"}
    assert history.task["behaviour"] == "cautious"


# -- laws, through the whole fold -----------------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.floats(0, 120), st.sampled_from(["buys", "says", "waits"]), st.integers(0, 10)), min_size=1, max_size=12).map(
    sorted
)


def lived(story: list[tuple[float, str, int]], amount: float, value: float | None, **more: Any) -> History:
    """What they are worth is said once, or shown by what each purchase is worth."""
    history = worth(value, **more)
    among(history, 300_000)
    history.step_s = 3 * DAY * 3600.0
    for day, what, number in story:
        if what == "buys":
            history.fact("purchase.made", day * DAY, amount=amount)
        elif what == "says":
            history.fact("survey.answered", day * DAY, score={"metric": "nps", "raw": number})
    history.pass_time(150 * DAY)
    return history


def is_protected(history: History) -> bool:
    changes = decided(history, "protection_changed")
    return bool(changes) and changes[-1]["protected"]


@given(steps, st.lists(st.floats(1, 100_000), min_size=2, max_size=2).map(sorted))
@settings(max_examples=25, deadline=None)
def test_more_spent_never_lowers_the_protection(story, amounts):
    less, more = (is_protected(lived(story, amount, None)) for amount in amounts)
    assert more >= less


@given(steps, st.lists(st.floats(0, 500_000), min_size=2, max_size=2).map(sorted))
@settings(max_examples=25, deadline=None)
def test_a_greater_value_never_lowers_the_protection(story, values):
    less, more = (is_protected(lived(story, 100.0, value)) for value in values)
    assert more >= less


@given(steps, st.lists(st.floats(1, 20_000), min_size=2, max_size=2).map(sorted), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_more_business_never_lowers_the_protection_by_the_five_questions(story, amounts, least):
    rules = {"least_answers_total": least, "top_business": False}
    by_amount = [lived(story, amount, None, policy=Policy.model_validate({"version": "t", "high_impact": rules})) for amount in amounts]
    less, more = map(is_protected, by_amount)
    assert more >= less


# -- what was raised when they mattered -------------------------------------------------------------------------------------------------

STATED = st.fixed_dictionaries(
    {},
    optional={
        "hic": st.booleans(),
        "annual_value": st.sampled_from([100.0, 6_000.0, 60_000.0]),
        "hic_answers": st.sampled_from(
            [{"loyalty": 2, "share_of_business": 2, "purchase_frequency": 2, "risk_of_not_delivering": 2}, {"loyalty": 0}]
        ),
        "ambassador": st.booleans(),
    },
)
SAID = st.one_of(st.tuples(st.just("customer.profiled"), STATED), st.tuples(st.just("survey.answered"), st.integers(0, 10)))


def standing(history: History) -> list[float]:
    """What tier and high impact add to the first task, in each of its snapshots."""
    first = history.on("tasks")[0]["id"]
    return [sum(a["points"] for a in t["addends"] if a["name"] in {"tier", "high_impact"}) for t in history.on("tasks") if t["id"] == first]


@given(st.booleans() | st.none(), st.lists(st.tuples(SAID, st.sampled_from([1, 15, 30])), max_size=4))
@settings(max_examples=40, deadline=None)
def test_who_the_customer_is_by_now_never_lowers_what_was_raised_before(hic, story):
    history, day = History(hic=hic, annual_value=60_000.0), 1.0
    history.step_s = 6 * 3600.0
    history.fact("ticket.opened", DAY, object="500", severity="urgent")
    for (kind, said), wait in story:
        day += wait
        history.fact(kind, day * DAY, **({"object": "C1", **said} if isinstance(said, dict) else {"score": {"metric": "nps", "raw": said}}))
    history.pass_time((day + 40) * DAY)
    points = standing(history)
    assert points == sorted(points)


@pytest.mark.parametrize("value", [100.0, 6_000.0, 60_000.0])
def test_to_learn_what_somebody_is_worth_lowers_nothing(value):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("customer.profiled", 2, object="C1", annual_value=value)
    history.pass_time(3 * DAY)
    assert standing(history) == sorted(standing(history))
    assert history.task["priority"] <= history.on("tasks")[0]["priority"]


def test_a_lighter_reason_that_ends_later_takes_nothing_from_what_a_heavier_one_raised():
    policy = Policy.model_validate({"version": "test", "high_impact": {"ambassadors": True}})
    history = History(policy, hic=None, ambassador=True, annual_value=100_000.0)
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("customer.profiled", 2, object="C1", ambassador=False)
    history.fact("customer.profiled", 3, object="C1", hic=False)
    history.fact("ticket.updated", 4, object="500", subject="line down")
    history.pass_time(3 * DAY)
    assert [d["why"]["code"] for d in decided(history, "hic_changed")] == ["ambassador", "company_says_no"]
    [points] = {a["points"] for a in history.task["addends"] if a["name"] == "high_impact"}
    assert points == policy.weights.hic
    assert standing(history) == sorted(standing(history))


def test_who_was_high_impact_since_a_task_was_raised_is_so_for_the_task():
    history = worth(60_000.0)
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("customer.profiled", 2, object="C1", hic=True)
    history.fact("customer.profiled", 30, object="C1", hic=False)
    history.pass_time(3 * DAY)
    assert [a["why"]["code"] for a in history.task["addends"] if a["name"] == "high_impact"] == ["named_by_company"]
