"""How far a partition's state has come: the record that says so is written with the state, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

KEY = b"~position"


class Applied(msgspec.Struct, array_like=True, frozen=True):
    """How far one input is applied: the next offset, and the time of the last record before it, in milliseconds (-1: unknown)."""

    next: int
    time: int = -1


class Position(msgspec.Struct):
    """The number of the last transaction, how far each input is, and how many partitions there were."""

    sequence: int = 0
    inputs: dict[str, Applied] = {}
    partitions: int = 0

    def next(self, topic: str) -> int:
        """The next offset of an input; 0 where nothing of it was applied."""
        return self.inputs[topic].next if topic in self.inputs else 0

    @property
    def offsets(self) -> Mapping[str, int]:
        """The next offset of each input of which something was applied."""
        return {topic: applied.next for topic, applied in self.inputs.items()}
