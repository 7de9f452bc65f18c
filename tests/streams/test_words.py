"""Promises of words: what a customer says is a task or a sign by what it means, beside the score that they give, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.config import policy_file
from tests.conftest import shared
from tests.streams.history import History, replayed


def told(**identity: Any) -> History:
    policy = policy_file.built_in()
    return History(policy.model_copy(update={"identity": policy.identity.model_copy(update=identity)}))


def heard(history: History) -> int:
    """How many answers found C1: each is decided by C1's record, or waits in sight."""
    return 0 if not history.tasks() else sum(len(task["evidence"]) for task in history.tasks())


@pytest.mark.parametrize("score", [9, 10])
@pytest.mark.parametrize(
    "said",
    [
        "My last order came quickly!",
        "Never again anybody else.",
        "You stopped the fraud on my account.",
        "My card was stolen, new one next day.",
    ],
)
def test_beside_a_promoters_score_praise_is_no_task_and_no_sign(score, said):
    history = told()
    history.fact("survey.answered", 1, score={"metric": "nps", "raw": score}, comment=said)
    assert (history.tasks(), history.signals()) == ([], {})


@pytest.mark.parametrize("score", [7, 9, 10])
def test_who_cancels_the_contract_is_heard_beside_any_score(score):
    history = told()
    history.fact("survey.answered", 1, score={"metric": "nps", "raw": score}, comment="Lovely people. We cancel our contract all the same.")
    assert history.task["cause"] == "wants_to_leave"
    assert "leave_phrase" in history.signals()


def test_nobody_answers_the_third_time_is_a_task_for_the_protected():
    history = told()
    history.fact("ticket.opened", 1, comment="Nobody answers, third time.")
    assert (history.task["cause"], history.task["evidence"][0]["why"]["code"]) == ("bad_service", "phrase_ignored")


def test_nobody_answers_is_no_task_for_others():
    history = told()
    history.fact("ticket.opened", 1, customer="C2", comment="Nobody answers, third time.")
    assert history.tasks() == []


@pytest.mark.parametrize("hours", [(1, 2), (2, 1)])
def test_a_weaker_phrase_never_replaces_a_stronger_one(hours):
    history = told()
    history.fact("ticket.opened", hours[0], object="1", comment="We cancel our contract.")
    history.fact("ticket.commented", hours[1], object="1", comment="Is there a discount? Another supplier is better.")
    assert history.signals()["leave_phrase"]["why"]["code"] == "phrase_cancel"
    assert "phrase_cancel" in {one["why"]["code"] for one in history.task["evidence"]}


def test_our_own_quoted_mail_is_no_word_of_the_customers():
    history = replayed(shared("cases", "quoted-reply.jsonl"), policy_file.built_in())
    assert (history.tasks(), history.signals()) == ([], {})


@pytest.mark.parametrize(("case", "answers"), [("email-nfc-nfd", 2), ("phone-spellings", 6), ("email-sharp-s", 0)])
def test_one_address_or_number_is_one_customer_and_another_domain_is_not(case, answers):
    history = replayed(shared("cases", f"{case}.jsonl"), policy_file.built_in())
    assert heard(history) == answers


def test_a_stated_mailbox_stays_whose_it_was_stated_to_be():
    history = replayed(shared("cases", "shared-mailbox.jsonl"), policy_file.built_in())
    assert {task["customer"] for task in history.tasks()} == {"C1"}


def test_a_mailbox_that_two_customers_order_with_is_nobodys():
    history = told()
    for number, customer in enumerate(("C1", "C2")):
        history.fact("purchase.made", number, customer={"id": customer, "aliases": ["email:info@agency.example"]}, amount=12)
    history.fact("survey.answered", 3, customer={"aliases": ["email:info@agency.example"]}, score={"metric": "nps", "raw": 0})
    assert history.tasks() == []
    assert [waiting["aliases"] for waiting in history.on("unresolved")] == [["email:info@agency.example"]]


def test_a_number_without_a_country_code_finds_its_customer_in_the_companys_country():
    history = told(country="DE")
    history.fact("alias.linked", 1, alias="phone:+49 151 1234567")
    history.fact("survey.answered", 2, customer={"aliases": ["phone:0151 1234567"]}, score={"metric": "nps", "raw": 0})
    assert history.task["customer"] == "C1"
