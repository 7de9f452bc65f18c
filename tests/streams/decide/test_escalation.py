"""Given a task and a time, then what fell due is told: once, to whom it concerns, and never in a snooze."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commands import AcknowledgeTask, ContactTask, ResolveTask, SnoozeTask
from schemas.decisions import NoticeKind, Status
from schemas.message import instant
from streams.decide import commands, escalation, tasks
from streams.decide.recovery import CLOSED_KEPT_WINDOWS
from streams.decide.state import NEVER, Closed, next_timer
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
)

SOON = ("open", "escalated", "notice: task due soon")
OVERDUE = ("open", "escalated", "notice: task overdue")
FULL = {"cause": "driver ill", "action": "called", "outcome": "content"}


def a_story():
    """A task of Ann: raised at the start, warned of after three hours, due after four."""
    story = Story()
    story.step(tasks.on_answer, answered(2))
    return story


def due(story, after):
    return story.step(escalation.on_timer, START + after)


def give(story, handler, kind, after, **fields):
    return story.step(handler, command(kind, story.task.id, after, **fields))


def test_nothing_happens_before_it_is_due():
    assert due(a_story(), 3 * HOUR - 1) == []


def test_a_task_that_nobody_acknowledged_warns_before_it_is_due():
    story = a_story()
    messages = due(story, 3 * HOUR)
    assert told(messages) == SOON
    assert because(messages) == "due 2026-01-01 04:00 UTC, in 1 hour, and nobody has acknowledged it"
    assert next_timer(story.customer) == START + 4 * HOUR


def test_a_task_whose_time_has_passed_is_overdue():
    story = a_story()
    due(story, 3 * HOUR)
    messages = due(story, 4.5 * HOUR)
    assert told(messages) == OVERDUE
    assert because(messages) == "was due 2026-01-01 04:00 UTC, 0.5 hours ago, and the customer has not been contacted"
    assert next_timer(story.customer) == NEVER


def test_what_is_overdue_when_first_looked_at_is_not_told_as_due_soon():
    story = a_story()
    assert told(due(story, 2 * DAY)) == OVERDUE
    assert due(story, 3 * DAY) == []


@pytest.mark.parametrize("after", [3 * HOUR, 4 * HOUR, 9 * HOUR])
def test_the_same_due_record_twice_has_no_effect(after):
    story = a_story()
    due(story, after)
    assert story.unchanged_by(escalation.on_timer, START + after)


def test_an_acknowledged_task_is_not_paged_again_until_it_is_overdue():
    story = a_story()
    give(story, commands.acknowledge, AcknowledgeTask, HOUR)
    assert due(story, 3.5 * HOUR) == []
    assert told(due(story, 4 * HOUR)) == ("acknowledged", "escalated", "notice: task overdue")


def test_a_customer_who_was_spoken_to_is_not_overdue():
    story = a_story()
    give(story, commands.contact, ContactTask, HOUR)
    assert due(story, DAY) == []


def test_a_resolved_task_escalates_no_more():
    story = a_story()
    give(story, commands.resolve, ResolveTask, HOUR, **FULL)
    assert due(story, DAY) == []


def test_a_snoozed_task_sleeps_through_its_times_and_is_overdue_when_it_wakes():
    story = a_story()
    give(story, commands.snooze, SnoozeTask, HOUR, until=instant(START + 6 * HOUR))
    assert next_timer(story.customer) == START + 6 * HOUR
    assert due(story, 5 * HOUR) == []
    messages = due(story, 6 * HOUR)
    assert told(messages) == ("open", "task moved", "notice: snooze ended", *OVERDUE)
    assert [s.version for s in snapshots(messages)] == [3, 4]
    assert len({n.id for n in notices(messages)}) == 2


@pytest.mark.parametrize(("handler", "kind"), [(commands.acknowledge, AcknowledgeTask), (commands.contact, ContactTask)])
def test_a_snooze_ends_in_the_status_before_it(handler, kind):
    story = a_story()
    give(story, handler, kind, HOUR)
    status = story.task.status
    give(story, commands.snooze, SnoozeTask, 1.5 * HOUR, until=instant(START + 2 * HOUR))
    assert told(due(story, 2 * HOUR)) == (status, "task moved", "notice: snooze ended")
    assert (story.task.snoozed_until, story.task.status_before_snooze) == (NEVER, None)


def test_a_snooze_that_ends_before_the_warning_leaves_the_warning():
    story = a_story()
    give(story, commands.snooze, SnoozeTask, HOUR, until=instant(START + 2 * HOUR))
    assert told(due(story, 2 * HOUR)) == ("open", "task moved", "notice: snooze ended")
    assert told(due(story, 3 * HOUR)) == SOON


def test_a_task_brought_back_is_escalated_by_its_new_clock():
    story = a_story()
    give(story, commands.resolve, ResolveTask, HOUR, **FULL)
    story.step(tasks.on_answer, answered(1, DAY, object_key="r-2"))
    assert due(story, DAY + 2 * HOUR) == []
    assert told(due(story, DAY + 3 * HOUR)) == ("regressed", "escalated", "notice: task due soon")


def test_the_priority_is_that_of_a_task_grown_older():
    story = Story(a_customer(tasks=[a_task(severity=0.6, priority="P2", warn_at=START + 9 * DAY, breach_at=START + 10 * DAY)]))
    (snapshot,) = snapshots(due(story, 9 * DAY))
    assert {a.name: a.points for a in snapshot.addends}["age"] == 9.0
    assert story.task.priority == "P1"


def test_every_task_of_the_customer_is_looked_at():
    story = Story(
        a_customer(
            tasks=[
                a_task(),
                a_task(id="T-2", cause="bad service"),
                a_task(id="T-3", cause="security at risk", breach_at=NEVER, warn_at=NEVER),
            ]
        )
    )
    assert [n.about for n in notices(due(story, 5 * HOUR))] == ["T-1", "T-2"]


def test_closed_tasks_are_forgotten_when_they_can_neither_come_back_nor_be_followed():
    kept = CLOSED_KEPT_WINDOWS * 14 * DAY
    closed = [Closed(a_task(id=f"T-{n}", status="resolved"), START + n * DAY, "bob") for n in (0, 1)]
    story = Story(a_customer(closed=closed))
    due(story, kept)
    assert len(story.customer.closed) == 2
    due(story, kept + 1)
    assert [c.task.id for c in story.customer.closed] == ["T-1"]


times = st.lists(st.floats(0, 3 * DAY), max_size=8).map(sorted)


@given(times, st.none() | st.tuples(st.floats(0, HOUR), st.floats(2 * HOUR, DAY)))
def test_whenever_one_looks_each_thing_is_told_once_and_nothing_is_missed(looks, snooze):
    story = a_story()
    if snooze:
        give(story, commands.snooze, SnoozeTask, snooze[0], until=instant(START + snooze[1]))
    for after in [*looks, 4 * DAY]:
        due(story, after)
    kinds = [n.kind for n in notices(story.sent)]
    assert kinds.count(NoticeKind.TASK_OVERDUE) == 1
    assert kinds.count(NoticeKind.TASK_DUE_SOON) <= 1
    assert kinds.count(NoticeKind.SNOOZE_ENDED) == bool(snooze)
    assert next_timer(story.customer) == NEVER
    assert story.task.status == Status.OPEN
    assert len({n.id for n in notices(story.sent)}) == len(kinds)
