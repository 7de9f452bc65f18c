"""How far a partition's state has come: the record that says so is written with the state, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.engine.contract import StopWorker

KEY = b"~position"
VERSION = 1
"""Raised with another meaning of what is here: JSON, so a field more with a default is read by every version."""


class Applied(msgspec.Struct, array_like=True, frozen=True):
    """How far one input is applied: the next offset, and the time of the last record before it, in milliseconds (-1: unknown)."""

    next: int
    time: int = -1


class Position(msgspec.Struct):
    """The number of the last transaction, how far each input is, and how many partitions there were."""

    sequence: int = 0
    inputs: dict[str, Applied] = {}
    partitions: int = 0
    version: int = VERSION

    def next(self, topic: str) -> int:
        """The next offset of an input; 0 where nothing of it was applied."""
        return self.inputs[topic].next if topic in self.inputs else 0

    @property
    def offsets(self) -> Mapping[str, int]:
        """The next offset of each input of which something was applied."""
        return {topic: applied.next for topic, applied in self.inputs.items()}


class _Versioned(msgspec.Struct):
    version: int = 1


def position_in(raw: bytes | None) -> Position:
    """As it was written; a new one where there is none. Raises StopWorker for one of a later version."""
    if raw is None:
        return Position()
    version = msgspec.json.decode(raw, type=_Versioned).version
    if version > VERSION:
        raise StopWorker(f"the state holds '{KEY.decode()}' in version {version}, this worker reads up to {VERSION}: upgrade the worker")
    return msgspec.json.decode(raw, type=Position)
