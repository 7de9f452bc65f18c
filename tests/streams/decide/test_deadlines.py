"""Given a task and a time, then what fell due is told: once, to whom it concerns, and never in a snooze."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import NoticeKind, Status
from schemas.message import instant
from schemas.traffic import TimerDue
from streams.decide.aspect import NEVER
from streams.decide.recovery import CLOSED_KEPT_WINDOWS
from streams.decide.state import Clock, Closed, Customer
from streams.decide.table import ASPECTS
from tests.streams.decide.recovering import (
    DAY,
    HOUR,
    START,
    Story,
    a_policy,
    a_task,
    answered,
    command,
    notices,
    snapshots,
    told,
    why_of,
    with_tasks,
)

SOON = ("open", "escalated", "notice: task_due_soon")
OVERDUE = ("open", "escalated", "notice: task_overdue")
FULL = {"cause": "driver ill", "action": "called", "outcome": "content"}


def a_story():
    """A task of Ann: raised at the start, warned of after three hours, due after four."""
    story = Story()
    story.step(answered(2))
    return story


def due(story, after):
    return story.at(after)


def give(story, kind, after, **fields):
    return story.step(command(kind, story.task.id, after, **fields))


def test_nothing_happens_before_it_is_due():
    assert due(a_story(), 3 * HOUR - 1) == []


def test_a_task_that_nobody_acknowledged_warns_before_it_is_due():
    story = a_story()
    messages = due(story, 3 * HOUR)
    assert told(messages) == SOON
    assert why_of(messages) == ("due_soon", {"due_at": "2026-01-01T04:00:00.000Z", "left_hours": 1.0})
    assert story.pending == {"ResponseMissed": 4 * HOUR}


def test_a_task_whose_time_has_passed_is_overdue():
    story = a_story()
    due(story, 3 * HOUR)
    messages = due(story, 4.5 * HOUR)
    assert told(messages) == OVERDUE
    assert why_of(messages) == ("overdue", {"due_at": "2026-01-01T04:00:00.000Z", "over_hours": 0.5})
    assert story.pending == {}


def test_what_is_overdue_when_first_looked_at_is_not_told_as_due_soon():
    story = a_story()
    assert told(due(story, 20 * HOUR)) == OVERDUE
    assert due(story, 21 * HOUR) == []


@pytest.mark.parametrize("after", [3 * HOUR, 4 * HOUR, 9 * HOUR])
def test_the_same_due_record_twice_has_no_effect(after):
    story = a_story()
    due(story, after)
    assert story.unchanged_by(TimerDue(customer="c-1", at=instant(START + after)))


def test_an_acknowledged_task_is_not_paged_again_until_it_is_overdue():
    story = a_story()
    give(story, AcknowledgeTask, HOUR)
    assert due(story, 3.5 * HOUR) == []
    assert told(due(story, 4 * HOUR)) == ("acknowledged", "escalated", "notice: task_overdue")


def test_a_customer_who_was_spoken_to_is_not_overdue():
    story = a_story()
    give(story, ContactTask, HOUR)
    assert due(story, 23 * HOUR) == []


def test_a_resolved_task_escalates_no_more():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    assert due(story, DAY) == []


def test_a_snoozed_task_sleeps_through_its_times_and_is_overdue_when_it_wakes():
    story = a_story()
    give(story, SnoozeTask, HOUR, until=instant(START + 6 * HOUR))
    assert story.pending == {"SnoozeEnds": 6 * HOUR}
    assert due(story, 5 * HOUR) == []
    messages = due(story, 6 * HOUR)
    assert told(messages) == ("open", "task_moved", "notice: snooze_ended", *OVERDUE[1:])
    assert [s.version for s in snapshots(messages)] == [3]
    assert len({n.id for n in notices(messages)}) == 2


@pytest.mark.parametrize("kind", [AcknowledgeTask, ContactTask])
def test_a_snooze_ends_in_the_status_before_it(kind):
    story = a_story()
    give(story, kind, HOUR)
    status = story.task.life.status
    give(story, SnoozeTask, 1.5 * HOUR, until=instant(START + 2 * HOUR))
    assert told(due(story, 2 * HOUR)) == (status, "task_moved", "notice: snooze_ended")
    assert (story.task.life.snoozed_until, story.task.life.status_before_snooze) == (NEVER, None)


def test_a_snooze_that_ends_before_the_warning_leaves_the_warning():
    story = a_story()
    give(story, SnoozeTask, HOUR, until=instant(START + 2 * HOUR))
    assert told(due(story, 2 * HOUR)) == ("open", "task_moved", "notice: snooze_ended")
    assert told(due(story, 3 * HOUR)) == SOON


def test_a_task_brought_back_is_escalated_by_its_new_clock():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    story.step(answered(1, DAY, object_key="r-2"))
    assert notices(due(story, DAY + 2 * HOUR)) == []
    assert told(due(story, DAY + 3 * HOUR)) == ("regressed", "escalated", "notice: task_due_soon")


UNSOLVED = ("escalated", "notice: task_unsolved")


@pytest.mark.parametrize("kind", [None, AcknowledgeTask, ContactTask])
def test_a_task_that_is_not_solved_within_a_day_is_told_once_whoever_has_taken_it_up(kind):
    story = a_story()
    due(story, 5 * HOUR)
    if kind is not None:
        give(story, kind, 6 * HOUR)
    assert due(story, DAY - 1) == []
    messages = due(story, DAY + 0.5 * HOUR)
    assert told(messages)[:3] == (story.task.life.status, *UNSOLVED)
    assert why_of(messages) == ("unsolved", {"solve_by_at": "2026-01-02T00:00:00.000Z", "over_hours": 0.5})
    assert notices(due(story, 2 * DAY)) == []


def test_the_time_to_solve_is_the_policys():
    story = Story(policy=a_policy(targets={"solved": 2}))
    story.step(answered(2))
    assert told(due(story, 2 * HOUR)) == ("open", *UNSOLVED)


def test_what_sleeps_is_told_as_unsolved_when_it_wakes():
    story = a_story()
    due(story, 5 * HOUR)
    give(story, SnoozeTask, 6 * HOUR, until=instant(START + 30 * HOUR))
    assert due(story, 29 * HOUR) == []
    assert told(due(story, 30 * HOUR)) == ("open", "task_moved", "notice: snooze_ended", *UNSOLVED)


def test_a_task_that_came_back_has_a_day_again():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    story.step(answered(1, 10 * HOUR, object_key="r-2"))
    due(story, 20 * HOUR)
    assert notices(due(story, 34 * HOUR - 1)) == []
    assert told(due(story, 34 * HOUR))[:3] == ("regressed", *UNSOLVED)


# -- asking whether it is well ------------------------------------------------------------------------------------------------------------

ASK = ("resolved", "verification_due", "notice: verification_due")


def test_two_days_after_a_task_was_resolved_somebody_is_told_once_to_ask_the_customer():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    assert due(story, 49 * HOUR - 1) == []
    messages = due(story, 49 * HOUR)
    assert told(messages) == ASK
    assert why_of(messages) == ("verification_due", {"resolved_by": "ann", "resolved_at": "2026-01-01T01:00:00.000Z"})
    assert (notices(messages)[0].route, notices(messages)[0].owner) == ("digest", "Jo")
    assert due(story, 5 * DAY) == []


def test_who_has_said_that_it_is_well_is_not_asked():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    story.step(answered(10, 10 * HOUR, object_key="r-2"))
    assert due(story, 3 * DAY) == []


def test_nobody_asks_whether_what_is_open_again_or_was_nothing_is_well():
    back, nothing = a_story(), a_story()
    give(back, ResolveTask, HOUR, **FULL)
    back.step(answered(0, 10 * HOUR, object_key="r-2"))
    give(nothing, DismissTask, HOUR, reason="spam")
    assert "notice: verification_due" not in told(due(back, 3 * DAY))
    assert due(nothing, 3 * DAY) == []


def test_what_was_resolved_again_is_asked_about_after_the_second_time():
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    story.step(answered(0, 10 * HOUR, object_key="r-2"))
    give(story, ResolveTask, 20 * HOUR, **FULL)
    assert due(story, 68 * HOUR - 1) == []
    assert told(due(story, 68 * HOUR)) == ASK


@pytest.mark.parametrize("hic", [True, False])
def test_a_recovery_that_failed_hides_no_deadline_also_of_who_matters_no_longer(hic):
    """Its timer is due at once; one that stayed would be the customer's next for ever, and the others never come up."""
    story = a_story()
    give(story, ResolveTask, HOUR, **FULL)
    story.matters(tier="C", hic=hic)
    story.step(answered(1, 2 * HOUR, object_key="r-2"))
    assert ASPECTS.next_timer_in(Customer)(story.customer) == START + 2 * HOUR
    due(story, 2 * HOUR)
    assert START + 2 * HOUR < ASPECTS.next_timer_in(Customer)(story.customer) <= story.clock.warn_at
    assert ("failed_recovery" in story.customer.signals) == hic


