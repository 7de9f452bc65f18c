"""A ticket over its whole life: what was resolved is remembered, a state that returns is news, spam and merges take back or move on."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.config import policy_file
from schemas.policy import Policy, Triggers
from tests.conftest import shared
from tests.streams.history import History, at, replayed

FROM_TWO = Policy(version="two", triggers=Triggers(ticket_reopened_times=2, ticket_reassigned_times=2))


def why_of(shown: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Code and values of the reason of a task, its evidence or its end."""
    return shown["why"]["code"], shown["why"]["values"]


def again(history: History, kind: str, times: int, between: str | None = "ticket.resolved") -> None:
    """The same fact about ticket 500, `times` times, two hours apart, and something else between."""
    history.fact("ticket.opened", 1, object="500")
    for number in range(times):
        if between:
            history.fact(between, 2 + 2 * number, object="500")
        history.fact(kind, 3 + 2 * number, object="500")


# -- the whole life ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ticket.reopened", "ticket.reassigned"])
def test_what_happened_before_a_ticket_was_resolved_counts_when_it_comes_back(kind):
    once, twice, thrice = (History(FROM_TWO) for _ in range(3))
    for times, history in enumerate((once, twice, thrice), 1):
        again(history, kind, times)
    assert once.verdicts() == []
    assert twice.verdicts() == ["task_raised"]
    assert thrice.verdicts() == ["task_raised", "task_amended"]
    assert thrice.paged() == ["task_raised", "task_worsened"]


def test_counts_of_the_source_and_our_own_are_one_count():
    history = History(FROM_TWO)
    history.fact("ticket.reopened", 1, object="500", times=1)
    history.fact("ticket.resolved", 2, object="500")
    history.fact("ticket.reopened", 3, object="500")
    assert why_of(history.task) == ("ticket_reopened", {"ticket": "500", "times": 2})


def test_tickets_of_two_systems_with_one_number_are_two_tickets():
    history = History(FROM_TWO)
    history.fact("ticket.reopened", 1, object="500", source="zendesk")
    history.fact("ticket.reopened", 2, object="500", source="jira")
    assert history.verdicts() == []


def test_an_opening_that_is_overtaken_by_what_follows_is_counted_all_the_same():
    history = History()
    for number in range(8):
        history.fact("ticket.commented", 1 + number, object=str(number), comment="hello?")
        history.fact("ticket.opened", 0.5 + number, object=str(number))
    assert any(s["name"] == "ticket_burst" for alert in history.on("alerts") for s in alert["signals"])


# -- states that return --------------------------------------------------------------------------------------------------------------

STATES = {"urgent": ({"severity": "urgent"}, {"severity": "normal"}), "late": ({"target_missed": True}, {"target_missed": False})}


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_returns_is_news_and_one_that_lasts_is_not(state):
    holds, ends = STATES[state]
    history = History()
    history.fact("ticket.updated", 1, object="500", **holds)
    history.resolve(2)
    history.fact("ticket.updated", 3, object="500", **holds)
    assert history.verdicts() == ["task_raised", "task_moved"]
    history.fact("ticket.updated", 4, object="500", **ends)
    history.fact("ticket.updated", 5, object="500", **holds)
    assert history.verdicts()[-1] == "task_regressed"
    assert history.paged(5) == ["task_regressed"]


@pytest.mark.parametrize("state", STATES)
def test_that_a_state_ended_may_be_heard_before_that_it_held(state):
    holds, ends = STATES[state]
    history = History()
    history.fact("ticket.updated", 1, object="500", **holds)
    history.resolve(2)
    history.fact("ticket.updated", 6, object="500", **ends)
    history.fact("ticket.updated", 5, object="500", **holds)  # late news of the past: it has ended meanwhile, and was not away before
    assert history.verdicts() == ["task_raised", "task_moved"]


def test_a_state_that_begins_anew_is_news_though_its_end_was_heard_before_its_beginning():
    history = History()
    history.fact("ticket.updated", 2, object="500", severity="normal")
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.resolve(3)
    history.fact("ticket.updated", 4, object="500", severity="urgent")
    assert history.verdicts() == ["task_raised", "task_moved", "task_regressed"]


# -- what happened before the end ---------------------------------------------------------------------------------------------------

