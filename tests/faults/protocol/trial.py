"""One trial: a worker decides a load behind doors that hold what its seed says; then the fold is compared. And many of them, side by side."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aiokafka import AIOKafkaProducer

from makegood.kafka import Connection, KafkaUnavailable, topics
from makegood.kafka.clients import admin
from schemas.topics import TOPICS
from streams.engine.partitioner import partition_of
from tests.faults.checker import Verdict, check
from tests.faults.load import Load
from tests.faults.protocol.doors import ClusterBehindDoors, Doors
from tests.faults.protocol.forked import ForkedWorkers
from tests.faults.protocol.plan import Kind, Plan

BROKERS = 2
"""Two, so that one transaction is written to both: a transaction whose records all go by one request is hardly ever torn."""
PARTITIONS = 2
CUSTOMERS = 60
AT_ONCE, EACH_S = 6, 0.5
"""The load comes in handfuls: to send record by record costs brokers and doors more than all that is made of it."""
TRANSACTION_TIMEOUT_S = 6.0
"""Crossed by every second hold. The broker looks once a second for transactions that have outlived theirs."""
MOST_LOAD_S = 900.0
SETTLED_WITHIN_S = 900.0
CHECKED_AGAIN_S = 3.0
"""Where not everything is applied yet: most often a worker starts. To read and fold everything costs more than to wait."""
TRIES = 20
"""Of some 15 s each: so often Kafka is asked before a trial is given up."""
FETCH_WAIT_MS = 500
"""So long a fetch waits at the broker. Handfuls come no faster, and a transaction whose frames are slow takes as long."""
STARTS_WITHIN_S = 20.0
REFUSALS = 4
"""A worker that stopped so often in a row, without a transaction and without anything that was held, will not go on by itself."""
_ONE_COPY = {
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "min.insync.replicas": "1",
}


T = TypeVar("T")


@dataclass
class Outcome:
    """What came of a trial."""

    seed: int
    verdict: Verdict
    held: list[str]
    restarts: int
    took_s: float

    @property
    def sound(self) -> bool:
        return self.verdict.sound

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.took_s:.0f} s, {self.restarts} restarts, held {'; '.join(self.held)}: {self.verdict}"


@dataclass
class Ground:
    """Where trials take place."""

    cluster: ClusterBehindDoors
    doors: Doors
    directory: Path
    with_rule: bool = True
    only: Kind | None = None


@asynccontextmanager
async def ground(directory: Path, *, with_rule: bool = True, only: Kind | None = None) -> AsyncIterator[Ground]:
    """Brokers and their doors."""
    cluster = ClusterBehindDoors(directory / "kafka", BROKERS, **_ONE_COPY)
    await asyncio.to_thread(cluster.start)
    try:
        async with Doors().open(cluster) as doors:
            yield Ground(cluster, doors, directory, with_rule, only)
    finally:
        await asyncio.to_thread(cluster.stop)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask Kafka until it answers: on a machine that has other work a broker may take minutes."""
    for _ in range(TRIES):
        try:
            return await ask()
        except KafkaUnavailable:
            await asyncio.sleep(1)
    return await ask()


async def trial(at: Ground, seed: int) -> Outcome:
    """Make topics of its own, run it, compare, and leave nothing behind but the log of a worker of one that is not sound."""
    prefix, began = f"s{seed}.", time.monotonic()
    directory = at.directory / f"s{seed}"
    directory.mkdir()
    await patiently(lambda: topics.apply(Connection(at.cluster.bootstrap), prefix=prefix, partitions=PARTITIONS, replication=1))
    plan = at.doors.plans[prefix.rstrip(".")] = Plan(seed, at.only)
    workers = ForkedWorkers(at.cluster.bootstrap, prefix, directory, kafka=at.cluster.outside, fetch_max_wait_ms=FETCH_WAIT_MS)
    try:
        verdict = await _Worker(workers, plan, with_rule=at.with_rule).through()
    finally:
        workers.end()
        del at.doors.plans[prefix.rstrip(".")]
    await patiently(lambda: _forget(at.cluster.bootstrap, prefix))
    if verdict.sound:
        shutil.rmtree(directory)
    return Outcome(seed, verdict, [str(hold) for hold in plan.done], len(workers.exits), time.monotonic() - began)


