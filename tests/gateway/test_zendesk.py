"""Promises of Zendesk's translator: what happened to a ticket, whose it is, and why some events mean nothing."""

from __future__ import annotations

import json
import re

import pytest

from gateway.translate import zendesk, zendesk_aliases
from gateway.translate.translation import BadPayload
from schemas.customers import Trust
from tests.gateway.sending import loaded, only, understood


def event(kind: str, change=None, **detail):
    base = {
        "id": "5158",
        "requester_id": "81",
        "submitter_id": "81",
        "organization_id": "62",
        "status": "OPEN",
        "priority": "HIGH",
        "subject": "Cannot log in",
        "description": "It says 403",
        "is_public": True,
    }
    return {
        "account_id": 1,
        "id": "e-1",
        "type": f"zen:event-type:{kind}",
        "subject": "zen:ticket:5158",
        "time": "2025-01-08T10:12:07.672717030Z",
        "detail": base | detail,
        "event": change or {},
    }


def user(kind: str, change=None, **detail):
    body = event(kind, change)
    base = {"id": "81", "role": "end-user", "email": "ann@example.com", "external_id": "C-1", "organization_id": "0"}
    return body | {"subject": "zen:user:81", "detail": base | detail}


# -- tickets ------------------------------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_opened_by_its_requester():
    fact = only(understood("zendesk", loaded("zendesk", "ticket_created")))
    assert (fact.type, fact.object, fact.severity, fact.channel) == ("ticket.opened", "5158", "low", "web_service")
    assert fact.customer.aliases == ("zendesk:8447388090494",), "an organisation has many people: it is not one of them"
    assert (fact.subject, fact.comment) == ("ticketinfo_2294a6e9ece2", "ticket_info_desc_2294a6e9ece2")


def test_the_time_of_an_event_is_read_with_its_nanoseconds_and_is_its_version():
    fact = only(understood("zendesk", loaded("zendesk", "ticket_created")))
    assert fact.occurred_at.isoformat() == "2025-01-08T10:12:07.672717+00:00"
    assert fact.version == 1736331127672717


def test_an_event_that_comes_again_is_the_same_fact():
    body = loaded("zendesk", "ticket_status_changed")
    assert understood("zendesk", body) == understood("zendesk", json.loads(json.dumps(body)))


@pytest.mark.parametrize(
    ("previous", "current", "kind"),
    [
        ("OPEN", "SOLVED", "ticket.resolved"),
        ("PENDING", "closed", "ticket.resolved"),
        ("SOLVED", "OPEN", "ticket.reopened"),
        ("CLOSED", "OPEN", "ticket.reopened"),
        ("solved", "new", "ticket.reopened"),
        ("SOLVED", "CLOSED", "ticket.updated"),
        ("SOLVED", "PENDING", "ticket.updated"),
        ("NEW", "OPEN", "ticket.updated"),
        ("OPEN", "HOLD", "ticket.updated"),
        (None, "SOLVED", "ticket.resolved"),
        (None, "OPEN", "ticket.updated"),
        ("OPEN", "SOMETHING_NEW", "ticket.updated"),
    ],
)
def test_a_change_of_status_is_what_it_means(previous, current, kind):
    fact = only(understood("zendesk", event("ticket.status_changed", {"previous": previous, "current": current})))
    assert fact.type == kind


def test_a_change_of_status_without_a_status_says_where():
    with pytest.raises(BadPayload) as bad:
        understood("zendesk", event("ticket.status_changed", {"current": 7}, status=None))
    assert bad.value.where == "$.event.current"


def test_an_update_carries_the_whole_ticket_so_that_none_that_overtakes_another_hides_it():
    fact = only(understood("zendesk", event("ticket.subject_changed", {"current": "Cannot pay"}, priority="URGENT", status="PENDING")))
    assert (fact.subject, fact.severity, fact.status) == ("Cannot pay", "urgent", "pending")


def test_how_urgent_a_solved_ticket_was_is_no_trouble_any_more():
    assert only(understood("zendesk", event("ticket.subject_changed", priority="URGENT", status="SOLVED"))).severity is None


