"""Undo: a person takes back their last command, soon after, and the task is again what it was."""

from __future__ import annotations

from schemas.commands import Command, UndoTask
from schemas.decisions import NoticeKind, Status, Verdict
from schemas.message import seconds
from streams.decide import publish
from streams.decide.context import Context
from streams.decide.lifecycle import CLOSED
from streams.decide.state import Before, Customer, Task
from streams.decide.wording import when

UNDO_WITHIN_S = 60.0
"""The board offers undo for ten seconds; the rest is room for slow networks."""


def remember(task: Task, command: Command) -> None:
    """Keep what the command is about to change."""
    task.before = Before(
        command.id,
        seconds(command.issued_at),
        command.actor,
        task.status,
        task.warn_at,
        task.breach_at,
        task.snoozed_until,
        task.status_before_snooze,
        task.acknowledged_by,
        task.acknowledged_at,
        task.moved_by,
        task.moved_at,
    )


def undo(customer: Customer, command: UndoTask, context: Context) -> None:
    """Give the task back its status and clock from before the command, if nothing else changed it since."""
    at = seconds(command.issued_at)
    task, closed = _find(customer, command.task)
    why_not = _why_not(customer, task, command, at)
    if task is None or task.before is None or why_not:
        sentence = f"refused to {command.actor}: {command.task} {why_not}"
        context.log(Verdict.COMMAND_REFUSED, customer.id, command.id, at, sentence)
        return
    if closed:
        customer.closed = [entry for entry in customer.closed if entry.task.id != task.id]
        customer.tasks.append(task)
    undone = task.status
    _restore(task, task.before)
    publish.publish(customer, task, at, command.actor, context)
    because = f"{task.status} again: {command.actor} took back “{undone}”"
    publish.log(Verdict.TASK_MOVED, customer, task, at, because, context)
    if undone in CLOSED:
        publish.notify(NoticeKind.TASK_REGRESSED, customer, task, at, f"{task.sentence}: {because}", context)


def _find(customer: Customer, task_id: str) -> tuple[Task | None, bool]:
    """The task, and whether it is closed."""
    for task in customer.tasks:
        if task.id == task_id:
            return task, False
    return next((entry.task for entry in customer.closed if entry.task.id == task_id), None), True


def _why_not(customer: Customer, task: Task | None, command: UndoTask, at: float) -> str:
    """Why it cannot be taken back, as the end of a sentence that begins with the task; empty where it can."""
    if task is None:
        return f"is not a task of {customer.id}, or was closed long ago"
    before = task.before
    if before is None or before.command != command.undoes:
        since = f"{task.status} by {task.moved_by or task.changed_by} at {when(task.moved_at or task.changed_at)}"
        return f"cannot be taken back: it is {since}, not by the command that you took back"
    if before.by != command.actor:
        return f"was {task.status} by {before.by}: only {before.by} can take that back"
    if at - before.at > UNDO_WITHIN_S:
        return f"could be taken back until {when(before.at + UNDO_WITHIN_S)}; it stays {task.status}"
    if Status(task.status) in CLOSED and any(other.cause == task.cause for other in customer.tasks):
        return "stays closed: the customer has another open task of the same cause by now"
    return ""


def _restore(task: Task, before: Before) -> None:
    task.status, task.warn_at, task.breach_at = before.status, before.warn_at, before.breach_at
    task.snoozed_until, task.status_before_snooze = before.snoozed_until, before.status_before_snooze
    task.acknowledged_by, task.acknowledged_at = before.acknowledged_by, before.acknowledged_at
    task.moved_by, task.moved_at = before.moved_by, before.moved_at
    task.before = None
