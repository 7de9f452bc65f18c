"""Real handlers, real Kafka, a real receiver: killed at any point they lose nothing, and send again at most what was in flight."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from makegood import kafka
from makegood.kafka import Connection
from schemas.deliveries import NoticeAttempted
from tests.handlers.conftest import Receiver, a_notice, webhook
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
KILLS = 16


class Processes:
    """Handlers by name; each has a log of its own, all have one ledger."""

    def __init__(self, bootstrap: str, prefix: str, receiver: Receiver, directory: Path, **more: object) -> None:
        self.kafka, self.prefix, self.directory = bootstrap, prefix, directory
        destinations = {"one": webhook(receiver.url + "/one"), "two": {"channel": "slack", "url": receiver.url + "/two"}}
        retry_policy = {"timeout_s": 1, "lease_margin_s": 0.5, "poll_s": 0.1, "first_wait_s": 0.2, "longest_wait_s": 1}
        given = {"health_port": 0, "destinations": destinations, "routes": {"page": ["one", "two"]}} | retry_policy | more
        self.settings = {"kafka": bootstrap, "prefix": prefix, "group": prefix.rstrip("."), "directory": str(directory), "handlers": given}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, **environment: str) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.handlers.process", json.dumps(self.settings)]
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | environment, cwd=ROOT)

    async def ended(self, name: str, limit_s: float = PATIENT_S) -> int:
        process = self.running.pop(name)
        try:
            return await asyncio.to_thread(process.wait, limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end; its log: {self.log(name)[-3000:]}") from None

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()

    async def until_says(self, name: str, words: str, times: int = 1, limit_s: float = PATIENT_S) -> None:
        """Wait until its log has these words so often."""
        end = time.monotonic() + limit_s
        while self.log(name).count(words) < times:
            assert time.monotonic() < end, f"{name} never said {words!r}: {self.log(name)[-3000:]}"
            await asyncio.sleep(0.1)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    async def stop(self, name: str) -> int:
        self.running[name].send_signal(signal.SIGTERM)
        return await self.ended(name, 15)

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)


@pytest.fixture
def processes(bootstrap, applied, receiver, tmp_path):
    made: list[Processes] = []

    def make(**more: object) -> Processes:
        made.append(Processes(bootstrap, applied, receiver, tmp_path, **more))
        return made[-1]

    yield make
    for one in made:
        one.end()


async def pour(bootstrap: str, prefix: str, ids: list[str], pause_s: float, wanted: Callable[[], bool]) -> None:
    """Write notices, and their ids into `ids`, for as long as `wanted`."""
    async with kafka.producer(Connection(bootstrap)) as producer:
        while wanted():
            number, id_ = len(ids), f"n-{len(ids):04}"
            ids.append(id_)
            notice = a_notice(id_, customer=f"C{number % 17:02}")
            await producer.send_and_wait(prefix + "notices", notice.model_dump_json().encode(), key=notice.customer.encode())
            await asyncio.sleep(pause_s)


async def told(bootstrap: str, prefix: str) -> list[NoticeAttempted]:
    return [NoticeAttempted.model_validate_json(r.value) async for r in kafka.read_topic(Connection(bootstrap), prefix + "deliveries")]


def arrived(receiver: Receiver) -> Counter[tuple[str, str]]:
    return Counter((path.strip("/"), key) for (path, _, _), key in zip(receiver.posts, receiver.keys, strict=True))


async def until_all_told(bootstrap: str, prefix: str, wanted: set[tuple[str, str]]) -> list[NoticeAttempted]:
    """Wait for as long as any more of them come."""
    missing, last = set(wanted), time.monotonic()
    while time.monotonic() - last < PATIENT_S:
        records = await told(bootstrap, prefix)
        still = wanted - {(r.destination, r.notice) for r in records if r.outcome.name == "DELIVERED"}
        if not still:
            return records
        if still != missing:
            missing, last = still, time.monotonic()
        await asyncio.sleep(0.5)
    raise AssertionError(f"{len(missing)} were never told as delivered, among them {sorted(missing)[:5]}")


async def test_killed_at_any_point_nothing_is_lost_and_each_kill_repeats_at_most_one_send_to_each_destination(
    bootstrap, applied, receiver, processes
):
    chance = random.Random(seed := int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6)))
    print(f"\nFAULT_SEED={seed}", flush=True)
    receiver.delay_s = 0.02
    ids: list[str] = []
    under_fire = True
    made = processes()
    pouring = asyncio.create_task(pour(bootstrap, applied, ids, 0.2, lambda: under_fire))
    for number in range(KILLS):
        point = ("taken", "sent", "published", None)[number % 4]
        if point:
            made.start("h", DIE_AT=point, DIE_ON=str(chance.randint(1, 4 if point == "sent" else 2)))
            assert await made.ended("h") == -signal.SIGKILL
        else:
            made.start("h")
            await made.until_says("h", "delivered", 1 + made.log("h").count("delivered"))
            await asyncio.sleep(chance.uniform(0, 2))
            made.kill("h")
    under_fire = False
    made.start("h")
    await pouring
    wanted = {(destination, id_) for destination in ("one", "two") for id_ in ids}
    records = await until_all_told(bootstrap, applied, wanted)
    assert await made.stop("h") == 0
    came = arrived(receiver)
    repeated = Counter(destination for destination, id_ in came.elements()) - Counter({"one": len(ids), "two": len(ids)})
    print(
        f"{KILLS} kills: {len(receiver.posts)} posts for {len(wanted)} deliveries, repeated {dict(repeated)}; {len(records)} records told"
    )
    assert set(came) == wanted, "lost"
    assert max(repeated.values(), default=0) <= KILLS
    assert sum(repeated.values()) > 0, "no kill fell between send and record: the test proves nothing"
    delivered = {record.id for record in records if record.outcome.name == "DELIVERED"}
    assert len(delivered) == len(wanted), "told as delivered more than once under different ids"


async def test_two_processes_at_once_and_a_rebalance_send_nothing_twice(bootstrap, applied, receiver, processes):
    ids: list[str] = []
    made = processes(timeout_s=10, lease_margin_s=5)
    made.start("a")
    pouring = asyncio.create_task(pour(bootstrap, applied, ids, 0.05, lambda: "b" not in made.running or len(ids) < 300))
    await made.until_says("a", "delivered")
    made.start("b")
    await made.until_says("b", "delivered")
    assert await made.stop("a") == 0
    await pouring
    await until_all_told(bootstrap, applied, {(destination, id_) for destination in ("one", "two") for id_ in ids})
    assert await made.stop("b") == 0
    assert set(arrived(receiver).values()) == {1}
    assert len(arrived(receiver)) == 2 * len(ids)
