"""Given a command and its undo, then the task is what it was; too late, by another, or after something else: a refusal."""

from __future__ import annotations

import copy

import pytest

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.message import instant
from streams.decide import lifecycle
from streams.decide.undo import UNDO_WITHIN_S
from tests.streams.decide.recovering import (
    DAY,
    HOUR,
    START,
    Story,
    a_task,
    answered,
    command,
    decision,
    snapshots,
    told,
    why_of,
    with_tasks,
)

REFUSED = ("command_refused",)
DONE = {
    "acknowledge": (AcknowledgeTask, {}),
    "contact": (ContactTask, {}),
    "resolve": (ResolveTask, {"cause": "driver ill", "action": "called", "outcome": "content"}),
    "dismiss": (DismissTask, {"reason": "spam"}),
    "snooze": (SnoozeTask, {"until": instant(START + DAY)}),
}


def moved(verb, status="open", actor="ann"):
    """A story in which ann has just done something, the task before that, and the command."""
    story = Story(with_tasks(a_task(status=status, by="bob")))
    before = copy.deepcopy((story.task.life, story.clock, story.pending))
    kind, fields = DONE[verb]
    given = command(kind, "T-1", HOUR, actor=actor, **fields)
    story.step(given)
    return story, before, given


def take_back(story, given, after=HOUR + 5, **changes):
    return story.step(command(UndoTask, "T-1", after, **{"undoes": given.id, **changes}))


ALLOWED = [(verb, status) for verb in DONE for status in lifecycle.AWAKE if lifecycle.after(status, lifecycle.Verb(verb)) is not None]


@pytest.mark.parametrize(("verb", "status"), ALLOWED)
def test_what_is_taken_back_is_as_it_was(verb, status):
    story, before, given = moved(verb, status.value)
    (snapshot,) = snapshots(take_back(story, given))
    assert (snapshot.status, snapshot.version, snapshot.resolution) == (status, 3, None)
    assert (story.task.life, story.clock, story.pending) == before
    assert story.closed == []


def test_the_clock_runs_again_after_a_contact_was_taken_back():
    story, _, given = moved("contact")
    take_back(story, given)
    assert told(story.at(4 * HOUR)) == ("open", "escalated", "notice: task_overdue")


def test_people_are_told_when_a_closed_task_is_open_again():
    story, _, given = moved("resolve")
    messages = take_back(story, given)
    assert told(messages) == ("open", "task_moved", "notice: task_regressed")
    assert why_of(messages) == ("taken_back", {"status": "resolved"})
    assert (decision(messages).was, decision(messages).now, decision(messages).by) == ("resolved", "open", "ann")


@pytest.mark.parametrize("verb", DONE)
def test_nothing_is_taken_back_twice(verb):
    story, _, given = moved(verb)
    take_back(story, given)
    assert told(take_back(story, given, HOUR + 6)) == REFUSED


@pytest.mark.parametrize("verb", DONE)
def test_it_is_too_late_after_a_minute(verb):
    story, _, given = moved(verb)
    messages = take_back(story, given, HOUR + UNDO_WITHIN_S + 1)
    assert why_of(messages) == (
        "too_late_to_take_back",
        {"status": lifecycle.DONE[lifecycle.Verb(verb)], "until_at": "2026-01-01T01:01:00.000Z"},
    )


def test_only_who_did_it_can_take_it_back():
    story, _, given = moved("acknowledge")
    messages = take_back(story, given, actor="eve")
    assert why_of(messages) == ("not_yours_to_take_back", {"status": "acknowledged", "by": "ann"})
    assert (decision(messages).by, decision(messages).task) == ("eve", "T-1")


def test_what_somebody_else_did_since_is_not_taken_back():
    story, _, given = moved("acknowledge")
    story.step(command(ContactTask, "T-1", HOUR + 2, actor="bob"))
    held = {"status": "contacted", "by": "bob", "since_at": "2026-01-01T01:00:02.000Z"}
    assert why_of(take_back(story, given)) == ("not_the_last_command", held)


def test_a_task_that_came_back_by_itself_since_is_not_taken_back():
    story, _, given = moved("resolve")
    story.step(answered(0, HOUR + 2, object_key="r-9"))
    held = {"status": "regressed", "by": "makegood", "since_at": "2026-01-01T01:00:02.000Z"}
    assert why_of(take_back(story, given)) == ("not_the_last_command", held)


def test_what_the_customer_said_meanwhile_stays():
    story, _, given = moved("acknowledge")
    story.step(answered(0, HOUR + 2, object_key="r-9"))
    take_back(story, given)
    assert (story.task.life.status, len(story.task.evidence)) == ("open", 2)


def test_a_task_that_nobody_knows_cannot_be_taken_back():
    story, _, given = moved("acknowledge")
    messages = story.step(command(UndoTask, "T-9", HOUR + 5, undoes=given.id))
    assert why_of(messages) == ("unknown_task", {})
    assert (decision(messages).by, decision(messages).task) == ("ann", "T-9")


def test_what_was_closed_is_not_taken_back_where_another_task_of_its_cause_is_open():
    story, _, given = moved("dismiss")
    story.tasks.append(a_task(id="T-2"))
    assert why_of(take_back(story, given)) == ("another_task_is_open", {})
