"""What falls due without a new fact: a due time nears or passes, a snooze ends."""

from __future__ import annotations

from schemas.decisions import NoticeKind, Status, Verdict
from schemas.wording import counted
from streams.decide import publish, recovery
from streams.decide.context import Context
from streams.decide.lifecycle import Verb, after, woken
from streams.decide.recovery import MAKEGOOD
from streams.decide.state import NEVER, Customer, Task
from streams.decide.wording import when

HOUR = 3600.0


def on_timer(customer: Customer, at: float, context: Context) -> None:
    """Decide each task timer not later than `at` (seconds since 1970). What was said once is not said again."""
    for task in customer.tasks:
        if task.status == Status.SNOOZED and task.snoozed_until <= at:
            _wake(customer, task, at, context)
        if task.status == Status.SNOOZED:
            continue  # it does not warn in its sleep; the clock runs on
        if task.breach_at <= at:
            _overdue(customer, task, at, context)
        elif task.warn_at <= at:
            _due_soon(customer, task, at, context)
    recovery.forget_old(customer, at, context)


def _wake(customer: Customer, task: Task, at: float, context: Context) -> None:
    if after(task.status, Verb.WAKE) is None:
        return
    task.status = woken(task.status_before_snooze).value
    task.snoozed_until, task.status_before_snooze, task.before = NEVER, None, None
    task.moved_by, task.moved_at = MAKEGOOD, at
    publish.publish(customer, task, at, MAKEGOOD, context)
    because = f"the snooze ended: {task.status} again, due {when(task.due_at)}"
    publish.log(Verdict.TASK_MOVED, customer, task, at, because, context)
    publish.notify(NoticeKind.SNOOZE_ENDED, customer, task, at, f"{task.sentence}: {because}", context)


def _due_soon(customer: Customer, task: Task, at: float, context: Context) -> None:
    task.warn_at = NEVER
    because = f"due {when(task.due_at)}, in {counted(max(0.0, task.due_at - at) / HOUR, 'hour', digits=1)}, and nobody has acknowledged it"
    _escalate(NoticeKind.TASK_DUE_SOON, customer, task, at, because, context)


def _overdue(customer: Customer, task: Task, at: float, context: Context) -> None:
    task.warn_at = task.breach_at = NEVER
    because = (
        f"was due {when(task.due_at)}, {counted((at - task.due_at) / HOUR, 'hour', digits=1)} ago, and the customer has not been contacted"
    )
    _escalate(NoticeKind.TASK_OVERDUE, customer, task, at, because, context)


def _escalate(kind: NoticeKind, customer: Customer, task: Task, at: float, because: str, context: Context) -> None:
    """The task is weighed anew: it has become older."""
    publish.publish(customer, task, at, MAKEGOOD, context)
    publish.log(Verdict.ESCALATED, customer, task, at, because, context)
    publish.notify(kind, customer, task, at, f"{task.sentence}: {because}", context)
