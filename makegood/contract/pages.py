"""Reference pages in Markdown, made from the topic table, the messages and the default policy with its comments."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from makegood.config.toml_lines import lines_of
from makegood.contract.messages import MESSAGES, Entry, carried, schema_of
from schemas.decisions import DETAILS, NoticeKind, Verdict
from schemas.facts import Fact
from schemas.policy import Policy
from schemas.reasons import CODES
from schemas.sentences import call
from schemas.topics import MEANING, TOPICS, Topic, topic_of
from schemas.wording import counted

_MADE = "<!-- made by `makegood schemas export`: change the source, not this page -->"

_SHARED = {
    "type": "which fact this is; see below",
    "id": "the event's own id in its source: the same id again is the same event, and changes nothing",
    "source": "the system that tells it, such as `zendesk`",
    "object": "the id of the thing in that system: a response, a ticket, an order",
    "version": "counts the revisions of that thing; the highest wins. Without it, the time of the fact serves",
    "occurred_at": "when it happened (not when it arrived), with a time zone",
    "customer": "who it is about: `id`, or `aliases` such as `email:ann@example.com`, the most trusted first; `trust`: 0 where they are a guess",
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    return "\n\n".join([_MADE, f"# {title}", *parts]) + "\n"


def topics_page() -> str:
    """docs/topics.md."""
    rows = [_topic_row(topic) for topic in TOPICS]
    return page(
        "Topics",
        "All topics have the same number of partitions, so that what belongs together lies in partitions of the same number. On the cluster"
        " their names start with a prefix, `makegood.` unless you choose another. Make them with `makegood topics apply`.",
        table(("topic", "role", "carries", "key", "kept", "about"), rows),
    )


def _topic_row(topic: Topic) -> list[str]:
    kept = "the last record of each key" if topic.compacted else "for ever" if topic.keep_days is None else counted(topic.keep_days, "day")
    carries = "all facts, " * ("fact types" in topic.carries) + ", ".join(f"`{name}`" for name in _own_types(topic)) or ", ".join(
        topic.carries
    )
    return [f"`{topic.name}`", f"{topic.role.value}: {MEANING[topic.role]}", carries, topic.key, kept, topic.about]


def _own_types(topic: Topic) -> list[str]:
    return [e.name for e in carried(topic) if not ("fact types" in topic.carries and e.group == "facts")]


def facts_page() -> str:
    """docs/facts.md."""
    facts = [entry for entry in MESSAGES.values() if entry.group == "facts"]
    rows = sorted(_rows(facts[0], set(_SHARED) - {"type"}), key=lambda row: list(_SHARED).index(row[0].strip("`")))
    named = [[*row, _SHARED[row[0].strip("`")]] for row in [["`type`", "text", "yes"], *rows]]
    shared = table(("field", "type", "needed", "meaning"), named)
    return page(
        "Facts",
        "A fact is a JSON object. Write it to its topic with any Kafka client; as the record key take the customer's id, else the first"
        " alias. Fields that are not listed are ignored. A record that is no fact becomes a dead letter and can be replayed later.",
        _EXAMPLE,
        "## What every fact carries",
        shared,
        *(part for entry in facts for part in _fact(entry)),
    )


_EXAMPLE = """```json
{
  "type": "survey.answered",
  "id": "evt-1001",
  "source": "qualtrics",
  "object": "R_3Qx",
  "occurred_at": "2026-11-02T09:30:00+01:00",
  "customer": {"id": "C-17", "aliases": ["email:ann@example.com"]},
  "score": {"metric": "nps", "raw": 3, "worst": 0, "best": 10},
  "comment": "Nobody called me back."
}
```"""


def _fact(entry: Entry) -> Iterator[str]:
    yield f"## `{entry.name}`"
    about = entry.model.__doc__
    if about and about != Fact.__doc__:
        yield inspect.cleandoc(about)
    yield f"Topic: `{topic_of(entry.name)}`."
    if rows := list(_rows(entry, set(entry.model.model_fields) - set(_SHARED))):
        yield table(("field", "type", "needed"), rows)


def _rows(entry: Entry, names: set[str]) -> Iterator[list[str]]:
    schema = schema_of(entry)
    for name, part in schema["properties"].items():
        if name in names:
            yield [f"`{name}`", in_words(part, schema["$defs"]), "yes" if name in schema["required"] else ""]


def in_words(part: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """A JSON Schema as a reader wants it: `text`, `number`, `one of low, high`, `score`."""
    if "$ref" in part:
        name = str(part["$ref"]).rpartition("/")[2]
        named = parts[name]
        return in_words(named, parts) if "enum" in named else f"{name}: {', '.join(f'`{field}`' for field in named['properties'])}"
    if "anyOf" in part:
        return " or ".join(in_words(one, parts) for one in part["anyOf"] if one.get("type") != "null")
    if "const" in part:
        return f'"{part["const"]}"'
    if "enum" in part:
        return f"one of {', '.join(map(str, part['enum']))}"
    return _plain_type(part, parts)


def _plain_type(part: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    if "prefixItems" in part:
        return f"list of {len(part['prefixItems'])}: {in_words(part['prefixItems'][0], parts)} each"
    if part.get("type") == "array":
        return f"list of {in_words(part['items'], parts)}"
    if part.get("type") == "object":
        return f"table of {in_words(part['additionalProperties'], parts)}"
    if part.get("format") == "date-time":
        return "instant"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}[part["type"]] + _limits(part)


def _limits(part: Mapping[str, Any]) -> str:
    """How large and how small a number may be; limits beyond use are not worth a word."""
    words = {"minimum": "at least {}", "exclusiveMinimum": "more than {}", "maximum": "at most {}", "exclusiveMaximum": "less than {}"}
    limits = [words[name].format(f"{part[name]:,g}") for name in words if name in part and abs(part[name]) < 1e12]  # noqa: PLR2004
    return f" ({', '.join(limits)})" if limits else ""


def reasons_page() -> str:
    """docs/reasons.md: every code with its values, and what decisions and notices hold beside their reasons."""
    return page(
        "Reasons",
        "A reason on the wire is `{"
        '"code", "values", "said"'
        "}`: a code of this page, its values unrounded, and the customer's own words where there are"
        " any. No message holds a sentence: `schemas.sentences` makes one where it is read, in the reader's language and time zone. A later"
        " version may add codes and values; a reader shows an unknown code as its words.",
        "In names of values `*_at` is an instant, `*_days` and `*_hours` are durations, `chance` and `*_share` lie between 0 and 1, money is in"
        " the `currency` beside it. A `?` marks what may be absent.",
        "## Codes",
        table(("code", "values"), [[f"`{code}`", _names(values)] for code, values in CODES.items()]),
        "## Values of decisions and notices",
        "What `values` of a decision (by verdict) or of a notice (by kind) holds beside the reason; others hold nothing.",
        table(("verdict or kind", "values"), [[_verdict_or_kind(name), _names(values)] for name, values in DETAILS.items()]),
        "## What slugs are called",
        "In English; the board and the messages have more languages. Ids say nothing: `about_kind` says what an id is the id of.",
        table(("verdict", "is called"), [[f"`{one.value}`", call("verdict", one.value)] for one in Verdict]),
        table(("kind of notice", "is called"), [[f"`{one.value}`", call("notice", one.value)] for one in NoticeKind]),
    )


def _verdict_or_kind(name: str) -> str:
    kind = name.removesuffix("_notice")
    return f"`{kind}`" if kind == name else f"`{kind}`, as a notice"


def _names(values: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in values)


def policy_page() -> str:
    """docs/policy.md: each table of the policy with its settings, their defaults, what is allowed, and the file's own comments."""
    text = files("makegood.config").joinpath("policy.toml").read_text("utf-8")
    schema = Policy.model_json_schema()
    comments = {path: _comment_above(text.split("\n"), line) for path, line in lines_of(text).items()}
    return page(
        "Policy",
        "One TOML file says how Makegood judges. Yours may be short: what it leaves out keeps the default below. Check it with"
        " `makegood policy check FILE`, send it to the workers with `makegood policy apply FILE`.",
        *_sections(Policy, schema, tomllib.loads(text), comments, ()),
    )


