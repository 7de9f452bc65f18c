"""Silence after a complaint, of somebody with a rhythm, through the real fold."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import told

DAY = 24
EVERY = 12
"""Days between two purchases: two such gaps are longer than the 21 days that the policy asks for."""
LAST = 5 * EVERY * DAY


def customer(kind: str = "purchase.made") -> History:
    """Six days of purchase or of use, then nothing but what a test tells."""
    history = told(step_h=12)
    for number in range(6):
        history.fact(kind, number * EVERY * DAY, **({"amount": 50.0} if kind == "purchase.made" else {"quantity": 1.0}))
    return history


COMPLAINTS = {
    "a poor answer": ("survey.answered", {"score": {"metric": "nps", "raw": 2}}),
    "a poor rating": ("ticket.rated", {"score": {"metric": "csat", "raw": 1}}),
    "a grave ticket": ("ticket.opened", {"severity": "high"}),
}


def complains(history: History, hours: float, what: str = "a poor answer") -> None:
    kind, fields = COMPLAINTS[what]
    history.fact(kind, hours, object="C", **fields)


def told_of(history: History) -> list[dict]:
    return [one for alert in history.on("alerts") for one in alert["signals"] if one["name"] == "silent_complaint"]


@pytest.mark.parametrize("what", COMPLAINTS)
@pytest.mark.parametrize("kind", ["purchase.made", "usage.recorded"])
def test_nothing_for_two_of_their_gaps_after_a_complaint_is_a_sign(kind, what):
    history = customer(kind)
    complains(history, LAST + 1, what)
    history.pass_time(LAST + 2 * EVERY * DAY)
    assert told_of(history) == []
    history.pass_time(LAST + 2 * EVERY * DAY + 2)
    (signal,) = told_of(history)[-1:]
    assert signal["why"]["values"] == {"silent_days": 2 * EVERY, "usual_days": EVERY}
    assert signal["seen_at"] == at(LAST + 1 + 2 * EVERY * DAY)
    assert signal["strength"] == pytest.approx(0.3, abs=0.01)


HEARD = {
    "a purchase": ("purchase.made", {"amount": 5.0}),
    "use": ("usage.recorded", {}),
    "a word": ("ticket.commented", {"comment": "Thank you."}),
    "a plain question": ("ticket.opened", {}),
    "a good answer": ("survey.answered", {"score": {"metric": "nps", "raw": 10}}),
}


@pytest.mark.parametrize("what", HEARD)
@pytest.mark.parametrize("after", [10, 30], ids=["before", "after"])
def test_whatever_they_do_next_ends_it(what, after):
    kind, fields = HEARD[what]
    history = customer()
    complains(history, LAST + 1)
    history.fact(kind, LAST + after * DAY, object="N", **fields)
    assert "silent_complaint" not in history.signals()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ticket.commented", {"comment": "We are sorry.", "by_customer": False}),
        ("purchase.made", {"amount": -5.0}),
        ("survey.sent", {}),
        ("employee.feedback", {"comment": "quiet"}),
    ],
)
def test_what_others_do_does_not(kind, fields):
    history = customer()
    complains(history, LAST + 1)
    history.fact(kind, LAST + 10 * DAY, object="N", **fields)
    history.pass_time(LAST + 2 * EVERY * DAY + 2)
    assert told_of(history)


def test_who_has_no_rhythm_is_not_told():
    history = told(step_h=12)
    history.fact("purchase.made", 0, amount=5.0)
    complains(history, 1)
    history.pass_time(300 * DAY)
    assert told_of(history) == []


def test_silence_without_a_complaint_is_none():
    history = customer()
    history.pass_time(LAST + 200 * DAY)
    assert told_of(history) == []


def test_a_ticket_that_turns_out_to_be_spam_was_no_complaint():
    history = customer()
    complains(history, LAST + 1, "a grave ticket")
    history.fact("ticket.updated", LAST + DAY, object="C", status="spam")
    history.pass_time(LAST + 100 * DAY)
    assert told_of(history) == []


def test_what_they_did_before_the_complaint_and_is_heard_of_late_ends_nothing():
    history = customer()
    complains(history, LAST + 48)
    history.fact("purchase.made", LAST + 24, amount=5.0)
    history.pass_time(LAST + 48 + 2 * EVERY * DAY + 48)
    assert told_of(history)


def test_alone_with_a_faint_complaint_it_raises_no_alert_at_the_built_in_settings():
    history = History()
    history.step_s = 12 * 3600.0
    for number in range(6):
        history.fact("purchase.made", number * EVERY * DAY, amount=50.0)
    complains(history, LAST + 1, "a grave ticket")
    history.fact("ticket.resolved", LAST + 2, object="C")
    history.pass_time(LAST + 2 * EVERY * DAY + 48)
    assert history.alerts() == []
