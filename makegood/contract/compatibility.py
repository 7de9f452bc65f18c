"""Whether a changed JSON Schema still fits what was published: what breaks, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]


class Rule(StrEnum):
    """INPUT: what could be written must still be read. OUTPUT: what could be read from a message must still be there.

    Readers of outputs ignore fields that they do not know and tolerate new values of an enumeration: the docs ask them to.
    """

    INPUT = "input"
    OUTPUT = "output"


def messages_broken(old: Mapping[str, Schema], new: Mapping[str, Schema], rules: Mapping[str, Rule]) -> list[str]:
    """What a changed language breaks, one sentence each. Message type -> schema. A message that is gone breaks; a new one does not."""
    gone = [f"{name} is gone" for name in old if name not in new]
    return gone + [f"{name}{what}" for name in old if name in new for what in breaks(old[name], new[name], rules[name])]


def breaks(old: Schema, new: Schema, rule: Rule) -> list[str]:
    """What the change from `old` to `new` breaks, such as ".score.metric no longer takes "ces""; none when it is safe."""
    wide, narrow = (new, old) if rule is Rule.INPUT else (old, new)
    return list(_Fit(wide, narrow, rule).differences(wide, narrow, ""))


@dataclass(slots=True)
class _Fit:
    """Does every value of `narrow` fit `wide`? For an input the old schema must fit the new one, for an output the new one the old."""

    wide: Schema
    narrow: Schema
    rule: Rule
    under_way: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of references being compared: a schema may contain itself."""

    def differences(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        pair = (str(wide.get("$ref", "")), str(narrow.get("$ref", "")))
        if all(pair) and pair in self.under_way:
            return
        self.under_way.add(pair)
        takers = _choices(wide, self.wide)
        for given in _choices(narrow, self.narrow):
            likely = [taker for taker in takers if _kind(taker) == _kind(given)] or [t for t in takers if _takes(t, given)]
            if likely:
                yield from min((list(self.one(taker, given, path)) for taker in likely), key=len)
            else:
                yield f"{path} {self.say('no longer takes', 'may now be')} {_kind(given)}"
        self.under_way.discard(pair)

    def one(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        yield from self.values(wide, narrow, path)
        yield from self.bounds(wide, narrow, path)
        yield from self.fields(wide, narrow, path)
        yield from self.items(wide, narrow, path)

    def say(self, to_writers: str, to_readers: str) -> str:
        return to_writers if self.rule is Rule.INPUT else to_readers

    def values(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        taken, given = _values(wide), _values(narrow)
        if taken is None or (self.rule is Rule.OUTPUT and given is not None and "enum" in wide):
            return
        if given is None:
            yield f"{path} {self.say('now takes only', 'was one of')} {', '.join(map(str, taken))}"
            return
        yield from (f'{path} {self.say("no longer takes", "may now be")} "{value}"' for value in given if value not in taken)

    def bounds(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        for name in ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"):
            if name in wide and wide[name] > narrow.get(name, float("-inf")):
                yield self.changed(name, wide, narrow, path)
        for name in ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"):
            if name in wide and wide[name] < narrow.get(name, float("inf")):
                yield self.changed(name, wide, narrow, path)
        for name in ("format", "pattern"):
            if name in wide and wide[name] != narrow.get(name):
                yield self.changed(name, wide, narrow, path)

    def changed(self, name: str, wide: Schema, narrow: Schema, path: str) -> str:
        old, new = (narrow, wide) if self.rule is Rule.INPUT else (wide, narrow)
        return f"{path} has {name} {new.get(name, 'no longer')}, before {old.get(name, 'none')}"

    def fields(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        taken, given = wide.get("properties", {}), narrow.get("properties", {})
        old, new = (given, taken) if self.rule is Rule.INPUT else (taken, given)
        yield from (f"{path}.{name} is {self.say('no longer read', 'gone')}" for name in old if name not in new)
        for name in wide.get("required", ()):
            if name not in narrow.get("required", ()) and name in new:
                yield f"{path}.{name} {self.say('is now required', 'may now be absent')}"
        for name in taken:
            if name in given:
                yield from self.differences(taken[name], given[name], f"{path}.{name}")
        yield from self.nested("additionalProperties", wide, narrow, f"{path}.*")

    def items(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        yield from self.nested("items", wide, narrow, f"{path}[]")
        pairs = zip(wide.get("prefixItems", ()), narrow.get("prefixItems", ()), strict=False)
        for number, (taken, given) in enumerate(pairs, 1):
            yield from self.differences(taken, given, f"{path}[{number}]")

    def nested(self, keyword: str, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        if isinstance(wide.get(keyword), Mapping) and isinstance(narrow.get(keyword), Mapping):
            yield from self.differences(wide[keyword], narrow[keyword], path)


def _choices(schema: Schema, document: Schema) -> list[Schema]:
    """The alternatives of a schema, references followed."""
    if "$ref" in schema:
        return _choices(document["$defs"][str(schema["$ref"]).rpartition("/")[2]], document)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return [choice for one in schema[keyword] for choice in _choices(one, document)]
    return [schema]


def _values(schema: Schema) -> list[Any] | None:
    """The only values that the schema allows, or None when it lists none."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _kind(schema: Schema) -> str:
    """The JSON type, and for a message its name: the alternatives of a union are distinguished by it."""
    name = schema.get("properties", {}).get("type", {}).get("const")
    return str(name or schema.get("type", "anything"))


def _takes(wide: Schema, narrow: Schema) -> bool:
    """Types that differ and still fit: everything fits a schema without a type, and a whole number fits a number."""
    return "type" not in wide or (wide["type"], narrow.get("type")) == ("number", "integer")
