"""State records as bytes: a format, the next timer, which slices stand where, and the slices. See docs/adr on slices.

A record of another layout is read slice by slice: what this version does not know is kept as it was, older slices are migrated, and newer
ones of aspects that it knows are refused when the worker starts: release N reads, N + 1 writes, and one step back always works.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from streams.decide.aspect import NEVER, Aspect, AspectTable, Migration

FORMAT = 5
"""Of the bytes around the slices, and of the records of the partition itself. 1 to 4 were written before the first release."""
_HEADER = struct.Struct("<BdI")
"""Format, next timer (seconds since 1970), layout tag."""
_WHOLE = struct.Struct("<B")
OWN = 1
"""The version of what belongs to no aspect: the fold's own fields, and records of aliases."""


class NewerState(RuntimeError):
    """The state was written by a newer version of Makegood than this worker: upgrade the worker."""


Record = TypeVar("Record", bound=Struct)
Layout = tuple[tuple[str, int], ...]
"""The slices of a record by position: name and version."""


def text_of(layout: Layout) -> str:
    """A layout for the store: `id 1,heard_at 1,...`."""
    return ",".join(f"{name} {version}" for name, version in layout)


def layout_of(text: str) -> Layout:
    """The layout of such a text."""
    return tuple((name, int(version)) for name, _, version in (part.partition(" ") for part in text.split(",")))


def tag_of(layout: Layout) -> int:
    """32 bits that stand for a layout in each record."""
    return zlib.crc32(text_of(layout).encode())


class Records:
    """Encodes and decodes the records of one kind. `kind` is a struct encoded as an array; each of its fields is a slice.

    `beside` are aspects that own a slice, but stand in no table.
    """

    def __init__(self, kind: type[Any], table: AspectTable | None = None, beside: Iterable[Aspect] = ()) -> None:
        aspects = (*beside, *(table.aspects if table is not None else ()))
        rows = {aspect.state: aspect for aspect in aspects if aspect.state is not None}
        if strangers := set(rows) - set(kind.__struct_fields__):
            raise ValueError(f"no such slice: {', '.join(sorted(strangers))}")
        self.layout: Layout = tuple((name, rows[name].version if name in rows else OWN) for name in kind.__struct_fields__)
        self.tag = tag_of(self.layout)
        self._tag = self.tag.to_bytes(4, "little")
        self._migrations = {name: rows[name].migrate for name in rows}
        self._next_timer: Callable[[Any], float] = table.next_timer_in(kind) if table is not None else lambda _: NEVER
        self._kind = kind
        self._types = {field.name: field.type for field in msgspec.structs.fields(kind)}
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._others: dict[int, Layout] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Layouts that other versions wrote. Raises NewerState where a slice that is known here is of a later version there."""
        versions = dict(self.layout)
        for layout in map(layout_of, texts):
            for name, version in layout:
                _refuse_newer(name, version, versions.get(name, version))
            self._others[tag_of(layout)] = layout

    def encode(self, record: Any) -> bytes:
        """The record with its next timer before it."""
        return _HEADER.pack(FORMAT, self._next_timer(record), self.tag) + self._encode(record)

    def decode(self, raw: bytes) -> Any:
        """Raises NewerState where the record was written by a later version."""
        if raw[0] == FORMAT and raw[9:13] == self._tag:
            return self._decode(memoryview(raw)[13:])
        return self._read_across(raw)

    def _read_across(self, raw: bytes) -> Any:
        _refuse_format(raw[0])
        tag = int.from_bytes(raw[9:13], "little")
        layout = self._others.get(tag)
        if layout is None:
            raise NewerState(
                f"a state record has a layout ({tag:08x}) that this store says nothing about: it was written by another version"
            )
        found = dict(zip(layout, msgspec.msgpack.decode(memoryview(raw)[13:], type=list[msgspec.Raw]), strict=True))
        kept = msgspec.msgpack.decode(next((body for (name, _), body in found.items() if name == "kept"), b"\x80"), type=dict[str, bytes])
        slices = {place: bytes(body) for place, body in found.items()} | {layout_of(place)[0]: body for place, body in kept.items()}
        return self._assembled(slices)

    def _assembled(self, slices: dict[tuple[str, int], bytes]) -> Any:
        known = {
            name: self._slice(name, version, body) for (name, version), body in slices.items() if name in self._types and name != "kept"
        }
        strange = {f"{name} {version}": body for (name, version), body in slices.items() if name not in self._types}
        return self._kind(**known, **({"kept": strange} if "kept" in self._types else {}))

    def _slice(self, name: str, version: int, body: bytes) -> Any:
        current = dict(self.layout)[name]
        _refuse_newer(name, version, current)
        if version == current:
            return msgspec.msgpack.decode(body, type=self._types[name])
        value = msgspec.msgpack.decode(body)
        steps = self._migrations.get(name, {})
        for older in range(version, current):
            value = value if value is None else _step(steps, older)(value)
        return msgspec.convert(value, self._types[name])


def _refuse_newer(name: str, version: int, current: int) -> None:
    if version > current:
        raise NewerState(f"the state holds {name!r} in version {version}, this worker reads up to {current}: upgrade the worker")


def _step(steps: Any, version: int) -> Migration:
    step: Migration = steps.get(version, lambda fields: fields)
    return step


def pack(record: Struct) -> bytes:
    """A format byte and a record of the partition as a whole."""
    return _WHOLE.pack(FORMAT) + msgspec.msgpack.encode(record)


def unpack(raw: bytes, kind: type[Record]) -> Record:
    """Raises NewerState where the record was written by a later version."""
    _refuse_format(raw[0])
    return msgspec.msgpack.decode(memoryview(raw)[1:], type=kind)


def timer_in(raw: bytes) -> float:
    """The next timer of an encoded record, without decoding it."""
    at: float = _HEADER.unpack_from(raw)[1]
    return at


def same_timer(one: bytes, other: bytes) -> bool:
    """Whether two encoded records have the same next timer."""
    return one[1:9] == other[1:9]


def _refuse_format(number: int) -> None:
    if number > FORMAT:
        raise NewerState(f"a state record has format {number}, this worker reads {FORMAT}: upgrade the worker")
    if number < FORMAT:
        raise NewerState(
            f"a state record has format {number}, from before the first release, which nothing reads any more: start with a new store"
        )