# -- all of them --------------------------------------------------------------------------------------------------------------------------


def test_the_priority_is_that_of_a_task_grown_older():
    story = Story(with_tasks(a_task(severity=0.6), clocks={"T-1": Clock(START + 10 * DAY, START + 9 * DAY)}))
    (snapshot,) = snapshots(due(story, 9 * DAY))
    assert {a.name: a.points for a in snapshot.addends}["age"] == 9.0
    assert snapshot.priority == story.customer.shown["T-1"].priority == "P1"


def test_every_task_of_the_customer_is_looked_at():
    story = Story(with_tasks(a_task(), a_task(id="T-2", cause="bad_service"), a_task(id="T-3", cause="security")))
    story.customer.clocks["T-3"].missed = True
    assert [n.about for n in notices(due(story, 5 * HOUR))] == ["T-1", "T-2"]


def test_closed_tasks_are_forgotten_when_they_can_neither_come_back_nor_be_followed():
    kept = CLOSED_KEPT_WINDOWS * 14 * DAY
    closed = tuple(Closed(a_task(id=f"T-{n}", status="resolved"), START + n * DAY, "bob") for n in (0, 1))
    story = Story(with_tasks(closed=closed))
    story.customer.heard_at = START + kept
    due(story, kept)
    assert len(story.closed) == 2
    story.customer.heard_at += 1
    due(story, kept + 1)
    assert [c.task.id for c in story.closed] == ["T-1"]


