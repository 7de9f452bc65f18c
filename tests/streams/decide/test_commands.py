"""Given a task and a command, then the task has moved, or the refusal says who and when."""

from __future__ import annotations

import pytest

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import Status, Verdict
from schemas.message import instant, seconds
from streams.decide import commands, tasks
from streams.decide.lifecycle import CLOSED, DONE, UNFINISHED, Verb, after
from streams.decide.recovery import MOST_CLOSED
from streams.decide.state import NEVER, Closed
from tests.streams.decide.recovering import (
    DAY,
    HOUR,
    START,
    Story,
    a_customer,
    a_task,
    answered,
    because,
    command,
    notices,
    snapshots,
    told,
    verdicts,
)

REFUSED = ("command refused",)
FULL = {"cause": "driver ill", "action": "called and sent a courier", "outcome": "content"}
GIVEN = {
    Verb.ACKNOWLEDGE: (commands.acknowledge, AcknowledgeTask, {}),
    Verb.CONTACT: (commands.contact, ContactTask, {"note": "spoke for ten minutes"}),
    Verb.RESOLVE: (commands.resolve, ResolveTask, FULL),
    Verb.DISMISS: (commands.dismiss, DismissTask, {"reason": "spam"}),
    Verb.SNOOZE: (commands.snooze, SnoozeTask, {"until": instant(START + DAY)}),
}


def in_status(status):
    """A story with one task in a status, brought there by bob an hour after the start."""
    task = a_task(status=status.value, moved_by="bob", moved_at=START + HOUR)
    if status is Status.SNOOZED:
        task.snoozed_until, task.status_before_snooze = START + 2 * HOUR, "open"
    if status not in CLOSED:
        return Story(a_customer(tasks=[task]))
    how = {"reason": "spam"} if status is Status.DISMISSED else FULL
    return Story(a_customer(closed=[Closed(task, START + HOUR, "bob", **how)]))


def give(story, verb, after=2 * HOUR, task="T-1", **changes):
    handler, kind, fields = GIVEN[verb]
    return story.step(handler, command(kind, task, after, **{**fields, **changes}))


@pytest.mark.parametrize("verb", GIVEN)
@pytest.mark.parametrize("status", [*UNFINISHED, *CLOSED])
def test_a_command_moves_a_task_by_the_table_or_is_refused(status, verb):
    story = in_status(status)
    messages = give(story, verb)
    expected = after(status, verb)
    if expected is None:
        assert told(messages) == REFUSED
        assert "bob" in because(messages)
        assert "at 2026-01-01 01:00 UTC" in because(messages)
        return
    (snapshot,) = snapshots(messages)
    assert (snapshot.status, snapshot.version, snapshot.changed_by) == (expected, 2, "ann")
    assert verdicts(messages) == [Verdict.TASK_MOVED]
    assert (expected in CLOSED) == bool(story.customer.closed) == bool(notices(messages)) == (not story.customer.tasks)


@pytest.mark.parametrize("verb", GIVEN)
@pytest.mark.parametrize("status", [*UNFINISHED, *CLOSED])
def test_the_same_command_again_is_refused_and_harms_nothing(status, verb):
    story = in_status(status)
    give(story, verb)
    before = (list(story.customer.tasks), list(story.customer.closed))
    assert told(give(story, verb)) == REFUSED
    assert (story.customer.tasks, story.customer.closed) == before


REFUSALS = {
    (Status.ACKNOWLEDGED, Verb.ACKNOWLEDGE): "refused to ann: T-1 is already acknowledged by bob at 2026-01-01 01:00 UTC",
    (Status.CONTACTED, Verb.ACKNOWLEDGE): "refused to ann: T-1 cannot be acknowledged: it was contacted by bob at 2026-01-01 01:00 UTC",
    (Status.RESOLVED, Verb.ACKNOWLEDGE): (
        "refused to ann: T-1 cannot be acknowledged: it was resolved by bob at 2026-01-01 01:00 UTC "
        "(cause “driver ill”, action “called and sent a courier”)"
    ),
    (Status.DISMISSED, Verb.DISMISS): "refused to ann: T-1 is already dismissed by bob at 2026-01-01 01:00 UTC (reason “spam”)",
    (Status.SNOOZED, Verb.SNOOZE): "refused to ann: T-1 is already snoozed by bob at 2026-01-01 01:00 UTC",
}


@pytest.mark.parametrize(("status", "verb"), REFUSALS)
def test_a_refusal_is_a_sentence_that_says_who_and_when(status, verb):
    assert because(give(in_status(status), verb)) == REFUSALS[status, verb]


def test_a_refusal_names_who_moved_the_task_not_what_amended_it_since():
    story = in_status(Status.OPEN)
    give(story, Verb.ACKNOWLEDGE, actor="bob")
    story.step(tasks.on_answer, answered(0, 3 * HOUR, object_key="r-9"))
    assert "already acknowledged by bob at 2026-01-01 02:00 UTC" in because(give(story, Verb.ACKNOWLEDGE, 4 * HOUR))


