"""State records as bytes: a format, the next timer, which slices stand where, and the slices. See docs/adr on slices.

A record of another layout is read slice by slice: what this version does not know is kept as it was, older slices are migrated, and newer
ones of aspects that it knows are refused when the worker starts, unless the aspect says how to read them (`ahead`): where release N reads what
N + 1 writes, one step back works.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from streams.decide.aspect import NEVER, Aspect, AspectTable, Migration

FORMAT = 5
"""Of the bytes around what is held, and of nothing in it. 1 to 4 were written before the first release."""
_HEADER = struct.Struct("<BdI")
"""Format, next timer (seconds since 1970), layout tag."""
_NO_VERSION = 0x80
"""An array of MessagePack begins with this or more, and a version is less."""


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


@dataclass(frozen=True, slots=True)
class Steps:
    """The version of what is held, and the steps from other versions to it: `migrate` from older ones, `ahead` from later ones."""

    version: int = 1
    migrate: Mapping[int, Migration] = field(default_factory=dict)
    ahead: Mapping[int, Migration] = field(default_factory=dict)

    def refuse_newer(self, name: str, version: int) -> None:
        """Raises NewerState for a version that there is no way from."""
        if any(later not in self.ahead for later in range(self.version + 1, version + 1)):
            latest = self.version
            while latest + 1 in self.ahead:
                latest += 1
            raise NewerState(f"the state holds {name!r} in version {version}, this worker reads up to {latest}: upgrade the worker")

    def read(self, name: str, version: int, body: Any, kind: Any) -> Any:
        """What was written in a version, as it is held in ours. Raises NewerState."""
        if version == self.version:
            return msgspec.msgpack.decode(body, type=kind)
        self.refuse_newer(name, version)
        value = msgspec.msgpack.decode(body)
        steps = [self.migrate.get(older) for older in range(version, self.version)]
        steps += [self.ahead[later] for later in range(version, self.version, -1)]
        for step in steps:
            value = value if value is None or step is None else step(value)
        return msgspec.convert(value, kind)


OWN = Steps()
"""Of what belongs to no aspect: the fold's own fields, and records of aliases. One that changes gets an aspect `beside` the table."""


class Records:
    """Encodes and decodes the records of one kind. `kind` is a struct encoded as an array; each of its fields is a slice.

    `beside` are aspects that own a slice, but stand in no table.
    """

    def __init__(self, kind: type[Any], table: AspectTable | None = None, beside: Iterable[Aspect] = ()) -> None:
        aspects = (*beside, *(table.aspects if table is not None else ()))
        rows = {aspect.state: aspect for aspect in aspects if aspect.state is not None}
        if strangers := set(rows) - set(kind.__struct_fields__):
            raise ValueError(f"no such slice: {', '.join(sorted(strangers))}")
        self._steps = {
            name: Steps(rows[name].version, rows[name].migrate, rows[name].ahead) if name in rows else OWN
            for name in kind.__struct_fields__
        }
        self.layout: Layout = tuple((name, steps.version) for name, steps in self._steps.items())
        self.tag = tag_of(self.layout)
        self._tag = self.tag.to_bytes(4, "little")
        self._next_timer: Callable[[Any], float] = table.next_timer_in(kind) if table is not None else lambda _: NEVER
        self._kind = kind
        self._types = {known.name: known.type for known in msgspec.structs.fields(kind)}
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._others: dict[int, Layout] = {}
        self._alike = {self._tag}

    def learn(self, texts: Iterable[str]) -> None:
        """Layouts that other versions wrote. Raises NewerState where a slice that is known here is of a later version there."""
        for layout in map(layout_of, texts):
            for name, version in layout:
                if name in self._steps:
                    self._steps[name].refuse_newer(name, version)
            self._others[tag_of(layout)] = layout
            if self._differs_by_more_fields(layout):
                self._alike.add(tag_of(layout).to_bytes(4, "little"))

    def _differs_by_more_fields(self, layout: Layout) -> bool:
        """Whether our own decoder reads it, in an eighth of the time: the same slices in the same places, none of which a step has changed."""
        return [name for name, _ in layout] == list(self._steps) and all(
            version <= (steps := self._steps[name]).version and not {*range(version, steps.version)} & {*steps.migrate}
            for name, version in layout
        )

    def encode(self, record: Any) -> bytes:
        """The record with its next timer before it."""
        return _HEADER.pack(FORMAT, self._next_timer(record), self.tag) + self._encode(record)

    def decode(self, raw: bytes) -> Any:
        """Raises NewerState where the record was written by a later version."""
        if raw[0] == FORMAT and raw[9:13] in self._alike:
            return self._decode(memoryview(raw)[13:])
        return self._read_across(raw)

    def next_timer(self, raw: bytes) -> float:
        """When this version has a timer: as the record says, or worked out where another layout was written by who derived others.

        Raises NewerState where the record was written by a later version.
        """
        return timer_in(raw) if raw[0] == FORMAT and raw[9:13] == self._tag else self._next_timer(self.decode(raw))

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
            name: self._steps[name].read(name, version, body, self._types[name])
            for (name, version), body in slices.items()
            if name in self._types and name != "kept"
        }
        strange = {f"{name} {version}": body for (name, version), body in slices.items() if name not in self._types}
        return self._kind(**known, **({"kept": strange} if "kept" in self._types else {}))


class Whole(Generic[Record]):
    """A record of the partition itself, under its own key: a format, its version where that is not the first, and what it holds.

    `migrate` and `ahead` as those of an aspect.
    """

    def __init__(self, key: bytes, kind: type[Record], version: int = 1, **steps: Mapping[int, Migration]) -> None:
        self.key, self.kind = key, kind
        self.steps = Steps(version, **steps)
        self._head = bytes((FORMAT, version) if version > 1 else (FORMAT,))

    def pack(self, record: Record) -> bytes:
        """The record as bytes."""
        return self._head + msgspec.msgpack.encode(record)

    def unpack(self, raw: bytes | None) -> Record:
        """The record; a new one where there is none. Raises NewerState where it was written by a later version."""
        if not raw:
            return self.kind()
        version, body = _version_and_body(raw)
        return self.steps.read(self._name, version, body, self.kind)  # type: ignore[no-any-return]

    def refuse_newer(self, raw: bytes | None) -> None:
        """Raises NewerState where it was written by a later version."""
        if raw:
            self.steps.refuse_newer(self._name, _version_and_body(raw)[0])

    @property
    def _name(self) -> str:
        return self.key.decode()


def _version_and_body(raw: bytes) -> tuple[int, memoryview]:
    _refuse_format(raw[0])
    return (raw[1], memoryview(raw)[2:]) if raw[1] < _NO_VERSION else (1, memoryview(raw)[1:])


def timer_in(raw: bytes) -> float:
    """The next timer of an encoded record, without decoding it."""
    at: float = _HEADER.unpack_from(raw)[1]
    return at


def same_timer(one: bytes, other: bytes) -> bool:
    """Whether two encoded records of one layout have the same next timer."""
    return one[1:13] == other[1:13]


def _refuse_format(number: int) -> None:
    if number > FORMAT:
        raise NewerState(f"a state record has format {number}, this worker reads {FORMAT}: upgrade the worker")
    if number < FORMAT:
        raise NewerState(
            f"a state record has format {number}, from before the first release, which nothing reads any more: start with a new store"
        )
