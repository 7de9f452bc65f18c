"""Long wait through the real fold: found by the clock, ended by an answer, in whatever order it is heard of."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import signal_of, told

LIMIT = 72
"""Hours, by the built-in policy."""


def opened(**fields) -> History:
    history = told(step_h=4)
    history.fact("ticket.opened", 1, object="T1", **fields)
    return history


def test_a_ticket_that_nobody_answers_is_a_sign_from_the_hour_of_the_policy_on():
    history = opened()
    history.pass_time(LIMIT)
    assert history.signals() == {}
    history.pass_time(LIMIT + 2)
    assert signal_of(history, "long_wait") == (0.15, {"ticket": "T1", "waiting_hours": LIMIT})
    assert history.signals()["long_wait"]["seen_at"] == at(1 + LIMIT)


ANSWERS = {
    "a comment of ours": ("ticket.commented", {"comment": "We look into it.", "by_customer": False}),
    "a resolution": ("ticket.resolved", {}),
    "a status that says that it is their turn": ("ticket.updated", {"status": "Pending"}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_answers_in_time_leaves_no_sign(answer):
    kind, fields = ANSWERS[answer]
    history = opened()
    history.fact(kind, 50, object="T1", **fields)
    history.pass_time(10 * LIMIT)
    assert history.alerts() == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ticket.commented", {"comment": "Hello?"}),
        ("ticket.updated", {"status": "open"}),
        ("ticket.reassigned", {"assignee": "bo"}),
    ],
)
def test_what_is_no_answer_of_ours_ends_no_wait(kind, fields):
    history = opened()
    history.fact(kind, 50, object="T1", **fields)
    history.pass_time(LIMIT + 2)
    assert history.signals()["long_wait"]["why"]["values"]["waiting_hours"] == LIMIT


def test_it_lasts_until_the_answer_and_fades_from_then_on():
    history = opened()
    history.fact("ticket.commented", 200, object="T1", comment="Sorry!", by_customer=False)
    history.fact("payment.failed", 200 + 30 * 24)  # shows all signals as they stand
    signal = history.signals()["long_wait"]
    assert (signal["seen_at"], signal["why"]["values"]["waiting_hours"]) == (at(200), 199)
    assert signal["strength"] == pytest.approx(0.075)


def test_an_answer_that_was_in_time_and_is_heard_of_late_takes_the_sign_back():
    history = opened()
    history.pass_time(LIMIT + 2)
    history.fact("ticket.commented", 40, object="T1", comment="We look into it.", by_customer=False)
    assert history.signals() == {}


def test_an_answer_that_overtook_the_opening_counts():
    history = told(step_h=4)
    history.fact("ticket.commented", 3, object="T1", comment="We look into it.", by_customer=False)
    history.fact("ticket.opened", 1, object="T1")
    history.pass_time(10 * LIMIT)
    assert history.alerts() == []


def test_of_two_tickets_that_wait_an_answer_to_one_leaves_the_other():
    history = opened()
    history.fact("ticket.opened", 2, object="T2")
    history.pass_time(LIMIT + 4)
    assert history.signals()["long_wait"]["why"]["values"]["ticket"] == "T1"
    history.fact("ticket.resolved", LIMIT + 5, object="T1")
    history.fact("payment.failed", LIMIT + 6)  # shows all signals as they stand
    assert history.signals()["long_wait"]["why"]["values"]["ticket"] == "T2"


def test_a_ticket_that_is_reopened_waits_anew():
    history = opened()
    history.fact("ticket.resolved", 2, object="T1")
    history.fact("ticket.reopened", 100, object="T1")
    history.pass_time(100 + LIMIT + 1)
    assert history.signals()["long_wait"]["seen_at"] == at(100 + LIMIT)


def test_a_later_time_that_the_source_promised_counts_instead():
    history = opened(respond_by=at(200))
    history.pass_time(199)
    assert history.signals() == {}
    history.pass_time(201)
    assert list(history.signals()) == ["long_wait"]


@pytest.mark.parametrize("after", [50, LIMIT + 10], ids=["before", "after"])
def test_spam_waits_for_nobody(after):
    history = opened()
    history.fact("ticket.updated", after, object="T1", status="spam")
    history.pass_time(10 * LIMIT)
    assert history.signals() == {}


def test_a_merged_ticket_waits_in_the_other_one_and_is_answered_there():
    history = opened()
    history.pass_time(LIMIT + 2)
    history.fact("ticket.opened", LIMIT + 3, object="T2")
    history.fact("ticket.merged", LIMIT + 4, object="T1", into="T2")
    assert list(history.signals()) == ["long_wait"]
    history.fact("ticket.resolved", LIMIT + 5, object="T2")
    history.fact("survey.sent", LIMIT + 400 * 24)
    assert history.signals() == {}


@pytest.mark.parametrize("closed", [("ticket.resolved", {}), ("ticket.updated", {"status": "closed"})], ids=["resolved", "closed"])
def test_that_a_merged_ticket_is_closed_answers_nobody(closed):
    history = opened()
    history.fact("ticket.opened", 2, object="T2")
    history.fact("ticket.merged", 3, object="T1", into="T2")
    history.fact(closed[0], 4, object="T1", **closed[1])
    history.pass_time(LIMIT + 2)
    assert list(history.signals()) == ["long_wait"]


def test_where_the_ticket_that_was_told_of_is_spam_another_one_that_waits_is_told():
    history = opened()
    history.fact("ticket.opened", 2, object="T2")
    history.pass_time(LIMIT + 3)
    history.fact("ticket.updated", LIMIT + 4, object="T1", status="spam")
    assert list(history.signals()) == ["long_wait"]


def test_many_tickets_that_wait_are_bounded_and_their_sign_ends_with_the_last_answer():
    history = told(step_h=4)
    for number in range(40):
        history.fact("ticket.opened", 1 + number / 10, object=f"T{number}")
    history.pass_time(LIMIT + 10)
    assert "long_wait" in history.signals()
    for number in range(40):
        history.fact("ticket.resolved", LIMIT + 11, object=f"T{number}")
    history.fact("survey.sent", LIMIT + 400 * 24)
    assert history.signals() == {}
