"""The roastery's people from now on: they follow the tasks and answer the lesser ones. What is urgent is left to whoever watches."""

from __future__ import annotations

import heapq
import random

from makegood.local.simulator import staff
from makegood.local.simulator.facts import Moment
from schemas.decisions import Priority, Status, TaskSnapshot

LEFT_ALONE_S = 3600.0
"""A P1, or a task of a high-impact customer, is left for so long; then a colleague steps in."""
ANSWERED = 0.75
"""The share of tasks that they see to at all."""


class Colleagues:
    """Which commands are due, given the tasks as they come."""

    def __init__(self, seed: int) -> None:
        self._seed, self._number = seed, 0
        self._newest: dict[str, TaskSnapshot] = {}
        self._planned: dict[str, int] = {}
        self._line: list[tuple[float, int, str, Moment]] = []
        """When a command is due, its number, which orders those of one time, the task it is about, and itself."""

    def observe(self, tasks: list[TaskSnapshot], now: float) -> None:
        """Tasks as they stand now; of several versions the last counts."""
        fresh = {task.id: task for task in tasks}
        self._newest |= fresh
        for task in fresh.values():
            self._plan(task, now)

    def _plan(self, task: TaskSnapshot, now: float) -> None:
        if task.status not in staff.WAITS or self._planned.get(task.id, -1) >= task.regressions:
            return
        self._planned[task.id] = task.regressions
        chance = random.Random(f"live {self._seed} {task.id} {task.regressions}")
        if chance.random() > ANSWERED:
            return
        urgent = task.hic or task.priority is Priority.P1
        for one in staff.answers(task, now + 60 + (LEFT_ALONE_S if urgent else 0), staff.LIVE, chance):
            self._number += 1
            heapq.heappush(self._line, (one.at, self._number, task.id, one))

    def due(self, now: float) -> list[Moment]:
        """The commands whose time has come, but for tasks that somebody else has taken up."""
        found = []
        while self._line and self._line[0][0] <= now:
            _, _, task, one = heapq.heappop(self._line)
            if self._still_theirs(self._newest[task]):
                found.append(one)
        return found

    @staticmethod
    def _still_theirs(task: TaskSnapshot) -> bool:
        """Whoever watches the board may have been quicker, or it has come to nothing: then the colleagues keep out of it."""
        return task.status in staff.WAITS or (task.status is not Status.DISMISSED and task.changed_by in {*staff.NAMES, "makegood"})
