"""A job small enough to check by hand: counts and sums per key, an output for every tenth, with every hazard a real one has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from streams.engine.contract import Decided, Output, Record


class CountingFold:
    """State per key: [count, sum]. A record is `{"key": ..., "n": ...}`; each tenth of a key gives an output with a deterministic id."""

    def __init__(self, partition: int, read: Callable[[bytes], bytes | None]) -> None:
        self.partition = partition
        self.read = read
        self.watermark = 0.0

    def recover(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        self.recovered = sum(1 for _ in records)

    def decide(self, topic: str, records: Sequence[Record]) -> Decided:
        decided = Decided(policy="counting")
        for record in records:
            event = json.loads(record.value or b"{}")
            key = event["key"].encode()
            raw = decided.writes.get(key) or self.read(key)
            count, total = json.loads(raw) if raw else (0, 0)
            decided.writes[key] = json.dumps([count + 1, total + event["n"]]).encode()
            if (count + 1) % 10 == 0:
                value = json.dumps({"id": f"{topic}-{self.partition}-{record.offset}", "key": event["key"], "sum": total + event["n"]})
                decided.outputs.append(Output("out", self.partition, key, value.encode()))
        return decided

    def due(self, now: float) -> list[Output]:
        return []
