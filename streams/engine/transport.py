"""Faust's transport, by the chunk: one message for what a fetch brought for a partition, read committed, positions never lost in a seek."""

from __future__ import annotations

import asyncio
import heapq
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode import Service
from mode.utils.futures import notify

from schemas.failures import said
from streams.engine import fetched
from streams.engine.contract import Record, Stretch

IDLE_FETCH_WAIT_MS = 500
"""aiokafka has one fetch under way per broker: while it waits, partitions that were drained meanwhile wait too."""
IDLE_AFTER_S = 1.0
HURRIED_POLL_S = 0.05
"""While it polls, the consumer's thread takes no other call: offsets and seeks of a recovery would wait a whole second each."""
TOGETHER_MS = 100
"""Finer than that the order of topics, each with a leader and a batch of its own, says nothing."""
Turn = list[tuple[TP, list[Record]]]


@dataclass(slots=True)
class Chunk:
    """What one fetch brought for one partition, of all its topics: decided at once, in one transaction.

    `epoch` counts seeks: what was fetched before a seek comes again.
    """

    stretches: list[Stretch]
    epoch: int


class ChunkSchema(faust.Schema):  # type: ignore[misc]
    """Topics with this schema yield chunks; nothing is decoded here."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Faust's hook: how a message becomes an event."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001
            return app.create_event(message.key, message.value, None, message)

        return decode


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that owns the aiokafka consumer."""

    seek_epoch = 0
    """Raised in the same tick as the seeks."""
    drain_epoch = 0
    """The epoch in which the last records were drained."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        fetched.install()
        settings = self.app.engine_settings
        return AIOKafkaConsumer(
            **settings.connection,
            client_id=f"{self.app.conf.id}-consumer",
            group_id=self.app.conf.id,
            group_instance_id=settings.member,
            partition_assignment_strategy=[self.app.assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=None,
            max_partition_fetch_bytes=settings.fetch_bytes,
            fetch_max_wait_ms=settings.fetch_max_wait_ms,
            session_timeout_ms=int(settings.session_timeout_s * 1000),
            rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
            heartbeat_interval_ms=int(min(settings.session_timeout_s, settings.rebalance_timeout_s) * 1000 / 6),
            request_timeout_ms=40_000,
            retry_backoff_ms=50,
        )

    async def on_start(self) -> None:
        """Start the consumer. Should its membership of the group, or what fetches, break down, which aiokafka only logs, the worker must not
        live on deaf.
        """
        await super().on_start()
        client = self._consumer
        client._coordinator._coordination_task.add_done_callback(self._ends_with("is no member of its group any more"))  # noqa: SLF001
        client._fetcher.error_future.add_done_callback(self._ends_with("reads nothing any more"))  # noqa: SLF001

    def _ends_with(self, what: str) -> Callable[[asyncio.Task[None]], None]:
        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.app.engine.fatal(f"the worker {what}: {said(error)}")

        return ended

    def pace(self, least_bytes: int, longest_wait_ms: int) -> None:
        """Have the broker hold a fetch until it has so many bytes, or for so long."""
        fetcher = self._consumer._fetcher  # noqa: SLF001
        fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = least_bytes, longest_wait_ms  # noqa: SLF001

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        records = await super()._fetch_records(*args, **kwargs)
        self.drain_epoch = self.seek_epoch
        return records

    async def seek_to(self, positions: Mapping[TP, int]) -> Mapping[TP, int]:
        """Seek every input partition to its position, or to its beginning where there is none. Returns where each begins to read."""
        sought: Mapping[TP, int] = await self.call_thread(self._seek_all, positions)
        return sought

    async def _seek_all(self, positions: Mapping[TP, int]) -> Mapping[TP, int]:
        # In one tick, and asking no broker: a partition left where it is would lose what was fetched before. Offset 0 is the beginning
        # or lies before it, and from there the consumer goes to the beginning by itself (auto_offset_reset).
        consumer = self._ensure_consumer()
        changelogs = self.app.tables.changelog_topics
        partitions = [TP(tp.topic, tp.partition) for tp in consumer.assignment() if tp.topic not in changelogs]
        sought = {tp: positions.get(tp, 0) for tp in partitions}
        for tp, at in sought.items():
            consumer.seek(TopicPartition(*tp), at)
        self.seek_epoch += 1
        return sought

    def behind(self, tp: TP) -> int:
        """Records of an input partition that are not fetched yet, to the end of its log, as far as the last fetch told (0 if it never did).

        To the end, not to the last stable offset: what lies behind an open transaction is not decided either.
        """
        state = self._partition_state(tp)
        if state is None or state._position is None or state.highwater is None:  # noqa: SLF001
            return 0
        return max(0, int(state.highwater - state._position))  # noqa: SLF001

    def held_at(self, tp: TP) -> int | None:
        """The offset of an open transaction behind which an input partition cannot be read; None where nothing holds it up."""
        state = self._partition_state(tp)
        if state is None or state._position is None or state.lso is None:  # noqa: SLF001
            return None
        return int(state.lso) if state._position >= state.lso < state.highwater else None  # noqa: SLF001

    def heard_at(self) -> float | None:
        """When a broker last answered a fetch, in seconds since 1970; None before the first answer."""
        subscription = self._consumer._subscription.subscription if self._consumer else None  # noqa: SLF001
        assignment = subscription and subscription.assignment
        times = [at for tp in assignment.tps if (at := assignment.state_value(tp).timestamp)] if assignment else []
        return max(times) / 1000 if times else None

    def position_of(self, tp: TP) -> int | None:
        """The next offset to fetch."""
        state = self._partition_state(tp)
        return None if state is None else state._position  # noqa: SLF001

    def known(self, tp: TP) -> bool:
        """Whether a fetch has told us the end of this partition since the last seek."""
        state = self._partition_state(tp)
        return state is not None and state._position is not None and state.lso is not None  # noqa: SLF001

    def _partition_state(self, tp: TP) -> Any:
        subscription = self._consumer._subscription.subscription if self._consumer else None  # noqa: SLF001
        assignment = subscription and subscription.assignment
        partition = TopicPartition(tp.topic, tp.partition)
        return assignment.state_value(partition) if assignment and partition in assignment.tps else None


class Consumer(driver.Consumer):  # type: ignore[misc]
    """Delivers chunks. Offsets are committed by the partitions' transactions, so Faust's acknowledgements commit nothing here."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.delivered: dict[TP, int] = {}
        """The offset after the last record handed to the agent."""
        self.sought: dict[TP, int] = {}
        """Where the last seek began to read."""
        self._last_record_at = time.monotonic()

    def _new_consumer_thread(self) -> ConsumerThread:
        thread = ConsumerThread(self, loop=self.loop, beacon=self.beacon, thread_loop=type(self.loop)())  # as quick as ours
        thread._close_thread_loop_on_stop = True  # noqa: SLF001  it is the thread's own, though not of its making
        return thread

    @property
    def thread(self) -> ConsumerThread:
        """The thread that owns the aiokafka consumer."""
        return self._thread

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Topics are made by `makegood topics apply`, never by a worker."""

    def ack(self, message: Any) -> bool:
        """A chunk is through. Only the count of messages under way is kept: it is what a revocation waits for."""
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return True

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """The partitions' transactions tell the group its offsets: a commit of a member that was away could end its next membership."""
        return False

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps are control records; nobody acknowledges offsets one by one here."""

    async def verify_all_partitions_active(self) -> None:
        """Faust suspects a topic that brings nothing, and one whose offsets nobody commits; how each partition does is told by its health."""

    async def on_stop(self) -> None:
        """Let the chunks under way be committed, then close the partition tasks."""
        await super().on_stop()
        await self.app.engine.close()

    async def perform_seek(self) -> None:
        """Seek to where the state stands, and deliver nothing until the flow is resumed.

        At the end of a recovery Faust seeks, then clears the streams' queues, then resumes the flow: a chunk delivered in between
        would be gone while the position is past it.
        """
        self.stop_flow()
        for tp, position in (await self._thread.seek_to(self.app.engine.positions())).items():
            self._read_offset[tp] = position
            self.delivered[tp] = self.sought[tp] = position

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109
        """Fetch, and yield one message per chunk, round robin over the partitions."""
        hurried = self.app.rebalancing or self.app.in_recovery
        if hurried and self.flow_active and not self._get_active_partitions():
            await self.sleep(HURRIED_POLL_S)  # Faust would sleep a whole second, and the end of each recovery falls into it
            return
        records, active = await self._wait_next_records(HURRIED_POLL_S if hurried else timeout)
        epoch = self._thread.drain_epoch
        if records is None or self.should_stop:
            return
        self._pace(records)
        if not self.flow_active:
            await self._seek_quietly()
            return
        generation = self.app.consumer_generation_id
        wanted = {tp: stretch for tp, stretch in records.items() if active is None or tp in active or tp in self._buffered_partitions}
        for turn in self._turns(wanted):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            for tp, offset, chunk in self._chunk(turn, epoch):
                yield tp, _message(tp, offset, chunk, generation)
        for tp, message in self._recovered_by_position(generation):
            yield tp, message

    async def _seek_quietly(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001  a rebalance is under way: it seeks again at its end
            self.log.warning("could not seek while the flow was stopped: %s", said(error))

    def _pace(self, records: Mapping[TP, list[Any]]) -> None:
        now = time.monotonic()
        if records:
            self._last_record_at = now
        settings = self.app.engine_settings
        if self.app.in_recovery:
            self._thread.pace(1, settings.fetch_max_wait_ms)
        elif now - self._last_record_at > IDLE_AFTER_S:
            self._thread.pace(1, IDLE_FETCH_WAIT_MS)
        else:
            self._thread.pace(settings.fetch_min_bytes, settings.fetch_max_wait_ms)

    def _turns(self, records: Mapping[TP, list[Any]]) -> list[Turn]:
        """What is delivered at once: a stretch of a changelog, or a partition's stretches of all its topics up to `chunk_records`."""
        partitions: dict[tuple[bool, int], Turn] = {}
        for tp, stretch in records.items():
            partitions.setdefault((self._is_changelog_tp(tp), tp.partition), []).append((tp, stretch))
        turns: list[tuple[int, Turn]] = []
        for (is_changelog, _), whole in partitions.items():
            arrived = [whole] if is_changelog else _cut(by_arrival(whole, self._rank), self.app.engine_settings.chunk_records)
            turns += enumerate(arrived)
        turns.sort(key=lambda turn: turn[0])
        return [turn for _, turn in turns]

    def _rank(self, tp: TP) -> int:
        return int(self.app.engine.rank[tp.topic])

    def _chunk(self, turn: Turn, epoch: int) -> Iterable[tuple[TP, int, Chunk]]:
        """The chunk of a turn, with the place of its last record, or nothing where all of it was delivered before."""
        if self._is_changelog_tp(turn[0][0]):
            yield turn[0][0], turn[0][1][-1].offset, Chunk([Stretch("state", turn[0][1])], epoch)
        elif epoch == self._thread.seek_epoch and (stretches := [new for tp, records in turn for new in self._new(tp, records)]):
            tp, last = stretches[-1]
            yield tp, last.records[-1].offset, Chunk([stretch for _, stretch in stretches], epoch)

    def _new(self, tp: TP, records: list[Any]) -> Iterable[tuple[TP, Stretch]]:
        """What of a fetched stretch was not delivered before."""
        follows = self.delivered.get(tp, 0)
        if records[0].offset < follows:
            records = [record for record in records if record.offset >= follows]
        if records:
            self.delivered[tp] = records[-1].offset + 1
            yield tp, Stretch(self.app.engine.short_name[tp.topic], records, follows)

    def _recovered_by_position(self, generation: int) -> Iterable[tuple[TP, ConsumerMessage]]:
        # Control records take offsets but are never delivered: a changelog that ends in one is read when the position says so.
        recovery = self.app.tables.recovery
        if not recovery.in_recovery:
            return
        for tp in list(recovery.active_tps):
            position, end = self._thread.position_of(tp), recovery.active_highwaters.get(tp)
            seen = self._read_offset[tp]
            if position and end is not None and position - 1 >= end and position - 1 > (-1 if seen is None else seen):
                yield tp, _message(tp, position - 1, Chunk([], 0), generation)

    @Service.transitions_to("PARTITIONS_REVOKED")  # type: ignore[untyped-decorator]
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let Faust stop the flow, then finish and commit what was decided, then forget. Faust itself forgets first."""
        await self._on_partitions_revoked(revoked)
        await self.app.engine.close()
        if self._active_partitions is not None:
            self._active_partitions.difference_update(revoked)
        self._paused_partitions.difference_update(revoked)
        for tp in revoked:
            self._read_offset.pop(tp, None)
            self.delivered.pop(tp, None)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start the partition tasks before recovery reads the ends of the changelogs: that fences a former owner and ends its transaction."""
        await self.app.engine.on_assigned({tp.partition for tp in assigned if not self._is_changelog_tp(tp)})
        await super().on_partitions_assigned(assigned, generation_id)


