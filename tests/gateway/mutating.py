"""Payloads as no vendor sends them: real ones with a part taken out, doubled, or put in another's place."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, 10**18, 2**63, 10**60, "", " ", "x", "0", "xxxxx", "{{id}}", "[email protected]", "null",
    "a" * 300, "é\u202e\u0000\ufeff", "😀" * 100, "2099-01-01T00:00:00Z", "2025-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "-1", "1e9",
    [], {}, [[]], [None], {"": None}, {"id": {"id": 1}}, ["x"] * 50, "OPEN", "SOLVED", "URGENT", "zen:event-type:ticket.created", "$.a",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the whole first."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def mutated(value: Any, chance: random.Random) -> Any:
    """The value with one to four changes."""
    value = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        path = chance.choice(list(places(value)))
        if not path:
            continue
        parent, key = at(value, path[:-1]), path[-1]
        chance.choice((_replace, _replace, _remove, _swap, _rename))(value, parent, key, chance)
    return value


def _replace(_: Any, parent: Any, key: Any, chance: random.Random) -> None:
    parent[key] = copy.deepcopy(chance.choice(ODD))


def _remove(_: Any, parent: Any, key: Any, chance: random.Random) -> None:
    del parent[key]


def _swap(whole: Any, parent: Any, key: Any, chance: random.Random) -> None:
    parent[key] = copy.deepcopy(at(whole, chance.choice(list(places(whole)))))


def _rename(_: Any, parent: Any, key: Any, chance: random.Random) -> None:
    if isinstance(parent, dict):
        parent[f"{key}_"] = parent.pop(key)


def bytes_of(value: Any, chance: random.Random) -> bytes:
    """As JSON; one in fifty is broken as bytes: cut, doubled, or with a byte that is none of UTF-8."""
    raw = json.dumps(value).encode()
    if chance.random() > 0.02:
        return raw
    cut = chance.randrange(len(raw) + 1)
    return chance.choice((raw[:cut], raw + raw, raw[:cut] + b"\xff" + raw[cut:], raw[:cut] + b"\0" + raw[cut:]))