LATE = {
    "handed on": ("ticket.reassigned", {"object": "500", "times": 4}),
    "reopened": ("ticket.reopened", {"object": "500"}),
    "missed its target": ("ticket.updated", {"object": "500", "target_missed": True}),
}


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize("end", ["resolve", "dismiss"])
def test_what_happened_before_a_task_was_closed_is_evidence_on_it_and_brings_nothing_back(name, end):
    kind, fields = LATE[name]
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.resolve(3) if end == "resolve" else history.command("dismiss", 3, reason="known")
    history.fact(kind, 2, **fields)
    assert history.task["status"] in {"resolved", "dismissed"}
    assert len(history.task["evidence"]) == 2
    assert history.task["resolution"]["by"] == "carla"
    assert history.paged(3) == ["task_closed"]


def test_late_news_of_a_task_that_was_followed_by_another_is_evidence_on_its_successor_and_pages_nobody():
    """The first is too old to come back, so it is remembered in its topic only; the one that names it stands in for it."""
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.resolve(2)
    history.fact("ticket.opened", 500, object="501", severity="urgent")  # beyond the re-open window: a task of its own
    history.resolve(501)
    first, second = history.tasks()
    assert (second["follows"], first["status"], second["status"]) == (first["id"], "resolved", "resolved")
    history.fact("ticket.reassigned", 1.5, object="500", times=4)
    assert [len(task["evidence"]) for task in history.tasks()] == [1, 2]
    assert [task["status"] for task in history.tasks()] == ["resolved", "resolved"]
    assert history.paged(501) == ["task_closed"]


# -- spam and merges -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [None, "acknowledge", "contact", "snooze"])
def test_spam_ends_its_task_with_that_reason_whoever_has_taken_it_up(step):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent", comment="We cancel our contract")
    if step:
        history.command(step, 1.5, **({"until": at(20)} if step == "snooze" else {}))
    history.fact("ticket.updated", 2, object="500", status="spam")
    assert (history.task["status"], why_of(history.task["resolution"])) == ("dismissed", ("ticket_is_spam", {"ticket": "500"}))
    history.pass_time(72)
    assert history.paged(2) in ([], ["alert_resolved"])


def test_spam_counts_for_no_signal():
    history = History(policy_file.built_in())
    for number in range(4):
        history.fact("ticket.opened", 1 + number, object=str(number), comment="Switch to a competitor, cancel your contract")
    assert history.on("alerts")
    for number in range(4):
        history.fact("ticket.updated", 9, object=str(number), status="spam")
    assert history.on("alerts")[-1]["active"] is False
    history.fact("ticket.commented", 10, object="1", comment="cancel your contract now")
    assert history.on("alerts")[-1]["active"] is False


def test_what_is_no_spam_after_all_counts_again():
    history = History()
    history.fact("ticket.updated", 1, object="500", status="spam")
    history.fact("ticket.updated", 2, object="500", status="open", severity="urgent")
    assert history.verdicts() == ["task_raised"]


def test_a_task_that_rests_on_more_than_the_spam_goes_on():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.opened", 2, object="501", severity="urgent")
    history.fact("ticket.updated", 3, object="501", status="spam")
    assert (history.task["status"], len(history.task["evidence"])) == ("open", 1)


def test_a_task_follows_its_ticket_into_the_other_and_what_is_said_of_the_one_is_said_of_the_other():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.merged", 2, object="500", into="400")
    history.fact("ticket.reopened", 3, object="500")
    assert history.task["status"] == "open"
    assert why_of(history.task["evidence"][-1]) == ("ticket_reopened", {"ticket": "400", "times": 1})
    history.fact("ticket.updated", 4, object="400", status="spam")
    assert why_of(history.task["resolution"]) == ("ticket_is_spam", {"ticket": "400"})


def test_merged_into_a_ticket_that_is_resolved_a_task_ends_with_that_reason():
    history = History()
    history.fact("ticket.opened", 1, object="400")
    history.fact("ticket.opened", 1.5, object="500", severity="urgent")
    history.fact("ticket.resolved", 2, object="400")
    history.fact("ticket.merged", 3, object="500", into="400")
    assert why_of(history.task["resolution"]) == ("ticket_merged_into_resolved", {"ticket": "500", "into": "400"})


