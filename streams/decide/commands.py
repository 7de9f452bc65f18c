"""What people ask for, decided by the life cycle; what it does not allow is refused in a sentence that says who and when."""

from __future__ import annotations

from schemas.commands import AcknowledgeTask, Command, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import NoticeKind, Status, Verdict
from schemas.message import seconds
from streams.decide import publish, recovery
from streams.decide.context import Context
from streams.decide.lifecycle import Verb, after, refusal
from streams.decide.state import NEVER, Closed, Customer, Task
from streams.decide.tier import DAY
from streams.decide.undo import remember
from streams.decide.wording import quote, when

MOST_SNOOZE_DAYS = 7
MOST_KEPT = 2_000
"""Characters of a resolution that the task keeps; the command's own topic has it whole."""


def acknowledge(customer: Customer, command: AcknowledgeTask, context: Context) -> None:
    """Somebody takes the task up: paging stops, the clock does not."""
    task = _open_task(customer, command, Verb.ACKNOWLEDGE, context)
    if task is not None:
        at = seconds(command.issued_at)
        remember(task, command)
        task.acknowledged_by, task.acknowledged_at, task.warn_at = command.actor, at, NEVER
        _transition(customer, task, Verb.ACKNOWLEDGE, command, "", context)


def contact(customer: Customer, command: ContactTask, context: Context) -> None:
    """The customer was spoken to: that is the first response, so the due time is met and the clock stops."""
    task = _open_task(customer, command, Verb.CONTACT, context)
    if task is not None:
        remember(task, command)
        task.warn_at = task.breach_at = NEVER
        _transition(customer, task, Verb.CONTACT, command, quote(command.note), context)


def resolve(customer: Customer, command: ResolveTask, context: Context) -> None:
    """Needs the cause, the action and the outcome, so that recurrence can be prevented."""
    task = _open_task(customer, command, Verb.RESOLVE, context)
    if task is None:
        return
    texts = [_kept(text) for text in (command.cause, command.action, command.outcome)]
    missing = [name for name, text in zip(("cause", "action", "outcome"), texts, strict=True) if text is None]
    if missing:
        lacking = f"the {' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        _refuse(customer, command, f"cannot be resolved without cause, action and outcome: {lacking}", context)
        return
    remember(task, command)
    closed = Closed(task, seconds(command.issued_at), command.actor, *texts)
    _close(customer, closed, Verb.RESOLVE, f"{_how(closed)}, outcome {quote(closed.outcome)}", context)


def dismiss(customer: Customer, command: DismissTask, context: Context) -> None:
    """Nothing is to be done; needs a reason."""
    task = _open_task(customer, command, Verb.DISMISS, context)
    if task is None:
        return
    reason = _kept(command.reason)
    if reason is None:
        _refuse(customer, command, "cannot be dismissed without a reason", context)
        return
    remember(task, command)
    closed = Closed(task, seconds(command.issued_at), command.actor, reason=reason)
    _close(customer, closed, Verb.DISMISS, _how(closed), context)


def snooze(customer: Customer, command: SnoozeTask, context: Context) -> None:
    """Rest until a time, a week at most, be it beyond the due time. The clock runs on: what is overdue at the end is notified then."""
    task = _open_task(customer, command, Verb.SNOOZE, context)
    if task is None:
        return
    at, until = seconds(command.issued_at), seconds(command.until)
    if not at < until <= at + MOST_SNOOZE_DAYS * DAY:
        latest = when(at + MOST_SNOOZE_DAYS * DAY)
        _refuse(customer, command, f"can be snoozed for {MOST_SNOOZE_DAYS} days at most, until {latest}, not until {when(until)}", context)
        return
    remember(task, command)
    task.status_before_snooze, task.snoozed_until = task.status, until
    _transition(customer, task, Verb.SNOOZE, command, f"until {when(until)}", context)


def _kept(text: str | None) -> str | None:
    text = (text or "").strip()
    return (text if len(text) <= MOST_KEPT else text[: MOST_KEPT - 1] + "…") or None


def _open_task(customer: Customer, command: Command, verb: Verb, context: Context) -> Task | None:
    """The task, if the life cycle allows the verb now; else the refusal is written."""
    task = next((task for task in customer.tasks if task.id == command.task), None)
    if task is not None and after(task.status, verb) is not None:
        return task
    _refuse(customer, command, _why_not(customer, task, command, verb), context)
    return None


def _why_not(customer: Customer, task: Task | None, command: Command, verb: Verb) -> str:
    if task is not None:
        return refusal(verb, task.status, _since(task))
    closed = next((entry for entry in customer.closed if entry.task.id == command.task), None)
    if closed is None:
        return f"is not a task of {customer.id}, or was closed long ago"
    verified = closed.task.status == Status.VERIFIED
    since = f"by the customer's answer at {when(closed.task.moved_at)}, after {closed.by} resolved it" if verified else _since(closed.task)
    return f"{refusal(verb, closed.task.status, since)} ({_how(closed)})"


def _since(task: Task) -> str:
    return f"by {task.moved_by or task.changed_by} at {when(task.moved_at or task.changed_at)}"


def _how(closed: Closed) -> str:
    if closed.reason is not None:
        return f"reason {quote(closed.reason)}"
    return f"cause {quote(closed.cause)}, action {quote(closed.action)}"


def _refuse(customer: Customer, command: Command, because: str, context: Context) -> None:
    sentence = f"refused to {command.actor}: {command.task} {because}"
    context.log(Verdict.COMMAND_REFUSED, customer.id, command.id, seconds(command.issued_at), sentence)


def _transition(customer: Customer, task: Task, verb: Verb, command: Command, detail: str, context: Context) -> None:
    at = seconds(command.issued_at)
    task.status = (after(task.status, verb) or Status(task.status)).value
    task.moved_by, task.moved_at = command.actor, at
    if verb is not Verb.SNOOZE:
        task.snoozed_until, task.status_before_snooze = NEVER, None
    publish.publish(customer, task, at, command.actor, context)
    publish.log(Verdict.TASK_MOVED, customer, task, at, _summary(task.status, command.actor, detail), context)


def _close(customer: Customer, closed: Closed, verb: Verb, detail: str, context: Context) -> None:
    task = closed.task
    recovery.close(customer, closed, after(task.status, verb) or Status(task.status), context)
    because = _summary(task.status, closed.by, detail)
    publish.log(Verdict.TASK_MOVED, customer, task, closed.closed_at, because, context)
    publish.notify(NoticeKind.TASK_CLOSED, customer, task, closed.closed_at, f"{task.sentence}: {because}", context)


def _summary(status: str, actor: str, detail: str) -> str:
    return f"{status} by {actor}{f': {detail}' if detail else ''}"
