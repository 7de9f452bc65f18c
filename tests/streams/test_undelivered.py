"""Promised and not delivered, reopened and handed on, failed payments: through the real fold, found by the clock where time makes them true."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import signal_of, told

DAY = 24


def promised(*, deliver: float | None = None, pass_to: float = 5 * DAY) -> History:
    """An order promised for the end of the first day; late, by the policy, a day after that."""
    history = told()
    history.fact("delivery.promised", 1, object="o1", promised_for=at(DAY))
    if deliver is not None:
        history.fact("delivery.made", deliver, object="o1", promised_for=at(DAY))
    history.pass_time(pass_to)
    return history


def test_an_order_that_has_not_come_is_a_sign_and_a_task_with_a_step_of_its_own():
    history = promised()
    assert signal_of(history, "undelivered") == (
        0.3,
        {"order": "o1", "promised_at": at(DAY).replace("Z", ".000Z"), "late_hours": 24.0},
    )
    assert (history.task["cause"], history.task["opened_at"]) == ("undelivered", at(2 * DAY))
    assert history.task["next_step"].startswith("It has not come.")


@pytest.mark.parametrize("deliver", [2, DAY, 2 * DAY - 1])
def test_an_order_that_came_in_time_is_neither(deliver):
    history = promised(deliver=deliver)
    assert (history.signals(), history.tasks()) == ({}, [])


def test_a_delivery_that_comes_too_late_ends_the_sign_and_amends_the_task():
    history = promised(deliver=4 * DAY)
    assert history.signals() == {}
    assert [e["why"]["code"] for e in history.task["evidence"]] == ["delivered_late"]
    assert history.task["cause"] == "undelivered"


def test_a_later_promise_moves_the_day():
    history = told()
    history.fact("delivery.promised", 1, object="o1", promised_for=at(DAY))
    history.fact("delivery.promised", 2, object="o1", promised_for=at(10 * DAY))
    history.pass_time(9 * DAY)
    assert history.tasks() == []
    history.pass_time(12 * DAY)
    assert history.task["opened_at"] == at(11 * DAY)


def test_the_sign_lasts_until_the_last_late_order_has_come():
    history = told()
    for order in "ab":
        history.fact("delivery.promised", 1, object=order, promised_for=at(DAY))
    history.fact("delivery.made", 3 * DAY, object="a")
    assert list(history.signals()) == ["undelivered"]
    history.fact("delivery.made", 4 * DAY, object="b")
    assert history.signals() == {}


# -- tickets, payments ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "times", "strength"), [("reopened", 1, 0.15), ("reopened", 2, 0.3), ("reopened", 9, 0.4), ("reassigned", 3, 0.15)]
)
def test_a_ticket_that_comes_back_or_is_handed_on_is_the_stronger_a_sign_the_more_often(kind, times, strength):
    history = told()
    history.fact(f"ticket.{kind}", 1, object="T1", times=times)
    assert signal_of(history, "troubled_ticket") == (strength, {"ticket": "T1", "times": times})


def test_a_troubled_ticket_goes_where_it_is_spam():
    history = told()
    history.fact("ticket.reopened", 1, object="T1")
    history.fact("ticket.updated", 2, object="T1", status="spam")
    assert history.signals() == {}


def test_a_failed_payment_is_a_faint_sign_and_no_task():
    history = told()
    history.fact("payment.failed", 1, amount=12.5)
    assert signal_of(history, "payment_failed") == (0.1, {"amount": 12.5, "currency": "EUR"})
    assert history.tasks() == []


# -- points that grow with time -----------------------------------------------------------------------------------------------------


def age_points(history: History) -> list[float]:
    return [sum(a["points"] for a in task["addends"] if a["name"] == "age") for task in history.on("tasks")]


def test_the_points_of_age_grow_day_by_day_though_nothing_else_happens():
    history = told()
    history.fact("ticket.opened", 1, object="T1", severity="urgent")
    history.pass_time(20 * DAY)
    assert {points for points in age_points(history) if points == int(points)} == set(range(11))


def test_a_task_that_has_ended_grows_no_older():
    history = told()
    history.fact("ticket.opened", 1, object="T1", severity="urgent")
    history.resolve(2)
    history.pass_time(20 * DAY)
    assert history.task["version"] == 3  # raised, resolved, and somebody is told to ask whether it is well


def test_a_task_whose_end_was_taken_back_grows_older_again():
    history = told()
    history.fact("ticket.opened", 1, object="T1", severity="urgent")
    history.resolve(2)
    history.command("undo", 2.01, undoes="k3")
    history.pass_time(20 * DAY)
    assert max(age_points(history)) == 10


# -- what is heard of late ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("promise", [{"promised_for": at(DAY)}, {}], ids=["says for when", "does not"])
@pytest.mark.parametrize(("step", "status"), [(None, "dismissed"), ("acknowledge", "acknowledged")])
def test_an_order_of_which_it_was_heard_late_that_it_had_come_is_no_trouble(promise, step, status):
    history = promised(pass_to=2 * DAY + 1)
    if step:
        history.command(step, 2 * DAY + 1)
    history.fact("delivery.made", DAY - 1, object="o1", **promise)
    assert (history.task["status"], history.task["evidence"][-1]["why"]["code"], history.signals()) == (status, "delivered_in_time", {})


def test_the_order_that_comes_after_its_task_was_closed_is_evidence_and_pages_nobody():
    history = promised(pass_to=3 * DAY)
    history.resolve(3 * DAY)
    history.fact("delivery.made", 5 * DAY, object="o1", promised_for=at(DAY))
    assert [e["why"]["code"] for e in history.task["evidence"]] == ["delivered_late"]
    assert (history.task["status"], history.paged(3.5 * DAY)) == ("resolved", ["verification_due", "alert_resolved"])


# -- who matters more by now ----------------------------------------------------------------------------------------------------------


def test_that_a_customer_matters_more_is_told_of_their_open_tasks_at_once():
    history = History(hic=None, annual_value=10_000.0)
    for number in range(8):
        history.fact("survey.answered", number / 10, score={"metric": "nps", "raw": 10})
    history.fact("ticket.opened", 1, object="T1", severity="urgent")
    history.fact("customer.profiled", 2, object="C1", hic=True)
    assert (history.task["hic"], history.paged(2)) == (True, ["task_worsened"])


def test_a_renewal_that_is_dated_late_adds_to_an_old_task_at_once_and_day_by_day():
    history = told(step_h=6)
    history.fact("ticket.opened", 1, object="T1", severity="urgent")
    history.pass_time(15 * DAY)
    history.fact("renewal.dated", 15 * DAY + 1, object="k", renews_on=at(60 * DAY))
    history.pass_time(25 * DAY)
    points = [sum(a["points"] for a in task["addends"] if a["name"] == "renewal") for task in history.on("tasks")]
    first = points.index(next(filter(None, points)))
    assert len(points[first:]) >= 10
    assert points == sorted(points)
