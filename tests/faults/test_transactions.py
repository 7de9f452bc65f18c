"""A transaction that is torn by a long sleep, by brokers that all die at once, by an id that Kafka forgot, by a changelog that was emptied."""

from __future__ import annotations

import asyncio
import signal

import pytest

from makegood import kafka
from makegood.kafka import Connection
from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour
from tests.faults.test_holes import ended, remove_before_end
from tests.faults.test_zombie import _until
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

EVENTS = 6000
NODES = (1, 2, 3)


async def poured(workers: Workers, load: Load, count: int = EVENTS, per_second: float = 1500) -> None:
    await pour(workers.bootstrap, workers.prefix, (load._any() for _ in range(count)), per_second, PARTITIONS)


def test_a_worker_asleep_for_20_s_in_the_middle_of_a_transaction_loses_nothing_and_does_nothing_twice(make_workers, seed, tmp_path):
    """The broker has ended the transaction by then: what was sent of it never counts."""
    workers, half = make_workers(), tmp_path / "half"

    async def run() -> None:
        load = Load(seed)
        workers.start("one", HALF=str(half), TRANSACTION_TIMEOUT_S="6")
        await asyncio.gather(poured(workers, load), workers.until_moving())
        half.touch()
        await poured(workers, load)
        await _until(half.with_suffix(".held").exists, PATIENT_S, "no transaction was held half way")
        await asyncio.sleep(20)
        workers.signal("one", signal.SIGCONT)
        await poured(workers, load)
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)

    asyncio.run(run())


def test_all_brokers_killed_at_once_under_load_lose_nothing(cluster, make_workers, seed):
    """The brokers that coordinate the group and the transactions among them."""
    workers = make_workers()

    async def run() -> None:
        load = Load(seed)
        for name in ("one", "two"):
            workers.start(name)
        pouring = asyncio.create_task(poured(workers, load, 4 * EVENTS, 600))
        await workers.until_moving()
        for node in NODES:
            cluster.kill(node)
        await asyncio.sleep(5)
        await asyncio.gather(*(asyncio.to_thread(cluster.restart, node) for node in NODES))
        await workers.until_moving()
        await pouring
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)

    asyncio.run(run())


FORGETFUL = {
    "transactional.id.expiration.ms": "4000",
    "transaction.remove.expired.transaction.cleanup.interval.ms": "500",
    "producer.id.expiration.ms": "4000",
    "producer.id.expiration.check.interval.ms": "500",
}
"""Kafka forgets a transactional id that was idle for a week, by default."""


def test_a_transactional_id_that_kafka_forgot_while_nothing_came_is_taken_anew(tmp_path, prefix, seed):
    with Cluster(tmp_path / "kafka", first_port=free_port(2), heap_mb=256, more=FORGETFUL) as alone:
        workers = Workers(alone.bootstrap, prefix, tmp_path)

        async def run() -> None:
            await kafka.topics.apply(Connection(alone.bootstrap), prefix=prefix, partitions=PARTITIONS, replication=1)
            load = Load(seed)
            workers.start("one")
            for _ in range(2):
                await poured(workers, load, 600, 600)
                verdict = await workers.until_settled()
                assert verdict.sound, str(verdict)
                await asyncio.sleep(15)
            await poured(workers, load, 600, 600)
            verdict = await workers.until_settled()
            assert verdict.sound, str(verdict)

        try:
            asyncio.run(run())
        finally:
            workers.end()


def test_a_changelog_that_was_emptied_is_not_gone_on_with(cluster, make_workers, seed):
    workers = make_workers()
    connection, state = Connection(cluster.bootstrap), workers.prefix + "state"

    async def run() -> None:
        load = Load(seed)
        workers.start("one")
        await poured(workers, load, 1500)
        assert (await workers.until_settled()).sound
        workers.stop("one")
        await kafka.alter_config(connection, state, {"cleanup.policy": "delete"})  # else Kafka removes nothing at a word
        for partition in range(PARTITIONS):
            await remove_before_end(cluster, state, partition)
        await kafka.alter_config(connection, state, {"cleanup.policy": "compact"})
        workers.start("one")
        assert "the state lost a transaction" in await ended(workers)

    asyncio.run(run())
