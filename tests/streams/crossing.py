"""Partitions whose records cross: each topic partition is a queue, and which queue moves next is chance."""

from __future__ import annotations

import json
import random
from collections import deque
from types import SimpleNamespace

from makegood.config import policy_file
from schemas.topics import BY_NAME, Role
from streams.engine.partitioner import partition_of
from streams.engine.stores import MemoryStore
from streams.partition import Partition

PARTITIONS = 4


class Crossing:
    """Keeps which facts were applied to a customer, and which still wait."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.stores = [MemoryStore() for _ in range(PARTITIONS)]
        self.folds = [Partition(p, PARTITIONS, policy_file.built_in(), store.get) for p, store in enumerate(self.stores)]
        self.queues: dict[tuple[str, int], deque] = {}
        self.offsets: dict[tuple[str, int], int] = {}
        self.applied: list[str] = []
        self.waiting: set[str] = set()

    def send_fact(self, fact: str, aliases: list[str]) -> None:
        body = {"type": "usage.recorded", "id": fact, "source": "t", "object": fact, "occurred_at": "2026-01-01T00:00:00Z"}
        self._put("interactions", aliases[0], json.dumps(body | {"customer": {"aliases": aliases}}).encode())

    def link(self, customer: str, alias: str) -> None:
        body = {
            "type": "alias.linked",
            "id": f"l{len(self.offsets)}{self.chance.random()}",
            "source": "t",
            "object": f"{customer}{self.chance.random()}",
        }
        body |= {"occurred_at": "2026-01-02T00:00:00Z", "customer": {"id": customer}, "alias": alias, "trust": 1}
        self._put("customers", customer, json.dumps(body).encode())

    def _put(self, topic: str, key: str, value: bytes) -> None:
        self.queues.setdefault((topic, partition_of(key, PARTITIONS)), deque()).append(value)

    def some_steps(self) -> None:
        for _ in range(self.chance.randrange(4)):
            self._step()

    def all_steps(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        full = [place for place, queue in self.queues.items() if queue]
        if not full:
            return False
        place = self.chance.choice(full)
        self._apply(place, self.queues[place].popleft())
        return True

    def _apply(self, place: tuple[str, int], value: bytes) -> None:
        topic, partition = place
        offset = self.offsets[place] = self.offsets.get(place, -1) + 1
        message = json.loads(value)
        if message["type"] == "usage.recorded" and message["customer"].get("id"):
            self.applied.append(message["id"])
        record = SimpleNamespace(offset=offset, key=b"", value=value, headers=(), timestamp=0)
        decided = self.folds[partition].decide(topic, [record])
        self.stores[partition].stage(decided.writes)
        for output in decided.outputs:
            if BY_NAME[output.topic].role is Role.LOOP:
                self.queues.setdefault((output.topic, output.partition), deque()).append(output.value)
            elif output.topic == "unresolved":
                (self.waiting.add if output.value else self.waiting.discard)(output.key.decode())
