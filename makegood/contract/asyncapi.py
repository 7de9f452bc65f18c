"""The AsyncAPI 3 document, made from the topic table and the messages: what outside systems send to us and hear from us."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from makegood.contract.messages import MESSAGES, Entry, carried, name_type
from makegood.kafka.topics import PREFIX, full_name
from schemas.inputs import SCHEMA_VERSION
from schemas.topics import MEANING, TOPICS, Role, Topic

_KAFKA = "0.5.0"
_SUMMARY = f"""\
Makegood hears what customers say and do, and makes good on it. Producers write facts and commands to the input topics; tasks, alerts,
decisions and notices come out. All topics have the same number of partitions, and their names start with a prefix of your choice
(here `{PREFIX}`). Readers ignore fields and values of enumerations that they do not know, and read only committed records.
Messages hold data and no sentences: what the codes of reasons mean, and their values, is in reasons.md."""
_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, binary mode. Written with every output; understood on inputs, where the body lacks the field.",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "the field id"},
        "ce_source": {"type": "string", "description": "the field source"},
        "ce_type": {"type": "string", "description": "the field type"},
        "ce_time": {"type": "string", "format": "date-time", "description": "the field occurred_at"},
        "content-type": {"type": "string"},
    },
}


def asyncapi() -> dict[str, Any]:
    """The whole document."""
    payloads, parts = _schemas()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Makegood",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": _SUMMARY,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic).items()},
        "components": {
            "messages": {name: _message(entry, payloads[name]) for name, entry in MESSAGES.items()},
            "schemas": parts,
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": full_name(topic.name),
        "title": topic.name,
        "description": f"{topic.about[:1].upper()}{topic.about[1:]}. {topic.role.value.capitalize()}: {MEANING[topic.role]}. Key: {topic.key}.",
        "messages": {entry.name: {"$ref": f"#/components/messages/{entry.name}"} for entry in carried(topic)},
        "bindings": {"kafka": {"topic": full_name(topic.name), "topicConfiguration": _configuration(topic), "bindingVersion": _KAFKA}},
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    """Kafka's settings as the binding writes them: numbers as numbers, the cleanup policy as a list."""
    config: dict[str, Any] = {"cleanup.policy": topic.config["cleanup.policy"].split(",")}
    for name in {"retention.ms", "max.message.bytes"} & set(topic.config):
        config[name] = int(topic.config[name])
    return dict(sorted(config.items()))


def _operations(topic: Topic) -> dict[str, dict[str, Any]]:
    """What Makegood does with a topic, seen from Makegood. Topics with nothing of the language on them have none."""
    actions = {
        Role.INPUT: ["receive"],
        Role.LOOP: ["send", "receive"],
        Role.OUTPUT: ["send"],
        Role.EFFECT: ["send"],
        Role.STATE: [],
    }[topic.role]
    channel = {"$ref": f"#/channels/{topic.name}"}
    messages = [{"$ref": f"#/channels/{topic.name}/messages/{entry.name}"} for entry in carried(topic)]
    return {f"{action}-{topic.name}": {"action": action, "channel": channel, "messages": messages} for action in actions}


def _message(entry: Entry, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.model.__name__,
        "contentType": "application/json",
        "headers": _HEADERS,
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _KAFKA}},
    }


def _schemas() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """A reference to the schema of every message, by its type; and these schemas with what they contain, each once, by class name.

    What is read and written in two forms (a fact that goes out again in another message) stands there twice, and its name says which.
    """
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(entry.model, entry.direction) for entry in MESSAGES.values()]
    references, document = models_json_schema(models, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = dict(sorted(document["$defs"].items()))
    for part in found.values():
        name_type(part)
    return {name: references[entry.model, entry.direction] for name, entry in MESSAGES.items()}, found