def test_a_new_priority_is_told_and_an_unknown_one_is_named():
    assert only(understood("zendesk", event("ticket.priority_changed", {"previous": "LOW", "current": "URGENT"}))).severity == "urgent"
    said = understood("zendesk", event("ticket.priority_changed", {"current": "SEVERE"}))
    assert only(said).severity is None
    assert [one.what for one in said.ignored] == ["$.event.current"]


def test_a_ticket_event_that_names_nobody_waits_in_sight_under_its_ticket():
    fact = only(understood("zendesk", loaded("zendesk", "ticket_priority_changed")))
    assert (fact.severity, fact.customer.aliases) == ("urgent", ("zendesk_ticket:5158",))


@pytest.mark.parametrize("number", ["0", "-1", "", None, 0, True, [], {"id": 1}, "{{ticket.requester.id}}", 10**50, "9" * 300])
def test_a_requester_that_is_no_user_is_nobody(number):
    assert only(understood("zendesk", event("ticket.created", requester_id=number))).customer.aliases == ("zendesk_ticket:5158",)


def test_ids_may_be_numbers():
    fact = only(understood("zendesk", event("ticket.created", id=5158, requester_id=8447388090494, organization_id=0)))
    assert (fact.object, fact.customer.aliases) == ("5158", ("zendesk:8447388090494",))


def test_the_external_id_of_a_ticket_is_another_systems_number_unless_settings_say_otherwise():
    body = event("ticket.created", external_id="JIRA-7")
    assert only(understood("zendesk", body)).customer.id is None
    assert only(understood("zendesk", body, ticket_external_id="id")).customer.id == "JIRA-7"


def test_where_organisations_are_the_customers_they_are_tried_first():
    fact = only(understood("zendesk", event("ticket.created"), customers="organizations"))
    assert fact.customer.aliases == ("zendesk_organization:62", "zendesk:81")


def test_an_internal_note_that_opens_a_ticket_is_not_what_the_customer_said():
    said = understood("zendesk", event("ticket.created", is_public=False, submitter_id="900"))
    assert only(said).comment is None
    assert said.ignored


COMMENT = {"id": "c-9", "body": "I will cancel", "is_public": True, "author": {"id": "81", "is_staff": False}}


def test_a_comment_of_the_customer_is_theirs_and_one_of_the_staff_is_not():
    theirs = only(understood("zendesk", event("ticket.comment_added", {"comment": COMMENT})))
    ours = COMMENT | {"author": {"id": "900", "is_staff": True}}
    assert (theirs.type, theirs.comment, theirs.by_customer, theirs.id) == ("ticket.commented", "I will cancel", True, "comment-c-9")
    assert only(understood("zendesk", event("ticket.comment_added", {"comment": ours}))).by_customer is False


@pytest.mark.parametrize(("author", "by_customer"), [("81", True), ("900", False), (None, False)])
def test_where_nobody_says_who_is_staff_only_the_requester_is_the_customer(author, by_customer):
    comment = COMMENT | {"author": {"id": author}}
    assert only(understood("zendesk", event("ticket.comment_added", {"comment": comment}))).by_customer is by_customer


def test_internal_notes_and_empty_comments_tell_nothing():
    for comment in (COMMENT | {"is_public": False}, COMMENT | {"body": " "}, COMMENT | {"body": 7}):
        said = understood("zendesk", event("ticket.comment_added", {"comment": comment}))
        assert (said.facts, len(said.ignored)) == ((), 1)


@pytest.mark.parametrize(
    ("kind", "previous", "current", "assignee", "counts"),
    [
        ("agent_assignment_changed", "1", "2", "2", True),
        ("agent_assignment_changed", None, "2", "2", False),
        ("agent_assignment_changed", "1", None, None, False),
        ("agent_assignment_changed", "", "2", "2", False),
        ("group_assignment_changed", "10", "11", None, True),
        ("group_assignment_changed", "10", "11", "2", False),
        ("group_assignment_changed", None, "11", None, False),
    ],
)
def test_a_hand_over_counts_once(kind, previous, current, assignee, counts):
    said = understood("zendesk", event(f"ticket.{kind}", {"previous": previous, "current": current}, assignee_id=assignee))
    assert [fact.type for fact in said.facts] == (["ticket.reassigned"] if counts else [])
    assert counts or said.ignored


