"""The whole state machine in one process without a broker: the same folds, with lists for topics and dictionaries for state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from schemas.policy import Policy
from schemas.topics import BY_NAME, Role
from streams.engine.contract import NO_HEADERS, Decided, Headers, Output
from streams.engine.stores import MemoryStore
from streams.partition import Partition


@dataclass(slots=True)
class OfflineRecord:
    """A record as the folds see it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Headers = field(default_factory=lambda: NO_HEADERS)


class Offline:
    """Feed it records; take the outputs from `sink`. Loops (forwarded facts, timers) are followed to their end at once.

    Records come in at `now` (seconds since 1970); without it, each when it says that it happened: then nothing is dated ahead.
    """

    def __init__(self, policy: Policy, partitions: int, sink: Callable[[Output], None], *, now: float | None = None) -> None:
        self.stores = [MemoryStore() for _ in range(partitions)]
        self.partitions = [Partition(p, partitions, policy, store.get) for p, store in enumerate(self.stores)]
        self._sink = sink
        self._came_in_ms = 0 if now is None else int(now * 1000)
        self._next: dict[tuple[str, int], int] = {}
        self._loop: deque[Output] = deque()

    def feed(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers = NO_HEADERS) -> None:
        """Apply one record and all that follows from it."""
        self._apply(Output(topic, partition, key or b"", value, headers))
        while self._loop:
            self._apply(self._loop.popleft())

    def advance(self, now: float) -> None:
        """Let every timer fall due that is not later than `now` (seconds since 1970), before what happens then is fed."""
        for partition in self.partitions:
            while outputs := partition.due(now):
                for output in outputs:
                    self.feed(output.topic, output.partition, output.key, output.value)

    def _apply(self, record: Output) -> None:
        place = (record.topic, record.partition)
        offset = self._next.get(place, 0)
        self._next[place] = offset + 1
        fetched = OfflineRecord(offset, record.key, record.value, self._came_in_ms, record.headers)
        decided = self.partitions[record.partition].decide(record.topic, [fetched])
        self.stores[record.partition].stage(decided.writes)
        self._spread(decided)

    def _spread(self, decided: Decided) -> None:
        for output in decided.outputs:
            if BY_NAME[output.topic].role is Role.LOOP:
                self._loop.append(output)
            else:
                self._sink(output)

    def state(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Every state record: partition, key, value."""
        for number, store in enumerate(self.stores):
            for key, value in store.items():
                yield number, key, value
