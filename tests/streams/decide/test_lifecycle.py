"""The life cycle is the table, the whole table, and nothing but the table."""

from __future__ import annotations

import itertools

import pytest

from schemas.decisions import Status
from streams.decide.lifecycle import AWAKE, CLOSED, DONE, TRANSITIONS, UNFINISHED, Verb, after, woken

EVERY = list(itertools.product(Status, Verb))


def test_every_status_is_either_unfinished_or_closed():
    assert sorted([*UNFINISHED, *CLOSED]) == sorted(Status)


def test_every_verb_leads_somewhere():
    assert {verb for _, verb in TRANSITIONS} == set(Verb)


@pytest.mark.parametrize(("status", "verb"), EVERY)
def test_a_verb_does_what_the_table_says_or_nothing(status, verb):
    assert after(status.value, verb) == TRANSITIONS.get((status, verb))


@pytest.mark.parametrize("status", CLOSED)
def test_what_is_closed_is_touched_by_no_person(status):
    assert all(after(status, verb) is None for verb in DONE)


@pytest.mark.parametrize("status", CLOSED)
def test_what_is_closed_can_come_back(status):
    assert after(status, Verb.REGRESS) is Status.REGRESSED


@pytest.mark.parametrize("status", UNFINISHED)
def test_what_is_unfinished_can_always_be_ended(status):
    assert after(status, Verb.RESOLVE) is Status.RESOLVED
    assert after(status, Verb.DISMISS) is Status.DISMISSED


def test_only_a_resolved_task_can_be_verified():
    assert [status for status in Status if after(status, Verb.VERIFY)] == [Status.RESOLVED]


def test_only_what_nobody_took_up_is_withdrawn():
    assert [status for status in Status if after(status, Verb.WITHDRAW)] == [Status.OPEN]


def test_every_status_can_be_reached():
    reached = {Status.OPEN}
    for _ in Status:
        reached |= {to for (status, _), to in TRANSITIONS.items() if status in reached}
    assert reached == set(Status)


@pytest.mark.parametrize("status", Status)
def test_a_snooze_ends_in_the_status_before_it(status):
    assert woken(status.value) is (status if status in AWAKE else Status.OPEN)
    assert woken(None) is Status.OPEN