class _Worker:
    """The worker of a trial, started again as often as it ends; and the load that it decides."""

    def __init__(self, workers: ForkedWorkers, plan: Plan, *, with_rule: bool) -> None:
        self.workers, self.plan = workers, plan
        self.environment = {"TRANSACTION_TIMEOUT_S": str(TRANSACTION_TIMEOUT_S)} | ({} if with_rule else {"LATE_ENDS": "1"})
        self._reached = self._in_a_row = 0
        self._killed = time.monotonic()

    async def through(self) -> Verdict:
        """Load while there is something to hold, and then until everything is applied."""
        self.workers.start("one", **self.environment)
        pouring = asyncio.create_task(self._pour(Load(self.plan.seed, CUSTOMERS)))
        await self._until(lambda: self.plan.ended > 0, SETTLED_WITHIN_S)
        self.plan.began = asyncio.get_running_loop().time()
        await self._until(self._over, MOST_LOAD_S)
        self.plan.began = None
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
        return await self._settled()

    async def _pour(self, load: Load) -> None:
        """At a steady rate, for ever. What is under way at the end arrives or does not: it is compared with what is there."""
        async with AIOKafkaProducer(bootstrap_servers=self.workers.bootstrap, acks="all", enable_idempotence=True) as producer:
            for sent, (topic, key, value) in enumerate(load.records(CUSTOMERS, lambda: True)):
                partition = partition_of(key, PARTITIONS) if sent % 20 else sent % PARTITIONS
                await producer.send(self.workers.prefix + topic, value=value, key=key.encode(), partition=partition)
                if sent % AT_ONCE == 0:
                    await asyncio.sleep(EACH_S)

    def _over(self) -> bool:
        """Whether everything was held. Where no outcome was unknown, no producer has started again: the worker is killed for that."""
        if self.plan.wants_a_start and time.monotonic() - self._killed > STARTS_WITHIN_S:
            self._killed = time.monotonic()
            self.workers.running["one"].kill()
        return self.plan.over

    async def _until(self, done: Callable[[], bool], limit_s: float) -> None:
        ends = time.monotonic() + limit_s
        while not self.refuses and not done():
            assert time.monotonic() < ends, f"not within {limit_s:.0f} s; the log is in {self.workers.directory}"
            self._mend()
            await asyncio.sleep(0.25)

    @property
    def refuses(self) -> bool:
        """It stops again and again: it will not go on without a person."""
        return self._in_a_row >= REFUSALS

    def _mend(self) -> None:
        if self.workers.running["one"].poll() is None:
            return
        reached = self.plan.ended + self.plan.taken  # what was held explains an end, too: there may be five of them in a row
        self._in_a_row = 0 if reached > self._reached else self._in_a_row + 1
        self._reached = reached
        self.workers.mend()

    async def _settled(self) -> Verdict:
        """Everything that is there is applied, and nothing new comes."""
        ends, before = time.monotonic() + SETTLED_WITHIN_S, -1
        while not self.refuses and time.monotonic() < ends:
            self._mend()
            if self.plan.ended == before:
                verdict = await self._check()
                if _all_applied(verdict):
                    return verdict
                await asyncio.sleep(CHECKED_AGAIN_S)
            before = self.plan.ended
            await asyncio.sleep(1)
        verdict = await self._check()
        if self.refuses:
            verdict.faults.append(self.last_word())
        return verdict

    async def _check(self) -> Verdict:
        return await patiently(lambda: check(self.workers.bootstrap, self.workers.prefix, PARTITIONS))

    def last_word(self) -> str:
        """Why the worker stops."""
        said = [line for line in self.workers.log("one").splitlines() if "worker stops" in line]
        return said[-1] if said else "the worker ends without a word"


def _all_applied(verdict: Verdict) -> bool:
    return not any("never applied" in fault for fault in verdict.faults)


async def _forget(bootstrap: str, prefix: str) -> None:
    async with admin(Connection(bootstrap)) as client:
        await client.delete_topics([topics.full_name(topic.name, prefix) for topic in TOPICS])


async def trials(at: Ground, seeds: Iterable[int], side_by_side: int) -> AsyncIterator[Outcome]:
    """The outcome of each trial, as it comes."""
    waiting, done = iter(seeds), asyncio.Queue[Outcome | BaseException | None]()

    async def lane() -> None:
        try:
            for seed in waiting:
                await done.put(await trial(at, seed))
        finally:
            await done.put(None)

    lanes = [asyncio.create_task(lane()) for _ in range(side_by_side)]
    try:
        open_ = len(lanes)
        while open_:
            outcome = await done.get()
            if outcome is None:
                open_ -= 1
            else:
                yield outcome
        await asyncio.gather(*lanes)
    finally:
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
