"""The engine of one worker: Faust's life cycle, agents and recovery around the partition tasks that decide and commit chunks."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.transport.drivers import TRANSPORTS
from faust.types import TP

from schemas.failures import said
from streams.engine.contract import FoldFactory, StopWorker
from streams.engine.held_inputs import HeldInputs
from streams.engine.hole_check import Hole, holes
from streams.engine.partition_task import PartitionTask
from streams.engine.recovery_check import compare, last_sequences, refuse_ahead
from streams.engine.settings import EngineSettings
from streams.engine.table import ChunkTable, PromptTableManager
from streams.engine.transactions import TransactionalProducer, Transactions
from streams.engine.transport import Chunk, ChunkSchema, Consumer

log = structlog.get_logger(__name__)

TransactionsFactory = Callable[[EngineSettings, int], Transactions]


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """How one partition does. `lag` in records, None before the first fetch; `idle_s` since its last commit, None before the first."""

    partition: int
    recovered: bool
    lag: int | None
    idle_s: float | None
    records: int
    commits: int
    commit_s: float
    waiting: int
    watermark: float
    held: str | None
    """Which input an open transaction holds up, as `feedback-3 at offset 70, for 41 s`."""


LONGEST_STOP_S = 20.0
LAG_TOLD_WITHIN_S = 30.0
"""A partition of which no fetch has told the end for so long goes by the wall clock: its timers must not stop for ever."""


class Worker(faust.Worker):  # type: ignore[misc]
    """Faust's worker, which ends even when its stopping hangs. To end at any point is safe: what is not committed is decided again."""

    def _schedule_shutdown(self, number: signal.Signals) -> None:
        timer = threading.Timer(LONGEST_STOP_S, self._end)
        timer.daemon = True
        timer.start()
        super()._schedule_shutdown(number)

    def _end(self) -> None:
        log.warning("the stop took too long; the worker ends as it is", seconds=LONGEST_STOP_S)
        os._exit(0)


class ChunkApp(faust.App):  # type: ignore[misc]
    """Faust's app, which knows its engine, and ends the process where one of its services crashes, in whatever thread."""

    engine: Engine
    engine_settings: EngineSettings

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        if not self.should_stop:  # while it stops, a service may find that another has gone
            self.engine.fatal(f"a part of the worker crashed: {said(reason)}")


