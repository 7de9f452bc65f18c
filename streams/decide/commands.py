"""What people ask for, decided by the life cycle; what it does not allow is refused in a sentence that says who and when."""

from __future__ import annotations

from schemas.commands import AcknowledgeTask, Command, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import NoticeKind, Status, Verdict
from schemas.message import seconds
from streams.decide import snapshots, tasks
from streams.decide.effects import Context
from streams.decide.lifecycle import DONE, Verb, after
from streams.decide.state import NEVER, Closed, Customer, Task
from streams.decide.tier import DAY
from streams.decide.wording import quote, when

MOST_SNOOZE_DAYS = 7


def acknowledge(customer: Customer, command: AcknowledgeTask, context: Context) -> None:
    """Somebody takes the task up: paging stops, the clock does not."""
    task = _open_task(customer, command, Verb.ACKNOWLEDGE, context)
    if task is not None:
        at = seconds(command.issued_at)
        task.acknowledged_by, task.acknowledged_at, task.warn_at = command.actor, at, NEVER
        _move(customer, task, Verb.ACKNOWLEDGE, command, "", context)


def contact(customer: Customer, command: ContactTask, context: Context) -> None:
    """The customer was spoken to: that is the first response, so the due time is met and the clock stops."""
    task = _open_task(customer, command, Verb.CONTACT, context)
    if task is not None:
        task.warn_at = task.breach_at = NEVER
        _move(customer, task, Verb.CONTACT, command, quote(command.note), context)


def resolve(customer: Customer, command: ResolveTask, context: Context) -> None:
    """Needs the cause, the action and the outcome, so that recurrence can be prevented."""
    task = _open_task(customer, command, Verb.RESOLVE, context)
    if task is None:
        return
    missing = [name for name in ("cause", "action", "outcome") if not (getattr(command, name) or "").strip()]
    if missing:
        _refuse(customer, command, f"to resolve a task say its {' and '.join(missing)}", context)
        return
    closed = Closed(task, seconds(command.issued_at), command.actor, cause=command.cause, action=command.action, outcome=command.outcome)
    _close(customer, closed, Status.RESOLVED, f"cause {quote(command.cause)}, outcome {quote(command.outcome)}", context)


def dismiss(customer: Customer, command: DismissTask, context: Context) -> None:
    """Nothing is to be done; needs a reason."""
    task = _open_task(customer, command, Verb.DISMISS, context)
    if task is None:
        return
    if not (command.reason or "").strip():
        _refuse(customer, command, "to dismiss a task say why", context)
        return
    closed = Closed(task, seconds(command.issued_at), command.actor, reason=command.reason)
    _close(customer, closed, Status.DISMISSED, quote(command.reason), context)


def snooze(customer: Customer, command: SnoozeTask, context: Context) -> None:
    """Rest until a time, a week at most. The clock runs on: what is overdue at the end is told then."""
    task = _open_task(customer, command, Verb.SNOOZE, context)
    if task is None:
        return
    at, until = seconds(command.issued_at), seconds(command.until)
    if not at < until <= at + MOST_SNOOZE_DAYS * DAY:
        _refuse(
            customer, command, f"a task can be snoozed from now until {when(at + MOST_SNOOZE_DAYS * DAY)}, not until {when(until)}", context
        )
        return
    task.status_before_snooze, task.snoozed_until = task.status, until
    _move(customer, task, Verb.SNOOZE, command, f"until {when(until)}", context)


def _open_task(customer: Customer, command: Command, verb: Verb, context: Context) -> Task | None:
    """The task, if the life cycle allows the verb now; else the refusal is written."""
    task = next((task for task in customer.tasks if task.id == command.task), None)
    if task is not None and after(task.status, verb) is not None:
        return task
    if task is not None:
        actor = task.acknowledged_by if task.status == Status.ACKNOWLEDGED and task.acknowledged_by else task.changed_by
        _refuse(customer, command, f"cannot be {DONE[verb]}: it was {task.status} by {actor} at {when(task.changed_at)}", context)
        return None
    closed = next((entry for entry in customer.closed if entry.task.id == command.task), None)
    if closed is not None:
        _refuse(
            customer, command, f"cannot be {DONE[verb]}: it was {closed.task.status} by {closed.by} at {when(closed.closed_at)}", context
        )
    else:
        _refuse(customer, command, f"cannot be {DONE[verb]}: {customer.id} has no open task of this id", context)
    return None


def _refuse(customer: Customer, command: Command, because: str, context: Context) -> None:
    sentence = f"{command.actor}: {command.task} {because}"
    context.log(Verdict.COMMAND_REFUSED, customer.id, command.id, seconds(command.issued_at), sentence)


def _move(customer: Customer, task: Task, verb: Verb, command: Command, detail: str, context: Context) -> None:
    status, at = after(task.status, verb), seconds(command.issued_at)
    task.status = (status or Status(task.status)).value
    if verb is not Verb.SNOOZE:
        task.snoozed_until, task.status_before_snooze = NEVER, None
    snapshots.publish(customer, task, at, command.actor, context)
    because = f"{DONE[verb]} by {command.actor}{f': {detail}' if detail else ''}"
    snapshots.log(Verdict.TASK_MOVED, customer, task, at, because, context)


def _close(customer: Customer, closed: Closed, status: Status, detail: str, context: Context) -> None:
    closed.task.status = status.value
    tasks.close(customer, closed, closed.closed_at, context)
    because = f"{status.value} by {closed.by}: {detail}"
    snapshots.log(Verdict.TASK_MOVED, customer, closed.task, closed.closed_at, because, context)
    snapshots.notify(NoticeKind.TASK_CLOSED, customer, closed.task, closed.closed_at, f"{closed.task.sentence}: {because}", context)