def test_tickets_merged_into_each_other_are_no_endless_search():
    history = History()
    history.fact("ticket.merged", 1, object="500", into="400")
    history.fact("ticket.merged", 2, object="400", into="500")
    history.fact("ticket.merged", 3, object="7", into="7")
    history.fact("ticket.updated", 4, object="500", severity="urgent")
    assert history.verdicts() == ["task_raised"]


@pytest.mark.parametrize("said", [{"status": "open", "severity": "urgent"}, {"status": "open"}], ids=["as urgent as before", "its status"])
@pytest.mark.parametrize("gone", ["spam", "deleted"])
def test_a_task_that_ended_with_its_ticket_goes_on_where_the_ticket_is_something_after_all(gone, said):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.command("acknowledge", 1.5)
    history.fact("ticket.updated", 2, object="500", status=gone)
    history.fact("ticket.updated", 3, object="500", **said)
    assert (history.task["status"], history.task["due_at"], history.task["regressions"]) == ("open", at(5), 0)
    assert history.paged(3) == ["task_regressed"]
    assert why_of(history.on("decisions")[-1]) == ("ticket_counts_again", {"ticket": "500"})
    history.fact("ticket.updated", 4, object="500", status=gone)
    assert history.task["status"] == "dismissed"


def test_what_ends_with_its_ticket_does_not_come_back_with_another_one():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.command("dismiss", 2, reason="known")
    history.fact("ticket.updated", 3, object="500", status="spam")
    history.fact("ticket.updated", 4, object="500", status="open")
    assert (history.task["status"], history.task["resolution"]["by"]) == ("dismissed", "carla")


def test_a_ticket_that_is_deleted_ends_its_task_and_one_that_was_resolved_before_is_only_tidied_away():
    history = History(policy_file.built_in())
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.opened", 1, object="501", comment="We cancel our contract")
    history.fact("ticket.resolved", 2, object="501")
    for number in ("500", "501"):
        history.fact("ticket.updated", 3, object=number, status="deleted")
    urgent, leaving = history.tasks()
    assert why_of(urgent["resolution"]) == ("ticket_deleted", {"ticket": "500"})
    assert leaving["status"] == "open"


@pytest.mark.parametrize("gone", ["spam", "deleted"])
@pytest.mark.parametrize("finished", ["closed", "Solved", "resolved"])
def test_that_spam_is_finished_makes_no_trouble_of_it(gone, finished):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.updated", 2, object="500", status=gone)
    history.fact("ticket.updated", 3, object="500", status=finished)
    assert (history.task["status"], history.paged(2)) == ("dismissed", [])


def test_late_news_that_a_ticket_is_finished_is_stale():
    history = History()
    history.fact("ticket.updated", 5, object="500", severity="urgent", version=5000)
    history.fact("ticket.updated", 4, object="500", status="closed", version=4000)
    assert history.on("decisions")[-1]["verdict"] == "stale_ignored"


def test_nobody_asks_whoever_sent_spam_whether_it_is_well():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.resolve(2)
    history.fact("ticket.updated", 3, object="500", status="spam")
    history.pass_time(80)
    assert history.paged(3) == []


def test_a_recovery_is_asked_about_where_its_ticket_was_spam_by_mistake_for_a_while():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.resolve(2)
    history.fact("ticket.updated", 3, object="500", status="spam")
    history.fact("ticket.updated", 4, object="500", status="open")
    history.pass_time(80)
    assert history.paged(3) == ["verification_due"]


def test_what_is_left_of_a_task_may_be_nothing():
    history = History(policy_file.built_in())
    history.fact("survey.answered", 1, object="r1", score={"metric": "nps", "raw": 2}, comment="We cancel our contract")
    history.command("acknowledge", 1.5)
    history.fact("ticket.opened", 2, object="500", comment="We cancel our contract")
    history.fact("survey.answered", 3, object="r1", score={"metric": "nps", "raw": 8})
    history.fact("ticket.updated", 4, object="500", status="spam")
    assert why_of(history.task["resolution"]) == ("ticket_is_spam", {"ticket": "500"})


