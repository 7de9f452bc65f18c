"""A zombie held between its decision and its send can do no harm, even after compaction."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from makegood import kafka
from makegood.kafka import Connection
from tests.faults.harness import PARTITIONS
from tests.faults.load import Load, pour
from tests.patience import PATIENT_S

REQUEST_S = 30
"""So long a producer waits for an answer: one that was held for longer may find that none came, before it finds itself fenced."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


async def _until(condition, limit_s: float, what: str) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, what
        await asyncio.sleep(0.1)


def test_a_zombie_held_between_decision_and_send_is_fenced_and_a_third_worker_recovers_the_truth(cluster, make_workers, seed, tmp_path):
    workers, hold = make_workers(), tmp_path / "hold"
    connection, state = Connection(cluster.bootstrap), workers.prefix + "state"

    async def compact() -> None:
        """Small segments and an eager cleaner: what two owners wrote is reduced to the last record of each key."""
        eager = {"segment.bytes": "1048576", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "1000"}
        await kafka.alter_config(connection, state, eager)

    async def older(marks: dict[int, int]) -> int:
        return sum([1 async for record in kafka.read_topic(connection, state) if record.offset < marks[record.partition]])

    async def compacted(load: Load) -> tuple[int, int]:
        """Keep the topic moving until the cleaner has been there: it looks every 15 s, and never at the newest segment."""
        marks = {p: end for (_, p), (_, end) in (await kafka.offsets(connection, [state])).items()}
        before = after = await older(marks)
        for _ in range(30):
            await pour(cluster.bootstrap, workers.prefix, (load._any() for _ in range(400)), 400, PARTITIONS)
            await asyncio.sleep(1)
            after = await older(marks)
            if after < before * 0.9:
                break
        assert after < before, "the cleaner never came"
        return before, after

    async def run() -> None:
        load = Load(seed)
        await compact()
        workers.start("zombie", HOLD=str(hold), TRANSACTION_TIMEOUT_S="600")  # it is to be fenced, however long it is held
        await asyncio.gather(pour(cluster.bootstrap, workers.prefix, load.records(6000), 2000, PARTITIONS), workers.until_moving())
        hold.touch()
        await pour(cluster.bootstrap, workers.prefix, (load._any() for _ in range(3000)), 2000, PARTITIONS)
        await _until(hold.with_suffix(".held").exists, PATIENT_S, "the zombie was never held")
        held_at, partition = time.monotonic(), hold.with_suffix(".held").read_text()
        workers.start("successor")
        await workers.until_moving()
        await pour(cluster.bootstrap, workers.prefix, (load._any() for _ in range(6000)), 1500, PARTITIONS)
        before, after = await compacted(load)
        held_s = time.monotonic() - held_at
        workers.signal("zombie", signal.SIGCONT)
        zombie = workers.running["zombie"]
        await _until(lambda: zombie.poll() is not None, PATIENT_S, "the zombie did not end")
        assert zombie.returncode == 70
        timed_out = held_s > REQUEST_S and "no answer to the end of a transaction" in workers.log("zombie")
        assert timed_out or "another worker has taken the partition over" in workers.log("zombie")
        del workers.running["zombie"]
        workers.kill("successor")
        workers.start("third")
        await pour(cluster.bootstrap, workers.prefix, (load._any() for _ in range(3000)), 1500, PARTITIONS)
        verdict = await workers.until_settled()
        print(f"held on partition {partition}; compaction left {after} of {before} state records; {verdict}")
        assert verdict.sound, str(verdict)

    asyncio.run(run())
