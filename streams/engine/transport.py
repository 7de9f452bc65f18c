"""Faust's transport, by the chunk: one message per fetched stretch of a partition, read committed, positions never lost in a seek."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode import Service
from mode.utils.futures import notify

from streams.engine.contract import Record

BUSY_FETCH_WAIT_MS = 20
"""aiokafka has one fetch under way per broker: while it waits, partitions that were drained meanwhile wait too."""
IDLE_FETCH_WAIT_MS = 500
HURRIED_POLL_S = 0.05
"""While it polls, the consumer's thread takes no other call: offsets and seeks of a recovery would wait a whole second each."""
SMALL_FETCH = 200
"""Records. After a smaller fetch we linger, so that the next transaction carries more."""


@dataclass(slots=True)
class Chunk:
    """A fetched stretch of one partition.

    `follows` is the offset after the last record delivered before it (or the seek position): a chunk that does not follow
    what was applied last has lost its predecessor. `epoch` counts seeks: what was fetched before a seek comes again.
    """

    records: list[Record]
    follows: int
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
        settings = self.app.engine_settings
        return AIOKafkaConsumer(
            **settings.connection,
            client_id=f"{self.app.conf.id}-consumer",
            group_id=self.app.conf.id,
            group_instance_id=settings.instance,
            partition_assignment_strategy=[self.app.assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=None,
            max_partition_fetch_bytes=settings.fetch_bytes,
            fetch_max_wait_ms=BUSY_FETCH_WAIT_MS,
            session_timeout_ms=int(settings.session_timeout_s * 1000),
            rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
            heartbeat_interval_ms=int(settings.session_timeout_s * 1000 / 6),
            request_timeout_ms=40_000,
            retry_backoff_ms=50,
        )

    def set_fetch_wait(self, milliseconds: int) -> None:
        """Have the broker hold an empty fetch for so long: short under load, long when idle."""
        self._consumer._fetcher._fetch_max_wait_ms = milliseconds  # noqa: SLF001

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        records = await super()._fetch_records(*args, **kwargs)
        self.drain_epoch = self.seek_epoch
        return records

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek every input partition to its committed offset, or to its beginning where nothing was committed yet."""
        positions: Mapping[TP, int] = await self.call_thread(self._seek_all)
        return positions

    async def _seek_all(self) -> Mapping[TP, int]:
        # aiokafka's own seek_to_committed leaves partitions without a commit where they are: what was fetched before would be
        # lost. All awaits first, then all seeks in one tick.
        consumer = self._ensure_consumer()
        changelogs = self.app.tables.changelog_topics
        partitions = [tp for tp in consumer.assignment() if tp.topic not in changelogs]
        committed = await asyncio.gather(*(consumer.committed(tp) for tp in partitions))
        beginnings = await consumer.beginning_offsets(partitions) if partitions else {}
        positions = {tp: beginnings[tp] if at is None else at for tp, at in zip(partitions, committed, strict=True)}
        for tp, at in positions.items():
            consumer.seek(tp, at)
        self.seek_epoch += 1
        return {TP(tp.topic, tp.partition): at for tp, at in positions.items()}

    async def committed(self, partitions: Iterable[TP]) -> dict[TP, int | None]:
        """The group's committed offsets; None where nothing was committed."""
        return dict(await self.call_thread(self._committed, list(partitions)))

    async def _committed(self, partitions: list[TP]) -> dict[TP, int | None]:
        consumer = self._ensure_consumer()
        offsets = await asyncio.gather(*(consumer.committed(TopicPartition(*tp)) for tp in partitions))
        return dict(zip(partitions, offsets, strict=True))

    def behind(self, tp: TP) -> int:
        """Records of an input partition that are not fetched yet, as far as the last fetch told (0 if it never did)."""
        state = self._partition_state(tp)
        if state is None or state._position is None or state.lso is None:  # noqa: SLF001
            return 0
        return max(0, int(state.lso - state._position))  # noqa: SLF001

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
        self._last_fetch = SMALL_FETCH
        self._last_record_at = time.monotonic()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

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
        """The transactions have committed the offsets."""
        return False

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps are control records; nobody acknowledges offsets one by one here."""

    async def on_stop(self) -> None:
        """Let the chunks under way be committed, then close the partition tasks."""
        await super().on_stop()
        await self.app.engine.close()

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, and deliver nothing until the flow is resumed.

        At the end of a recovery Faust seeks, then clears the streams' queues, then resumes the flow: a chunk delivered in between
        would be gone while the position is past it.
        """
        self.stop_flow()
        positions = await self.seek_to_committed()
        for tp, position in positions.items():
            self._read_offset[tp] = position
            self.delivered[tp] = self.sought[tp] = position

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109
        """Fetch, and yield one message per chunk, round robin over the partitions."""
        await self._linger()
        records, active = await self._wait_next_records(HURRIED_POLL_S if self.app.rebalancing or self.app.in_recovery else timeout)
        epoch = self._thread.drain_epoch
        if records is None or self.should_stop:
            return
        self._pace(records)
        if not self.flow_active:
            await self._seek_quietly()
            return
        generation = self.app.consumer_generation_id
        for tp, stretch in self._round_robin(records):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if epoch != self._thread.seek_epoch and not self._is_changelog_tp(tp):
                continue
            if active is None or tp in active or tp in self._buffered_partitions:
                message = self._chunk_message(tp, stretch, epoch, generation)
                if message is not None:
                    yield tp, message
        for tp, message in self._recovered_by_position(generation):
            yield tp, message

    async def _seek_quietly(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001  a rebalance is under way: it seeks again at its end
            self.log.warning("could not seek while the flow was stopped: %r", error)

    async def _linger(self) -> None:
        if self._last_fetch < SMALL_FETCH and not self.app.in_recovery:
            await asyncio.sleep(self.app.engine_settings.linger_s)

    def _pace(self, records: Mapping[TP, list[Any]]) -> None:
        now = time.monotonic()
        self._last_fetch = sum(map(len, records.values()))
        if self._last_fetch:
            self._last_record_at = now
        idle = now - self._last_record_at > 1 and not self.app.in_recovery
        self._thread.set_fetch_wait(IDLE_FETCH_WAIT_MS if idle else BUSY_FETCH_WAIT_MS)

    def _round_robin(self, records: Mapping[TP, list[Any]]) -> Iterable[tuple[TP, list[Any]]]:
        most = self.app.engine_settings.chunk_records
        turns: list[tuple[int, int, TP, list[Any]]] = []
        for number, (tp, stretch) in enumerate(records.items()):
            step = len(stretch) if self._is_changelog_tp(tp) else most
            turns += [(at // step, number, tp, stretch[at : at + step]) for at in range(0, len(stretch), step)]
        turns.sort(key=lambda turn: turn[:2])
        return ((tp, stretch) for _, _, tp, stretch in turns)

    def _chunk_message(self, tp: TP, stretch: list[Any], epoch: int, generation: int) -> ConsumerMessage | None:
        follows = self.delivered.get(tp, 0)
        if not self._is_changelog_tp(tp):
            if stretch[0].offset < follows:
                stretch = [record for record in stretch if record.offset >= follows]
                if not stretch:
                    return None
            self.delivered[tp] = stretch[-1].offset + 1
        return _message(tp, stretch[-1].offset, Chunk(stretch, follows, epoch), generation)

    def _recovered_by_position(self, generation: int) -> Iterable[tuple[TP, ConsumerMessage]]:
        # Control records take offsets but are never delivered: a changelog that ends in one is read when the position says so.
        recovery = self.app.tables.recovery
        if not recovery.in_recovery:
            return
        for tp in list(recovery.active_tps):
            position, end = self._thread.position_of(tp), recovery.active_highwaters.get(tp)
            seen = self._read_offset[tp]
            if position and end is not None and position - 1 >= end and position - 1 > (-1 if seen is None else seen):
                yield tp, _message(tp, position - 1, Chunk([], 0, 0), generation)

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


def _message(tp: TP, offset: int, chunk: Chunk, generation: int) -> ConsumerMessage:
    at = chunk.records[-1].timestamp / 1000 if chunk.records else time.time()
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
