"""Tickets counted from facts through the real fold: how often one came back or was handed on, and how many a customer opened."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.config import policy_file
from tests.streams.history import History

POLICY = policy_file.parse('version = "counts"\n[triggers]\nticket_reopened_times = 1\nticket_reassigned_times = 1\n', "counts")
DAY = 24
KINDS = ["ticket.reopened", "ticket.reassigned"]
MOST_SHOWN = 5
"""From so many times on a ticket is as bad as it can be."""


def told() -> History:
    return History(POLICY)


def times_in(history: History) -> int:
    """How often, from the points of the severity: 25 points times 0.6 at once, and 0.1 more with each further time, up to 1."""
    points = {addend["name"]: addend["points"] for addend in history.task["addends"]}["severity"]
    return round((points / POLICY.weights.severity - 0.6) / 0.1) + 1


# -- reopened, handed on --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 2, 4])
def test_each_fact_without_a_number_counts_once(kind, times):
    history = told()
    for number in range(times):
        history.fact(kind, 1 + number, object="500")
    assert times_in(history) == times


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_the_source_counts_where_we_did_not_hear_of_every_one(kind):
    history = told()
    history.fact(kind, 1, object="500", times=3)
    assert times_in(history) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_lower_number_of_the_source_takes_nothing_away(kind):
    history = told()
    history.fact(kind, 1, object="500", times=3)
    history.fact(kind, 2, object="500", times=1)
    assert times_in(history) == 3


@pytest.mark.parametrize("kind", KINDS)
@given(said=st.lists(st.none() | st.integers(1, 4), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_one_more_is_counted_for_each_fact_without_a_number_and_at_least_what_the_source_says(kind, said):
    history, expected = told(), 0
    for hour, times in enumerate(said, 1):
        history.fact(kind, hour, object="500", **({} if times is None else {"times": times}))
        expected = expected + 1 if times is None else max(expected, times)
    assert times_in(history) == min(expected, MOST_SHOWN)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_that_is_delivered_twice_counts_once(kind):
    history = told()
    for _ in range(2):
        history.fact(kind, 1, object="500", id="again")
    assert (times_in(history), history.task["version"]) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_each_fact_without_a_number_counts_in_whatever_order_they_are_heard(kind):
    history = told()
    for hour in (3, 1, 2):
        history.fact(kind, hour, object="500")
    assert times_in(history) == 3


def test_reopened_and_handed_on_are_counted_apart():
    history = told()
    for hour in (1, 2, 3):
        history.fact("ticket.reopened", hour, object="500")
    history.fact("ticket.reassigned", 4, object="500")
    assert times_in(history) == 3
    assert len(history.task["evidence"]) == 2


def test_two_tickets_are_counted_apart():
    history = told()
    history.fact("ticket.reopened", 1, object="500")
    history.fact("ticket.reopened", 2, object="501")
    assert times_in(history) == 1
    assert len(history.task["evidence"]) == 2


def test_a_number_below_the_policys_limit_is_no_reason():
    history = History(policy_file.parse('version = "three"\n[triggers]\nticket_reassigned_times = 3\n', "three"))
    history.fact("ticket.reassigned", 1, object="500", times=2)
    assert history.tasks() == []
    history.fact("ticket.reassigned", 2, object="500")
    assert len(history.tasks()) == 1


def test_a_ticket_that_is_merged_goes_on_counting_in_the_other():
    history = told()
    history.fact("ticket.reopened", 1, object="400")
    history.fact("ticket.merged", 2, object="500", into="400")
    history.fact("ticket.reopened", 3, object="500")
    assert times_in(history) == 2


def test_spam_that_comes_back_is_no_reason():
    history = told()
    history.fact("ticket.updated", 1, object="500", status="spam")
    for hour, kind in enumerate(KINDS, 2):
        history.fact(kind, hour, object="500", times=3)
    assert history.tasks() == []


LIFE = [
    ("ticket.opened", 1, {}),
    ("ticket.reassigned", 2, {"times": 2}),
    ("ticket.resolved", 3, {}),
    ("ticket.reopened", 4, {}),
    ("ticket.updated", 5, {"severity": "normal"}),
]


@given(st.permutations(LIFE))
@settings(max_examples=30, deadline=None)
def test_in_whatever_order_the_facts_of_a_ticket_are_heard_it_is_counted_the_same(facts):
    history = told()
    for kind, hour, fields in facts:
        history.fact(kind, hour, object="500", id=kind, **fields)
    assert times_in(history) == 2
    assert {evidence["fact"] for evidence in history.task["evidence"]} == {"ticket.reassigned", "ticket.reopened"}


def test_the_count_of_a_ticket_outlives_many_others_that_are_done_with():
    history = told()
    history.fact("ticket.reopened", 1, object="500")
    for number in range(80):
        history.fact("ticket.opened", 2 + number / 100, object=f"other {number}")
        history.fact("ticket.resolved", 2 + number / 100, object=f"other {number}")
    history.fact("ticket.reopened", 4, object="500")
    assert times_in(history) == 2


# -- how many were opened -------------------------------------------------------------------------------------------------------------


def opened(history: History) -> int:
    """How many tickets count within the last two weeks, as the burst shows them; 0 where there is none."""
    history.fact("subscription.cancelled", 3 * DAY)  # a signal more, so that all of them are shown as they stand
    burst = history.signals().get("ticket_burst")
    return 0 if burst is None else int(burst["why"]["values"]["count"])


FATES = {
    "counts": (),
    "spam": (("ticket.updated", {"status": "spam"}),),
    "no spam after all": (("ticket.updated", {"status": "spam"}), ("ticket.updated", {"status": "open"})),
    "merged": (("ticket.merged", {"into": "first"}),),
    "resolved": (("ticket.resolved", {}),),
    "reopened": (("ticket.resolved", {}), ("ticket.reopened", {})),
}
COUNTED = {"counts", "no spam after all", "resolved", "reopened"}


def facts_of(fates: list[str]) -> list[tuple]:
    """Facts of the first ticket, which counts, and of one for each fate: (kind, hour, object, fields)."""
    facts: list[tuple] = [("ticket.opened", 0.0, "first", {})]
    for number, fate in enumerate(fates, 1):
        facts.append(("ticket.opened", float(number), str(number), {}))
        facts += ((kind, number + later / 10, str(number), fields) for later, (kind, fields) in enumerate(FATES[fate], 1))
    return facts


@given(st.lists(st.sampled_from(sorted(FATES)), min_size=2, max_size=6), st.data())
@settings(max_examples=40, deadline=None)
def test_a_burst_counts_what_was_opened_and_is_neither_spam_nor_merged_in_whatever_order_that_is_heard(fates, data):
    history = History(policy_file.built_in())
    for kind, hour, name, fields in data.draw(st.permutations(facts_of(fates))):
        history.fact(kind, hour, object=name, id=f"{kind} {name} {hour}", **fields)
    count = 1 + sum(fate in COUNTED for fate in fates)
    assert opened(history) == (count if count >= POLICY.churn.ticket_burst.least_tickets else 0)


def test_a_later_version_of_an_opening_is_no_ticket_more():
    history = History(policy_file.built_in())
    for number in range(3):
        history.fact("ticket.opened", number, object=str(number))
        history.fact("ticket.opened", number + 0.5, object=str(number), subject="edited")
    assert opened(history) == 3


def test_tickets_of_two_systems_are_counted_together():
    history = History(policy_file.built_in())
    for hour, source in enumerate(("zendesk", "jira", "desk")):
        history.fact("ticket.opened", hour, object="500", source=source)
    assert opened(history) == 3
