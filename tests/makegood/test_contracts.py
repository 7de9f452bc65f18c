"""Promises of the contract: the committed documents are those of the code, and they hold together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from makegood.cli import schemas
from makegood.contract import documents as written
from makegood.contract.messages import MESSAGES, carried, schema_of
from makegood.contract.pages import _EXAMPLE
from makegood.errors import UserError
from schemas.inputs import FACT, AnyInput
from schemas.topics import BY_NAME, TOPICS, Role, topic_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return written.documents()


def test_the_committed_documents_equal_a_fresh_export(documents):
    stale = [path for path, text in documents.items() if not (DOCS / path).exists() or (DOCS / path).read_text("utf-8") != text]
    assert stale == [], "run `makegood schemas export`"


def test_no_schema_of_a_forgotten_message_is_left_behind(documents):
    committed = {f.relative_to(DOCS).as_posix() for f in DOCS.glob("schemas/*/*.json")}
    assert {path for path in committed if "/published/" not in path} == {path for path in documents if path.startswith("schemas/")}


def test_export_writes_only_what_changed_and_removes_what_is_no_more(tmp_path):
    assert "asyncapi.json" in written.export(tmp_path)
    assert written.export(tmp_path) == []
    (tmp_path / "facts.md").write_text("old")
    (tmp_path / "schemas" / "facts" / "survey.forgotten.json").write_text("{}")
    assert written.export(tmp_path) == ["facts.md", "schemas/facts/survey.forgotten.json"]
    assert not (tmp_path / "schemas" / "facts" / "survey.forgotten.json").exists()


def test_the_command_writes_below_the_folder_it_is_given(tmp_path):
    ran = CliRunner().invoke(schemas.app, ["export", "--out", str(tmp_path), "--publish"])
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "schemas" / "published" / "v1" / "facts" / "survey.answered.json").exists()
    assert "up to date" in CliRunner().invoke(schemas.app, ["export", "--out", str(tmp_path)]).output


def test_what_breaks_the_published_language_is_not_published(tmp_path):
    folder = written.publish(tmp_path)
    file = folder / "facts" / "purchase.made.json"
    old = json.loads(file.read_text())
    old["properties"]["gift"] = {"type": "boolean"}
    file.write_text(json.dumps(old))
    with pytest.raises(UserError, match=r"v1 purchase\.made\.gift is no longer read"):
        written.publish(tmp_path)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_schema_names_its_type_and_requires_it(name):
    schema = schema_of(MESSAGES[name])
    assert schema["properties"]["type"]["const"] == name
    assert schema["required"][0] == "type"
    assert schema["$id"].endswith(f":{name}")


def test_a_score_needs_no_scale_in_the_schema_because_the_usual_one_is_taken():
    score = schema_of(MESSAGES["ticket.rated"])["$defs"]["Score"]
    assert score["required"] == ["metric", "raw"]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_every_pattern_of_the_topic_table_fits_a_message(topic):
    if topic.role is not Role.STATE:
        named = {pattern for pattern in topic.carries if pattern != "fact types"}
        assert all(any(_fits(e.name, pattern) for e in carried(topic)) for pattern in named)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))


@pytest.mark.parametrize("name", [e.name for e in MESSAGES.values() if e.group in {"facts", "commands"}])
def test_each_fact_and_command_has_exactly_one_input_topic_the_one_it_is_sent_to(name):
    inputs = [t.name for t in TOPICS if t.role is Role.INPUT and name in {e.name for e in carried(t)}]
    assert inputs == [topic_of(name)]


def test_everything_that_streams_read_is_part_of_the_contract():
    read = {model.model_fields["type"].default for model in get_args(AnyInput)}
    assert read <= set(MESSAGES)


def test_each_message_is_carried_by_a_topic():
    on_topics = {e.name for topic in TOPICS for e in carried(topic)}
    assert on_topics == set(MESSAGES)


def test_every_reference_in_the_asyncapi_document_leads_somewhere(documents):
    document = json.loads(documents["asyncapi.json"])
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(BY_NAME)
    for reference in _references(document):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


def _references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def test_operations_use_only_messages_of_their_channel(documents):
    document = json.loads(documents["asyncapi.json"])
    for operation in document["operations"].values():
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])


def test_the_example_in_the_docs_is_a_fact():
    FACT.validate_json(_EXAMPLE.removeprefix("```json").removesuffix("```"))


def test_the_policy_page_names_every_setting(documents):
    for setting in ("percentile_high", "raise_at", "negated_strength", "remember_objects", "warn_share"):
        assert f"| `{setting}` |" in documents["policy.md"]
