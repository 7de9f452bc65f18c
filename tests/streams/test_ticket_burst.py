"""The burst of tickets through the real fold: how many where how many are usual, as a person recomputes it, and when it is over."""

from __future__ import annotations

import math

import pytest

from tests.streams.history import History
from tests.streams.seen import close_to, signal_of, told

DAY = 24


def opens(history: History, *hours: float) -> None:
    """Each is resolved at once: that one waits long is a sign of its own."""
    for hour in hours:
        name = f"t{history.number}"
        history.fact("ticket.opened", hour, object=name)
        history.fact("ticket.resolved", hour, object=name)


def tail(count: int, expected: float) -> float:
    """P(X >= count) of a Poisson variable, added up from the far side."""
    return sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(count, count + 30))


def burst(count: int, expected: float) -> tuple:
    strength = min(0.4, 0.4 * math.log(tail(count, expected)) / (2 * math.log(0.01)))
    return pytest.approx(strength, abs=1e-4), close_to(count=count, expected=expected, window_days=14, chance=tail(count, expected))


def test_three_tickets_within_two_weeks_of_a_customer_who_opened_none_before_are_a_burst():
    history = told()
    opens(history, 0, DAY)
    assert history.signals() == {}
    opens(history, 2 * DAY)
    assert signal_of(history, "ticket_burst") == burst(3, 14 / 90)


def test_what_is_usual_is_counted_from_all_tickets_before():
    history = told()
    opens(history, *(30 * DAY * month for month in range(6)))
    assert history.signals() == {}
    newest = 150 * DAY + 2
    opens(history, 150 * DAY + 1, newest, newest)
    before_days = (newest / DAY) - 14
    assert signal_of(history, "ticket_burst") == burst(4, (5 + 1) / (before_days + 90) * 14)


def test_who_opens_as_many_tickets_as_ever_is_no_burst():
    history = told()
    opens(history, *(8 * DAY * number for number in range(20)))
    assert history.alerts() == []


def test_a_burst_is_over_when_its_newest_ticket_is_two_weeks_old():
    history = told()
    opens(history, 0, 1, 2)
    history.fact("usage.recorded", 2 + 14 * DAY)
    assert list(history.signals()) == ["ticket_burst"]
    history.fact("usage.recorded", 3 + 14 * DAY)
    assert history.signals() == {}


@pytest.mark.parametrize("kind", [("ticket.merged", {"into": "a"}), ("ticket.updated", {"status": "spam"})], ids=["merged", "spam"])
def test_a_ticket_that_is_none_of_its_own_takes_the_burst_away(kind):
    history = told()
    for name in "abc":
        history.fact("ticket.opened", 1, object=name)
    assert list(history.signals()) == ["ticket_burst"]
    history.fact(kind[0], 2, object="c", **kind[1])
    assert history.signals() == {}


def test_what_becomes_of_a_ticket_is_not_another_one():
    history = told()
    history.fact("ticket.opened", 1, object="500")
    for hour, kind in enumerate(("ticket.resolved", "ticket.reopened", "ticket.reassigned", "ticket.updated"), 2):
        history.fact(kind, hour, object="500")
    history.fact("ticket.commented", 6, object="500", comment="Thank you.")
    assert "ticket_burst" not in history.signals()


def test_more_than_twenty_tickets_in_the_window_leave_what_is_usual_as_it_was():
    history = told()
    opens(history, *(30 * DAY * month for month in range(6)), *(200 * DAY + hour for hour in range(30)))
    history.fact("subscription.cancelled", 200 * DAY + 30)  # shows all signals as they stand
    numbers = history.signals()["ticket_burst"]["why"]["values"]
    assert numbers["count"] == 30
    assert numbers["expected"] == pytest.approx((6 + 1) / (200 + 29 / 24 - 14 + 90) * 14)


def test_the_first_ticket_is_forgotten_where_it_was_spam():
    spam, none = told(), told()
    spam.fact("ticket.opened", 1, object="spam")
    spam.fact("ticket.updated", 2, object="spam", status="spam")
    for history in (spam, none):
        for number in range(5):
            history.fact("ticket.opened", 300 * DAY + number, object=f"t{number}")
    assert signal_of(spam, "ticket_burst") == signal_of(none, "ticket_burst")
