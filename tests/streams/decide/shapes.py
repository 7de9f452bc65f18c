"""The shapes of state records as text: `python -m tests.streams.decide.shapes` writes state_shapes.txt anew, where versions allow it."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from streams.decide.deduplication import SEEN
from streams.decide.erasure import ERASED
from streams.decide.record import Records, Whole
from streams.decide.state import NUMBER, OFTEN, Why
from streams.decide.table import ALIAS_RECORDS, ASPECTS, CUSTOMERS
from streams.engine.position import Position
from streams.own_records import WHOLE

FILE = Path(__file__).with_name("state_shapes.txt")
HEAD = "# Made by `python -m tests.streams.decide.shapes`. A slice, its version, its type; below it the fields of each struct in it."
RECORDS: dict[str, Records] = {"customer": CUSTOMERS, "alias": ALIAS_RECORDS}
WHAT_TO_DO = (
    "state records that are written now would be misread where the version is the same: raise `version` of the aspect that owns the slice"
    " (of the record's row in streams/own_records.py for one of the partition itself; an aspect beside the table for a slice that has none),"
    " give it a step in `migrate` (a field more at the end, with a default, or a word more of a list needs none), then"
    " `python -m tests.streams.decide.shapes`"
)
Shapes = dict[str, tuple[int, str]]
"""Each slice by the name of its record and its own: its version and its shape."""


def shapes() -> Shapes:
    """As the code has them."""
    found = {
        f"{record}.{name}": (version, shape_of(_type_of(records, name)))
        for record, records in RECORDS.items()
        for name, version in records.layout
    }
    found |= {_name_of(whole): (whole.steps.version, shape_of(whole.kind)) for whole in (*WHOLE, ERASED)}
    return found | {"~position": (Position().version, shape_of(Position))}


def _name_of(whole: Whole[Any]) -> str:
    return whole.key.decode().rstrip(":")


def _type_of(records: Records, name: str) -> Any:
    return next(field.type for field in msgspec.structs.fields(records._kind) if field.name == name)


def shape_of(kind: Any) -> str:
    """The type, and below it the fields of each struct that it holds, once."""
    lines, waiting, done = [said(kind)], list(structs_in(kind)), set[Any]()
    while waiting:
        struct = waiting.pop(0)
        if struct not in done:
            done.add(struct)
            fields = msgspec.structs.fields(struct)
            lines += [f"    {struct.__name__}.{field.name}: {said(field.type)}" for field in fields]
            if struct is Why:
                lines += [f"    Why {number} {code}: {', '.join(OFTEN[code])}" for code, number in NUMBER.items()]
            waiting += [inner for field in fields for inner in structs_in(field.type)]
    return "\n".join(lines)


def said(kind: Any) -> str:
    """A type in words of Python: `dict[str, Signal]`, `Profile | None`; of a word of a list with all of its words."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return f"{said(parts[0])} of {', '.join(str(word.value) for word in words_in(kind))}"
    if origin in {Union, types.UnionType}:
        return " | ".join(said(part) for part in parts)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(said(part) for part in parts)}]"
    return "None" if kind is type(None) else str(kind.__name__)


def structs_in(kind: Any) -> Iterator[type[Struct]]:
    """Our own structs that a type names."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for part in get_args(kind) if get_origin(kind) is not Annotated else ():
        yield from structs_in(part)


def words_in(kind: Any) -> list[Enum]:
    """What stands in the list that an annotated type is a word of, in alphabetical order."""
    (listed,) = kind.__metadata__
    return sorted(listed, key=lambda word: str(word.value))


# -- the file -----------------------------------------------------------------------------------------------------------------------------


def text_of(known: Shapes) -> str:
    return "\n".join([HEAD, *(f"{name} {version}: {shape}" for name, (version, shape) in known.items()), ""])


def noted(text: str) -> Shapes:
    """The shapes in such a text."""
    found, lines = dict[str, tuple[int, str]](), text.splitlines()[1:]
    for number, line in enumerate(lines):
        if line and not line.startswith(" "):
            place, _, kind = line.partition(": ")
            name, _, version = place.rpartition(" ")
            found[name] = int(version), "\n".join([kind, *takewhile(lambda inner: inner.startswith(" "), lines[number + 1 :])])
    return found


def changed_in_place(before: Shapes, now: Shapes) -> list[str]:
    """Slices that have another shape in the same version, with what differs."""
    both = [name for name in now if name in before]
    return [_differing(name, before[name], now[name]) for name in both if before[name][0] == now[name][0] and before[name] != now[name]]


def _differing(name: str, before: tuple[int, str], now: tuple[int, str]) -> str:
    was, is_ = before[1].splitlines(), now[1].splitlines()
    lines = [*(f"- {line.strip()}" for line in was if line not in is_), *(f"+ {line.strip()}" for line in is_ if line not in was)]
    where = f"in the same version {now[0]}" if before[0] == now[0] else f"in version {now[0]}, without a step from version {before[0]}"
    return f"{name} is another one {where} ({'; '.join(lines) or 'the order of its fields'})"


def without_a_step(before: Shapes, now: Shapes, steps: Mapping[str, Collection[int]]) -> list[str]:
    """Slices of a later version that hold more than fields more at the end, and what was written before as it was, with what differs.

    `steps` are the versions from which there is one, by slice.
    """
    raised = [name for name in now if name in before and before[name][0] < now[name][0]]
    return [
        _differing(name, before[name], now[name])
        for name in raised
        if not _only_more(before[name][1], now[name][1]) and not {*range(before[name][0], now[name][0])} & {*steps.get(name, ())}
    ]


def _only_more(before: str, now: str) -> bool:
    """Whether each struct begins with the fields that it had, in that order; words that a text may be may be others."""
    was, is_ = _fields_by_struct(before), _fields_by_struct(now)
    return all(is_.get(struct, [])[: len(fields)] == fields for struct, fields in was.items())


def _fields_by_struct(shape: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in shape.splitlines():
        struct = re.split(r"[. ]", line.strip())[0] if line.startswith(" ") else ""
        found.setdefault(struct, []).append(re.sub(r" of \w[\w, ]*", "", line))
    return found


def steps() -> dict[str, Collection[int]]:
    """From which versions of a slice there is a step, as the code has them."""
    found = {f"customer.{aspect.state}": aspect.migrate for aspect in (*ASPECTS.aspects, SEEN)}
    return found | {_name_of(whole): whole.steps.migrate for whole in (*WHOLE, ERASED)}


def wrong_beside(before: Shapes, now: Shapes) -> list[str]:
    """What must be changed before these shapes may be written down in place of those."""
    return [*changed_in_place(before, now), *without_a_step(before, now, steps())]


def main() -> None:
    """Write the file, or say which version must be raised first, or where a step lacks."""
    now = shapes()
    if FILE.exists() and (wrong := wrong_beside(noted(FILE.read_text("utf-8")), now)):
        sys.exit("\n".join([*wrong, WHAT_TO_DO]))
    FILE.write_text(text_of(now), "utf-8")


if __name__ == "__main__":
    main()
