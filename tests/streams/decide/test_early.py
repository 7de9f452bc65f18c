"""Given a complaint that comes before the profile of its customer, then the same tasks as in the other order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts import CustomerProfiled, DeliveryMade, PurchaseMade, SubscriptionCancelled, TicketOpened, TicketUpdated, UsageRecorded
from schemas.message import instant
from streams.decide.state import Customer
from tests.streams.decide.recovering import HOUR, START, Story, answered, fact, notices, snapshots, verdicts

MATTERS = {"hic": True}
RICH = {"annual_value": 400_000}
NOBODY = {"annual_value": 50}
COMPLAINTS = {
    "a poor answer": answered(0),
    "an urgent ticket": fact(TicketOpened, object_key="t-1", subject="Down", severity="urgent"),
    "words of leaving": answered(None, comment="I cancel my contract", object_key="r-2"),
    "a late delivery": fact(DeliveryMade, object_key="o-1", occurred_at=instant(START + 30 * HOUR), promised_for=instant(START)),
    "a cancelled subscription": fact(SubscriptionCancelled, object_key="s-1"),
}


def stranger() -> Story:
    """Nobody has told anything of them."""
    return Story(Customer(id="c-1"))


def profile(after=0.0, **fields):
    return fact(CustomerProfiled, after, object_key="c-1", **fields)


def tasks_of(story):
    return {(t.id, t.cause, t.severity, t.opened_at, story.customer.clocks[t.id].due_at) for t in story.tasks}


def told_of(messages):
    story = stranger()
    for message in messages:
        story.step(message)
    return story


@pytest.mark.parametrize("told", [MATTERS, RICH], ids=["high-impact", "top business row"])
@pytest.mark.parametrize("complaint", COMPLAINTS.values(), ids=COMPLAINTS.keys())
def test_a_profile_that_comes_after_the_complaint_raises_the_same_task(complaint, told):
    late, in_order = told_of([complaint, profile(**told)]), told_of([profile(**told), complaint])
    assert tasks_of(late) == tasks_of(in_order) != set()
    assert late.task.evidence == in_order.task.evidence


@settings(max_examples=60)
@given(st.permutations([*COMPLAINTS.values(), profile(**MATTERS)]))
def test_the_order_of_a_profile_and_complaints_makes_no_difference(messages):
    def shown(story):
        return {(t.cause, t.severity, frozenset(e.fact for e in t.evidence)) for t in story.tasks}

    assert shown(told_of(messages)) == shown(told_of([profile(**MATTERS), *COMPLAINTS.values()]))


def test_the_task_is_told_when_it_is_raised():
    story = stranger()
    assert story.step(answered(0)) == []
    assert [verdict.value for verdict in verdicts(story.step(profile(HOUR, **MATTERS)))] == ["task_raised"]
    assert story.step(profile(2 * HOUR, **MATTERS)) == []


def test_of_several_complaints_that_become_one_task_people_are_told_once():
    mild, grave = answered(5, object_key="r-1"), answered(0, HOUR, object_key="r-2")
    story = told_of([mild, grave])
    sent = story.step(profile(2 * HOUR, **MATTERS))
    assert [notice.kind for notice in notices(sent)] == ["task_raised"]
    assert [len(snapshot.evidence) for snapshot in snapshots(sent)] == [2]


def test_a_profile_that_comes_days_later_raises_nothing():
    assert told_of([answered(0), profile(49 * HOUR, **MATTERS)]).tasks == []


def test_a_profile_of_nobody_special_raises_nothing_until_they_matter():
    story = told_of([answered(0), profile(**NOBODY)])
    assert story.tasks == []
    story.step(profile(HOUR, **NOBODY, **MATTERS))
    assert story.task.cause == "poor_survey"


def test_a_large_order_soon_after_the_complaint_makes_it_a_task_as_in_the_other_order():
    complaint, order = answered(0), fact(PurchaseMade, HOUR, object_key="o-9", amount=50_000)
    assert tasks_of(told_of([complaint, order])) == tasks_of(told_of([order, complaint])) != set()


def test_an_answer_that_was_put_right_raises_nothing():
    assert told_of([answered(0, object_key="r-1"), answered(10, HOUR, object_key="r-1"), profile(2 * HOUR, **MATTERS)]).tasks == []


def test_a_ticket_that_turned_out_to_be_spam_raises_nothing():
    opened = COMPLAINTS["an urgent ticket"]
    spam = fact(TicketUpdated, HOUR, object_key="t-1", status="spam")
    assert told_of([opened, spam, profile(2 * HOUR, **MATTERS)]).tasks == []


@pytest.mark.parametrize(
    "later",
    [
        lambda at: fact(PurchaseMade, at, object_key="o-9", amount=5.0),
        lambda at: fact(UsageRecorded, at, object_key="u-9", feature="report"),
        lambda at: fact(TicketOpened, at, object_key="t-9", subject="A question"),
        lambda at: answered(10, at, object_key="r-9"),
    ],
    ids=["a purchase", "use", "a ticket", "a good answer"],
)
def test_what_can_be_no_task_any_more_is_forgotten_with_the_next_fact(later):
    story = told_of([COMPLAINTS["a poor answer"], later(48 * HOUR)])
    assert [one.cause for one in story.customer.recovery.early] == ["poor_survey"]
    story.step(later(49 * HOUR))
    assert story.customer.recovery is None
