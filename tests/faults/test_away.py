"""A worker whose only broker is away says so in a line, is not ready within 10 s, and is back within moments of the broker."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from makegood.kafka import Connection, topics
from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.broker, pytest.mark.timeout(900)]

AWAY_S = 20
MOST_LINES = 12


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


async def until(condition, within_s: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s
        await asyncio.sleep(0.2)
    return time.monotonic() - began


def test_while_the_broker_is_away_the_worker_is_not_ready_and_says_so_once(tmp_path, seed):
    async def run() -> None:
        port = free_port()
        with Cluster(tmp_path / "kafka", first_port=free_port(2), heap_mb=384) as cluster:
            await topics.apply(Connection(cluster.bootstrap), prefix="t.", partitions=PARTITIONS, replication=1)
            workers = Workers(cluster.bootstrap, "t.", tmp_path, health_port=port)
            try:
                workers.start("one")
                await pour(cluster.bootstrap, "t.", Load(seed).records(1000), 2000, PARTITIONS)
                assert (await workers.until_settled()).sound
                await until(lambda: ready(port), PATIENT_S)
                before = len(workers.log("one").splitlines())
                cluster.kill(1)
                print(f"not ready after {await until(lambda: not ready(port), PATIENT_S):.1f} s")
                await asyncio.sleep(AWAY_S)
                lines = workers.log("one").splitlines()[before:]
                assert len(lines) <= MOST_LINES, "\n".join(lines)
                await asyncio.to_thread(cluster.restart, 1)
                print(f"ready {await until(lambda: workers.mend() or ready(port), PATIENT_S):.1f} s after the broker")
                await pour(cluster.bootstrap, "t.", Load(seed + 1).records(500), 2000, PARTITIONS)
                verdict = await workers.until_settled()
                assert verdict.sound, str(verdict)
            finally:
                workers.end()

    asyncio.run(run())
