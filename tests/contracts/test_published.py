"""The promise to everybody outside: what was published stays understood."""

from __future__ import annotations

from pathlib import Path

from makegood.contract.documents import broken, published
from makegood.contract.messages import MESSAGES, schemas
from schemas.inputs import SCHEMA_VERSION

DOCS = Path(__file__).parents[2] / "docs"


def test_the_language_of_this_version_is_published():
    assert f"v{SCHEMA_VERSION}" in published(DOCS)
    assert set(published(DOCS)[f"v{SCHEMA_VERSION}"]) <= set(MESSAGES)


def test_nothing_that_was_published_is_broken():
    assert broken(DOCS) == []


def test_a_break_of_the_published_language_would_be_found(monkeypatch):
    today = schemas()
    today["survey.answered"]["required"].append("score")
    del today["task.snapshot"]["properties"]["why"]
    del today["ticket.merged"]
    monkeypatch.setattr("makegood.contract.documents.schemas", lambda: today)
    assert set(broken(DOCS)) == {
        "v1 ticket.merged is gone",
        "v1 task.snapshot.why is gone",
        "v1 survey.answered.score is now required",
    }
