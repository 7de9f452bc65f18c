"""What is said again says nothing new, and what is heard late is heard: whatever closed, or came first, meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.config import policy_file
from tests.streams.history import History, at

ANSWER = {"object": "r1", "score": {"metric": "nps", "raw": 2}, "comment": "All broken"}
AGAIN: dict[str, tuple[str, dict[str, Any]]] = {
    "a number of hand-overs": ("ticket.reassigned", {"object": "500", "times": 4}),
    "a number of reopenings": ("ticket.reopened", {"object": "500", "times": 2}),
    "an answer": ("survey.answered", ANSWER),
    "an answer without its comment": ("survey.answered", {**ANSWER, "comment": None}),
    "a rating": ("ticket.rated", {"object": "500", "score": {"metric": "csat", "raw": 1}}),
    "words in an answer": ("survey.answered", {"object": "r1", "comment": "We cancel our contract"}),
    "a cancellation": ("subscription.cancelled", {"object": "s1", "reason": "too dear"}),
    "a late delivery": ("delivery.made", {"object": "o1", "promised_for": at(-48), "occurred_at": at(2)}),
}
MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "a number of hand-overs": ("ticket.reassigned", {"object": "500", "times": 5}),
    "a hand-over": ("ticket.reassigned", {"object": "500"}),
    "an answer": ("survey.answered", {**ANSWER, "score": {"metric": "nps", "raw": 0}}),
    "its comment": ("survey.answered", {**ANSWER, "comment": "Still broken"}),
}


@pytest.mark.parametrize("name", AGAIN)
def test_what_was_said_before_the_end_brings_nothing_back_when_it_is_said_again(name):
    kind, fields = AGAIN[name]
    history = History(policy_file.built_in())
    history.fact(kind, 2, **{**fields, **({"comment": "All broken"} if "comment" in fields and not fields["comment"] else {})})
    history.resolve(3)
    history.fact(kind, 4, **{**fields, **({"version": 10**13} if "occurred_at" in fields else {})})
    assert (history.task["status"], [k for k in history.paged(3) if k.startswith("task_")]) == ("resolved", ["task_closed"])


@pytest.mark.parametrize("name", MORE)
def test_what_says_more_brings_it_back(name):
    kind, fields = MORE[name]
    history = History()
    history.fact("ticket.reassigned", 1, object="500", times=4)
    history.resolve(1.5)
    history.fact("survey.answered", 1.6, **ANSWER)
    history.resolve(3)
    history.fact(kind, 4, **fields)
    assert "regressed" in {task["status"] for task in history.tasks()}


@pytest.mark.parametrize("late", [{"target_missed": True}, {"severity": "urgent"}], ids=["late", "urgent"])
def test_an_update_that_a_later_one_overtook_says_what_that_one_does_not(late):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="normal")
    history.fact("ticket.updated", 3, object="500", status="pending")
    for _ in range(2):
        history.fact("ticket.updated", 2, object="500", id="u1", **late)
    assert (history.verdicts(), history.on("decisions")[-1]["verdict"]) == (["task_raised"], "stale_ignored")


def test_of_one_thing_the_later_update_says_how_it_is():
    history = History()
    history.fact("ticket.updated", 3, object="500", severity="normal")
    history.fact("ticket.updated", 2, object="500", severity="urgent")
    assert history.tasks() == []


def test_trouble_of_who_matters_again_soon_after_is_a_task_though_they_had_others():
    history = History()
    history.fact("survey.answered", 1, **ANSWER)
    history.resolve(2)
    history.fact("customer.profiled", 3, object="C1", hic=False)
    history.fact("ticket.opened", 4, object="500", severity="urgent")
    assert len(history.tasks()) == 1
    history.fact("customer.profiled", 5, object="C1", hic=True)
    assert [task["cause"] for task in history.tasks()] == ["poor_survey", "bad_service"]


def test_what_is_cancelled_once_more_after_it_went_on_is_news():
    history = History()
    history.fact("subscription.cancelled", 1, object="s1", reason="too dear")
    history.resolve(2)
    history.fact("subscription.changed", 3, object="s1", annual_value=1000.0)
    history.fact("subscription.cancelled", 4, object="s1", reason="too dear")
    assert history.task["status"] == "regressed"
