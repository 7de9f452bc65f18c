"""What people ask for, decided by the life cycle; what it does not allow is refused, with who and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from schemas.commands import AcknowledgeTask, Command, ContactTask, DismissTask, ResolveTask, SnoozeTask
from schemas.decisions import Status
from schemas.message import seconds
from streams.decide import recovery
from streams.decide.aspect import NEVER, Event, Reaction
from streams.decide.context import Context
from streams.decide.events import CommandRefused, TaskMoved
from streams.decide.lifecycle import DONE, Verb, after
from streams.decide.state import Closed, Customer, Task, Why
from streams.decide.tier import DAY
from streams.decide.undo import remember
from streams.decide.wording import moment, why, words

MOST_SNOOZE_DAYS = 7
MOST_KEPT = 2_000
"""Characters of a resolution that the task keeps; the command's own topic has it whole."""
News = Iterator[Event]
Act = Callable[[Customer, Task, Any, Context], News]


def _where_allowed(verb: Verb) -> Callable[[Act], Reaction]:
    """The command reaches the open task that it names where the life cycle allows the verb now; else it is refused."""

    def reached(act: Act) -> Reaction:
        @wraps(act)
        def decide(customer: Customer, command: Any, context: Context) -> News:
            task = _allowed(customer, command, verb)
            return act(customer, task, command, context) if task is not None else iter((_refusal(customer, command, verb),))

        return decide

    return reached


@_where_allowed(Verb.ACKNOWLEDGE)
def acknowledge(customer: Customer, task: Task, command: AcknowledgeTask, context: Context) -> News:
    """Somebody takes the task up: paging stops, the clock does not."""
    del customer, context
    remember(task, command)
    life = task.life
    life.acknowledged, life.acknowledged_by, life.acknowledged_at = True, command.actor, seconds(command.issued_at)
    yield _move(task, Verb.ACKNOWLEDGE, command, why("acknowledged"))


@_where_allowed(Verb.CONTACT)
def contact(customer: Customer, task: Task, command: ContactTask, context: Context) -> News:
    """The customer was spoken to: that is the first response, so the due time is met and the clock stops."""
    del customer, context
    remember(task, command)
    task.life.contacted = True
    yield _move(task, Verb.CONTACT, command, why("contacted", command.note))


@_where_allowed(Verb.RESOLVE)
def resolve(customer: Customer, task: Task, command: ResolveTask, context: Context) -> News:
    """Needs the cause, the action and the outcome, so that recurrence can be prevented."""
    given = {name: _kept(getattr(command, name)) for name in ("cause", "action", "outcome")}
    if lacking := {f"lacks_{name}": True for name, text in given.items() if text is None}:
        yield _refused(command, Why("resolution_incomplete", dict(lacking)))
        return
    remember(task, command)
    closed = Closed(task, seconds(command.issued_at), command.actor, given["cause"], given["action"], given["outcome"])
    because = why("resolved", None, **{name: words(text) for name, text in given.items()})
    yield from recovery.close(customer, closed, Verb.RESOLVE, because, context)


@_where_allowed(Verb.DISMISS)
def dismiss(customer: Customer, task: Task, command: DismissTask, context: Context) -> News:
    """Nothing is to be done; needs a reason."""
    reason = _kept(command.reason)
    if reason is None:
        yield _refused(command, why("reason_missing"))
        return
    remember(task, command)
    closed = Closed(task, seconds(command.issued_at), command.actor, reason=reason)
    yield from recovery.close(customer, closed, Verb.DISMISS, why("dismissed", reason), context)


@_where_allowed(Verb.SNOOZE)
def snooze(customer: Customer, task: Task, command: SnoozeTask, context: Context) -> News:
    """Rest until a time, a week at most, be it beyond the due time. The clock runs on: what is overdue at the end is notified then."""
    del customer, context
    at, until = seconds(command.issued_at), seconds(command.until)
    latest = at + MOST_SNOOZE_DAYS * DAY
    if not at < until <= latest:
        yield _refused(command, why("snooze_too_long", most_days=MOST_SNOOZE_DAYS, latest_at=moment(latest), until_at=moment(until)))
        return
    remember(task, command)
    before = task.life.status
    moved = _move(task, Verb.SNOOZE, command, why("snoozed", until_at=moment(until)))
    task.life.status_before_snooze, task.life.snoozed_until = before, until
    yield moved


def _kept(text: str | None) -> str | None:
    text = (text or "").strip()
    return (text if len(text) <= MOST_KEPT else text[: MOST_KEPT - 1] + "…") or None


def _allowed(customer: Customer, command: Command, verb: Verb) -> Task | None:
    """The open task, if the life cycle allows the verb now. Once more the same command does nothing, though the task came back since."""
    task, closed = recovery.find(customer, command.task)
    if task is None or closed is not None or command.id in task.commands:
        return None
    return task if after(task.life.status, verb) is not None else None


def _move(task: Task, verb: Verb, command: Command, because: Why) -> TaskMoved:
    life, was = task.life, task.life.status
    life.status = (after(was, verb) or Status(was)).value
    life.moved_by, life.moved_at = command.actor, seconds(command.issued_at)
    life.snoozed_until, life.status_before_snooze = NEVER, None
    return TaskMoved(at=seconds(command.issued_at), task=task.id, by=command.actor, why=because, was=was, now=life.status)


# -- refusals -----------------------------------------------------------------------------------------------------------------------


def _refused(command: Command, because: Why) -> CommandRefused:
    return CommandRefused(at=seconds(command.issued_at), command=command.id, task=command.task, by=command.actor, why=because)


def _refusal(customer: Customer, command: Command, verb: Verb) -> CommandRefused:
    """Why the life cycle does not allow it: the task is so already, or cannot come there from where it is."""
    task, closed = recovery.find(customer, command.task)
    if task is None:
        return _refused(command, why("unknown_task"))
    life = task.life
    held: dict[str, Any] = {"status": life.status, "by": life.moved_by, "since_at": moment(life.moved_at), **_how(closed)}
    if DONE[verb] == life.status:
        return _refused(command, why("already_so", **held))
    if command.id in task.commands:
        return _refused(command, why("command_applied_before"))
    return _refused(command, why("not_from_here", verb=verb.value, **held))


def _how(closed: Closed | None) -> dict[str, str | None]:
    """What was said when it was closed; of one that the customer verified, who had resolved it."""
    if closed is None:
        return {}
    verified = closed.task.life.status == Status.VERIFIED
    said = {"reason": words(closed.reason), "cause": words(closed.cause), "action": words(closed.action)}
    return {**said, "resolved_by": closed.by if verified else None}
