"""The contract with everybody outside: every message as JSON Schema, and the documents made from the messages and the topic table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from makegood.contract.compatibility import Rule
from schemas import commands, decisions, deliveries, enriched, facts, operations, traffic
from schemas.inputs import SCHEMA_VERSION
from schemas.message import Message
from schemas.topics import Role, Topic

Direction = Literal["validation", "serialization"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the language. `name` is its `type` on the wire, `group` the folder of its schema.

    `rule` says who must not be broken: those who write it (INPUT) or those who read it (OUTPUT).
    """

    name: str
    group: str
    model: type[Message]
    rule: Rule

    @property
    def direction(self) -> Direction:
        """Pydantic's word for the schema of what is read or of what is written."""
        return "validation" if self.rule is Rule.INPUT else "serialization"

    @property
    def path(self) -> str:
        return f"{self.group}/{self.name}.json"


_GROUPS = {
    facts: "facts",
    commands: "commands",
    decisions: "decisions",
    enriched: "decisions",
    deliveries: "deliveries",
    operations: "operations",
    traffic: "traffic",
}
_FOR_READERS = {traffic.FactUnresolved}
"""Traffic that others read. The rest of it is read again by ourselves, so what was written must stay readable."""


def _entries() -> Iterator[Entry]:
    """Every class of the language that has a type on the wire, in the order of the source."""
    for module, group in _GROUPS.items():
        for model in vars(module).values():
            if not (isinstance(model, type) and issubclass(model, Message) and model.__module__ == module.__name__):
                continue
            if "type" in model.model_fields:
                for_readers = group in {"decisions", "deliveries", "operations"} or model in _FOR_READERS
                yield Entry(model.model_fields["type"].default, group, model, Rule.OUTPUT if for_readers else Rule.INPUT)


MESSAGES: dict[str, Entry] = {entry.name: entry for entry in _entries()}


def carried(topic: Topic) -> list[Entry]:
    """The messages of a topic: those of its patterns that fit its role."""
    groups = {
        Role.INPUT: {"facts", "commands"},
        Role.LOOP: {"facts", "traffic"},
        Role.OUTPUT: {"decisions", "traffic"},
        Role.EFFECT: {"deliveries", "operations"},
        Role.STATE: set[str](),
    }[topic.role]
    fitting = [e for e in MESSAGES.values() if e.group in groups or e.model is traffic.PolicyAdopted]
    patterns = [pattern for pattern in topic.carries if pattern != "fact types"]
    all_facts = "fact types" in topic.carries
    return [e for e in fitting if (all_facts and e.group == "facts") or any(fnmatchcase(e.name, pattern) for pattern in patterns)]


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic makes from field names: they say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(entry: Entry) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a message as it crosses the wire."""
    schema = entry.model.model_json_schema(mode=entry.direction, schema_generator=_Plain)
    for part in (schema, *schema.get("$defs", {}).values()):
        name_type(part)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:makegood:v{SCHEMA_VERSION}:{entry.name}"}
    return {**head, **schema}


def name_type(part: dict[str, Any]) -> None:
    """`type` has a default in Python, but on the wire it must be there: it says which message this is."""
    if "const" in part.get("properties", {}).get("type", {}):
        part["properties"]["type"].pop("default", None)
        part["required"] = ["type", *(name for name in part.get("required", ()) if name != "type")]


def schemas() -> dict[str, dict[str, Any]]:
    """Message type -> JSON Schema."""
    return {name: schema_of(entry) for name, entry in MESSAGES.items()}