class Engine:
    """One per worker process. `fatal` must end the process: it is called when going on would lose or contradict something."""

    def __init__(
        self,
        settings: EngineSettings,
        folds: FoldFactory,
        fatal: Callable[[str], NoReturn],
        transactions: TransactionsFactory = TransactionalProducer,
    ) -> None:
        self.settings = settings
        self.folds = folds
        self.fatal = fatal
        self.transactions = transactions
        self.partition_tasks: dict[int, PartitionTask] = {}
        self._held = HeldInputs()
        self.short_name = {settings.topic(name): name for name in settings.inputs}
        self.rank = {topic: rank for rank, topic in enumerate(self.short_name)}
        self.app = self._new_app()
        self.table: ChunkTable = self.app.Table("state", partitions=settings.partitions)
        self.table.recovered = self.on_recovered
        self.table.fatal = self._crashed
        topic = self.app.topic(*self.short_name, schema=ChunkSchema())
        self.app.agent(topic, name="decide")(self._agent)
        self.app.task(self._tick)
        self.app.task(self._look_for_holes)

    def _new_app(self) -> ChunkApp:
        TRANSPORTS.aliases["chunked"] = "streams.engine.transport:Transport"
        settings = self.settings
        app = ChunkApp(
            settings.app_id,
            broker="chunked://kafka",  # names the transport only: every client of ours is made from settings.connection
            store="memory://",
            Table=ChunkTable,
            TableManager=PromptTableManager,
            datadir=str(settings.directory),
            topic_partitions=settings.partitions,
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            broker_session_timeout=settings.session_timeout_s,
            broker_commit_interval=30.0,
            broker_commit_every=10**9,
            stream_buffer_maxsize=16,
            stream_wait_empty=True,
            stream_recovery_delay=0.0,
            consumer_auto_offset_reset="earliest",
            web_enabled=False,
        )
        app.engine, app.engine_settings = self, settings
        return app

    def run(self) -> None:
        """Run until a signal ends it. Ends the process."""
        worker = Worker(self.app, override_logging=False, redirect_stdouts=False, quiet=True, console_port=0)
        worker.spinner = None  # its control characters would stand before lines of the log
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:
            if ended.code:  # Faust has turned into it whatever was raised
                self.fatal(f"the worker cannot go on: {ended.__context__ or 'Faust gave it up'}")
            raise

    @property
    def consumer(self) -> Consumer:
        """Faust's consumer."""
        return self.app.consumer  # type: ignore[no-any-return]

    # -- assignment -----------------------------------------------------------------------------------------------------------------

    async def on_assigned(self, partitions: set[int]) -> None:
        """Open a task for each partition. Starting its producer fences whoever had it before."""
        await self.close()
        self.table.retain(partitions)
        try:
            self.partition_tasks = {
                p: PartitionTask(self.settings, p, self.table.store(p), self.transactions(self.settings, p), self.folds) for p in partitions
            }
            await asyncio.gather(*(partition_task.transactions.start() for partition_task in self.partition_tasks.values()))
            stored = {p: offset for p in partitions if (offset := self.table.store(p).persisted_offset()) is not None and offset >= 0}
            if stored:
                await refuse_ahead(self.settings, stored)
        except StopWorker as refusal:
            self.fatal(str(refusal))
        except Exception as error:  # noqa: BLE001
            self._crashed("the producers of the partitions could not start", error)
        log.info("partitions assigned", partitions=sorted(partitions))

    async def close(self) -> None:
        """Commit what was decided, then let go of the tasks: their partitions may be another worker's in a moment."""
        partition_tasks, self.partition_tasks = self.partition_tasks, {}
        for partition_task in partition_tasks.values():
            await partition_task.drained()
            await partition_task.close()

    async def on_recovered(self, partitions: set[int]) -> None:
        """The changelog was read: compare journal and state, then take up the state."""
        try:
            started, partition_tasks = time.monotonic(), self.partition_tasks
            for partition in partitions & partition_tasks.keys():
                partition_tasks[partition].recover()
            applied = {p: partition_tasks[p].position.inputs for p in partitions & partition_tasks.keys()}
            journal, found = await asyncio.gather(last_sequences(self.settings, partitions), holes(self.settings, applied))
            if self.partition_tasks is not partition_tasks or not partitions <= partition_tasks.keys():
                return  # the partitions were assigned anew meanwhile: the recovery begins again
            self._go_on_behind(found)
            for partition in sorted(partitions):
                partition_task = partition_tasks[partition]
                if note := compare(partition, self.settings.partitions, partition_task.position, journal[partition]):
                    log.warning(note)
                partition_task.start(self._partition_failed)
                position = partition_task.position
                log.info("partition goes on", partition=partition, after_transaction=position.sequence, offsets=position.offsets)
            log.info("state recovered", partitions=sorted(partitions), check_s=round(time.monotonic() - started, 3))
        except StopWorker as refusal:
            self.fatal(str(refusal))
        except Exception as error:  # noqa: BLE001
            if not self.app.should_stop:  # a worker that is told to stop while it recovers has nothing to lose
                self._crashed("the recovered state could not be taken up", error)

    def _go_on_behind(self, found: list[Hole]) -> None:
        """Raises StopWorker about a hole that nobody accepted."""
        for hole in found:
            if hole.name not in self.settings.accepted_gaps:
                raise StopWorker(hole.sentence)
            log.warning(
                "goes on behind a hole that was accepted",
                topic=hole.topic,
                partition=hole.partition,
                lost_from=hole.expected,
                first=hole.first,
            )
            self.partition_tasks[hole.partition].accept(hole)

    async def _look_for_holes(self) -> None:
        while not self.app.should_stop:
            await self.app.sleep(self.settings.look_again_s)
            applied = {number: dict(task.committed) for number, task in self.partition_tasks.items() if task.ready}
            try:
                found = await holes(self.settings, applied)
            except StopWorker as refusal:
                self.fatal(str(refusal))
            except (KafkaError, TimeoutError) as error:
                log.debug("the inputs could not be looked at", error=said(error))
                continue
            if found:
                self.fatal(found[0].sentence)

    # -- deciding -------------------------------------------------------------------------------------------------------------------

    async def _agent(self, stream: Any) -> None:
        async for event in stream.noack().events():
            try:
                await self._take(event)
            except StopWorker as refusal:
                self.fatal(str(refusal))
            except Exception as error:  # noqa: BLE001  Faust would log it and go on to the next event: a loss
                self._crashed("a chunk could not be decided", error)

    async def _take(self, event: Any) -> None:
        message = event.message
        chunk: Chunk = message.value
        partition_task = self.partition_tasks.get(message.partition)
        if partition_task is not None and partition_task.ready:
            await partition_task.wait_for_capacity()
        if (
            partition_task is None
            or not partition_task.ready
            or chunk.epoch != self.consumer.thread.seek_epoch
            or self.partition_tasks.get(message.partition) is not partition_task
        ):
            event.ack()  # fetched before a seek or a rebalance: it comes again
            return
        partition_task.take(chunk.stretches, event.ack)
        await asyncio.sleep(0)  # its transaction begins before the next partition's chunk is decided

    def _partition_failed(self, partition: int, error: BaseException) -> None:
        self._crashed(f"the transaction of partition {partition} failed", error)

    def _crashed(self, what: str, error: BaseException) -> NoReturn:
        foreseen = isinstance(error, KafkaError | TimeoutError)
        where = f" (brokers: {', '.join(self.settings.brokers)})" if foreseen else ""
        log.error(what, error=said(error), exc_info=None if foreseen else error)
        self.fatal(f"{what}: {said(error)}{where}")

    def positions(self) -> dict[TP, int]:
        """The next offset of each input partition of ours, as committed with the state; nothing of a partition that has applied nothing yet."""
        ready = [partition_task for partition_task in self.partition_tasks.values() if partition_task.ready]
        return {TP(self.settings.topic(name), task.partition): at.next for task in ready for name, at in task.committed.items()}

    # -- timers ------------------------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(self.settings.due_interval_s)
            try:
                for partition_task in list(self.partition_tasks.values()):
                    self._send_due(partition_task)
                    self._look_for_held(partition_task)
            except Exception as error:  # noqa: BLE001
                self._crashed("timers could not be looked up", error)

    def _send_due(self, partition_task: PartitionTask) -> None:
        if not partition_task.ready or partition_task.behind >= self.settings.waiting_chunks or self.app.rebalancing:
            return
        # While events still queue, a silence must not fire: the clock is then the time that the events have reached.
        now = (
            time.time()
            if self.settings.clock == "wall" and self._caught_up(partition_task)
            else min(time.time(), partition_task.fold.watermark)
        )
        outputs = partition_task.fold.due(now)
        if outputs:
            partition_task.send(outputs)

    def _caught_up(self, partition_task: PartitionTask) -> bool:
        lag = self._lag(partition_task)
        return partition_task.ready_for_s > LAG_TOLD_WITHIN_S if lag is None else lag == 0

    def _look_for_held(self, partition_task: PartitionTask) -> None:
        number = partition_task.partition
        at = {f"{name}-{number}": self.consumer.thread.held_at(TP(topic, number)) for topic, name in self.short_name.items()}
        if news := self._held.seen(number, {name: offset for name, offset in at.items() if offset is not None}, time.monotonic()):
            log.warning("an open transaction of another producer holds up an input: end or abort it", input=news)

    def _lag(self, partition_task: PartitionTask) -> int | None:
        if not partition_task.ready:
            return None
        total = 0
        for topic, name in self.short_name.items():
            tp = TP(topic, partition_task.partition)
            if not self.consumer.thread.known(tp):
                return None
            applied = max(partition_task.position.next(name), self.consumer.sought.get(tp, 0))
            total += self.consumer.thread.behind(tp) + max(0, self.consumer.delivered.get(tp, 0) - applied)
        return total

    def silent_s(self) -> float | None:
        """For how long no broker has answered a fetch, in seconds; None before the first answer."""
        heard_at = self.consumer.thread.heard_at() if self.partition_tasks else None
        return None if heard_at is None else max(0.0, time.time() - heard_at)

    def health(self) -> list[PartitionHealth]:
        """How each partition does, by partition number."""
        now = time.monotonic()
        return [
            PartitionHealth(
                partition=number,
                recovered=partition_task.ready,
                lag=self._lag(partition_task),
                idle_s=None if partition_task.last_commit_at is None else now - partition_task.last_commit_at,
                records=partition_task.records,
                commits=partition_task.commits,
                commit_s=partition_task.commit_s,
                waiting=partition_task.behind,
                watermark=partition_task.fold.watermark,
                held=self._held.sentence(number),
            )
            for number, partition_task in sorted(self.partition_tasks.items())
        ]