def test_a_merged_ticket_says_into_which():
    fact = only(understood("zendesk", event("ticket.merged", {"target_ticket_id": 77})))
    assert (fact.type, fact.into) == ("ticket.merged", "77")


@pytest.mark.parametrize(("kind", "status"), [("soft_deleted", "deleted"), ("permanently_deleted", "deleted"), ("marked_as_spam", "spam")])
def test_a_ticket_that_is_gone_is_neither_resolved_nor_urgent(kind, status):
    fact = only(understood("zendesk", event(f"ticket.{kind}", priority="URGENT")))
    assert (fact.type, fact.status, fact.severity) == ("ticket.updated", status, None)


@pytest.mark.parametrize(
    ("change", "normalised"),
    [
        ({"satisfaction_score": {"score": "BAD", "comment": "rude"}}, 0),
        ({"satisfaction_score": {"score": "good"}}, 100),
        ({"satisfaction_rating": {"score": "GOOD_WITH_COMMENT"}}, 100),
        ({"current": "BAD", "previous": "OFFERED"}, 0),
        ({"rating": 2}, 25),
        ({"csat": {"rating": "5"}}, 100),
        ({"satisfaction_score": "bad"}, 0),
    ],
)
def test_a_rating_is_read_in_words_and_in_numbers(change, normalised):
    fact = only(understood("zendesk", event("ticket.csat_received", change)))
    assert (fact.type, fact.score.normalised) == ("ticket.rated", normalised)


@pytest.mark.parametrize("change", [{}, {"satisfaction_score": {"score": "OFFERED"}}, {"rating": 9}, {"rating": True}, {"rating": [1]}])
def test_a_rating_that_was_not_given_is_none(change):
    assert not understood("zendesk", event("ticket.csat_received", change)).facts


# -- people -------------------------------------------------------------------------------------------------------------------------


def test_a_user_with_an_external_id_says_whose_the_aliases_are():
    facts = understood("zendesk", user("user.created")).facts
    assert {fact.alias: fact.trust for fact in facts} == {"zendesk:81": Trust.VERIFIED, "email:ann@example.com": Trust.ASSERTED}
    assert {fact.customer.id for fact in facts} == {"C-1"}
    assert len({(fact.object, fact.id) for fact in facts}) == 2


def test_an_address_that_zendesk_verified_is_trusted_more():
    identity = {"identity": {"type": "email", "value": "Ann@Work.example", "verified": True}}
    facts = understood("zendesk", user("user.identity_created", identity)).facts
    assert {fact.alias: fact.trust for fact in facts}["email:ann@work.example"] is Trust.VERIFIED


@pytest.mark.parametrize(
    "detail",
    [{"external_id": ""}, {"external_id": None}, {"role": "agent"}, {"role": "ADMIN"}, {"external_id": "0"}, {"external_id": {"a": 1}}],
)
def test_staff_and_users_whom_nobody_has_named_link_nothing(detail):
    said = understood("zendesk", user("user.created", **detail))
    assert (said.facts, len(said.ignored)) == ((), 1)


def test_a_masked_address_is_never_linked():
    facts = understood("zendesk", user("user.created", email="[email protected]")).facts
    assert [fact.alias for fact in facts] == ["zendesk:81"]


def test_a_new_external_id_is_the_one_that_counts():
    facts = understood("zendesk", user("user.external_id_changed", {"previous": "C-1", "current": "C-2"})).facts
    assert {fact.customer.id for fact in facts} == {"C-2"}


def test_a_renamed_user_is_a_renamed_customer():
    facts = understood("zendesk", user("user.name_changed", {"previous": "A", "current": "Ann B."})).facts
    assert [fact.name for fact in facts if fact.type == "customer.profiled"] == ["Ann B."]


def test_a_user_who_is_switched_off_or_deleted_is_not_forgotten():
    for body in (loaded("zendesk", "user_active_changed"), user("user.deleted")):
        said = understood("zendesk", body)
        assert (said.facts, len(said.ignored)) == ((), 1)


def test_an_organisation_with_an_external_id_is_linked_and_named():
    body = user("organization.created", id="62", external_id="C-7", name="Hotel Adlon Nord")
    link, profile = understood("zendesk", body).facts
    assert (link.alias, link.customer.id, profile.name) == ("zendesk_organization:62", "C-7", "Hotel Adlon Nord")


