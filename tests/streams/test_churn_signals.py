"""Churn signals of answers, purchases, contracts and words through the real fold: when, how strong, with which numbers, and when not."""

from __future__ import annotations

import pytest

from makegood.config import policy_file
from streams.decide.rhythm import Bought, Population, alive, longer, nothing_within
from tests.streams.history import History, at
from tests.streams.seen import signal_of, told

DAY = 24


def answers(history: History, *scores: tuple[float, int], **fields) -> None:
    """NPS answers: (hours, 0 to 10)."""
    for hours, raw in scores:
        history.fact("survey.answered", hours, score={"metric": "nps", "raw": raw}, **fields)


# -- silence --------------------------------------------------------------------------------------------------------------------------

BOUGHT = 5 * 10 * DAY
"""When the last of six purchases was made, ten days apart."""
RHYTHM = Population(2, 0.92, 30.7, 0.075, 1.34, back=0.06)
"""The built-in one."""


def bought(history: History, count: int = 6, every: float = 10 * DAY) -> None:
    for number in range(count):
        history.fact("purchase.made", number * every, amount=50.0)


def silent(history: History) -> tuple[float, dict]:
    return signal_of(history, "silence")


def first_seen(history: History, until_days: int) -> float:
    """After how many days without a purchase the silence counts, to six hours."""
    for quarter in range(4 * until_days):
        history.pass_time(BOUGHT + quarter * 6)
        if history.signals():
            return quarter / 4
    raise AssertionError("never silent")


def test_silence_is_a_signal_once_nothing_in_the_next_weeks_is_as_likely_as_the_policy_says_and_the_timer_finds_it():
    history = told()
    bought(history)
    waited = first_seen(history, 120)
    strength, numbers = silent(history)
    assert numbers["purchase_days"] == 6
    assert numbers["usual_days"] == 10
    assert numbers["silent_days"] == pytest.approx(waited, abs=1.2)
    assert numbers["horizon_days"] == 60
    known, age = Bought(5, 50.0), 50 + numbers["silent_days"]
    assert strength == pytest.approx(numbers["chance"], abs=1e-4)
    assert numbers["chance"] == pytest.approx(nothing_within(RHYTHM, known, age, 60), rel=1e-6)
    assert numbers["alive"] == pytest.approx(alive(RHYTHM, known, age), rel=1e-6)
    assert numbers["as_long"] == pytest.approx(longer(RHYTHM, known, age), rel=1e-6)
    assert numbers["chance"] == pytest.approx(0.55, abs=0.01)
    assert numbers["as_long"] < 0.1


@pytest.mark.parametrize("every_days", [1, 4, 30])
def test_nobody_is_silent_before_one_and_a_half_of_their_gaps_nor_before_the_floor(every_days):
    history = told()
    bought(history, 12, every_days * DAY)
    history.pass_time(11 * every_days * DAY + max(14, 1.5 * every_days) * DAY)
    assert history.signals() == {}


def test_silence_that_lasts_gets_stronger_and_does_not_fade():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + 90 * DAY)
    soon, _ = silent(history)
    history.pass_time(BOUGHT + 400 * DAY)
    later, numbers = silent(history)
    assert later > soon + 0.1
    assert later == pytest.approx(nothing_within(RHYTHM, Bought(5, 50.0), 50 + numbers["silent_days"], 60), abs=1e-3)
    assert history.alert["active"]
    assert len(history.alerts()) == 1


def test_a_purchase_ends_the_silence_and_the_next_one_is_told_anew():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + 100 * DAY)
    assert list(history.signals()) == ["silence"]
    history.fact("purchase.made", BOUGHT + 100 * DAY, amount=50.0)
    assert history.signals() == {}
    assert history.alert["active"] is False
    history.pass_time(BOUGHT + 400 * DAY)
    assert len(history.alerts()) == 2
    assert list(history.signals()) == ["silence"]


def test_a_return_ends_no_silence():
    history = told()
    bought(history)
    history.fact("purchase.made", BOUGHT + 100 * DAY, amount=-50.0)
    assert list(history.signals()) == ["silence"]
    history.pass_time(BOUGHT + 400 * DAY)
    assert len(history.alerts()) == 1


def test_a_purchase_that_is_heard_of_late_ends_the_silence():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + 80 * DAY)
    assert list(history.signals()) == ["silence"]
    history.fact("purchase.made", BOUGHT + 60 * DAY, amount=50.0)
    assert history.signals() == {}


def test_purchases_heard_in_another_order_give_the_same_silence():
    in_time, late = told(), told()
    bought(in_time)
    for number in (0, 3, 1, 5, 2, 4):
        late.fact("purchase.made", number * 10 * DAY, amount=50.0)
    for history in (in_time, late):
        history.pass_time(BOUGHT + 90 * DAY)
    assert silent(late) == silent(in_time)


def test_another_fact_of_a_silent_customer_tells_nothing_new_of_the_silence():
    history = told()
    bought(history)
    history.pass_time(BOUGHT + 81 * DAY)
    before = history.alert
    history.fact("survey.sent", BOUGHT + 82 * DAY)
    assert history.alert == before


def test_too_few_purchase_days_have_no_rhythm():
    history = told()
    for hour in (0, 1, 2, 10 * DAY, 10 * DAY + 1):
        history.fact("purchase.made", hour, amount=50.0)
    history.pass_time(300 * DAY)
    assert history.alerts() == []


def test_who_keeps_buying_is_never_silent():
    history = told()
    bought(history, 12)
    assert history.alerts() == []


def test_the_policys_own_rhythm_and_horizon_count():
    policy = policy_file.parse(
        'version = "own"\n[churn.silence]\nhorizon_days = 20\n[churn.silence.rhythm]\nk = 4\nr = 3.0\nalpha = 8.0\nodds = 0.9\n', "own"
    )
    history = History(policy)
    bought(history)
    history.pass_time(BOUGHT + 60 * DAY)
    strength, numbers = silent(history)
    own = Population(4, 3.0, 8.0, 0.075, 1.34, back=0.06, odds=0.9)
    assert numbers["horizon_days"] == 20
    assert strength == pytest.approx(nothing_within(own, Bought(5, 50.0), 50 + numbers["silent_days"], 20), abs=1e-3)


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
    history.fact("payment.failed", 30 * DAY)  # shows all signals as they stand
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
    assert history.signals()["failed_recovery"]["strength"] == pytest.approx(0.3, abs=1e-3)
    assert history.signals()["failed_recovery"]["why"]["values"] == {"cause": "bad_service", "times": 1}
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
    assert "failed_recovery" not in history.signals()


# -- phrases --------------------------------------------------------------------------------------------------------------------------

PHRASES = {
    "leave": ("We will cancel our contract.", 0.5, "cancel", False),
    "leave, negated": ("We never cancel our contract.", 0.15, "cancel", True),
    "competitor": ("We look at another supplier.", 0.5, "competitor", False),
    "security": ("My account was hacked.", 0.25, "security", False),
    "discount": ("Is there a discount?", 0.2, "discount", False),
    "ignored": ("Nobody answers.", 0.2, "ignored", False),
    "another language": ("Wir kündigen.", 0.5, "cancel", False),
    "several, the strongest": ("No discount? Then we cancel our contract.", 0.5, "cancel", False),
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
    assert history.signals()["leave_phrase"]["why"]["code"] == "phrase_cancel"
