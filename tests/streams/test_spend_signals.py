"""Spend signals belong to the customer: through the real fold, of all that they have subscribed to, in whatever order it is heard."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import told

DAY = 24
CHANGED, CANCELLED = "subscription.changed", "subscription.cancelled"


def after(*facts: tuple[str, float, dict]) -> History:
    history = told()
    for kind, hours, fields in facts:
        history.fact(kind, hours, **fields)
    return history


def strengths(history: History) -> dict[str, float]:
    return {name: signal["strength"] for name, signal in history.signals().items()}


ONE = (CHANGED, 1, {"object": "s1", "annual_value": 300.0})
OTHER = (CHANGED, 2, {"object": "s2", "annual_value": 100.0})
CUT = (CHANGED, 3, {"object": "s2", "annual_value": 40.0, "previous_annual_value": 100.0})
END = (CANCELLED, 4, {"object": "s2"})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([ONE, OTHER, CUT], {}),
        ([OTHER, CUT], {"spend_halved": 0.4}),
        ([OTHER, CUT, (CHANGED, 5, {"object": "s3", "annual_value": 1.0})], {"spend_halved": 0.4}),
        ([(CHANGED, 1, {"object": "s1", "annual_value": n, "previous_annual_value": n + 30.0}) for n in (70.0, 40.0)][:1], {}),
        ([ONE, OTHER, END], {"cancelled": pytest.approx(0.9 / 4)}),
        ([OTHER, END], {"cancelled": 0.9}),
        ([OTHER, END, (CHANGED, 5, {"object": "s2", "annual_value": 100.0})], {}),
        ([OTHER, END, (CHANGED, 5, {"object": "s3", "annual_value": 100.0})], {}),
    ],
    ids=["part cut", "all cut", "another since", "a little", "part ended", "all ended", "goes on", "back with another"],
)
def test_the_strength_is_of_all_that_the_customer_has(facts, expected):
    assert strengths(after(*facts)) == expected


def test_two_cuts_that_halve_together_are_a_half():
    cuts = [
        (CHANGED, n, {"object": "s1", "annual_value": now, "previous_annual_value": was})
        for n, was, now in ((1, 100.0, 70.0), (2, 70.0, 45.0))
    ]
    assert after(*cuts).signals()["spend_halved"]["why"]["values"] == {"annual_before": 100.0, "annual_now": 45.0, "currency": "EUR"}


def test_an_end_that_was_set_does_not_fade_and_is_an_end_when_it_comes():
    history = after((CHANGED, 0, {"object": "s1", "annual_value": 100.0, "cancels_at": at(60 * DAY)}))
    history.fact("payment.failed", 59 * DAY)
    assert strengths(history)["cancels"] == 0.7
    history.pass_time(60 * DAY + 1)
    assert strengths(history)["cancelled"] == pytest.approx(0.9, abs=1e-3)
    assert "cancels" not in history.signals()


@pytest.mark.parametrize("heard", list(permutations([ONE, OTHER, END])))
def test_in_whatever_order_it_is_heard_it_comes_to_the_same(heard):
    assert strengths(after(*heard)) == {"cancelled": pytest.approx(0.9 / 4)}


def test_half_the_business_is_a_task_with_a_step_of_its_own():
    history = after(OTHER, CUT)
    assert (history.task["cause"], history.task["why"]["code"]) == ("business_halved", "spend_halved")
    assert history.task["next_step"].startswith("Have the person who looks after them call")
