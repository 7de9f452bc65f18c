"""Promises of Typeform's translator: one score on its own scale, the words, and nobody's customer but the respondent's."""

from __future__ import annotations

import copy

import pytest

from gateway.translate.translation import BadPayload
from schemas.scores import Metric
from tests.gateway import sending
from tests.gateway.sending import loaded, only

TRUSTED = ["customer_id", "user_id", "email", "phone"]


def understood(system, body, **settings):
    """With what is hidden believed: what is without that is told in test_beliefs.py."""
    return sending.understood(system, body, **{"trusted_hidden_fields": TRUSTED} | settings)


def form(*answers, hidden=None, fields=(), **more):
    response = {"form_id": "f1", "token": "t1", "submitted_at": "2026-04-25T14:30:00Z", "answers": list(answers)}
    response |= {"definition": {"title": "After delivery", "fields": list(fields)}, "hidden": hidden or {"customer_id": "C-1"}} | more
    return {"event_id": "e1", "event_type": "form_response", "form_response": response}


def answer(kind: str, value, ref="q1", of="number"):
    return {"type": of, of: value, "field": {"id": ref, "type": kind, "ref": ref}}


def score(body, **settings):
    return only(understood("typeform", body, **settings)).score


def test_the_official_example_becomes_one_answered_survey_of_its_customer():
    stars = {"field": "WOTdC00F8A3h", "metric": "stars"}  # the form does not say of how many stars its question is
    fact = only(understood("typeform", loaded("typeform", "form_response_official_example"), scores=[stars]))
    assert (fact.type, fact.object, fact.customer.id) == ("survey.answered", "a3a12ec67a1365927098a606107fac15", "abc123456")
    assert fact.customer.aliases == ("email:laura@example.com",)
    assert (fact.score.metric, fact.score.raw, fact.score.best) == (Metric.STARS, 3, 5)
    assert fact.comment.startswith("It's cold right now!")
    assert fact.occurred_at.isoformat() == "2018-01-18T18:17:02+00:00"


def test_a_response_of_nobody_is_ignored_with_what_to_do_or_waits_in_sight():
    body = loaded("typeform", "form_response_guide_example")
    said = understood("typeform", body)
    assert not said.facts
    assert "hidden field customer_id" in said.ignored[0].why
    assert only(understood("typeform", body, anonymous="wait")).customer.aliases == ("typeform:01HM3K8N2P9X4ABCDEFGHIJKLM",)


def test_the_same_response_again_is_the_same_fact_and_a_later_one_a_later_version():
    body = form(answer("nps", 3))
    again, later = copy.deepcopy(body), copy.deepcopy(body)
    again["event_id"] = "e2"
    later["form_response"]["submitted_at"] = "2026-04-25T14:30:00.5Z"
    first, second, third = (only(understood("typeform", one)) for one in (body, again, later))
    assert first == second
    assert (third.object, third.version > first.version) == (first.object, True)


def test_a_partial_response_is_partial_grows_and_is_replaced_by_the_whole_one():
    one, two = form(answer("nps", 3)), form(answer("nps", 3), answer("long_text", "late again", of="text", ref="q2"))
    for body in (one, two):
        body["event_type"] = "form_response_partial"
        body["form_response"]["landed_at"] = body["form_response"].pop("submitted_at")
    whole = form(answer("nps", 4))
    whole["form_response"]["submitted_at"] = "2026-04-25T14:31:00Z"
    facts = [only(understood("typeform", body)) for body in (one, two, whole)]
    assert [fact.partial for fact in facts] == [True, True, False]
    assert facts[0].version < facts[1].version < facts[2].version


