"""Sentences of triggers, signals, addends and escalations: "1 day", never "1 days"; stars as stars; words as what a customer says."""

from __future__ import annotations

import math
import re

import pytest

from schemas.facts import DeliveryMade, SurveyAnswered, TicketReopened
from schemas.message import instant
from streams.decide import tickets, triggers
from streams.decide.priority import weigh
from streams.decide.signals import leave_phrase, promoter_turned, silence, ticket_burst
from streams.decide.state import Answers, Profile, Spend, Tickets
from tests.streams.decide.recovering import DAY, HOUR, START, a_context, a_customer, a_policy, a_task, answered, fact

ONE_OF_SEVERAL = re.compile(r"(?<![\d.,])1(\.0)? (?!is\b)[a-z]+s\b")
POLICY = a_policy()


def is_well_said(sentence: str) -> str:
    assert not ONE_OF_SEVERAL.search(sentence), sentence
    return sentence


@pytest.mark.parametrize(("days", "text"), [(0.2, "within a day"), (1, "1 day later"), (1.4, "1 day later"), (3, "3 days later")])
def test_a_promoter_who_turns_does_so_after_days_in_good_english(days, text):
    customer = a_customer(answers=Answers(recent=[(START, 100.0, 1)]))
    promoter_turned.on_answer(customer, answered(0, after=days * DAY), a_context())
    assert text in is_well_said(customer.signals["promoter_turned"].sentence)


def test_silence_says_one_day_where_one_is_usual():
    gaps = [math.log(DAY)] * 9
    spend = Spend(count=10, last_at=START, sum_log_gap=sum(gaps), sum_log_gap_squared=sum(g * g for g in gaps), gaps=9)
    customer = a_customer(spend=spend)
    silence.look(customer, START + 30 * DAY, POLICY)
    assert "no purchase for 30 days where 1 is usual" in is_well_said(customer.signals["silence"].sentence)


def test_a_burst_of_tickets_within_one_day():
    policy = a_policy(churn={"ticket_burst": {"window_days": 1}})
    opened = [START + n * HOUR for n in range(9)]
    customer = a_customer(tickets=Tickets(count=9, first_at=START - 90 * DAY, opened=opened))
    ticket_burst.look(customer, opened[-1], policy)
    assert "opened 9 tickets in 1 day where" in is_well_said(customer.signals["ticket_burst"].sentence)


@pytest.mark.parametrize(("phrase", "text"), [("nobody answers me", "says nobody answers"), ("a discount", "asks for a discount")])
def test_what_a_phrase_means_is_said_in_words_of_the_desk(phrase, text):
    words = {"language": "en", "discount": ("discount",), "ignored": ("nobody answers me",)}
    customer, context = a_customer(), a_context(a_policy(phrases=[words]))
    leave_phrase.on_comment(customer, answered(5, comment=f"Again {phrase}"), context)
    assert customer.signals["leave_phrase"].sentence.startswith(f"{text} (“")


@pytest.mark.parametrize(("hours", "text"), [(1, "1 hour later"), (3, "3 hours later"), (48, "2 days later"), (60, "2.5 days later")])
def test_how_late_a_delivery_came(hours, text):
    policy = a_policy(triggers={"delivery_late_hours": 0.5})
    late = fact(DeliveryMade, after=hours * HOUR, promised_for=instant(START))
    reason = triggers.of_delivery(late, a_context(policy))
    assert reason is not None
    assert text in is_well_said(reason.sentence)


def test_a_ticket_reopened_once():
    policy = a_policy(triggers={"ticket_reopened_times": 1})
    customer, reopened = a_customer(), fact(TicketReopened, times=1)
    tickets.on_reopened(customer, reopened, a_context(policy))
    reason = triggers.of_ticket(customer, reopened, a_context(policy))
    assert reason is not None
    assert is_well_said(reason.sentence).endswith("reopened 1 time")


def test_stars_are_stars():
    poor = fact(SurveyAnswered, score={"metric": "stars", "raw": 1}, survey="post-visit")
    assert triggers.rated(poor) == "rated 1 of 5 stars in survey “post-visit”"


def test_addends_of_one_day_and_of_one_return():
    customer = a_customer(profile=Profile(version=1, name="Ann", renews_at=START + 2 * DAY))
    _, addends = weigh(customer, a_task(regressions=1), START + DAY, POLICY)
    said = {addend.name: is_well_said(addend.because) for addend in addends}
    assert (said["renewal"], said["repeat failure"], said["age"]) == ("renews in 1 day", "came back 1 time", "open for 1 day")
