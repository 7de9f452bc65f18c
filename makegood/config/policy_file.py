"""Reading a policy file: what is left out comes from the built-in policy, and every slip is named with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from makegood.config import setting_names
from makegood.config.toml_lines import lines_of
from makegood.errors import UserError
from schemas.policy import Policy

BUILT_IN = "the built-in policy"
_PLACE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a policy file. `key` is the dotted path, with items of lists counted from 1; empty for the whole file."""

    line: int
    key: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {f'{self.key} ' if self.key else ''}{self.what}"


class PolicyError(UserError):
    """A policy file that cannot be used; `problems` names all that is wrong, in the order of the file."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        sentences = [str(problem) for problem in self.problems]
        super().__init__(
            f"{name}, {sentences[0]}" if len(sentences) == 1 else "\n  ".join([f"{name} has {len(sentences)} problems:", *sentences])
        )


def load(path: Path | None) -> Policy:
    """The policy of a TOML file, or the built-in one for None. Raises PolicyError."""
    if path is None:
        return built_in()
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise PolicyError(str(path), [Problem(line, "", "is not UTF-8: save the file with that encoding")]) from error
    except OSError as error:
        raise UserError(f"the policy file {path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(text) > MOST_CHARACTERS:
        raise UserError(f"the policy file {path} has {len(text):,} characters, more than {MOST_CHARACTERS:,}: a worker could not keep it")
    return parse(text, str(path))


MOST_CHARACTERS = 500_000
"""Of a policy file: it becomes a record of the state and, once for each partition, of the journal."""


@cache
def built_in() -> Policy:
    """The policy that comes with Makegood: `makegood/config/policy.toml`."""
    return _validated(_default_data(), {}, BUILT_IN)


def parse(text: str, name: str) -> Policy:
    """The policy written in `text`; `name` stands for the file in errors. Raises PolicyError."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, [_syntax(str(error), text)]) from error
    filled = _filled(given, {key: value for key, value in _default_data().items() if key != "version"})
    return _validated(filled, lines_of(text), name)


@cache
def _default_data() -> dict[str, Any]:
    return tomllib.loads(files("makegood.config").joinpath("policy.toml").read_text("utf-8"))


def _filled(given: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, with what it lacks from `default`, table by table; lists are taken whole."""
    filled = {**default, **given}
    for key, value in given.items():
        if isinstance(value, Mapping) and isinstance(default.get(key), Mapping):
            filled[key] = _filled(value, default[key])
    return filled


def _syntax(message: str, text: str) -> Problem:
    found = _PLACE.match(message)
    if found is None:
        return Problem(1, "", f"is not TOML: {message}")
    line = int(found["line"] or text.count("\n") + 1)
    what = found["what"][:1].lower() + found["what"][1:]
    where = f"column {found['column']}" if found["column"] else "the end of the file"
    return Problem(line, "", f"is not TOML at {where}: {what}")


def _validated(data: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int], name: str) -> Policy:
    try:
        # through JSON, because there strictness means what a TOML author expects: lists are fine for tuples, "95" for 95 is not
        return Policy.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        raise PolicyError(name, [_problem(detail, lines) for detail in error.errors()]) from error


def _problem(detail: ErrorDetails, lines: Mapping[tuple[str | int, ...], int]) -> Problem:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    known = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in lines), ())
    return Problem(lines.get(known, 1), _dotted(path), _what(detail, path))


def _dotted(path: tuple[str | int, ...]) -> str:
    """("owners", 0, "tiers") -> owners[1].tiers."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


_WHAT = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "string_type": 'must be text in quotes, such as "{input}"',
    "string_too_short": "must not be empty",
    "string_too_long": "must not be longer than {max_length} letters",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:g}, not {input}",
    "greater_than_equal": "must be {ge:g} or more, not {input}",
    "less_than": "must be less than {lt:g}, not {input}",
    "less_than_equal": "must be {le:g} or less, not {input}",
    "tuple_type": "must be a list in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "too_long": "must not have more than {max_length} items",
    "missing_positional_only_argument": "is missing",
}


def _what(detail: ErrorDetails, path: tuple[str | int, ...]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return setting_names.unknown(str(path[-1]), setting_names.settings_at(Policy, path[:-1]))
    if kind in {"enum", "literal_error"}:
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"must be one of {_listed(allowed)}, not {json.dumps(detail['input'])}" + setting_names.nearest(
            str(detail["input"]), allowed
        )
    if kind == "value_error":
        return f"is not right: {context['error']}"
    if kind in _WHAT:
        return _WHAT[kind].format(**{**context, "input": detail["input"]})
    return f"is not right: {detail['msg']}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