@pytest.mark.parametrize(
    ("kind", "value", "properties", "metric", "normalised"),
    [
        ("nps", 6, {}, "nps", 60),
        ("opinion_scale", 6, {"steps": 11}, "nps", 60),
        ("opinion_scale", 5, {"steps": 5, "start_at_one": True}, "csat", 100),
        ("opinion_scale", 0, {"steps": 6}, "csat", 0),
        ("opinion_scale", 10, {"steps": 10, "start_at_one": True}, "csat", 100),
        ("rating", 5, {"steps": 5}, "stars", 100),
        ("rating", 1, {"steps": 3}, "stars", 0),
    ],
)
def test_a_question_brings_its_own_scale(kind, value, properties, metric, normalised):
    found = score(form(answer(kind, value), fields=[{"id": "q1", "ref": "q1", "type": kind, "properties": properties}]))
    assert (found.metric, found.normalised) == (metric, normalised)


@pytest.mark.parametrize("kind", ["opinion_scale", "rating"])
@pytest.mark.parametrize("properties", [{}, {"steps": "many"}, {"steps": -7}, {"steps": None}])
def test_a_scale_that_the_form_does_not_give_is_not_guessed_and_the_answer_says_which_setting_is_missing(kind, properties):
    body = form(
        answer(kind, 5),
        answer("long_text", "late again", of="text", ref="q2"),
        fields=[{"id": "q1", "ref": "q1", "type": kind, "properties": properties}],
    )
    said = understood("typeform", body)
    assert (only(said).score, only(said).comment) == (None, "late again")
    assert 'scores = [{ field = "q1"' in said.ignored[0].why
    assert score(body, scores=[{"field": "q1", "metric": "csat"}]).normalised == 100


def test_the_type_of_a_question_is_found_in_the_definition_where_the_answer_lacks_it():
    bare = {"type": "number", "number": 2, "field": {"id": "q1"}}
    assert score(form(bare, fields=[{"id": "q1", "type": "nps"}])).raw == 2


def test_of_several_scores_the_most_telling_counts_and_the_others_are_named():
    said = understood("typeform", form(answer("rating", 1, "a"), answer("nps", 9, "b")))
    assert only(said).score.metric is Metric.NPS
    assert [one.what for one in said.ignored] == ["$.form_response.answers[0]"]


def test_settings_say_which_answer_is_the_score_on_which_scale():
    body = form(answer("nps", 9), calculated={"score": 30}, variables=[{"key": "mood", "type": "number", "number": 2}])
    rule = {"field": "calculated.score", "metric": "csat", "worst": 0, "best": 40}
    assert score(body, scores=[rule]).normalised == 75
    assert score(body, scores=[{"field": "variables.mood", "metric": "ces"}]).raw == 2
    assert score(body, scores=[{"field": "variables.other"}]).raw == 9
    assert score(body, scores=[rule | {"form": "another form"}]).raw == 9


def test_choices_have_the_worth_that_settings_give_them():
    body = form({"type": "choice", "choice": {"label": "Very unhappy"}, "field": {"id": "mood", "type": "multiple_choice"}})
    assert score(body, scores=[{"field": "mood", "metric": "csat", "values": {"Very unhappy": 1}}]).normalised == 0
    said = understood("typeform", body, scores=[{"field": "mood", "metric": "csat"}])
    assert only(said).score is None
    assert said.ignored


@pytest.mark.parametrize("value", [11, -1, 10**30])
def test_a_number_off_its_scale_is_no_score_but_the_comment_is_kept(value):
    said = understood("typeform", form(answer("nps", value), answer("long_text", "late again", of="text", ref="q2")))
    assert (only(said).score, only(said).comment) == (None, "late again")
    assert "not on the scale from 0 to 10" in said.ignored[0].why


@pytest.mark.parametrize("value", ["9", True, [9], {"a": 1}])
def test_a_score_that_is_no_number_is_refused_with_its_place(value):
    with pytest.raises(BadPayload, match="a number is expected here") as bad:
        understood("typeform", form(answer("nps", value)))
    assert bad.value.where == "$.form_response.answers[0].number"


PLACEHOLDERS = ["", "xxxxx", "XXX", "{{user.id}}", "n/a", "null", "undefined", "0", "[id]", "*|ID|*", "%%id%%", "-", "  ", "<id>"]


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_in_a_hidden_field_makes_nobody_a_customer(value):
    assert not understood("typeform", form(answer("nps", 1), hidden={"customer_id": value})).facts


