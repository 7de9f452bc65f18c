"""The task of one partition: its fold, store and producer. Decides at once, commits in order, one transaction at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
import structlog

from schemas.traffic import JournalEntry, JournalInput
from streams.engine.contract import Decided, Fold, FoldFactory, Output, Record, StopWorker, Stretch
from streams.engine.hole_check import Hole, told_of
from streams.engine.position import KEY, Applied, Position, position_in
from streams.engine.settings import EngineSettings
from streams.engine.stores import Store
from streams.engine.transactions import Transactions

log = structlog.get_logger(__name__)


QUIET_S = 0.1
"""Longer than the broker holds a fetch while records come: a partition that had nothing to do for so long tells the group its offsets."""


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Work:
    """What was decided at once and waits for its transaction: the stretches of a chunk, or outputs that apply no input."""

    done: Callable[[], None] = _nothing
    outputs: list[Output] = field(default_factory=list)
    writes: dict[bytes, bytes | None] = field(default_factory=dict)
    inputs: list[JournalInput] = field(default_factory=list)
    reached: dict[str, Applied] = field(default_factory=dict)
    records: int = 0
    last: Decided | None = None
    adopted: str | None = None

    def add(self, topic: str, records: Sequence[Record], decided: Decided) -> None:
        """Take in what one stretch led to."""
        self.outputs += decided.outputs
        self.writes.update(decided.writes)
        applied = self.reached[topic] = Applied(records[-1].offset + 1, records[-1].timestamp)
        self.inputs.append(JournalInput(topic=topic, first=records[0].offset, next=applied.next))
        self.records += len(records)
        self.last = decided
        self.adopted = self.adopted or decided.adopted


class PartitionTask:
    """Everything that belongs to one partition of a worker."""

    def __init__(self, settings: EngineSettings, partition: int, store: Store, transactions: Transactions, folds: FoldFactory) -> None:
        self.settings = settings
        self.partition = partition
        self.store = store
        self.transactions = transactions
        self.fold: Fold = folds(partition, store.get)
        self.position = Position()
        self._committed: dict[str, Applied] = {}
        self._accepted: list[Hole] = []
        self._told: dict[str, Applied] = {}
        self._told_at = 0.0
        self.ready = False
        self._ready_at = 0.0
        self.records = 0
        self.commits = 0
        self.commit_s = 0.0
        self.last_commit_at: float | None = None
        self._waiting: deque[Work] = deque()
        self._under_way = 0
        self._change = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def recover(self) -> None:
        """After the changelog was read: take up the state."""
        self.position = position_in(self.store.get(KEY))
        self._committed = dict(self.position.inputs)
        self.fold.recover(self.store.items())

    def start(self, failed: Callable[[int, BaseException], None]) -> None:
        """Be ready to decide, and begin to commit: before that nothing may be queued, for it would never be committed, and a close would wait for it.

        `failed` is called with an error; it must end the process: what was decided is not in Kafka.
        """
        self.ready, self._ready_at = True, time.monotonic()
        self._task = asyncio.create_task(self._run(failed), name=f"partition-{self.partition}")

    def accept(self, hole: Hole) -> None:
        """Go on behind a hole that a person accepted; the next journal entry says so."""
        self.position.inputs[hole.topic] = self._committed[hole.topic] = Applied(hole.first)
        self._accepted.append(hole)

    @property
    def committed(self) -> Mapping[str, Applied]:
        """How far each input is, as far as it was committed with the state."""
        return MappingProxyType(self._committed)

    @property
    def ready_for_s(self) -> float:
        """Since when it may decide, in seconds."""
        return time.monotonic() - self._ready_at if self.ready else 0.0

    @property
    def behind(self) -> int:
        """Chunks that are decided and not yet committed."""
        return len(self._waiting) + self._under_way

    async def wait_for_capacity(self) -> None:
        """Wait until another chunk may be decided."""
        while len(self._waiting) >= self.settings.waiting_chunks:
            await self._changed()

    async def drained(self) -> None:
        """Wait until everything decided is committed."""
        while self.behind:
            await self._changed()

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()

    def take(self, stretches: Iterable[Stretch], done: Callable[[], None] = _nothing) -> None:
        """Decide stretches of input topics and queue them for one transaction. What was applied before is skipped.

        Raises StopWorker if records between what was applied and a stretch are missing.
        """
        work = Work(done)
        for stretch in stretches:
            if records := self._not_applied(stretch):
                decided = self.fold.decide(stretch.topic, records)
                self.store.stage(decided.writes)
                work.add(stretch.topic, records, decided)
                self.position.inputs[stretch.topic] = work.reached[stretch.topic]
        if work.inputs:
            self._put(work)
        else:
            done()

    def _not_applied(self, stretch: Stretch) -> Sequence[Record]:
        topic, records, follows = stretch
        applied = self.position.next(topic)
        if follows > applied and topic in self.position.inputs:
            raise StopWorker(f"{topic}-{self.partition}: offsets {applied} to {follows} never reached the agent")
        return records if records[0].offset >= applied else [record for record in records if record.offset >= applied]

    def send(self, outputs: list[Output]) -> None:
        """Queue outputs that apply no input (timers that fell due)."""
        self._put(Work(outputs=outputs))

    def _to_tell(self, reached: dict[str, Applied], *, busy: bool) -> Mapping[str, int]:
        """What the group is told with a transaction: while there is work only now and then, for it costs two round trips."""
        if reached == self._told or (busy and time.monotonic() - self._told_at < self.settings.offsets_interval_s):
            return {}
        return {topic: applied.next for topic, applied in reached.items()}

    def _put(self, work: Work) -> None:
        self._waiting.append(work)
        self._change.set()

    async def _run(self, failed: Callable[[int, BaseException], None]) -> None:
        try:
            while True:
                await self._work()
                await self._commit(self._next_batch())
                self._under_way = 0
                self._change.set()
        except Exception as error:  # noqa: BLE001  whatever it was, going on would contradict what was decided
            failed(self.partition, error)

    async def _work(self) -> None:
        """Wait until there is some. What the group was not told of is some, once nothing else has come for a moment."""
        while not self._waiting:
            try:
                async with asyncio.timeout(None if self._committed == self._told else QUIET_S):
                    await self._changed()
            except TimeoutError:
                self._put(Work())

    def _next_batch(self) -> list[Work]:
        batch, records = [self._waiting.popleft()], 0
        while self._waiting and records < self.settings.transaction_records:
            batch.append(self._waiting.popleft())
            records += batch[-1].records
        self._under_way = len(batch)
        self._change.set()
        return batch

    async def _commit(self, batch: list[Work]) -> None:
        started = time.monotonic()
        outputs = [output for work in batch for output in work.outputs]
        writes: dict[bytes, bytes | None] = {}
        for work in batch:
            writes.update(work.writes)
        inputs = tuple(applied for work in batch for applied in work.inputs)
        reached = dict(self._committed)  # not what was decided meanwhile
        for work in batch:
            reached.update(work.reached)
        if inputs:
            outputs += self._news(self.position.sequence + 1)
            outputs.append(self._journal(batch, inputs))
            writes[KEY] = msgspec.json.encode(Position(self.position.sequence, reached, self.settings.partitions))
        offsets = self._to_tell(reached, busy=bool(inputs))
        # The client tries again for ever; a transaction that has outlived its time is lost at the broker.
        async with asyncio.timeout(self.settings.transaction_timeout_s):
            last = await self.transactions.commit(outputs, writes.items(), offsets)
        self._committed = reached
        if offsets:
            self._told, self._told_at = reached, time.monotonic()
        if inputs:
            self.store.stage({KEY: writes[KEY]})
        self.store.keep(writes, last)
        self._count(batch, time.monotonic() - started)
        for work in batch:
            work.done()

    def _journal(self, batch: list[Work], inputs: tuple[JournalInput, ...]) -> Output:
        self.position.sequence += 1
        last = next(work.last for work in reversed(batch) if work.last is not None)
        adopted = next((work.adopted for work in batch if work.adopted is not None), None)
        known = {"policy": last.policy, "code": last.code, "data": last.data}
        entry: dict[str, Any] = {"sequence": self.position.sequence, "inputs": inputs, **known}
        if adopted is not None:
            entry["adopted"] = msgspec.json.decode(adopted)
        if self._accepted:
            gaps, self._accepted = self._accepted, []
            entry["accepted"] = tuple(hole.gap for hole in gaps)
        value = JournalEntry(**entry).model_dump_json(exclude_none=True).encode()
        return Output("journal", self.partition, str(self.partition).encode(), value)

    def _news(self, sequence: int) -> list[Output]:
        return [Output("operations", self.partition, b"worker", c.model_dump_json().encode()) for c in told_of(self._accepted, sequence)]

    def _count(self, batch: list[Work], took_s: float) -> None:
        self.records += sum(work.records for work in batch)
        self.commits += 1
        self.commit_s += took_s
        self.last_commit_at = time.monotonic()

    async def close(self) -> None:
        """Stop committing, disconnect. The store stays with the table."""
        if self._task is not None:
            self._task.cancel()
        await self.transactions.stop()
