"""The task of one partition: its fold, store and producer. Decides at once, commits in order, one transaction at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from schemas.traffic import JournalEntry, JournalInput
from streams.engine.contract import Decided, Fold, FoldFactory, Output, Record, StopWorker
from streams.engine.settings import EngineSettings
from streams.engine.stores import Store
from streams.engine.transactions import Transactions

log = structlog.get_logger(__name__)

POSITION = b"~position"
"""The state record that says how far the state has come: its sequence number and the next offset of each input."""


class Position(msgspec.Struct):
    """How far a partition's state has come."""

    sequence: int = 0
    next: dict[str, int] = {}


@dataclass(slots=True)
class Work:
    """A decided stretch that waits for its transaction."""

    decided: Decided
    journal: JournalInput | None
    records: int
    done: Callable[[], None]
    decided_at: float = field(default_factory=time.monotonic)


def _nothing() -> None:
    pass


class PartitionTask:
    """Everything that belongs to one partition of a worker."""

    def __init__(self, settings: EngineSettings, partition: int, store: Store, transactions: Transactions, folds: FoldFactory) -> None:
        self.settings = settings
        self.partition = partition
        self.store = store
        self.transactions = transactions
        self.fold: Fold = folds(partition, store.get)
        self.position = Position()
        self._committed: dict[str, int] = {}
        self.ready = False
        self.records = 0
        self.commits = 0
        self.commit_s = 0.0
        self.last_commit_at: float | None = None
        self._waiting: deque[Work] = deque()
        self._under_way = 0
        self._change = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def recover(self) -> None:
        """After the changelog was read: take up the state and be ready to decide."""
        raw = self.store.get(POSITION)
        self.position = Position() if raw is None else msgspec.json.decode(raw, type=Position)
        self._committed = dict(self.position.next)
        self.fold.recover(self.store.items())
        self.ready = True

    def start(self, failed: Callable[[int, BaseException], None]) -> None:
        """Begin to commit. `failed` is called with an error; it must end the process: what was decided is not in Kafka."""
        self._task = asyncio.create_task(self._run(failed), name=f"partition-{self.partition}")

    @property
    def behind(self) -> int:
        """Stretches that are decided and not yet committed."""
        return len(self._waiting) + self._under_way

    async def wait_for_capacity(self) -> None:
        """Wait until another stretch may be decided."""
        while len(self._waiting) >= self.settings.waiting_chunks:
            await self._changed()

    async def drained(self) -> None:
        """Wait until everything decided is committed."""
        while self.behind:
            await self._changed()

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()

    def take(self, topic: str, records: Sequence[Record], follows: int, done: Callable[[], None] = _nothing) -> None:
        """Decide a stretch of an input topic and queue it for its transaction. What was applied before is skipped.

        Raises StopWorker if records between what was applied and this stretch are missing.
        """
        applied = self.position.next.get(topic, 0)
        if follows > applied and topic in self.position.next:
            raise StopWorker(f"{topic}-{self.partition}: offsets {applied} to {follows} never reached the agent")
        if records[0].offset < applied:
            records = [record for record in records if record.offset >= applied]
            if not records:
                done()
                return
        decided = self.fold.decide(topic, records)
        self.store.stage(decided.writes)
        after = records[-1].offset + 1
        self.position.next[topic] = after
        self._put(Work(decided, JournalInput(topic=topic, first=records[0].offset, next=after), len(records), done))

    def send(self, outputs: list[Output]) -> None:
        """Queue outputs that apply no input (timers that fell due)."""
        self._put(Work(Decided(outputs=outputs), None, 0, _nothing))

    def _put(self, work: Work) -> None:
        self._waiting.append(work)
        self._change.set()

    async def _run(self, failed: Callable[[int, BaseException], None]) -> None:
        try:
            while True:
                while not self._waiting:
                    await self._changed()
                await self._commit(self._next_batch())
                self._under_way = 0
                self._change.set()
        except Exception as error:  # noqa: BLE001  whatever it was, going on would contradict what was decided
            failed(self.partition, error)

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
        outputs = [output for work in batch for output in work.decided.outputs]
        writes: dict[bytes, bytes | None] = {}
        for work in batch:
            writes.update(work.decided.writes)
        inputs = tuple(work.journal for work in batch if work.journal is not None)
        if inputs:
            outputs.append(self._journal(batch, inputs))
            writes[POSITION] = self._advance(inputs)
        # The client tries again for ever; a transaction that has outlived its time is lost at the broker.
        async with asyncio.timeout(self.settings.transaction_timeout_s):
            last = await self.transactions.commit(outputs, writes.items(), {stretch.topic: stretch.next for stretch in inputs})
        if inputs:
            self.store.stage({POSITION: writes[POSITION]})
        self.store.keep(writes, last)
        self._count(batch, time.monotonic() - started)
        for work in batch:
            work.done()

    def _journal(self, batch: list[Work], inputs: tuple[JournalInput, ...]) -> Output:
        self.position.sequence += 1
        last = next(work.decided for work in reversed(batch) if work.journal is not None)
        adopted = next((work.decided.adopted for work in batch if work.decided.adopted is not None), None)
        known = {"policy": last.policy, "code": last.code, "data": last.data}
        entry: dict[str, Any] = {"sequence": self.position.sequence, "inputs": inputs, **known}
        if adopted is not None:
            entry["adopted"] = msgspec.json.decode(adopted)
        value = JournalEntry(**entry).model_dump_json(exclude_none=True).encode()
        return Output("journal", self.partition, str(self.partition).encode(), value)

    def _advance(self, inputs: tuple[JournalInput, ...]) -> bytes:
        # What this transaction reached, not what was decided meanwhile.
        self._committed.update((stretch.topic, stretch.next) for stretch in inputs)
        return msgspec.json.encode(Position(self.position.sequence, self._committed))

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