@pytest.mark.parametrize(
    "value", ["[email protected]", "l***@example.com", "ann@", "@b.com", "a b@c.de", "noreply@example.com", "{{email}}"]
)
def test_an_address_that_is_masked_or_nobodys_is_no_alias(value):
    body = form(answer("nps", 1), answer("email", value, of="email", ref="q2"), hidden={"email": value})
    said = understood("typeform", body)
    assert [fact.customer.aliases for fact in said.facts] == ([] if value[0] in "{[" else [("typeform:t1",)])
    assert said.ignored


def test_hidden_fields_come_before_what_was_typed_and_spelling_does_not_matter():
    body = form(
        answer("nps", 1),
        answer("email", "Typed@Example.com", of="email", ref="q2"),
        answer("phone_number", "+49 151 123456", of="phone_number", ref="q3"),
        hidden={"customerId": "C-9", "E-Mail": "ann@example.com", "Language": "de-AT"},
    )
    fact = only(understood("typeform", body))
    assert fact.customer.id == "C-9"
    assert fact.customer.aliases == ("email:ann@example.com", "email:typed@example.com", "phone:+49151123456")
    assert fact.language == "de-AT"


def test_settings_say_what_a_hidden_field_means():
    fact = only(
        understood("typeform", form(answer("nps", 1), hidden={"crm": "77"}), hidden={"crm": "hubspot"}, trusted_hidden_fields=["crm"])
    )
    assert (fact.customer.id, fact.customer.aliases) == (None, ("hubspot:77",))


def test_of_two_hidden_fields_that_say_who_it_is_the_first_of_the_settings_counts():
    said = understood("typeform", form(answer("nps", 1), hidden={"user_id": "U", "customer_id": "C"}))
    assert only(said).customer.id == "C"
    assert [one.what for one in said.ignored] == ["$.form_response.hidden.user_id"]


def test_long_texts_are_the_comment_and_settings_can_name_others():
    texts = [answer("long_text", "one", "a", "text"), answer("short_text", "name", "b", "text"), answer("long_text", "two", "c", "text")]
    assert only(understood("typeform", form(*texts))).comment == "one\n\ntwo"
    assert only(understood("typeform", form(*texts), comments=["b"])).comment == "name"


def test_a_novel_is_cut_and_a_nul_is_taken_out():
    fact = only(understood("typeform", form(answer("long_text", "a\0b" * 20_000, of="text"))))
    assert len(fact.comment) == 20_000
    assert "\0" not in fact.comment


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda body: body.pop("event_type"), "$.event_type"),
        (lambda body: body.pop("form_response"), "$.form_response"),
        (lambda body: body.update(form_response=[]), "$.form_response"),
        (lambda body: body["form_response"].pop("token"), "$.form_response.token"),
        (lambda body: body["form_response"].update(token={"a": 1}), "$.form_response.token"),
        (lambda body: body["form_response"].update(submitted_at="soon"), "$.form_response.submitted_at"),
        (lambda body: body["form_response"].update(submitted_at=1.5e300), "$.form_response.submitted_at"),
    ],
)
def test_what_decides_is_asked_for_with_its_place(change, where):
    body = form(answer("nps", 1))
    change(body)
    with pytest.raises(BadPayload) as bad:
        understood("typeform", body)
    assert bad.value.where == where


@pytest.mark.parametrize("part", ["answers", "definition", "hidden", "calculated", "variables"])
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1, None, "x", {"field": 3}], {"fields": 9, "score": "x"}])
def test_what_is_optional_may_be_anything(part, value):
    body = form(answer("email", "ann@example.com", of="email")) if part == "hidden" else form()
    body["form_response"][part] = value
    fact = understood("typeform", body, anonymous="wait").facts
    assert fact


def test_an_event_of_another_type_is_ignored_by_name():
    said = understood("typeform", {"event_type": "form_published"})
    assert [one.what for one in said.ignored] == ["form_published"]