@pytest.mark.parametrize("hours", [1.5, 4], ids=["before the end", "after it"])
def test_spam_takes_no_real_trouble_with_it(hours):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.updated", 3, object="500", status="spam")
    history.fact("ticket.opened", hours, object="501", severity="urgent")
    spam, real = history.tasks()
    assert (spam["status"], len(spam["evidence"])) == ("dismissed", 1)
    assert (real["status"], real["regressions"], real.get("follows"), len(real["evidence"])) == ("open", 0, None, 1)


@pytest.mark.parametrize("last", ["500", "400"], ids=["its own", "merged"])
def test_a_poor_rating_of_spam_is_no_trouble(last):
    history = History()
    history.fact("ticket.rated", 1, object="500", score={"metric": "csat", "raw": 1})
    if last == "400":
        merged(history, 2)
    history.fact("ticket.updated", 3, object=last, status="spam")
    assert why_of(history.task["resolution"]) == ("ticket_is_spam", {"ticket": last})


def merged(history: History, hours: float, ticket: str = "500", into: str = "400") -> None:
    history.fact("ticket.merged", hours, object=ticket, into=into)


def test_merged_into_spam_a_task_ends_and_goes_on_with_it():
    history = History()
    history.fact("ticket.updated", 1, object="400", status="spam")
    history.fact("ticket.opened", 2, object="500", severity="urgent")
    merged(history, 3)
    assert why_of(history.task["resolution"]) == ("ticket_is_spam", {"ticket": "400"})
    history.fact("ticket.updated", 4, object="400", status="open")
    assert history.task["status"] == "open"


def test_trouble_of_nobody_special_follows_its_ticket_too():
    history = History(hic=False)
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    merged(history, 2)
    history.fact("ticket.updated", 3, object="400", status="spam")
    history.fact("customer.profiled", 4, object="C1", hic=True)
    assert history.tasks() == []


@pytest.mark.parametrize("first", [merged, lambda history, hours: history.resolve(hours)], ids=["before", "after"])
@pytest.mark.parametrize("number", ["400", "500"])
def test_a_state_that_a_merge_carries_over_is_no_news_in_the_other_ticket(first, number):
    """The vendor sets the other ticket's priority, or says that of the merged one once more when it closes it."""
    history = History()
    history.fact("ticket.opened", 1, object="400")
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    steps = [merged, lambda history, hours: history.resolve(hours)]
    for hours, step in enumerate(steps if first is merged else steps[::-1], 2):
        step(history, hours)
    history.fact("ticket.updated", 5, object=number, severity="urgent")
    assert history.task["status"] == "resolved"
    history.fact("ticket.updated", 6, object="400", severity="normal")
    history.fact("ticket.updated", 7, object="400", severity="urgent")
    assert history.task["status"] == "regressed"


def test_that_the_shell_of_a_merged_ticket_is_closed_or_deleted_says_nothing_of_the_other():
    history = History(policy_file.built_in())
    for number in ("400", "500"):
        history.fact("ticket.opened", 1, object=number, severity="urgent")
    merged(history, 2)
    history.fact("ticket.resolved", 3, object="500")
    history.fact("ticket.updated", 4, object="500", status="deleted")
    history.fact("ticket.opened", 5, object="300", comment="We cancel our contract")
    merged(history, 6, "300")
    assert [task["status"] for task in history.tasks()] == ["open", "open"]


def test_spam_that_is_merged_into_a_real_ticket_does_not_come_to_life_with_it():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.updated", 2, object="500", status="spam")
    history.fact("ticket.opened", 2.5, object="400", severity="low")
    merged(history, 3)
    history.fact("ticket.updated", 4, object="400", status="spam")
    history.fact("ticket.updated", 5, object="400", status="open")
    assert history.task["status"] == "dismissed"


def test_late_news_of_the_status_of_a_merged_ticket_is_stale():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    merged(history, 2)
    history.fact("ticket.updated", 5, object="500", severity="urgent", version=5000)
    history.fact("ticket.updated", 4, object="500", status="open", version=4000)
    assert history.on("decisions")[-1]["verdict"] == "stale_ignored"


def test_what_was_said_of_both_tickets_is_said_once_after_a_merge():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.opened", 1.5, object="400", severity="urgent")
    merged(history, 2)
    assert [why_of(e) for e in history.task["evidence"]] == [("ticket_opened_urgent", {"ticket": "400"})]
    assert history.task["status"] == "open"