def by_arrival(whole: Turn, rank: Callable[[TP], int]) -> Turn:
    """A partition's stretches, parted so that they come in the order in which the broker appended them.

    What came TOGETHER_MS together comes in the order of its topics (the least rank first): who a customer is, before what they say.
    Within a topic nothing changes places.
    """
    if len(whole) == 1:
        return whole
    heads = [(records[0].timestamp // TOGETHER_MS, rank(tp), 0, tp, records) for tp, records in whole]
    heapq.heapify(heads)
    parted: Turn = []
    while len(heads) > 1:
        _, own, at, tp, records = heapq.heappop(heads)
        slot, other = heads[0][:2]
        until = (slot + (own < other)) * TOGETHER_MS
        end = bisect_left(records, until, at + 1, key=attrgetter("timestamp"))
        parted.append((tp, records[at:end]))
        if end < len(records):
            heapq.heappush(heads, (records[end].timestamp // TOGETHER_MS, own, end, tp, records))
    _, _, at, tp, records = heads[0]
    return [*parted, (tp, records[at:])]


def _cut(whole: Turn, most: int) -> Iterable[Turn]:
    """A partition's stretches, cut into turns of at most so many records."""
    turn: Turn = []
    left = most
    for tp, stretch in whole:
        at = 0
        while at < len(stretch):
            turn.append((tp, stretch[at : at + left]))
            at, left = at + left, left - len(turn[-1][1])
            if not left:
                yield turn
                turn, left = [], most
    if turn:
        yield turn


def _message(tp: TP, offset: int, chunk: Chunk, generation: int) -> ConsumerMessage:
    at = chunk.stretches[-1].records[-1].timestamp / 1000 if chunk.stretches else time.time()
    return ConsumerMessage(tp.topic, tp.partition, offset, at, 0, None, None, chunk, None, 0, 0, tp, generation_id=generation)


class NoProducer(driver.Producer):  # type: ignore[misc]
    """Faust's own producer is not used: every write goes through a partition's transaction."""

    async def on_start(self) -> None:
        """Open no connection."""

    async def on_stop(self) -> None:
        """Nothing to close."""

    async def flush(self) -> None:
        """Nothing to wait for."""

    async def send(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a record outside a transaction would break exactly-once."""
        raise RuntimeError("a record was sent outside a transaction")


class Transport(driver.Transport):  # type: ignore[misc]
    """What `chunked://` means in a broker address."""

    Consumer = Consumer
    Producer = NoProducer
