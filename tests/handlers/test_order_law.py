"""The law of order, for any outages, retries, refusals, deaths and number of processes: within a line each send is of the oldest unsettled."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from itertools import pairwise

import pytest

from handlers.delivery_records import attempted
from handlers.ledger import Arrival, Claim, Ledger, Place
from handlers.tables import State
from schemas.deliveries import Outcome
from tests.handlers.test_ledger import arrival, states

LEASE_S, TASKS, EACH, PROCESSES, SEEDS = 10.0, 4, 5, 3, 3
STATE_OF = {
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.FAILED: State.PENDING,
    Outcome.REFUSED: State.REFUSED,
    Outcome.GIVEN_UP: State.GIVEN_UP,
}


class World:
    """Processes on one ledger, a clock, and what was sent in which order."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.ledger, self.chance, self.at = ledger, random.Random(seed), 1000.0
        self.sent: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.arriving = [self._arrival(task, number) for number in range(EACH) for task in range(TASKS)]
        self.idle = 0
        self.partition = asyncio.Lock()  # all notices of a task come from one partition, which one process reads

    def _arrival(self, task: int, number: int) -> Arrival:
        urgency = f"P{self.chance.randint(1, 4)}"
        places = (Place("a", "webhook"), Place("b", "slack"))
        return arrival(f"T-{task}-{number:02}", *places, priority=urgency, at=self.chance.uniform(0, 99), about=f"T-{task}")

    async def process(self) -> None:
        while self.idle < 20 * PROCESSES or self.arriving:
            if self.arriving and self.chance.random() < 0.5:
                async with self.partition:
                    count = self.chance.randint(1, 4)
                    batch, self.arriving = self.arriving[:count], self.arriving[count:]
                    await self.ledger.take(batch, self.at)
            destination = self.chance.choice("ab")
            claim = await self.ledger.claim(destination, self.at, LEASE_S)
            self.idle = 0 if claim else self.idle + 1
            if claim is None:
                self.at += self.chance.choice((0.1, 1, LEASE_S))
            else:
                await self._send(claim)

    async def _send(self, claim: Claim) -> None:
        one = claim.delivery
        self.sent[one.destination, one.about].append(int(one.notice[-2:]))
        await asyncio.sleep(0)
        outcome = self.chance.choices([*STATE_OF, None], (5, 3, 1, 1, 1))[0]
        if outcome is not None:  # else the process dies here
            next_at = self.at + self.chance.choice((0, 1, 30))
            await self.ledger.settle(one, STATE_OF[outcome], attempted(one, outcome, "so it was", self.at, next_at), next_at)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_within_a_line_no_send_overtakes_an_older_one(ledger, seed):
    world = World(ledger, seed)
    await asyncio.gather(*(world.process() for _ in range(PROCESSES)))
    assert len(world.sent) == 2 * TASKS
    for line, sends in world.sent.items():
        assert all(before <= after for before, after in pairwise(sends)), (line, sends)
        assert set(sends) == set(range(EACH)), (line, sends)
    assert {state for state, _ in (await states(ledger)).values()} <= {"delivered", "refused", "given_up"}


async def test_of_many_who_claim_at_once_one_gets_the_head_of_a_line_and_nobody_what_stands_behind_it(ledger):
    await ledger.take([arrival(f"n-{n}", about="T-1") for n in range(20)], 1)
    claims = await asyncio.gather(*(ledger.claim("hook", 2, LEASE_S) for _ in range(12)))
    assert [claim.delivery.notice for claim in claims if claim] == ["n-0"]


async def test_what_arrives_in_one_batch_keeps_the_order_of_the_topic_whatever_the_ids(ledger):
    order = ["n-9", "n-1", "n-5"]
    await ledger.take([arrival(name, about="T-1") for name in order], 1)
    assert [claim.delivery.notice for claim in [await _sent(ledger) for _ in order]] == order


async def _sent(ledger: Ledger) -> Claim:
    claim = await ledger.claim("hook", 2, LEASE_S)
    assert claim is not None
    await ledger.settle(claim.delivery, State.DELIVERED, attempted(claim.delivery, Outcome.DELIVERED, "so it was", 2), 2)
    return claim
