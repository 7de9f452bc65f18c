"""Which task an answer is about: one of the same thing, or of the same person; and what words of leaving make of it."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.config import policy_file
from schemas.commands import ResolveTask
from schemas.facts import TicketOpened, TicketRated
from tests.streams.decide.recovering import DAY, HOUR, Story, a_customer, answered, command, fact, notices, verdicts

# -- whose answer it is, and what it is about -------------------------------------------------------------------------------------------


def recovered(**who: Any) -> Story:
    """Somebody complained about a ticket and it was put right; the customer is known under two addresses."""
    story = Story(a_customer(aliases=["email:ann@example.org", "email:bob@example.org"]))
    story.step(fact(TicketRated, object_key="T7", score={"metric": "csat", "raw": 1}, **who))
    story.step(command(ResolveTask, story.task.id, DAY, cause="router", action="replaced", outcome="works"))
    return story


def of(email: str) -> dict[str, Any]:
    return {"customer": {"id": "c-1", "aliases": [f"email:{email}@example.org"]}}


def test_a_good_answer_of_the_same_person_verifies_what_was_resolved():
    assert "task_verified" in verdicts(recovered(**of("ann")).step(answered(10, 2 * DAY, "r-2", **of("ann"))))


def test_a_good_answer_of_somebody_else_about_something_else_verifies_nothing():
    assert verdicts(recovered(**of("ann")).step(answered(10, 2 * DAY, "r-2", **of("bob")))) == []


def test_a_good_answer_of_nobody_in_particular_verifies_nothing_where_the_customer_is_several_people():
    assert verdicts(recovered(**of("ann")).step(answered(10, 2 * DAY, "r-2"))) == []


def test_a_good_rating_of_the_same_ticket_verifies_what_was_resolved_whoever_gives_it():
    story = recovered(**of("ann"))
    rating = fact(TicketRated, 2 * DAY, "T7", score={"metric": "csat", "raw": 5}, **of("bob"))
    assert "task_verified" in verdicts(story.step(rating))


def test_a_poor_answer_of_somebody_else_about_something_else_brings_nothing_back():
    story = Story(a_customer(aliases=["email:ann@example.org", "email:bob@example.org"]))
    story.step(fact(TicketOpened, severity="urgent", **of("ann")))
    story.step(command(ResolveTask, story.task.id, DAY, cause="router", action="replaced", outcome="works"))
    assert verdicts(story.step(answered(0, 2 * DAY, "r-2", **of("bob")))) == ["task_raised"]


def test_that_a_person_closed_a_task_goes_where_nobody_is_woken():
    story = Story(policy=policy_file.built_in())
    story.step(answered(0))
    (notice,) = notices(story.step(command(ResolveTask, story.task.id, HOUR, cause="router", action="replaced", outcome="works")))
    assert (notice.kind, notice.priority, notice.route) == ("task_closed", "P1", "chat")


# -- words of leaving -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nps", "says", "cause"),
    [
        (0, "I cancel my contract", "wants_to_leave"),
        (7, "I cancel my contract", "wants_to_leave"),
        (8, "your competitor is cheaper", "wants_to_leave"),
        (9, "your competitor is worse", None),
        (5, "too slow", "poor_survey"),
    ],
)
def test_words_of_leaving_are_a_task_of_leaving_whatever_the_score_below_nine(nps, says, cause):
    story = Story()
    story.step(answered(nps, comment=says))
    assert [task.cause for task in story.tasks] == ([cause] if cause else [])


def test_words_of_leaving_beside_a_worse_score_are_as_grave_as_the_score():
    story = Story()
    story.step(answered(0, comment="I cancel my contract"))
    assert story.task.severity == 1.0
