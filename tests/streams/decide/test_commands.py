"""Given a task and a command, then the task has moved, or the refusal says who and when."""

from __future__ import annotations

import copy

import pytest

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import Status, Verdict
from schemas.message import instant, seconds
from streams.decide import commands
from streams.decide.lifecycle import CLOSED, DONE, UNFINISHED, Verb, after
from streams.decide.recovery import MOST_CLOSED
from streams.decide.state import Closed
from tests.streams.decide.recovering import (
    DAY,
    HOUR,
    START,
    Story,
    a_task,
    answered,
    command,
    decision,
    notices,
    snapshots,
    told,
    verdicts,
    why_of,
    with_tasks,
)

REFUSED = ("command_refused",)
FULL = {"cause": "driver ill", "action": "called and sent a courier", "outcome": "content"}
GIVEN = {
    Verb.ACKNOWLEDGE: (AcknowledgeTask, {}),
    Verb.CONTACT: (ContactTask, {"note": "spoke for ten minutes"}),
    Verb.RESOLVE: (ResolveTask, FULL),
    Verb.DISMISS: (DismissTask, {"reason": "spam"}),
    Verb.SNOOZE: (SnoozeTask, {"until": instant(START + DAY)}),
}


def in_status(status):
    """A story with one task in a status, brought there by bob an hour after the start."""
    task = a_task(status=status.value, by="bob", moved_at=START + HOUR)
    if status is Status.SNOOZED:
        task.life.snoozed_until, task.life.status_before_snooze = START + 2 * HOUR, "open"
    if status not in CLOSED:
        return Story(with_tasks(task))
    how = {"reason": "spam"} if status is Status.DISMISSED else FULL
    return Story(with_tasks(closed=(Closed(task, START + HOUR, "bob", **how),)))


def give(story, verb, after=2 * HOUR, task="T-1", **changes):
    kind, fields = GIVEN[verb]
    return story.step(command(kind, task, after, **{**fields, **changes}))


@pytest.mark.parametrize("verb", GIVEN)
@pytest.mark.parametrize("status", [*UNFINISHED, *CLOSED])
def test_a_command_moves_a_task_by_the_table_or_is_refused(status, verb):
    story = in_status(status)
    messages = give(story, verb)
    expected = after(status, verb)
    if expected is None:
        code, values = why_of(messages)
        assert told(messages) == REFUSED
        assert code == ("already_so" if DONE[verb] is status else "not_from_here")
        assert (values["status"], values["by"], values["since_at"]) == (status, "bob", "2026-01-01T01:00:00.000Z")
        assert (decision(messages).about_kind, decision(messages).task, decision(messages).by) == ("command", "T-1", "ann")
        return
    (snapshot,) = snapshots(messages)
    assert (snapshot.status, snapshot.version, snapshot.changed_by) == (expected, 2, "ann")
    assert verdicts(messages) == [Verdict.TASK_MOVED]
    assert (decision(messages).was, decision(messages).now, decision(messages).by) == (status, expected, "ann")
    assert (expected in CLOSED) == bool(story.closed) == bool(notices(messages)) == (not story.tasks)


@pytest.mark.parametrize("verb", GIVEN)
@pytest.mark.parametrize("status", [*UNFINISHED, *CLOSED])
def test_the_same_command_again_is_refused_and_harms_nothing(status, verb):
    story = in_status(status)
    give(story, verb)
    before = copy.deepcopy(story.customer)
    assert told(give(story, verb)) == REFUSED
    assert story.customer == before


HELD = {"by": "bob", "since_at": "2026-01-01T01:00:00.000Z"}
REFUSALS = {
    (Status.ACKNOWLEDGED, Verb.ACKNOWLEDGE): ("already_so", {"status": "acknowledged", **HELD}),
    (Status.CONTACTED, Verb.ACKNOWLEDGE): ("not_from_here", {"verb": "acknowledge", "status": "contacted", **HELD}),
    (Status.RESOLVED, Verb.ACKNOWLEDGE): (
        "not_from_here",
        {"verb": "acknowledge", "status": "resolved", **HELD, "cause": FULL["cause"], "action": FULL["action"]},
    ),
    (Status.DISMISSED, Verb.DISMISS): ("already_so", {"status": "dismissed", **HELD, "reason": "spam"}),
    (Status.SNOOZED, Verb.SNOOZE): ("already_so", {"status": "snoozed", **HELD}),
}


@pytest.mark.parametrize(("status", "verb"), REFUSALS)
def test_a_refusal_says_who_and_when_and_how_it_was_closed(status, verb):
    assert why_of(give(in_status(status), verb)) == REFUSALS[status, verb]


def test_a_refusal_names_who_moved_the_task_not_what_amended_it_since():
    story = in_status(Status.OPEN)
    give(story, Verb.ACKNOWLEDGE, actor="bob")
    story.step(answered(0, 3 * HOUR, object_key="r-9"))
    held = {"status": "acknowledged", "by": "bob", "since_at": "2026-01-01T02:00:00.000Z"}
    assert why_of(give(story, Verb.ACKNOWLEDGE, 4 * HOUR)) == ("already_so", held)


