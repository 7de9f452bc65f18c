"""The whole job: the real decisions of streams.partition, and what every contender needs around them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from makegood.config import policy_file
from schemas.policy import Policy
from schemas.topics import BY_NAME, INPUTS, TOPICS, Role
from streams.engine.contract import Decided, Output, Record
from streams.partition import Partition

SHARED = tuple(t.name for t in TOPICS if t.role is Role.INPUT)
"""Topics that all contenders read."""
LOOPS = frozenset(t.name for t in TOPICS if t.role is Role.LOOP)
"""Topics that a contender writes and reads again: each has its own."""
OWN = tuple(t.name for t in TOPICS if t.role is not Role.INPUT)
DUE_INTERVAL_S = 0.5


def policy() -> Policy:
    """The built-in policy."""
    return policy_file.load(None)


def topic_config(name: str) -> dict[str, str]:
    """A topic's settings, as `makegood topics apply` would make it."""
    return BY_NAME[name].config


class Progress:
    """How many events are applied, and how many records are on their way back in. Done when all are, and none is."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.events = 0
        self.returning = 0

    def applied(self, topic: str, count: int, outputs: Iterable[Output] = ()) -> None:
        """`count` records of an input topic were applied and led to `outputs`."""
        if topic in LOOPS:
            self.returning -= count
        else:
            self.events += count
        self.sent(outputs)

    def sent(self, outputs: Iterable[Output]) -> None:
        """Outputs that come back as inputs are awaited."""
        for output in outputs:
            if output.topic in LOOPS:
                self.returning += 1

    @property
    def complete(self) -> bool:
        """Whether every event is applied and nothing is on its way back in."""
        return self.events >= self.total and self.returning == 0


class Decider:
    """What a hand-written loop keeps around `Partition`: its state records, when to ask for deadlines, the order of application."""

    def __init__(self, total: int, partitions: int) -> None:
        self.partitions = partitions
        self.policy = policy()
        self.stores: dict[int, dict[bytes, bytes]] = {}
        self.folds: dict[int, Partition] = {}
        self.progress = Progress(total)
        self.order: list[tuple[str, int, int, int]] = []
        self._asked_at = 0.0

    def fold(self, number: int) -> Partition:
        """The state machine of a partition."""
        if number not in self.folds:
            store = self.stores[number] = {}
            self.folds[number] = Partition(number, self.partitions, self.policy, store.get)
        return self.folds[number]

    def decide(self, topic: str, number: int, records: Sequence[Record]) -> Decided:
        """Apply a stretch of records and take its writes into the store."""
        decided = self.fold(number).decide(topic, records)
        store = self.stores[number]
        for key, value in decided.writes.items():
            if value is None:
                store.pop(key, None)
            else:
                store[key] = value
        self.order.append((topic, number, records[0].offset, records[-1].offset + 1))
        self.progress.applied(topic, len(records), decided.outputs)
        return decided

    def due(self) -> list[Output]:
        """Twice a second, as Makegood does: records for deadlines that fell due as far as the events have come."""
        if time.monotonic() < self._asked_at + DUE_INTERVAL_S:
            return []
        self._asked_at = time.monotonic()
        outputs = [output for fold in self.folds.values() for output in fold.due(fold.watermark)]
        self.progress.sent(outputs)
        return outputs


def note_order(order: list[tuple[str, int, int, int]], write: Callable[[str], Any]) -> None:
    """Keep the order of application, so that it can be verified."""
    write(json.dumps(order))


__all__ = ["INPUTS", "LOOPS", "OWN", "SHARED", "Decider", "Progress", "note_order", "policy", "topic_config"]
