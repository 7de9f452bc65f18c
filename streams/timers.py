"""The timers of a partition: a heap derived from the state, rebuilt at recovery, asked each tick for what fell due."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from streams.decide.aspect import NEVER
from streams.decide.record import same_timer, timer_in

MOST_AT_ONCE = 1000


class Timers:
    """Entries are (at, key) and may be out of date: what counts is the timer of the record, looked up when an entry is popped.

    `next_timer` gives it, seconds since 1970: what another version wrote may lack what this one is to be woken for.
    """

    def __init__(self, read: Callable[[bytes], bytes | None], next_timer: Callable[[bytes], float]) -> None:
        self._read, self._next_timer = read, next_timer
        self._heap: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def rebuild(self, records: Iterable[tuple[bytes, bytes]], prefix: bytes) -> None:
        """Take the timer of every record whose key begins with `prefix`."""
        self._heap = [(at, key) for key, raw in records if key.startswith(prefix) and (at := self._next_timer(raw)) != NEVER]
        heapq.heapify(self._heap)

    def changed(self, key: bytes, before: bytes | None, after: bytes) -> None:
        """A record was written: note its timer if it is another one."""
        if before is not None and same_timer(before, after):
            return
        at = timer_in(after)
        if at != NEVER:
            heapq.heappush(self._heap, (at, key))

    def due(self, now: float) -> list[bytes]:
        """Keys whose timer is not later than `now`, each once, and not again until its record has another timer."""
        keys: dict[bytes, None] = {}
        while self._heap and self._heap[0][0] <= now and len(keys) < MOST_AT_ONCE:
            at, key = heapq.heappop(self._heap)
            raw = self._read(key)
            if raw is not None and self._next_timer(raw) <= at:
                keys[key] = None
        return list(keys)