def test_a_verified_task_says_that_the_customers_answer_verified_it():
    story = in_status(Status.RESOLVED)
    story.step(answered(10, 2 * HOUR, object_key="r-9"))
    code, values = why_of(give(story, Verb.RESOLVE, 3 * HOUR))
    assert (code, values["status"], values["by"]) == ("not_from_here", "verified", "makegood")
    assert (values["since_at"], values["resolved_by"]) == ("2026-01-01T02:00:00.000Z", "bob")


def test_a_task_that_nobody_knows_is_refused():
    story = in_status(Status.OPEN)
    messages = give(story, Verb.CONTACT, task="T-9")
    assert why_of(messages) == ("unknown_task", {})
    assert (decision(messages).about_kind, decision(messages).task) == ("command", "T-9")
    assert decision(messages).about.startswith("k-")


MISSING = [
    ({}, {"lacks_cause", "lacks_action", "lacks_outcome"}),
    ({"cause": "driver ill"}, {"lacks_action", "lacks_outcome"}),
    ({"cause": "driver ill", "action": "called", "outcome": "  "}, {"lacks_outcome"}),
    ({"cause": "", "action": "called", "outcome": "content"}, {"lacks_cause"}),
]


@pytest.mark.parametrize(("fields", "missing"), MISSING)
def test_resolving_needs_cause_action_and_outcome(fields, missing):
    story = in_status(Status.CONTACTED)
    messages = story.step(command(ResolveTask, "T-1", HOUR, **fields))
    assert why_of(messages) == ("resolution_incomplete", dict.fromkeys(missing, True))
    assert story.task.life.status == Status.CONTACTED


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_dismissing_needs_a_reason(reason):
    story = in_status(Status.OPEN)
    assert why_of(give(story, Verb.DISMISS, reason=reason)) == ("reason_missing", {})
    assert story.task.life.status == Status.OPEN


def test_a_resolved_task_shows_how_and_stops_its_clock():
    story = in_status(Status.CONTACTED)
    (snapshot,) = snapshots(give(story, Verb.RESOLVE))
    assert snapshot.resolution.model_dump(exclude_none=True) == {"by": "ann", "at": instant(START + 2 * HOUR), **FULL}
    assert (len(story.closed), story.pending) == (1, {})


def test_a_resolution_is_kept_short_in_the_state():
    story = in_status(Status.CONTACTED)
    (snapshot,) = snapshots(give(story, Verb.RESOLVE, cause="x" * 20_000))
    assert len(snapshot.resolution.cause) == len(story.closed[0].cause) == commands.MOST_KEPT


def test_so_many_closed_tasks_are_remembered_and_no_more():
    closed = tuple(Closed(a_task(id=f"T-{n}", status="resolved"), START, "bob") for n in range(10, 10 + MOST_CLOSED))
    story = Story(with_tasks(a_task(), closed=closed))
    give(story, Verb.RESOLVE)
    assert [c.task.id for c in story.closed][-2:] == [f"T-{9 + MOST_CLOSED}", "T-1"]
    assert len(story.closed) == MOST_CLOSED
    assert set(story.customer.shown) == set(story.customer.clocks) == {c.task.id for c in story.closed}


def test_acknowledging_stops_paging_but_not_the_clock():
    story = in_status(Status.OPEN)
    give(story, Verb.ACKNOWLEDGE)
    assert story.pending == {"ResponseMissed": 4 * HOUR}
    assert (story.task.life.acknowledged_by, story.task.life.acknowledged_at) == ("ann", START + 2 * HOUR)


def test_speaking_to_the_customer_stops_the_clock():
    story = in_status(Status.ACKNOWLEDGED)
    messages = give(story, Verb.CONTACT)
    assert story.pending == {}
    assert (why_of(messages), decision(messages).why.said, decision(messages).by) == (("contacted", {}), "spoke for ten minutes", "ann")


@pytest.mark.parametrize("until", [0.0, 2 * HOUR, -DAY, 2 * HOUR + 7 * DAY + 1])
def test_a_snooze_into_the_past_or_for_more_than_a_week_is_refused(until):
    story = in_status(Status.OPEN)
    messages = give(story, Verb.SNOOZE, until=instant(START + until))
    asked = instant(START + until).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert why_of(messages) == ("snooze_too_long", {"most_days": 7, "latest_at": "2026-01-08T02:00:00.000Z", "until_at": asked})
    assert story.task.life.status == Status.OPEN


def test_a_snooze_beyond_the_due_time_is_allowed_and_the_clock_runs_on():
    story = in_status(Status.ACKNOWLEDGED)
    (snapshot,) = snapshots(give(story, Verb.SNOOZE))
    assert seconds(snapshot.snoozed_until) == START + DAY
    assert seconds(snapshot.due_at) == story.clock.due_at == START + 4 * HOUR
    assert story.task.life.status_before_snooze == "acknowledged"


@pytest.mark.parametrize("verb", [Verb.ACKNOWLEDGE, Verb.CONTACT, Verb.RESOLVE, Verb.DISMISS])
def test_whoever_takes_up_a_snoozed_task_wakes_it(verb):
    story = in_status(Status.SNOOZED)
    (snapshot,) = snapshots(give(story, verb))
    assert snapshot.status is DONE[verb]
    assert snapshot.snoozed_until is None
