"""What is delivered twice counts once; what only looks the same (one number, one instant, one id) is told apart by what it is and says."""

from __future__ import annotations

import pytest

from makegood.config import policy_file
from schemas.policy import Policy
from tests.conftest import shared
from tests.streams.history import History, replayed

BAD = {"score": {"metric": "nps", "raw": 1}}


def applied(history: History) -> int:
    """How many facts took effect, the profile aside."""
    return history.number - 1 - sum(d["verdict"] in {"duplicate_ignored", "stale_ignored"} for d in history.on("decisions"))


SAYS = {
    "ticket.commented": ({"comment": "It is broken again"}, {"comment": "We cancel our contract"}),
    "employee.feedback": ({"comment": "They are unhappy"}, {"comment": "They want to leave"}),
    "payment.failed": ({"amount": 10.0}, {"amount": 20.0}),
    "usage.recorded": ({"feature": "export"}, {"feature": "import"}),
}


@pytest.mark.parametrize("kind", SAYS)
@pytest.mark.parametrize("version", [{}, {"version": 7}])
def test_two_of_one_id_and_one_instant_that_say_something_else_both_count_and_equal_ones_once(kind, version):
    one, other = SAYS[kind]
    history = History()
    for fields in (one, other, one, other):
        history.fact(kind, 1, id="same", object="88", **fields, **version)
    assert applied(history) == 2


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("ticket.updated", {"severity": "urgent"}, {"target_missed": True}),
        ("survey.answered", BAD, {"comment": "nobody called"}),
        ("subscription.changed", {"annual_value": 10.0}, {"cancels_at": "2026-09-01T00:00:00Z"}),
    ],
)
def test_two_states_of_one_object_at_one_instant_both_count_where_the_source_has_no_version(kind, one, other):
    history = History()
    history.fact(kind, 1, object="88", **one)
    history.fact(kind, 1, object="88", **other)
    history.fact(kind, 1, object="88", **other)
    assert applied(history) == 2


def test_of_two_versions_the_older_changes_nothing():
    history = History()
    history.fact("ticket.updated", 2, object="88", version=2, severity="normal")
    history.fact("ticket.updated", 1, object="88", version=1, severity="urgent")
    assert history.verdicts() == []
    (ignored,) = [d for d in history.on("decisions") if d["verdict"] == "stale_ignored"]
    assert ignored["why"] == {
        "code": "version_applied_before",
        "values": {"source": "test", "object": "88", "version": 1, "applied": 2},
    }


def test_what_comes_late_without_a_version_says_as_of_when():
    history = History()
    history.fact("ticket.updated", 2, object="88", severity="normal")
    history.fact("ticket.updated", 1, object="88", severity="urgent")
    (ignored,) = [d for d in history.on("decisions") if d["verdict"] == "stale_ignored"]
    times = {"occurred_at": "2026-06-01T09:00:00.000Z", "applied_at": "2026-06-01T10:00:00.000Z"}
    assert ignored["why"] == {"code": "time_applied_before", "values": {"source": "test", "object": "88", **times}}


def test_a_survey_and_the_rating_of_a_ticket_with_one_number_are_two_answers():
    history = History()
    history.fact("survey.answered", 1, object="88", **BAD)
    history.fact("ticket.rated", 2, object="88", score={"metric": "csat", "raw": 5})
    history.fact("ticket.opened", 3, object="88", severity="urgent")
    poor, urgent = history.tasks()
    assert (poor["cause"], urgent["cause"]) == ("poor_survey", "bad_service")
    assert poor["status"] == "open"  # a good rating of another thing corrects nothing


def test_the_case_of_two_comments_in_one_second():
    history = replayed(shared("cases", "two-comments-same-second.jsonl"), policy_file.built_in())
    assert history.task["cause"] == "wants_to_leave"


def test_of_an_erased_customer_a_timer_on_its_way_decides_nothing():
    import json

    from streams.engine.partitioner import partition_of
    from tests.streams.history import PARTITIONS, at

    history = History(Policy(version="test"))
    history.fact("survey.answered", 1, **BAD)
    history.fact("erasure.requested", 2, object="C1")
    known = len(history.outputs)
    due = {"type": "timer.due", "customer": "C1", "at": at(30)}
    history.machine.feed("timers", partition_of("C1", PARTITIONS), b"C1", json.dumps(due).encode())
    assert history.outputs[known:] == []


def test_to_learn_a_customers_tier_lowers_no_priority():
    built_in = policy_file.built_in().weights.tier
    assert built_in["unknown"] <= built_in["C"] <= built_in["B"] <= built_in["A"]
    unknown, small = History(), History(annual_value=10.0)
    for history in (unknown, small):
        history.fact("survey.answered", 1, **BAD)
    assert small.task["tier"] == "C"
    assert small.task["score"] >= unknown.task["score"]