def _comment_above(lines: Sequence[str], line: int) -> str:
    """The comment right above a line, as prose."""
    found: list[str] = []
    for above in reversed(lines[: line - 1]):
        if not above.startswith("#"):
            break
        found.insert(0, above.removeprefix("#").strip())
    return " ".join(found)


def _sections(
    model: type[BaseModel],
    schema: dict[str, Any],
    data: Mapping[str, Any],
    comments: Mapping[tuple[str | int, ...], str],
    path: tuple[str, ...],
) -> Iterator[str]:
    dotted = ".".join(path)
    if unspoken := [".".join((*path, name)) for name in model.model_fields if name not in data]:
        raise ValueError(f"makegood/config/policy.toml lacks {', '.join(unspoken)}: give each its default, and a comment for people")
    yield f"## `[{dotted}]`" if path else "## The whole file"
    about = comments.get(path) or inspect.cleandoc(model.__doc__ or "")
    yield about
    plain = [name for name in model.model_fields if not _is_section(model, name) and not _is_rules(data[name])]
    part = schema if not path else schema["$defs"][model.__name__]
    rows = [[f"`{n}`", _default(data[n]), in_words(part["properties"][n], schema["$defs"]), comments.get((*path, n), "")] for n in plain]
    yield table(("setting", "default", "allowed", "meaning"), rows)
    for name in model.model_fields:
        if _is_section(model, name):
            yield from _sections(model.model_fields[name].annotation, schema, data[name], comments, (*path, name))  # type: ignore[arg-type]
        elif _is_rules(data[name]):
            yield from _rules(name, schema, data[name])


def _is_section(model: type[BaseModel], name: str) -> bool:
    kind = model.model_fields[name].annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_rules(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _rules(name: str, schema: dict[str, Any], rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A list of tables, such as owners: one line a field, and how many the default file has."""
    part = schema["$defs"][str(schema["properties"][name]["items"]["$ref"]).rpartition("/")[2]]
    yield f"## `[[{name}]]`"
    yield f"{part['description']} The default file has {len(rules)}; yours replaces them all."
    rows = [
        [f"`{field}`", in_words(kind, schema["$defs"]), "yes" if field in part["required"] else ""]
        for field, kind in part["properties"].items()
    ]
    yield table(("setting", "allowed", "needed"), rows)


def _default(value: Any) -> str:
    if isinstance(value, dict):
        return "`{ " + ", ".join(f"{key} = {one}" for key, one in value.items()) + " }`"
    return f"`{value}`" if not isinstance(value, bool) else f"`{str(value).lower()}`"