def test_where_old_facts_are_heard_now_the_clock_forgets_nothing():
    """A replay of last year's facts: its deadlines fall due today, and its answers are still to come."""
    story = Story(with_tasks(closed=(Closed(a_task(id="T-1", status="resolved"), START, "bob"),)))
    due(story, 365 * DAY)
    assert [c.task.id for c in story.closed] == ["T-1"]


times = st.lists(st.floats(0, 3 * DAY), max_size=8).map(sorted)


@settings(deadline=None)
@given(times, st.none() | st.tuples(st.floats(0, HOUR), st.floats(2 * HOUR, DAY)))
def test_whenever_one_looks_each_thing_is_told_once_and_nothing_is_missed(looks, snooze):
    story = a_story()
    if snooze:
        give(story, SnoozeTask, snooze[0], until=instant(START + snooze[1]))
    for after in [*looks, 4 * DAY]:
        due(story, after)
    kinds = [n.kind for n in notices(story.sent)]
    assert kinds.count(NoticeKind.TASK_OVERDUE) == 1
    assert kinds.count(NoticeKind.TASK_DUE_SOON) <= 1
    assert kinds.count(NoticeKind.SNOOZE_ENDED) == bool(snooze)
    assert story.pending == {}
    assert story.task.life.status == Status.OPEN
    assert len({n.id for n in notices(story.sent)}) == len(kinds)