# -- triggers -----------------------------------------------------------------------------------------------------------------------


def trigger(why: str, **ticket):
    base = {
        "id": "5158",
        "updated_at": "2026-06-01T10:00:00Z",
        "requester_id": "81",
        "requester_email": "ann@example.com",
        "priority": "Urgent",
    }
    return {"zendesk_trigger": 1, "event": why, "ticket": base | ticket}


@pytest.mark.parametrize(
    ("why", "kind"),
    [("opened", "ticket.opened"), ("updated", "ticket.updated"), ("resolved", "ticket.resolved"), ("reopened", "ticket.reopened")],
)
def test_a_trigger_says_what_happened(why, kind):
    fact = only(understood("zendesk", trigger(why)))
    assert (fact.type, fact.customer.aliases) == (kind, ("zendesk:81", "email:ann@example.com"))


def test_a_trigger_can_tell_that_a_target_was_missed():
    assert only(understood("zendesk", trigger("late"))).target_missed is True


def test_a_trigger_can_tell_a_rating_and_a_comment():
    assert only(understood("zendesk", trigger("rated", satisfaction="Bad"))).score.normalised == 0
    assert only(understood("zendesk", trigger("commented", comment="I will cancel"))).comment == "I will cancel"
    assert not understood("zendesk", trigger("commented", comment="")).facts


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (trigger("opened") | {"event": "exploded"}, "$.event"),
        (trigger("opened", id="{{ticket.id}}"), "$.ticket.id"),
        (trigger("opened", updated_at="June 1st, 2026 at 10 am"), "$.ticket.updated_at"),
        ({"zendesk_trigger": 1, "event": "opened"}, "$.ticket"),
    ],
)
def test_a_trigger_that_was_filled_in_wrongly_is_told_where(body, where):
    with pytest.raises(BadPayload) as bad:
        understood("zendesk", body)
    assert bad.value.where == where


def test_a_misspelt_field_of_a_trigger_is_named_with_the_one_that_was_meant():
    said = understood("zendesk", trigger("opened", prioritty="Urgent", mood="bad", other=None))
    assert only(said).type == "ticket.opened"
    assert [(one.what, one.why.rpartition(" ")[2]) for one in said.ignored] == [
        ("$.ticket.prioritty", "priority?"),
        ("$.ticket.mood", "field"),
    ]


# -- the tables ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(zendesk.WITHOUT_MEANING))
def test_a_type_without_meaning_says_why(kind):
    said = understood("zendesk", event(kind))
    assert (said.facts, said.ignored[0].what) == ((), kind)
    assert re.fullmatch(r"[a-z].*[^.]", said.ignored[0].why)


def test_no_type_is_both_told_and_ignored():
    assert not set(zendesk.WITHOUT_MEANING) & (set(zendesk.ON) | set(zendesk_aliases.ON))


@pytest.mark.parametrize("kind", ["ticket.exploded", "article.published", "agent.state_changed", "something.else"])
def test_a_type_that_nobody_knows_is_ignored_by_name_whatever_is_in_it(kind):
    for detail in ({}, None, [], "x"):
        said = understood("zendesk", event(kind) | {"detail": detail})
        assert (said.facts, said.ignored[0].what) == ((), kind)


def test_types_are_understood_as_the_documentation_misprints_them():
    body = user("user.identity_created", {"identity": {"type": "phone_number", "value": "+49 151 1234567"}})
    body["type"] = "zen:event-type/user.identity_created"
    assert "phone:+491511234567" in {fact.alias for fact in understood("zendesk", body).facts}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": None}, "$.type"),
        ({"type": "ticket.created"}, "$.type"),
        ({"time": "now", "detail": {"id": "1"}}, "$.time"),
        ({"time": None, "detail": {"id": "1"}}, "$.time"),
        ({"detail": []}, "$.detail"),
        ({"detail": {}, "subject": None}, "$.detail.id"),
    ],
)
def test_what_decides_is_asked_for_with_its_place(change, where):
    with pytest.raises(BadPayload) as bad:
        understood("zendesk", event("ticket.created") | change)
    assert bad.value.where == where
