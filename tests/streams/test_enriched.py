"""The enriched stream: each survey and interaction fact that was applied, with who its customer was to us when it happened."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from schemas.enriched import FactEnriched
from schemas.facts import Interaction
from schemas.policy import Policy
from schemas.topics import BY_NAME, topic_of
from streams.decide.fact_reader import STRUCTS
from tests.streams.history import START, History

DAY = 24.0
ON = Policy.model_validate({"version": "test", "enriched": {"send": True}})
NPS = {"metric": "nps", "raw": 2}


def enriched(history: History) -> list[dict[str, Any]]:
    return history.on("enriched")


def test_a_survey_goes_out_with_tier_protection_value_and_chance_as_of_its_event():
    history = History(ON, hic=None, annual_value=400_000)
    history.fact("survey.answered", 3, score=NPS, comment="nobody calls back")
    [one] = enriched(history)
    assert FactEnriched.model_validate(one)
    assert (one["tier"], one["protected"], one["hic"], one["annual_value"], one["currency"]) == ("A", True, True, 400_000, "EUR")
    assert one["hic_why"]["code"] == "top_business"
    assert one["chance"] == history.tasks()[-1]["chance"]
    assert one["fact"]["comment"] == "nobody calls back"
    assert one["fact"]["score"]["normalised"] == 20


def test_nothing_goes_out_unless_the_policy_says_so():
    history = History(annual_value=400_000)
    history.fact("survey.answered", 3, score=NPS)
    assert history.on("tasks")
    assert not enriched(history)


def test_who_it_is_stands_there_as_an_id_alone():
    """No name, no e-mail address, no number: what erasure cannot take back from a topic is not put there."""
    history = History(ON, owner="Carla Brandt")
    history.fact("survey.answered", 1, {"id": "C1", "aliases": ["email:ann@example.com"]}, score=NPS)
    [one] = enriched(history)
    assert one["fact"]["customer"] == {"id": "C1", "aliases": []}
    assert "ann@example.com" not in json.dumps(one)
    assert "Nordlicht" not in json.dumps(one)


def test_purchases_and_profiles_do_not_go_out():
    history = History(ON)
    history.fact("purchase.made", 1, amount=10.0)
    history.fact("customer.profiled", 2, annual_value=5.0)
    assert not enriched(history)


def test_a_late_fact_has_the_tier_that_held_when_it_happened():
    history = History(ON, hic=None, annual_value=10_000)
    history.fact("customer.profiled", 10 * DAY, annual_value=400_000)
    history.fact("usage.recorded", 5 * DAY)
    history.fact("usage.recorded", 11 * DAY)
    assert [one["tier"] for one in enriched(history)] == ["B", "A"]


def test_a_fact_that_was_protected_when_it_happened_says_so_after_the_protection_was_lost():
    history = History(ON, hic=True, annual_value=10)
    history.fact("customer.profiled", 10 * DAY, hic=False)
    history.fact("usage.recorded", 5 * DAY)
    history.fact("usage.recorded", 11 * DAY)
    assert [one["protected"] for one in enriched(history)] == [True, False]


def test_who_is_worth_nobody_knows_what_has_no_value_and_not_one_of_zero():
    history = History(ON)
    history.fact("ticket.opened", 1, subject="where is it?")
    assert "annual_value" not in enriched(history)[0]


def test_what_is_no_news_does_not_go_out_again():
    history = History(ON)
    for _ in range(2):
        history.fact("ticket.opened", 1, id="same", object="T1", subject="where is it?")
    assert len(enriched(history)) == 1


def test_a_fact_that_waited_for_its_customer_goes_out_once_they_are_known():
    history = History(ON)
    history.fact("survey.answered", 1, {"aliases": ["email:ann@example.com"]}, score=NPS)
    assert not enriched(history)
    history.fact("alias.linked", 2, alias="email:ann@example.com")
    [one] = enriched(history)
    assert one["customer"] == "C1"


def test_nothing_goes_out_of_who_was_erased_by_their_erasure():
    history = History(ON)
    history.fact("ticket.opened", 1)
    history.fact("erasure.requested", 2)
    assert len(enriched(history)) == 1


def test_what_goes_out_is_gone_after_a_month():
    topic = BY_NAME["enriched"]
    assert (topic.config["cleanup.policy"], topic.config["retention.ms"]) == ("delete", str(30 * 86_400_000))


@pytest.mark.parametrize("kind", get_args(Interaction), ids=lambda kind: kind.__name__)
def test_every_kind_of_fact_of_feedback_and_interactions_may_go_out(kind):
    name = kind.model_fields["type"].default
    assert topic_of(name) in {"feedback", "interactions"}
    assert kind in STRUCTS
    history = History(ON)
    more: dict[str, Any] = {"ticket.rated": {"score": NPS}, "ticket.merged": {"into": "T2"}}.get(name, {})
    history.fact(name, 1, **{"comment": "well", **more})
    [one] = enriched(history)
    assert FactEnriched.model_validate(one).fact.type == name


def test_no_kind_of_fact_of_these_topics_is_left_out():
    named = {kind.model_fields["type"].default for kind in STRUCTS}
    theirs = {name for name in named if topic_of(name) in {"feedback", "interactions"}}
    assert theirs == {kind.model_fields["type"].default for kind in get_args(Interaction)}


def test_the_same_history_gives_the_same_again():
    def story() -> list[bytes]:
        history = History(ON, annual_value=400_000)
        for number in range(4):
            history.fact("survey.answered", number * DAY, score=NPS)
        return [output.value for output in history.outputs if output.topic == "enriched"]

    assert len(story()) == 4
    assert story() == story()
    assert START.isoformat()[:10] in story()[0].decode()
