"""Churn signals of answers, purchases, contracts and words through the real fold: when, how strong, with which numbers, and when not."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from tests.streams.history import History, at
from tests.streams.seen import close_to, signal_of, told

DAY = 24


def answers(history: History, *scores: tuple[float, int], **fields) -> None:
    """NPS answers: (hours, 0 to 10)."""
    for hours, raw in scores:
        history.fact("survey.answered", hours, score={"metric": "nps", "raw": raw}, **fields)


# -- promoter turned ------------------------------------------------------------------------------------------------------------------


def test_a_promoter_who_turns_detractor_is_a_signal_with_both_scores_and_the_days_between():
    history = told()
    answers(history, (0, 10), (12 * DAY, 2))
    assert signal_of(history, "promoter_turned") == (0.45, close_to(was=100, now=20, between_days=12, answers=1))


def test_the_more_answers_are_known_the_less_one_that_turned_says():
    history = told()
    answers(history, (0, 8), (1, 8), (2, 8), (3, 10), (12 * DAY, 2))
    strength, numbers = signal_of(history, "promoter_turned")
    assert (strength, numbers["answers"]) == (pytest.approx(0.45 / 2), 4)


@pytest.mark.parametrize(
    "scores", [((0, 8), (1, 2)), ((0, 10), (1, 7)), ((0, 10), (181 * DAY, 2)), ((1, 2),)], ids=["passive", "content", "long ago", "first"]
)
def test_who_was_no_promoter_lately_or_is_no_detractor_now_has_not_turned(scores):
    history = told()
    answers(history, *scores)
    assert history.signals() == {}


def test_a_correction_of_the_promoters_answer_is_no_turn():
    history = told()
    answers(history, (0, 10), (1, 2), object="r1")
    assert history.signals() == {}


def test_who_turned_and_is_content_again_has_not_turned_any_longer():
    history = told()
    answers(history, (0, 10), (1, 2), (2, 9))
    assert history.signals() == {}
    assert history.alert["active"] is False


def test_a_content_answer_from_before_the_turn_does_not_take_it_back():
    history = told()
    answers(history, (0, 10), (5, 2), (4, 9))
    assert "promoter_turned" in history.signals()


def test_a_rating_of_a_ticket_turns_as_a_survey_does():
    history = told()
    history.fact("ticket.rated", 0, score={"metric": "csat", "raw": 5})
    history.fact("ticket.rated", DAY, score={"metric": "csat", "raw": 1})
    assert signal_of(history, "promoter_turned") == (0.45, close_to(was=100, now=0, between_days=1, answers=1))


# -- falling satisfaction -------------------------------------------------------------------------------------------------------------

FALL = ((0, 8), (1, 0), (2, 0), (3, 0))
EARLIER, NOW = 80 * 0.95**3, 80 * 0.85**3
"""The averages of 80, 0, 0, 0: each answer counts 15 % in the fast one, a third of that in the slow one."""


def test_satisfaction_that_falls_below_where_it_was_is_a_signal_with_both_averages():
    history = told()
    answers(history, *FALL)
    strength = 0.5 * (EARLIER - NOW) / (2 * 15)
    numbers = close_to(earlier=EARLIER, now=NOW, answers=4)
    assert signal_of(history, "falling_satisfaction") == (pytest.approx(strength, abs=1e-4), numbers)


def test_in_whatever_order_the_answers_are_heard_satisfaction_falls_as_much():
    history = told()
    answers(history, *reversed(FALL))
    assert signal_of(history, "falling_satisfaction")[1] == close_to(earlier=EARLIER, now=NOW, answers=4)


@pytest.mark.parametrize("scores", [FALL[:3], ((0, 5), (1, 5), (2, 5), (3, 5))], ids=["a little", "not at all"])
def test_satisfaction_that_falls_less_than_the_policys_drop_is_no_signal(scores):
    history = told()
    answers(history, *scores)
    assert history.signals() == {}


def test_a_great_fall_is_as_strong_as_the_policy_allows():
    history = told()
    answers(history, (0, 8), *((hour, 0) for hour in range(1, 12)))
    assert history.signals()["falling_satisfaction"]["strength"] <= 0.5
    history.fact("subscription.cancelled", 12)  # shows all signals as they stand
    assert history.signals()["falling_satisfaction"]["strength"] == pytest.approx(0.5, abs=1e-3)


def test_satisfaction_that_recovers_has_not_fallen():
    history = told()
    answers(history, *FALL, (4, 10))
    assert history.signals() == {}


# -- silence --------------------------------------------------------------------------------------------------------------------------

BOUGHT = 5 * 10 * DAY
"""When the last of six purchases was made, ten days apart."""
SPREAD = math.sqrt(3 * 0.8**2 / (5 - 1 + 3) * (1 + 1 / 5))
"""The gaps are equal, so only the common spread of 0.8 counts, like three gaps: of the logarithm of the next gap."""


def bought(history: History, count: int = 6) -> None:
    for number in range(count):
        history.fact("purchase.made", number * 10 * DAY, amount=50.0)


def chance_of(days: float) -> float:
    """Of so long a gap where ten days are usual."""
    return 1 - NormalDist(math.log(10), SPREAD).cdf(math.log(days))


def days_of(chance: float) -> float:
    return math.exp(NormalDist(math.log(10), SPREAD).inv_cdf(1 - chance))


def test_silence_is_a_signal_from_the_gap_on_that_one_in_fifty_is_as_long_as_and_the_timer_finds_it():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + days_of(0.02) * DAY - 1)
    assert history.signals() == {}
    history.pass_time(BOUGHT + days_of(0.02) * DAY + 1)
    strength, numbers = signal_of(history, "silence")
    assert numbers == {
        "silent_days": pytest.approx(days_of(0.02), abs=0.02),
        "usual_days": pytest.approx(10),
        "gaps": 5,
        "chance": pytest.approx(chance_of(numbers["silent_days"]), rel=1e-6),
    }
    assert strength == pytest.approx(0.6 * math.log(numbers["chance"]) / (2 * math.log(0.02)), abs=1e-3)
    assert strength == pytest.approx(0.3, abs=2e-3)


def test_silence_that_lasts_is_as_strong_as_the_policy_allows_at_the_square_of_that_chance():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + days_of(0.02**2) * DAY + 1)
    strength, numbers = signal_of(history, "silence")
    assert (strength, numbers["silent_days"]) == (pytest.approx(0.6, abs=2e-3), pytest.approx(days_of(0.02**2), abs=0.02))


def test_a_purchase_ends_the_silence():
    history = told()
    bought(history)
    history.fact("purchase.made", BOUGHT + 40 * DAY, amount=50.0)
    assert history.signals() == {}
    assert history.alert["active"] is False


def test_a_return_does_not_end_the_silence():
    history = told()
    bought(history)
    history.fact("purchase.made", BOUGHT + 40 * DAY, amount=-50.0)
    assert list(history.signals()) == ["silence"]


def test_too_few_purchases_have_no_rhythm():
    history = told()
    bought(history, 4)
    history.pass_time(120 * DAY)
    assert history.alerts() == []


def test_who_keeps_buying_is_never_silent():
    history = told()
    bought(history, 12)
    assert history.alerts() == []


# -- spend cut, cancelled -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "halved"), [(0.0, True), (40.0, True), (50.0, True), (50.01, False), (100.0, False)])
def test_a_subscription_cut_to_half_or_less_is_a_signal_with_both_values(now, halved):
    history = told()
    history.fact("subscription.changed", 1, annual_value=now, previous_annual_value=100.0)
    if halved:
        assert signal_of(history, "spend_halved") == (0.4, {"annual_before": 100.0, "annual_now": now, "currency": "EUR"})
    else:
        assert history.signals() == {}


@pytest.mark.parametrize(
    ("change", "goes"), [({"annual_value": 90.0, "previous_annual_value": 40.0}, True), ({"annual_value": 40.0}, False)]
)
def test_a_cut_is_taken_back_by_a_change_that_says_from_what_to_what(change, goes):
    history = told()
    history.fact("subscription.changed", 1, object="s1", annual_value=40.0, previous_annual_value=100.0)
    history.fact("subscription.changed", 2, object="s1", **change)
    assert (history.signals() == {}) is goes


def test_an_end_that_is_set_is_a_signal_with_its_time_and_the_days_left():
    history = told()
    history.fact("subscription.changed", 0, cancels_at=at(30 * DAY))
    assert signal_of(history, "cancels") == (0.7, {"ends_at": at(30 * DAY).replace("Z", ".000Z"), "left_days": 30.0})


def test_an_end_that_is_taken_back_is_no_signal_any_longer():
    history = told()
    history.fact("subscription.changed", 0, object="s1", cancels_at=at(30 * DAY))
    history.fact("subscription.changed", 1, object="s1")
    assert history.signals() == {}
    assert history.alert["active"] is False


def test_a_cancelled_subscription_is_the_strongest_signal_and_names_the_subscription():
    history = told()
    history.fact("subscription.cancelled", 1, object="plan 7", reason="too slow")
    assert signal_of(history, "cancelled") == (0.9, {"subscription": "plan 7"})
    assert history.signals()["cancelled"]["why"] == {
        "code": "subscription_cancelled",
        "values": {"subscription": "plan 7"},
        "said": "too slow",
    }


def test_a_signal_halves_in_thirty_days():
    history = told()
    history.fact("subscription.cancelled", 0)
    history.fact("subscription.changed", 30 * DAY, cancels_at=at(60 * DAY))
    assert history.signals()["cancelled"]["strength"] == pytest.approx(0.45)
    assert history.signals()["cancelled"]["seen_at"] == at(0)


# -- failed recovery ------------------------------------------------------------------------------------------------------------------


def recovered(history: History, hours: float) -> None:
    """A ticket was urgent, and its task was resolved."""
    history.fact("ticket.opened", hours, object="500", severity="urgent")
    history.resolve(hours + 1)


def test_what_was_put_right_and_went_wrong_again_is_a_signal_from_then_on():
    history = told()
    recovered(history, 0)
    assert history.signals() == {}
    history.fact("ticket.reopened", 3, object="500")
    history.pass_time(4)
    assert signal_of(history, "failed_recovery") == (pytest.approx(0.3, abs=1e-3), {"cause": "bad_service", "times": 1})
    assert history.signals()["failed_recovery"]["seen_at"] == at(3)


def test_the_next_recovery_that_fails_renews_the_signal():
    history = told()
    recovered(history, 0)
    history.fact("ticket.reopened", 3, object="500")
    history.resolve(5 * DAY)
    history.fact("ticket.reopened", 6 * DAY, object="500")
    history.pass_time(6 * DAY + 1)
    history.fact("subscription.cancelled", 6 * DAY + 2)  # shows all signals as they stand
    assert history.signals()["failed_recovery"]["seen_at"] == at(6 * DAY)
    assert history.signals()["failed_recovery"]["why"]["values"] == {"cause": "bad_service", "times": 2}


def test_a_task_that_is_open_for_the_first_time_is_no_failed_recovery():
    history = told()
    history.fact("ticket.opened", 0, object="500", severity="urgent")
    history.fact("ticket.reopened", 3, object="500")
    history.pass_time(10)
    assert history.signals() == {}


# -- phrases --------------------------------------------------------------------------------------------------------------------------

PHRASES = {
    "leave": ("We will cancel our contract.", 0.5, "leave", False),
    "leave, negated": ("We never cancel our contract.", 0.15, "leave", True),
    "competitor": ("We look at another supplier.", 0.5, "competitor", False),
    "security": ("My account was hacked.", 0.25, "security", False),
    "discount": ("Is there a discount?", 0.2, "discount", False),
    "ignored": ("Nobody answers.", 0.2, "ignored", False),
    "another language": ("Wir kündigen.", 0.5, "leave", False),
    "several, the strongest": ("No discount? Then we cancel our contract.", 0.5, "leave", False),
}


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_is_a_signal_with_its_intent_and_whether_it_is_negated(name):
    said, strength, intent, negated = PHRASES[name]
    history = told()
    history.fact("ticket.commented", 1, comment=said)
    found, values = signal_of(history, "leave_phrase")
    assert (found, values["negated"]) == (pytest.approx(strength), negated)
    assert (history.signals()["leave_phrase"]["why"]["code"], history.signals()["leave_phrase"]["why"]["said"]) == (
        f"phrase_{intent}",
        said,
    )
    assert values["phrase"].casefold() in said.casefold()


SAID = "We will cancel our contract."
WAYS = {
    "answer": ("survey.answered", {"comment": SAID}),
    "amendment": ("survey.amended", {"comment": SAID}),
    "rating": ("ticket.rated", {"score": {"metric": "csat", "raw": 5}, "comment": SAID}),
    "ticket": ("ticket.opened", {"comment": SAID}),
    "subject": ("ticket.opened", {"subject": SAID}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_phrase_counts_wherever_the_customer_says_it(way):
    kind, fields = WAYS[way]
    history = told()
    history.fact(kind, 1, **fields)
    assert list(history.signals()) == ["leave_phrase"]


def test_what_our_own_people_write_is_no_phrase_of_the_customers():
    history = told()
    history.fact("ticket.commented", 1, comment=SAID, by_customer=False)
    assert history.signals() == {}


def test_a_phrase_in_a_ticket_goes_with_the_ticket_where_that_is_spam():
    history = told()
    history.fact("ticket.commented", 1, object="500", comment=SAID)
    history.fact("ticket.updated", 2, object="500", status="spam")
    assert history.signals() == {}
    history.fact("ticket.commented", 3, object="500", comment=SAID)
    assert history.signals() == {}


def test_a_phrase_in_a_ticket_that_was_merged_goes_with_the_other_one_where_that_is_spam():
    history = told()
    history.fact("ticket.merged", 1, object="500", into="400")
    history.fact("ticket.commented", 2, object="500", comment=SAID)
    history.fact("ticket.updated", 3, object="400", status="spam")
    assert history.signals() == {}


def test_a_phrase_from_before_its_ticket_was_merged_goes_with_the_other_one_too():
    history = told()
    history.fact("ticket.commented", 1, object="500", comment=SAID)
    history.fact("ticket.merged", 2, object="500", into="400")
    assert list(history.signals()) == ["leave_phrase"]
    history.fact("ticket.updated", 3, object="400", status="spam")
    assert history.signals() == {}


def test_spam_elsewhere_takes_no_phrase_away():
    history = told()
    history.fact("survey.answered", 1, object="500", comment=SAID)
    history.fact("ticket.updated", 2, object="500", status="spam")
    assert list(history.signals()) == ["leave_phrase"]


def test_a_weaker_phrase_from_before_does_not_replace_a_stronger_one():
    history = told()
    history.fact("ticket.commented", 2, comment=SAID)
    history.fact("ticket.commented", 1, comment="Is there a discount?")
    assert history.signals()["leave_phrase"]["why"]["code"] == "phrase_leave"
