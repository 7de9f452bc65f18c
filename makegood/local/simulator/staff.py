"""The roastery's people: what they do about a task, and when. They are quick, not perfect."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from makegood.kafka.input_records import InputRecord
from makegood.local.simulator import words
from makegood.local.simulator.company import STAFF
from makegood.local.simulator.facts import Moment
from makegood.local.simulator.rhythm import DAY, HOUR, in_office_hours
from schemas.commands import AcknowledgeTask, AnyCommand, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import Priority, Status, TaskSnapshot
from schemas.message import instant


class Pace(NamedTuple):
    """Hours, on average: until somebody takes a task up (by priority), until they have spoken, until it is solved."""

    taken: dict[Priority, float]
    spoken: float
    solved: float
    office_hours: bool


USUAL = Pace({Priority.P1: 0.8, Priority.P2: 2.0, Priority.P3: 6.0, Priority.P4: 14.0}, 1.5, 16.0, office_hours=True)
LIVE = Pace({Priority.P1: 1.0, Priority.P2: 0.1, Priority.P3: 0.08, Priority.P4: 0.06}, 0.08, 0.15, office_hours=False)
"""So that something is to be seen: minutes instead of hours; what is P1 is left for an hour to whoever watches."""

NAMES = frozenset(STAFF)
WAITS = (Status.OPEN, Status.REGRESSED)


def answers(task: TaskSnapshot, since: float, pace: Pace, chance: random.Random) -> Iterator[Moment]:
    """The commands of one colleague about a task that waits for somebody since then, in order."""
    actor = chance.choice(STAFF)
    taken = _later(since, pace.taken[task.priority], pace, chance)
    way = chance.random()
    if way < 0.07:
        yield _moment(DismissTask(reason=chance.choice(words.REASONS), **_asked(task, actor, taken, "dismiss")))
        return
    if way < 0.2:
        until = instant(taken + chance.uniform(0.6, 3) * DAY)
        yield _moment(SnoozeTask(until=until, **_asked(task, actor, taken, "snooze")))
        taken = _later(until.timestamp(), pace.taken[task.priority], pace, chance)
    yield _moment(AcknowledgeTask(**_asked(task, actor, taken, "acknowledge")))
    if chance.random() < 0.04:  # two reach for it at once: the second is refused, with who and when
        yield _moment(AcknowledgeTask(**_asked(task, chance.choice([name for name in STAFF if name != actor]), taken + 40, "also")))
    spoken = _later(taken, pace.spoken, pace, chance)
    yield _moment(ContactTask(note=chance.choice(words.ANSWERS), **_asked(task, actor, spoken, "contact")))
    if chance.random() < 0.94:
        solved = _later(spoken, pace.solved, pace, chance)
        resolution = {
            "cause": chance.choice(words.CAUSES),
            "action": chance.choice(words.ACTIONS),
            "outcome": chance.choice(words.OUTCOMES),
        }
        yield _moment(ResolveTask(**resolution, **_asked(task, actor, solved, "resolve")))


def _later(at: float, hours: float, pace: Pace, chance: random.Random) -> float:
    at += min(chance.lognormvariate(0, 0.6), 5) * hours * HOUR
    return in_office_hours(at, chance) if pace.office_hours else at


def _asked(task: TaskSnapshot, actor: str, at: float, verb: str) -> dict[str, Any]:
    """The id is made of task, round and verb: who pours the history again asks for nothing new."""
    name = f"{task.id}-{task.regressions}-{verb}"
    return {"id": name, "customer": {"id": task.customer}, "task": task.id, "actor": actor, "issued_at": instant(at)}


def _moment(command: AnyCommand) -> Moment:
    at = command.issued_at.timestamp()
    value = command.model_dump_json(exclude_none=True).encode()
    return Moment(at, InputRecord("commands", command.customer.key, value, command.type, at, command.id, command.actor))
