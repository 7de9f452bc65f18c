"""Why a task is raised, as data: a code, the numbers behind it, and the customer's own words; short and on one line, whatever came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import (
    DeliveryMade,
    EmployeeFeedback,
    PaymentFailed,
    SubscriptionCancelled,
    TicketCommented,
    TicketMerged,
    TicketOpened,
    TicketRated,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from schemas.message import instant
from schemas.reasons import CODES
from schemas.wording import plain
from streams.decide.wording import MOST_NAME, MOST_QUOTED, moment, name, why, words
from tests.streams.decide.recovering import HOUR, START, Story, a_policy, answered, coded, decision, fact, snapshots

LATE = {"occurred_at": instant(START + 30 * HOUR), "promised_for": instant(START)}
REASONS = {
    "an answer": (
        answered(2, comment="slow"),
        "rated_survey",
        {"metric": "nps", "score": 2, "worst": 0, "best": 10, "survey": "post-visit"},
        "slow",
    ),
    "an answer to no survey that has a name": (
        answered(2, survey=None),
        "rated_survey",
        {"metric": "nps", "score": 2, "worst": 0, "best": 10},
        None,
    ),
    "a rating": (
        fact(TicketRated, score={"metric": "csat", "raw": 1}),
        "rated_ticket",
        {"metric": "csat", "score": 1, "worst": 1, "best": 5, "ticket": "7"},
        None,
    ),
    "words": (answered(9, comment="I cancel my contract"), "phrase_cancel", {"phrase": "cancel my contract"}, "I cancel my contract"),
    "words in a ticket": (fact(TicketCommented, comment="hacked!"), "phrase_security", {"phrase": "hacked"}, "hacked!"),
    "words about others": (fact(TicketOpened, subject="a competitor"), "phrase_competitor", {"phrase": "competitor"}, "a competitor"),
    "urgent": (fact(TicketOpened, severity="urgent", subject="Help", comment="now"), "ticket_opened_urgent", {"ticket": "7"}, "Help: now"),
    "became urgent": (fact(TicketUpdated, severity="urgent"), "ticket_became_urgent", {"ticket": "7"}, None),
    "past its target": (fact(TicketUpdated, target_missed=True), "ticket_target_missed", {"ticket": "7"}, None),
    "resolved late": (fact(TicketResolved, target_missed=True), "ticket_resolved_late", {"ticket": "7"}, None),
    "reopened": (fact(TicketReopened, times=1), "ticket_reopened", {"ticket": "7", "times": 1}, None),
    "handed on": (fact(TicketReassigned, times=3), "ticket_reassigned", {"ticket": "7", "times": 3}, None),
    "late": (fact(DeliveryMade, **LATE), "delivered_late", {"order": "7", "late_hours": 30}, None),
    "cancelled": (fact(SubscriptionCancelled, reason="too slow"), "subscription_cancelled", {"subscription": "7"}, "too slow"),
    "reported": (
        fact(EmployeeFeedback, comment="furious", severity="high", employee="Bo"),
        "employee_reported",
        {"employee": "Bo"},
        "furious",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_a_task_and_its_evidence_say_why_with_the_numbers_unrounded(case):
    message, code, values, said = REASONS[case]
    (snapshot,) = snapshots(Story().step(message))
    assert (coded(snapshot.why), snapshot.why.said) == ((code, values), said)
    assert snapshot.evidence[0].why == snapshot.why
    assert snapshot.evidence[0].occurred_at == message.occurred_at


@pytest.mark.parametrize("case", REASONS)
def test_the_decision_that_raises_a_task_says_the_same(case):
    messages = Story().step(REASONS[case][0])
    (snapshot,) = snapshots(messages)
    assert decision(messages).why == snapshot.why


def test_every_code_of_a_trigger_is_one_of_the_contract():
    assert {code for _, code, _, _ in REASONS.values()} <= set(CODES)


def test_a_delivery_is_late_by_hours_that_nobody_rounded():
    policy = a_policy(triggers={"delivery_late_hours": 0.5})
    (snapshot,) = snapshots(Story(policy=policy).step(fact(DeliveryMade, 0.75 * HOUR, promised_for=instant(START))))
    assert snapshot.why.values["late_hours"] == 0.75


def test_a_payment_without_an_amount_has_no_currency():
    messages = Story().step(fact(PaymentFailed))
    assert coded(decision(messages).why) == ("payment_failed", {})


def test_a_ticket_that_was_merged_is_spoken_of_by_the_other_ones_name():
    story = Story()
    story.step(fact(TicketMerged, object_key="500", into="400"))
    (snapshot,) = snapshots(story.step(fact(TicketReopened, 1, object_key="500", times=2)))
    assert coded(snapshot.why) == ("ticket_reopened", {"ticket": "400", "times": 2})


# -- what somebody said -----------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=2_000), st.integers(1, 200))
def test_what_is_quoted_is_short_and_printable_and_on_one_line(text, most):
    quoted = plain(text, most)
    assert len(quoted) <= most
    assert quoted.isprintable()
    assert quoted == quoted.strip()
    assert "  " not in quoted
    quoted.encode()


@given(st.text(alphabet="ab \u00fc", max_size=60))
def test_what_is_short_already_is_quoted_as_it_is(text):
    assert plain(text, 60) == " ".join(text.split())


def test_words_and_names_are_cut_where_they_are_too_long():
    assert words("x" * 500) == "x" * (MOST_QUOTED - 1) + "…"
    assert name("x" * 500) == "x" * (MOST_NAME - 1) + "…"
    assert words("") is words(None) is words(" \n") is None


def test_a_reason_holds_no_value_that_there_is_not():
    assert why("rated_survey", "  ", score=0.0, survey=None, metric="nps").values == {"score": 0.0, "metric": "nps"}
    assert why("rated_survey", "  ").said is None


def test_an_instant_is_said_to_the_millisecond_in_utc():
    assert moment(START + 0.0014) == "2026-01-01T00:00:00.001Z"
