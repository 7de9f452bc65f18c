"""What passes between the engine and the fold it drives: stretches of records in, writes and outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Headers = list[tuple[str, bytes]]
NO_HEADERS: Headers = []


class Record(Protocol):
    """One record as fetched (aiokafka's ConsumerRecord, or anything with these fields). `timestamp` is in milliseconds."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...
    @property
    def timestamp(self) -> int: ...


class Stretch(NamedTuple):
    """Records of one input topic of a partition, in order. `topic` is the name in the topic table, without the prefix.

    `follows` is the offset after the last record delivered before it (or the position of the seek): a stretch that does not follow
    what was applied last has lost its predecessor.
    """

    topic: str
    records: Sequence[Record]
    follows: int = 0


class Output(NamedTuple):
    """A record to send; `value` None is a tombstone. `topic` is the name in the topic table, without the prefix."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Headers = NO_HEADERS


@dataclass(slots=True)
class Decided:
    """What a stretch of records of one topic led to. `writes` are the changed state records; None removes one."""

    writes: dict[bytes, bytes | None] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    policy: str = ""
    code: str | None = None
    """Which version of the deciding code it was, and of the data it leans on."""
    data: str | None = None
    adopted: str | None = None
    """The policy in full (JSON), where this stretch was the first to be decided under it without a record that says so."""


class Fold(Protocol):
    """The state machine of one partition. Pure but for what it remembers: same inputs in the same order, same outcome."""

    watermark: float
    """The latest event time applied, in seconds since 1970."""

    def recover(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in the state records as recovered, before the first stretch."""

    def decide(self, topic: str, records: Sequence[Record]) -> Decided:
        """Apply a stretch of records of one input topic."""

    def due(self, now: float) -> list[Output]:
        """Records for timers that fell due by `now`. To ask twice is harmless: it is decided when the record comes back."""


class StopWorker(Exception):
    """The worker must stop rather than go on: the message says why and what to do."""


FoldFactory = Callable[[int, Callable[[bytes], bytes | None]], Fold]
"""Makes the fold of a partition from its number and a function that reads a state record."""
