"""Workers and brokers are killed, stopped, joined and removed under load: every input is applied once, nothing comes twice."""

from __future__ import annotations

import asyncio
import random
import signal
import time

import pytest

from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour

pytestmark = [pytest.mark.faults, pytest.mark.alone, pytest.mark.timeout(1500)]

EVENTS = 60_000
KILLS = 20
KILLS_WITH_A_DISK = 12
"""Enough for every special fault: what is on disk goes by the same transactions as what is in memory."""
ENDED = (0, -signal.SIGTERM, 70)
"""The exit status of a worker that was told to stop: the second where it had only just been started, the third where a rebalance took
its partitions in the same moment. None of them may lose anything: that is what the checker says."""


async def _kill(workers: Workers, chance: random.Random, took: list[float]) -> None:
    name = chance.choice(sorted(workers.running))
    workers.kill(name)
    began = time.monotonic()
    workers.start(name)
    await workers.until_moving()
    took.append(time.monotonic() - began)


async def _join_and_leave(workers: Workers) -> None:
    workers.start("joins")
    await asyncio.sleep(8)
    assert workers.stop("joins") in ENDED


async def _freeze(workers: Workers, name: str) -> None:
    """Stopped for longer than the session lasts, then continued: by then its partitions are another's."""
    workers.signal(name, signal.SIGSTOP)
    await asyncio.sleep(14)
    workers.signal(name, signal.SIGCONT)
    await asyncio.sleep(4)


async def _kill_every_broker(cluster, workers: Workers) -> None:
    for node in (1, 2, 3):
        cluster.kill(node)
        await asyncio.sleep(4)
        await asyncio.to_thread(cluster.restart, node)
        await asyncio.sleep(4)
        workers.mend()


async def _restart_all(workers: Workers) -> None:
    for name in sorted(workers.running):
        assert workers.stop(name) in ENDED
        workers.start(name)


@pytest.mark.parametrize(("store", "kills"), [("memory", KILLS), ("rocksdb", KILLS_WITH_A_DISK)])
def test_every_input_is_applied_exactly_once_through_kills_and_the_death_of_every_broker(cluster, make_workers, seed, store, kills):
    workers, chance = make_workers(store=store), random.Random(seed)
    took: list[float] = []

    async def run() -> None:
        for name in ("one", "two"):
            workers.start(name)
        under_fire = True
        records = Load(seed).records(EVENTS, lambda: under_fire)
        pouring = asyncio.create_task(pour(cluster.bootstrap, workers.prefix, records, EVENTS / 150, PARTITIONS, EVENTS))
        await workers.until_moving()
        faults = (_join_and_leave, lambda w: _freeze(w, "one"), _restart_all, lambda w: _kill_every_broker(cluster, w))
        special = {kills * at // 5: fault for at, fault in enumerate(faults, 1)}
        for number in range(kills):
            if number in special:
                await special[number](workers)
                workers.mend()
                await workers.until_moving()
            await asyncio.sleep(chance.uniform(0, 2))
            workers.mend()
            await _kill(workers, chance, took)
        under_fire = False
        assert await pouring >= EVENTS
        verdict = await workers.until_settled()
        took.sort()
        print(
            f"{store}: {kills} kills; restart to next commit of the group: median {took[len(took) // 2]:.1f} s, most {took[-1]:.1f} s; {verdict}"
        )
        assert verdict.sound, str(verdict)
        assert verdict.counts["inputs"] > EVENTS

    asyncio.run(run())


def test_the_checker_notices_when_transactions_are_switched_off(cluster, make_workers, seed):
    workers, chance = make_workers(), random.Random(seed)

    async def run() -> None:
        workers.start("one", UNTRANSACTED="1")
        pouring = asyncio.create_task(pour(cluster.bootstrap, workers.prefix, Load(seed).records(15_000), 1000, PARTITIONS))
        await workers.until_moving()
        for _ in range(5):
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            workers.kill("one")
            workers.start("one", UNTRANSACTED="1")
            try:
                await workers.until_moving(15)
            except AssertionError:
                break  # the start check saw the torn state and refused to go on
        await pouring
        await asyncio.sleep(3)
        from tests.faults.checker import check

        verdict = await check(cluster.bootstrap, workers.prefix, PARTITIONS)
        print(f"without transactions: {verdict}")
        refused = "worker stops" in workers.log("one")
        assert not verdict.sound or refused
        assert not verdict.sound, "the checker saw nothing wrong although nothing was atomic"

    asyncio.run(run())
