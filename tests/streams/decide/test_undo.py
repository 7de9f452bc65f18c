"""Given a command and its undo, then the task is what it was; too late, by another, or after something else: a refusal."""

from __future__ import annotations

import copy

import pytest

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.message import instant
from streams.decide import commands, escalation, lifecycle, tasks
from streams.decide.undo import UNDO_WITHIN_S, undo
from tests.streams.decide.recovering import DAY, HOUR, START, Story, a_customer, a_task, answered, because, command, snapshots, told

REFUSED = ("command refused",)
DONE = {
    "acknowledge": (commands.acknowledge, AcknowledgeTask, {}),
    "contact": (commands.contact, ContactTask, {}),
    "resolve": (commands.resolve, ResolveTask, {"cause": "driver ill", "action": "called", "outcome": "content"}),
    "dismiss": (commands.dismiss, DismissTask, {"reason": "spam"}),
    "snooze": (commands.snooze, SnoozeTask, {"until": instant(START + DAY)}),
}


def moved(verb, status="open", actor="ann"):
    """A story in which ann has just done something, the task before that, and the command."""
    story = Story(a_customer(tasks=[a_task(status=status, moved_by="bob", moved_at=START)]))
    before = copy.deepcopy(story.task)
    handler, kind, fields = DONE[verb]
    given = command(kind, "T-1", HOUR, actor=actor, **fields)
    story.step(handler, given)
    return story, before, given


def take_back(story, given, after=HOUR + 5, **changes):
    return story.step(undo, command(UndoTask, "T-1", after, **{"undoes": given.id, **changes}))


ALLOWED = [(verb, status) for verb in DONE for status in lifecycle.AWAKE if lifecycle.after(status, lifecycle.Verb(verb)) is not None]


@pytest.mark.parametrize(("verb", "status"), ALLOWED)
def test_what_is_taken_back_is_as_it_was(verb, status):
    story, before, given = moved(verb, status.value)
    (snapshot,) = snapshots(take_back(story, given))
    after = story.task
    assert (snapshot.status, snapshot.version, snapshot.resolution) == (status, before.version + 2, None)
    same = ("status", "due_at", "warn_at", "breach_at", "snoozed_until", "acknowledged_by", "acknowledged_at", "moved_by", "moved_at")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert story.customer.closed == []


def test_the_clock_runs_again_after_a_contact_was_taken_back():
    story, before, given = moved("contact")
    take_back(story, given)
    assert told(story.step(escalation.on_timer, before.breach_at)) == ("open", "escalated", "notice: task overdue")


def test_people_are_told_when_a_closed_task_is_open_again():
    story, _, given = moved("resolve")
    messages = take_back(story, given)
    assert told(messages) == ("open", "task moved", "notice: task regressed")
    assert messages[1].because == "open again: ann took back “resolved”"


@pytest.mark.parametrize("verb", DONE)
def test_nothing_is_taken_back_twice(verb):
    story, _, given = moved(verb)
    take_back(story, given)
    assert told(take_back(story, given, HOUR + 6)) == REFUSED


@pytest.mark.parametrize("verb", DONE)
def test_it_is_too_late_after_a_minute(verb):
    story, _, given = moved(verb)
    messages = take_back(story, given, HOUR + UNDO_WITHIN_S + 1)
    assert "could be taken back until 2026-01-01 01:01 UTC" in because(messages)


def test_only_who_did_it_can_take_it_back():
    story, _, given = moved("acknowledge")
    assert because(take_back(story, given, actor="eve")) == "refused to eve: T-1 was acknowledged by ann: only ann can take that back"


def test_what_somebody_else_did_since_is_not_taken_back():
    story, _, given = moved("acknowledge")
    story.step(commands.contact, command(ContactTask, "T-1", HOUR + 2, actor="bob"))
    assert "it is contacted by bob at 2026-01-01 01:00 UTC" in because(take_back(story, given))


def test_a_task_that_came_back_by_itself_since_is_not_taken_back():
    story, _, given = moved("resolve")
    story.step(tasks.on_answer, answered(0, HOUR + 2, object_key="r-9"))
    assert "it is regressed by makegood" in because(take_back(story, given))


def test_what_the_customer_said_meanwhile_stays():
    story, _, given = moved("acknowledge")
    story.step(tasks.on_answer, answered(0, HOUR + 2, object_key="r-9"))
    take_back(story, given)
    assert (story.task.status, len(story.task.evidence)) == ("open", 2)


def test_a_task_that_nobody_knows_cannot_be_taken_back():
    story, _, given = moved("acknowledge")
    messages = story.step(undo, command(UndoTask, "T-9", HOUR + 5, undoes=given.id))
    assert because(messages) == "refused to ann: T-9 is not a task of c-1, or was closed long ago"
