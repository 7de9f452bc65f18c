"""Weeks of the roastery, in the order in which they came in: what customers did, and what the staff did about it.

What the staff answers depends on the tasks that come of it, so the history is folded while it is made, offline and with the policy it
will be decided under. Task ids are made of customer, cause and fact: through Kafka the same tasks arise.
"""

from __future__ import annotations

import heapq
import json
import random
import re
from collections.abc import Iterator, Sequence

from makegood.local.simulator import habits, incidents, rubbish, staff
from makegood.local.simulator.company import Customer, customers, id_of, number_of
from makegood.local.simulator.facts import Moment
from makegood.local.simulator.rhythm import DAY, HOUR
from schemas.decisions import Status, TaskSnapshot
from schemas.policy import Policy
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline

WEEKS = 8
PARTITIONS = 4
_ADDRESS = re.compile(r"office(\d+)@.*")
LEAST_S = 1.0
"""A reaction comes at least so long after what it reacts to."""


def happenings(seed: int, end: float, weeks: int = WEEKS) -> list[Moment]:
    """What comes in from customers and systems, up to `end` (seconds since 1970), in order."""
    start, company = end - weeks * 7 * DAY, customers(seed)
    chance = random.Random(f"history {seed}")
    moments = [one for customer in company for one in _of_customer(customer, start, end, chance)]
    moments += [*incidents.waves(company, end, chance), *incidents.strangers(end, chance)]
    return sorted(rubbish.strewn(moments, start, end, chance), key=lambda one: one.at)


def _of_customer(customer: Customer, start: float, end: float, chance: random.Random) -> Iterator[Moment]:
    yield from habits.introductions(customer, start, chance)
    lives_from = start + 2 * HOUR
    for habit in (habits.orders, habits.tickets, habits.oddments):
        yield from habit(customer, lives_from, end, chance)


class History:
    """Makes the history step by step: the next moment is fed to the fold, and what the staff does about new tasks is put in line."""

    def __init__(self, seed: int, end: float, policy: Policy, weeks: int = WEEKS) -> None:
        self.end, self.seed = end, seed
        self.company = {customer.id: customer for customer in customers(seed)}
        self.tasks: dict[str, TaskSnapshot] = {}
        self._line: list[tuple[float, int, Moment]] = []
        self._number = 0
        self._now = 0.0
        self._machine = Offline(policy, PARTITIONS, self._observe)
        for one in happenings(seed, end, weeks):
            self._put(one)

    def __iter__(self) -> Iterator[Moment]:
        while self._line:
            at, _, one = heapq.heappop(self._line)
            if self._has_come_to_nothing(one):
                continue
            self._now = max(self._now, at)
            self._machine.advance(self._now)
            self._machine.feed(one.record.topic, partition_of(one.record.key, PARTITIONS), one.record.key.encode(), one.record.value)
            yield one

    def _has_come_to_nothing(self, one: Moment) -> bool:
        """A command about a task that was dismissed meanwhile (its order has come after all): the staff see that, and do nothing."""
        if one.record.topic != "commands":
            return False
        task = self.tasks.get(json.loads(one.record.value)["task"])
        return task is not None and task.status is Status.DISMISSED

    def _put(self, one: Moment) -> None:
        if one.at < self.end:
            self._number += 1
            heapq.heappush(self._line, (one.at, self._number, one))

    def _observe(self, output: Output) -> None:
        if output.topic != "tasks" or output.value is None:
            return
        task = TaskSnapshot.model_validate_json(output.value)
        before = self.tasks.get(task.id)
        self.tasks[task.id] = task
        chance = random.Random(f"{self.seed} {task.id} {task.regressions} {task.status}")
        if before is None or task.regressions > before.regressions:
            for one in staff.answers(task, max(self._now, task.changed_at.timestamp()) + LEAST_S, staff.USUAL, chance):
                self._put(one)
        elif task.status is Status.RESOLVED and before.status is not Status.RESOLVED:
            self._follow_up(task, chance)

    def _follow_up(self, task: TaskSnapshot, chance: random.Random) -> None:
        """Many are asked whether it is well now: most say yes, some do not."""
        customer = self.company.get(task.customer)
        if customer is None or chance.random() > 0.6:
            return
        at = self._now + chance.uniform(0.5, 2.5) * DAY
        raw = chance.choice((9, 9, 10)) if chance.random() < 0.85 else chance.randint(1, 5)
        for one in habits.answer(customer, f"r-after-{task.id}-{task.regressions}", at, raw, chance, self.end):
            self._put(one)


def in_steps(moments: Sequence[Moment], most: int = 400) -> Iterator[list[Moment]]:
    """The moments in stretches that may be decided in any order between topics.

    A command and what it answers, and what follows upon a command, must not be in one: topics are read beside each other.
    """
    step: list[Moment] = []
    asked: set[str] = set()
    seen: set[str] = set()
    for one in moments:
        key, command = one.record.key, one.record.topic == "commands"
        if len(step) >= most or (key in seen if command else _names_any(one, asked)):
            yield step
            step, asked, seen = [], set(), set()
        step.append(one)
        (asked if command else seen).add(key)
        if not command:
            seen.update(_customer_of(one))
    if step:
        yield step


def _names_any(one: Moment, asked: set[str]) -> bool:
    return one.record.key in asked or any(name in asked for name in _customer_of(one))


def _customer_of(one: Moment) -> tuple[str, ...]:
    """The id of the customer whom an alias of ours stands for."""
    kind, _, value = one.record.key.partition(":")
    if kind == "zendesk" and value.isdigit():
        return (id_of(number_of(int(value))),)
    found = _ADDRESS.fullmatch(value) if kind == "email" else None
    return (id_of(int(found[1])),) if found else ()
