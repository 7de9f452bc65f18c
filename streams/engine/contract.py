"""What passes between the engine and the fold it drives: stretches of records in, writes and outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

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


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record, or a whole batch at its first offset, that Kafka's client could not unpack: as good as a record without a value.

    `raw` is the record's value, or the batch as it lies in the log; `fault` a slug, `why` a sentence; `next` the offset after it.
    """

    offset: int
    timestamp: int
    raw: bytes | None
    fault: str
    why: str
    next: int
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()

    @property
    def value(self) -> None:
        """Nothing that could be decoded."""
        return None


def unreadable(record: Any) -> Unreadable | None:
    """What stands behind a record without a value, where that could not be unpacked: it itself, or in what aiokafka made of it."""
    found = record if isinstance(record, Unreadable) else getattr(record, "checksum", None)
    return found if isinstance(found, Unreadable) else None


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
