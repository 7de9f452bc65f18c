"""What falls due without a new fact: a due time nears or passes, a snooze ends."""

from __future__ import annotations

from schemas.decisions import NoticeKind, Status, Verdict
from streams.decide import snapshots
from streams.decide.effects import Context
from streams.decide.lifecycle import Verb, after
from streams.decide.state import NEVER, Customer, Task
from streams.decide.tasks import MAKEGOOD
from streams.decide.tier import DAY
from streams.decide.wording import when

CLOSED_KEPT_WINDOWS = 6
"""Closed tasks are kept for so many re-open windows, so that a new task of the same cause can be linked to them."""


def on_deadline(customer: Customer, at: float, context: Context) -> None:
    """Decide each task deadline not later than `at`. What was said once is not said again."""
    for task in list(customer.tasks):
        if task.status == Status.SNOOZED:
            if task.snoozed_until <= at:
                _wake(customer, task, at, context)
            else:
                continue
        if task.breach_at <= at:
            _overdue(customer, task, at, context)
        elif task.warn_at <= at:
            _due_soon(customer, task, at, context)
    oldest = at - context.policy.triggers.reopen_window_days * DAY * CLOSED_KEPT_WINDOWS
    customer.closed = [closed for closed in customer.closed if closed.closed_at >= oldest]


def _wake(customer: Customer, task: Task, at: float, context: Context) -> None:
    status = task.status_before_snooze or (after(task.status, Verb.WAKE) or Status.OPEN).value
    task.status, task.snoozed_until, task.status_before_snooze = status, NEVER, None
    snapshots.publish(customer, task, at, MAKEGOOD, context)
    snapshots.log(Verdict.TASK_MOVED, customer, task, at, f"the snooze ended; {status} again, due {when(task.due_at)}", context)
    snapshots.notify(NoticeKind.SNOOZE_ENDED, customer, task, at, task.sentence, context)


def _due_soon(customer: Customer, task: Task, at: float, context: Context) -> None:
    task.warn_at = NEVER
    snapshots.publish(customer, task, at, MAKEGOOD, context)
    because = f"due {when(task.due_at)}, in {max(0.0, task.due_at - at) / 3600:.1f} hours, and nobody has acknowledged it"
    snapshots.log(Verdict.ESCALATED, customer, task, at, because, context)
    snapshots.notify(NoticeKind.TASK_DUE_SOON, customer, task, at, f"{task.sentence}: {because}", context)


def _overdue(customer: Customer, task: Task, at: float, context: Context) -> None:
    task.warn_at = task.breach_at = NEVER
    snapshots.publish(customer, task, at, MAKEGOOD, context)
    because = f"was due {when(task.due_at)}, {(at - task.due_at) / 3600:.1f} hours ago, and the customer has not been contacted"
    snapshots.log(Verdict.ESCALATED, customer, task, at, because, context)
    snapshots.notify(NoticeKind.TASK_OVERDUE, customer, task, at, f"{task.sentence}: {because}", context)
