"""Undo: a person takes back their last command, soon after, and the task is again what it was."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from schemas.commands import Command, UndoTask
from schemas.decisions import Status
from schemas.message import seconds
from streams.decide import recovery
from streams.decide.context import Context
from streams.decide.events import CommandRefused, TaskTakenBack
from streams.decide.lifecycle import CLOSED
from streams.decide.state import Before, Customer, Task, Why
from streams.decide.wording import moment, why

MOST_COMMANDS = 4
UNDO_WITHIN_S = 60.0
"""The board offers undo for ten seconds; the rest is room for slow networks."""


def remember(task: Task, command: Command) -> None:
    """Keep what the command is about to change, and that it was applied."""
    task.commands = [*task.commands, command.id][-MOST_COMMANDS:]
    task.before = Before(command.id, seconds(command.issued_at), command.actor, replace(task.life))


def undo(customer: Customer, command: UndoTask, context: Context) -> Iterator[CommandRefused | TaskTakenBack]:
    """Give the task back its status from before the command, if nothing else changed it since. Its clock goes on as it would have."""
    del context
    at = seconds(command.issued_at)
    task, closed = recovery.find(customer, command.task)
    because = _why_not(customer, task, command, at)
    if task is None or task.before is None or because is not None:
        yield CommandRefused(at=at, command=command.id, task=command.task, by=command.actor, why=because or why("unknown_task"))
        return
    if closed is not None:
        recovery.of(customer).closed.remove(closed)
        recovery.of(customer).open.append(task)
    was = task.life.status
    task.life, task.before = task.before.life, None
    taken_back = why("taken_back", status=was)
    yield TaskTakenBack(at=at, task=task.id, by=command.actor, why=taken_back, was=was, now=task.life.status)


def _why_not(customer: Customer, task: Task | None, command: UndoTask, at: float) -> Why | None:
    """Why it cannot be taken back; None where it can."""
    if task is None:
        return why("unknown_task")
    before, life = task.before, task.life
    if before is None or before.command != command.undoes:
        return why("not_the_last_command", status=life.status, by=life.moved_by, since_at=moment(life.moved_at))
    if before.by != command.actor:
        return why("not_yours_to_take_back", status=life.status, by=before.by)
    if at - before.at > UNDO_WITHIN_S:
        return why("too_late_to_take_back", status=life.status, until_at=moment(before.at + UNDO_WITHIN_S))
    if Status(life.status) in CLOSED and any(other.cause == task.cause for other in recovery.of(customer).open):
        return why("another_task_is_open")
    return None
