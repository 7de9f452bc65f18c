"""A task at rest, snoozed or after its customer was spoken to: what the customer says then is owed an answer, within one clock."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at


def complaint(history: History, hours: float) -> None:
    history.fact("survey.answered", hours, score={"metric": "nps", "raw": 2}, comment="Still broken.")


def contacted() -> History:
    """Raised at 1, spoken to at 2, complains again at 3: due at 7."""
    history = History()
    complaint(history, 1)
    history.command("contact", 2)
    complaint(history, 3)
    return history


def test_who_complains_again_and_again_does_not_move_the_answer_away():
    history = contacted()
    complaint(history, 4)
    complaint(history, 6)
    history.pass_time(8)
    assert (history.task["status"], history.task["due_at"]) == ("open", at(7))
    assert [kind for kind in history.paged(4) if kind.startswith("task_")] == ["task_due_soon", "task_overdue"]


@pytest.mark.parametrize(("verb", "paged"), [("contact", []), ("acknowledge", ["task_overdue"])])
def test_who_complained_after_they_were_spoken_to_can_be_answered_again(verb, paged):
    history = contacted()
    history.command(verb, 4)
    history.pass_time(12)
    assert history.paged(3.5) == paged


@pytest.mark.parametrize(("verb", "paged"), [("contact", []), ("acknowledge", ["task_overdue"])])
def test_so_can_who_complains_while_what_was_answered_is_snoozed(verb, paged):
    history = contacted()
    history.command(verb, 4)
    history.command("snooze", 4.5, until=at(100))
    complaint(history, 5)
    assert (history.task["status"], history.paged(5)) == ("open", ["snooze_ended"])
    history.command(verb, 6)
    history.pass_time(12)
    assert history.paged(5.5) == paged


def test_what_came_back_is_due_by_the_clock_that_it_came_back_with():
    history = History()
    complaint(history, 1)
    history.resolve(2)
    complaint(history, 3)
    complaint(history, 4)
    assert (history.task["status"], history.task["due_at"]) == ("regressed", at(7))


@pytest.mark.parametrize(
    ("comment", "status"),
    [
        ({}, "acknowledged"),
        ({"by_customer": False}, "snoozed"),
        ({"object": "501"}, "snoozed"),
        ({"occurred_at": at(2)}, "snoozed"),
    ],
    ids=["theirs", "ours", "in another ticket", "before the snooze"],
)
def test_what_the_customer_writes_in_its_ticket_wakes_a_snoozed_task(comment, status):
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.command("acknowledge", 2)
    history.command("snooze", 2.5, until=at(100))
    history.fact("ticket.commented", 3, **{"object": "500", "comment": "Is there any news?", "by_customer": True, **comment})
    assert (history.task["status"], history.task["due_at"]) == (status, at(5))
    assert history.paged(3) == (["snooze_ended"] if status == "acknowledged" else [])


def test_a_merged_ticket_wakes_it_as_well_and_spam_never():
    history = History()
    history.fact("ticket.opened", 1, object="500", severity="urgent")
    history.fact("ticket.merged", 1.5, object="500", into="400")
    history.command("snooze", 2, until=at(100))
    history.fact("ticket.commented", 3, object="400", comment="Is there any news?", by_customer=True)
    assert history.task["status"] == "open"
    history.fact("ticket.updated", 4, object="400", status="spam")
    history.fact("ticket.commented", 5, object="400", comment="Is there any news?", by_customer=True)
    assert history.task["status"] == "dismissed"


@pytest.mark.parametrize("verb", ["resolve", "snooze"])
def test_a_command_that_is_delivered_once_more_does_not_bury_what_was_said_since(verb):
    given = {"id": "k", **({"until": at(50)} if verb == "snooze" else {"cause": "router", "action": "replaced", "outcome": "works"})}
    history = History()
    complaint(history, 1)
    history.command(verb, 2, **given)
    complaint(history, 3)
    history.command(verb, 2, **given)
    assert history.task["status"] == ("open" if verb == "snooze" else "regressed")
    assert history.on("decisions")[-1]["why"]["code"] == "command_applied_before"
    history.command(verb, 4, **{**given, "id": "another"})
    assert history.task["status"] == f"{verb}d".replace("ee", "e")


def test_nor_does_one_of_before_the_last():
    history = History()
    complaint(history, 1)
    history.command("contact", 2, id="k-1", note="spoke to them")
    history.command("snooze", 2.5, id="k-2", until=at(50))
    complaint(history, 3)
    history.command("contact", 2, id="k-1", note="spoke to them")
    assert history.task["status"] == "open"
    assert history.on("decisions")[-1]["why"]["code"] == "command_applied_before"
