"""Real handlers, killed by turns beside a destination that comes and goes: within a task nothing overtakes, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import random
from itertools import pairwise

import pytest

from makegood import kafka
from makegood.kafka import Connection
from tests.handlers.conftest import a_notice, receiver  # noqa: F401
from tests.handlers.test_kills import Processes, arrived, processes, until_all_told  # noqa: F401

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(900)]

TASKS, KILLS = 6, 8
MOST = 1200
"""Notices at once: a machine that has other work takes long for the kills, and all that came in the meantime is still to be sent."""


async def pour(bootstrap: str, prefix: str, ids: list[str], wanted) -> None:
    """Notices of a few tasks by turns, of any priority, numbered within their task."""
    chance = random.Random(1)
    async with kafka.producer(Connection(bootstrap)) as producer:
        while wanted() and len(ids) < MOST:
            number, task = len(ids) // TASKS, len(ids) % TASKS
            ids.append(f"T-{task}-{number:04}")
            notice = a_notice(ids[-1], about=f"T-{task}", customer=f"C{task}", priority=f"P{chance.randint(1, 4)}")
            await producer.send_and_wait(prefix + "notices", notice.model_dump_json().encode(), key=notice.customer.encode())
            await asyncio.sleep(0.05)


async def come_and_go(receiver, wanted) -> None:  # noqa: F811
    """The destinations are down for a moment, again and again."""
    chance = random.Random(2)
    while wanted():
        receiver.answers = [(chance.choice((200, 200, 503, 500)), {})]
        await asyncio.sleep(0.3)
    receiver.answers = [(200, {})]


async def test_two_that_are_killed_by_turns_send_each_task_in_its_order(bootstrap, applied, receiver, processes):  # noqa: F811
    chance = random.Random(seed := int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6)))
    print(f"\nFAULT_SEED={seed}", flush=True)
    ids: list[str] = []
    under_fire = True
    made = processes()
    around = [asyncio.create_task(pour(bootstrap, applied, ids, lambda: under_fire))]
    around.append(asyncio.create_task(come_and_go(receiver, lambda: under_fire)))
    made.start("a")
    made.start("b")
    for number in range(KILLS):
        name = "ab"[number % 2]
        await made.until_says(name, "delivered", 1 + made.log(name).count("delivered"), 180)
        await asyncio.sleep(chance.uniform(0, 1))
        made.kill(name)
        made.start(name)
    under_fire = False
    await asyncio.gather(*around)
    await until_all_told(bootstrap, applied, {(destination, id_) for destination in ("one", "two") for id_ in ids})
    assert await made.stop("a") == 0
    assert await made.stop("b") == 0
    assert {id_ for _, id_ in arrived(receiver)} == set(ids), "lost"
    for line in {(path, key[:3]) for (path, _, _), key in zip(receiver.posts, receiver.keys, strict=True)}:
        sends = [key for (path, _, _), key in zip(receiver.posts, receiver.keys, strict=True) if (path, key[:3]) == line]
        assert all(before <= after for before, after in pairwise(sends)), (line, sends)
    print(f"{KILLS} kills: {len(receiver.posts)} posts for {2 * len(ids)} deliveries, each task in its order")
