"""Promises of what we read of ourselves: a slug of a later version is read, goes on as it came, and is said; a slip of a person is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.decisions import AlertSnapshot, Decision, Notice, Status, TaskSnapshot, Verdict
from schemas.deliveries import NoticeAttempted
from schemas.message import Message
from schemas.operations import ServiceChanged
from schemas.policy import Owner
from schemas.sentences import LANGUAGES, call, next_step, say_alert, say_decision, say_notice
from schemas.slugs import slug_of
from schemas.traffic import DeadLetter

AT = "2026-11-25T13:30:00Z"
NEW = "made_up_later"
_SHARED = {"id": "x", "customer": "c-1", "at": AT, "basis": {"input": "feedback-0-1", "policy": "p-1"}}
_WHO = {**_SHARED, "version": 1, "tier": NEW, "hic": False, "changed_at": AT}
_TASK = {"priority": NEW, "score": 1.0, "addends": [], "why": {"code": NEW}, "evidence": [], "owner": "Jo", "opened_at": AT, "due_at": AT}
_ABOUT = {"about": "x-1", "about_kind": NEW, "by": "makegood"}
MESSAGES: tuple[tuple[type[Message], dict[str, Any]], ...] = (
    (Decision, {**_SHARED, **_ABOUT, "verdict": NEW, "tier": NEW, "was": NEW, "now": NEW, "why": {"code": NEW, "values": {NEW: 1.5}}}),
    (Notice, {**_SHARED, **_ABOUT, "kind": NEW, "priority": NEW, "tier": NEW, "cause": NEW, "level": NEW, "route": "r"}),
    (TaskSnapshot, {**_WHO, **_TASK, "cause": NEW, "status": NEW, "changed_by": "ann", "moved_at": AT, "moved_by": "ann"}),
    (AlertSnapshot, {**_WHO, "active": True, "level": NEW, "chance": 0.5, "signals": [], "raised_at": AT}),
    (
        NoticeAttempted,
        {**_SHARED, "notice": "n", "kind": NEW, "about": "x", "about_kind": NEW, "destination": "d", "channel": NEW, "attempt": 1}
        | {"outcome": NEW, "detail": ""},
    ),
    (ServiceChanged, {"id": "x", "service": "worker", "state": NEW, "at": AT, "sentence": "worker is elsewhere"}),
    (
        DeadLetter,
        {"id": "x", "topic": "t", "partition": 0, "offset": 0, "timestamp": 0.0, "key": None, "value": None}
        | {"fault": NEW, "error": "", "schema_version": 1},
    ),
)


@pytest.mark.parametrize(("model", "fields"), MESSAGES, ids=[model.__name__ for model, _ in MESSAGES])
def test_a_slug_of_a_later_version_is_read_and_goes_on_as_it_came(model, fields):
    read = model.model_validate_json(json.dumps(fields))
    known = {name for name in model.model_fields if name in fields}
    written = json.loads(read.model_dump_json(include=known, exclude_none=True))
    assert {name: written[name] for name in known if fields[name] == NEW} == {name: NEW for name in known if fields[name] == NEW}
    assert model.model_validate(read.model_dump()) == read


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_holds_a_slug_of_a_later_version_is_said_in_its_words(language):
    made, notice, task, alert, *_ = (model.model_validate(fields) for model, fields in MESSAGES)
    assert say_decision(made, language).startswith("made up later (made up later 1")
    assert say_notice(notice, language) == "made up later"
    assert say_alert(alert, language)
    assert call("status", task.status, language) == next_step(task.cause, language) == "made up later"


@pytest.mark.parametrize("slip", ["", "two words", "ünknown", "x" * 65, "<b>", 7, None])
def test_what_can_be_no_slug_is_refused(slip):
    with pytest.raises(ValidationError):
        Decision.model_validate({**dict(MESSAGES)[Decision], "verdict": slip})


def test_what_a_person_writes_into_a_policy_is_held_to_what_there_is():
    with pytest.raises(ValidationError):
        Owner.model_validate({"owner": "Jo", "causes": ["poor_surwey"]})


def test_a_slug_that_there_is_comes_back_as_itself():
    assert slug_of(Status, "open") is Status.OPEN
    assert Decision.model_validate({**dict(MESSAGES)[Decision], "verdict": "escalated"}).verdict is Verdict.ESCALATED