@pytest.mark.parametrize("said", [{}, {"severity": "urgent"}], ids=["its status", "as urgent as before"])
def test_a_ticket_that_counts_again_is_evidence_on_the_task_that_was_raised_meanwhile(said):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.updated", 2, object="500", status="spam")
    history.fact("ticket.reassigned", 3, object="600", times=4)
    history.fact("ticket.updated", 4, object="500", status="open", **said)
    first, second = history.tasks()
    assert (first["status"], second["status"]) == ("dismissed", "open")
    assert sorted(why_of(e)[1]["ticket"] for e in second["evidence"]) == ["500", "600"]
    assert history.paged(4) == ["task_worsened"]


def test_what_was_dealt_with_in_the_other_task_does_not_come_back_with_its_ticket():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.updated", 2, object="500", status="spam")
    history.fact("ticket.opened", 3, object="600", severity="urgent")
    history.fact("ticket.updated", 4, object="500", status="open")
    history.resolve(5)
    history.fact("ticket.updated", 6, object="500", status="spam")
    history.fact("ticket.updated", 7, object="500", status="open")
    assert [task["status"] for task in history.tasks()] == ["dismissed", "resolved"]


# -- tasks at rest -------------------------------------------------------------------------------------------------------------------


def test_a_complaint_wakes_a_snoozed_task_with_a_notice_and_a_clock_from_then():
    history = History()
    history.fact("survey.answered", 1, score={"metric": "nps", "raw": 2})
    history.command("snooze", 2, until=at(140))
    history.fact("survey.answered", 5, score={"metric": "nps", "raw": 0}, comment="Nobody called.")
    assert (history.task["status"], history.task["due_at"]) == ("open", at(9))
    assert history.paged(5) == ["snooze_ended"]


def test_what_was_said_before_the_snooze_or_says_that_all_is_well_wakes_nobody():
    history = History()
    history.fact("survey.answered", 1, object="r1", score={"metric": "nps", "raw": 2})
    history.command("snooze", 3, until=at(140))
    history.fact("survey.answered", 2, score={"metric": "nps", "raw": 1})
    history.fact("survey.answered", 4, object="r1", version=10**13, score={"metric": "nps", "raw": 10})
    assert history.task["status"] == "snoozed"


@pytest.mark.parametrize("after", ["acknowledge", "snooze"])
def test_a_comment_that_follows_its_score_wakes_as_a_new_answer_does(after):
    history = History()
    history.fact("survey.answered", 1, object="r1", score={"metric": "nps", "raw": 2})
    history.command(after, 2, **({"until": at(140)} if after == "snooze" else {}))
    history.fact("survey.amended", 5, object="r1", comment="Still nothing.")
    assert history.task["status"] == ("acknowledged" if after == "acknowledge" else "open")


def test_words_of_another_cause_wake_the_snoozed_task_of_their_ticket_too():
    history = History(policy_file.built_in())
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.command("snooze", 2, until=at(100))
    history.fact("ticket.commented", 3, object="500", comment="We cancel our contract", by_customer=True)
    assert [(task["cause"], task["status"]) for task in history.tasks()] == [("bad_service", "open"), ("wants_to_leave", "open")]
    assert sorted(history.paged(3)) == ["alert_raised", "snooze_ended", "task_raised"]


# -- the cases ------------------------------------------------------------------------------------------------------------------------


def test_cases_that_others_got_wrong():
    policy = Policy(version="test")
    urgent = replayed(shared("cases", "urgent-again.jsonl"), policy)
    assert urgent.verdicts()[-1] == "task_regressed"
    snoozed = replayed(shared("cases", "snooze-customer-writes.jsonl"), policy)
    assert "snooze_ended" in snoozed.paged(3)[:1]
    late = replayed(shared("cases", "late-event-reopens.jsonl"), policy)
    assert late.task["status"] == "resolved"
    spam = replayed(shared("cases", "spam-ticket.jsonl"), policy)
    assert why_of(spam.task["resolution"]) == ("ticket_is_spam", {"ticket": "500"})
    twice = replayed(shared("cases", "reopen-twice.jsonl"), FROM_TWO)
    assert twice.verdicts() == ["task_raised", "task_amended"]
