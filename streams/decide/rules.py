"""The policy as decisions read it: structs of the same fields and questions. To read a field of a pydantic model costs five times as much."""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any, cast

import msgspec

from schemas.policy import Policy
from schemas.policy_section import Section

MOST_READ = 3
_READ: dict[str, Policy] = {}
"""The policies that were asked for last, by their text: every partition of a process has the same, and what is worked out of one is kept by it.
More than one: partitions change to another policy one after the other."""


def rules_of(policy: Policy) -> Policy:
    """The same policy, to be read and not to be written or compared: the same for all partitions."""
    text = policy.model_dump_json()
    known = _READ.pop(text, None)
    rules = _READ[text] = cast("Policy", _plain(policy)) if known is None else known
    if len(_READ) > MOST_READ:
        del _READ[next(iter(_READ))]
    return rules


def _plain(value: Any) -> Any:
    """A section as a struct, however deep it stands in tuples and dictionaries."""
    if isinstance(value, Section):
        return _struct_of(type(value))(**{name: _plain(getattr(value, name)) for name in type(value).model_fields})
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return {name: _plain(known) for name, known in value.items()} if isinstance(value, dict) else value


@cache
def _struct_of(model: type[Section]) -> Any:
    questions = {name: method for name, method in vars(model).items() if isinstance(method, FunctionType) and not name.startswith("_")}
    fields = [(name, Any) for name in model.model_fields]
    return msgspec.defstruct(model.__name__, fields, namespace=questions, kw_only=True, frozen=True)