def test_a_verified_task_says_that_the_customers_answer_verified_it():
    story = in_status(Status.RESOLVED)
    story.step(tasks.on_answer, answered(10, 2 * HOUR, object_key="r-9"))
    sentence = because(give(story, Verb.RESOLVE, 3 * HOUR))
    assert "it was verified by the customer's answer at 2026-01-01 02:00 UTC, after bob resolved it" in sentence


def test_a_task_that_nobody_knows_is_refused():
    story = in_status(Status.OPEN)
    messages = give(story, Verb.CONTACT, task="T-9")
    assert because(messages) == "refused to ann: T-9 is not a task of c-1, or was closed long ago"
    assert messages[0].about.startswith("k-")  # the decision is about the command


MISSING = [
    ({}, "the cause and the action and the outcome are missing"),
    ({"cause": "driver ill"}, "the action and the outcome are missing"),
    ({"cause": "driver ill", "action": "called", "outcome": "  "}, "the outcome is missing"),
    ({"cause": "", "action": "called", "outcome": "content"}, "the cause is missing"),
]


@pytest.mark.parametrize(("fields", "missing"), MISSING)
def test_resolving_needs_cause_action_and_outcome(fields, missing):
    story = in_status(Status.CONTACTED)
    messages = story.step(commands.resolve, command(ResolveTask, "T-1", HOUR, **fields))
    assert because(messages).endswith(f"cannot be resolved without cause, action and outcome: {missing}")
    assert story.task.status == Status.CONTACTED


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_dismissing_needs_a_reason(reason):
    story = in_status(Status.OPEN)
    assert because(give(story, Verb.DISMISS, reason=reason)).endswith("cannot be dismissed without a reason")
    assert story.task.status == Status.OPEN


def test_a_resolved_task_shows_how_and_stops_its_clock():
    story = in_status(Status.CONTACTED)
    (snapshot,) = snapshots(give(story, Verb.RESOLVE))
    assert snapshot.resolution.model_dump(exclude_none=True) == {"by": "ann", "at": instant(START + 2 * HOUR), **FULL}
    (closed,) = story.customer.closed
    assert (closed.task.warn_at, closed.task.breach_at) == (NEVER, NEVER)


def test_a_resolution_is_kept_short_in_the_state():
    story = in_status(Status.CONTACTED)
    (snapshot,) = snapshots(give(story, Verb.RESOLVE, cause="x" * 20_000))
    assert len(snapshot.resolution.cause) == len(story.customer.closed[0].cause) == commands.MOST_KEPT


def test_so_many_closed_tasks_are_remembered_and_no_more():
    closed = [Closed(a_task(id=f"T-{n}", status="resolved"), START, "bob") for n in range(10, 10 + MOST_CLOSED)]
    story = Story(a_customer(tasks=[a_task()], closed=closed))
    give(story, Verb.RESOLVE)
    assert [c.task.id for c in story.customer.closed][-2:] == [f"T-{9 + MOST_CLOSED}", "T-1"]
    assert len(story.customer.closed) == MOST_CLOSED


def test_acknowledging_stops_paging_but_not_the_clock():
    story = in_status(Status.OPEN)
    give(story, Verb.ACKNOWLEDGE)
    assert (story.task.warn_at, story.task.breach_at) == (NEVER, START + 4 * HOUR)
    assert (story.task.acknowledged_by, story.task.acknowledged_at) == ("ann", START + 2 * HOUR)


def test_speaking_to_the_customer_stops_the_clock():
    story = in_status(Status.ACKNOWLEDGED)
    messages = give(story, Verb.CONTACT)
    assert (story.task.warn_at, story.task.breach_at) == (NEVER, NEVER)
    assert because(messages) == "contacted by ann: “spoke for ten minutes”"


@pytest.mark.parametrize("until", [0.0, 2 * HOUR, -DAY, 2 * HOUR + 7 * DAY + 1])
def test_a_snooze_into_the_past_or_for_more_than_a_week_is_refused(until):
    story = in_status(Status.OPEN)
    messages = give(story, Verb.SNOOZE, until=instant(START + until))
    assert "can be snoozed for 7 days at most, until 2026-01-08 02:00 UTC, not until" in because(messages)
    assert story.task.status == Status.OPEN


def test_a_snooze_beyond_the_due_time_is_allowed_and_the_clock_runs_on():
    story = in_status(Status.ACKNOWLEDGED)
    (snapshot,) = snapshots(give(story, Verb.SNOOZE))
    assert seconds(snapshot.snoozed_until) == START + DAY
    assert seconds(snapshot.due_at) == story.task.breach_at == START + 4 * HOUR
    assert story.task.status_before_snooze == "acknowledged"


@pytest.mark.parametrize("verb", [Verb.ACKNOWLEDGE, Verb.CONTACT, Verb.RESOLVE, Verb.DISMISS])
def test_whoever_takes_up_a_snoozed_task_wakes_it(verb):
    story = in_status(Status.SNOOZED)
    (snapshot,) = snapshots(give(story, verb))
    assert snapshot.status is DONE[verb]
    assert snapshot.snoozed_until is None
