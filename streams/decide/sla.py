"""The SLA clock: until when a person must have answered, when that is said to be near, and when it is missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from schemas.decisions import NoticeKind, Status, Verdict
from schemas.policy import Policy
from streams.decide import recovery
from streams.decide.aspect import Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import TaskAmended, TaskClosed, TaskEvent, TaskRaised, TaskRegressed
from streams.decide.state import Clock, Customer, Task
from streams.decide.tier import tier_at
from streams.decide.wording import moment, why

HOUR = 3600.0


class DueMoved(TaskEvent, frozen=True, kw_only=True):
    """It is due earlier than it was: seen in the snapshot."""


class DueSoon(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.ESCALATED
    kind = NoticeKind.TASK_DUE_SOON


class Overdue(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.ESCALATED
    kind = NoticeKind.TASK_OVERDUE


class ResponseWarns(Timer, frozen=True):
    """The due time of a task is near, and nobody has acknowledged it."""


class ResponseMissed(Timer, frozen=True):
    """The due time of a task has passed, and the customer has not been contacted."""


def target_s(customer: Customer, at: float, policy: Policy) -> float:
    """Seconds until a person must have answered: the HIC row first, then the tier's. At most 24 hours."""
    if customer.segment is not None and customer.segment.hic:
        return policy.targets.hic * HOUR
    return float(getattr(policy.targets, tier_at(customer.segment, at).value)) * HOUR


def start(customer: Customer, news: TaskEvent, context: Context) -> None:
    """The clock runs anew."""
    target = target_s(customer, news.at, context.policy)
    warn_at = news.at + target * context.policy.targets.warn_share
    customer.clocks[news.task] = Clock(news.at + target, warn_at, started_at=news.at if news.task in customer.clocks else None)


def on_amended(customer: Customer, news: TaskAmended, context: Context) -> Iterator[DueMoved] | None:
    """Who is roused is owed an answer from then on; who matters more by now, an earlier one."""
    if news.late:
        return None
    if news.roused_from is not None:
        start(customer, news, context)
        return None
    return _hurry(customer, news, context)


def _hurry(customer: Customer, news: TaskAmended, context: Context) -> Iterator[DueMoved]:
    """The due time never moves away, and a notice that went out is not repeated."""
    clock, (task, _), at = customer.clocks[news.task], recovery.find(customer, news.task), news.at
    if task is None or task.life.contacted or clock.missed:
        return
    target, started_at = target_s(customer, at, context.policy), clock.started_at or task.opened_at
    due = started_at + target if started_at + target > at else at + target
    if due < clock.due_at:
        clock.due_at = due
        clock.warn_at = min(clock.warn_at, due - target * (1 - context.policy.targets.warn_share))
        yield DueMoved(at=at, task=task.id, why=why("customer_matters_more"))


def timers(customer: Customer) -> Iterable[Timer]:
    """Of each open task that is awake: when it warns, and when it is missed."""
    return _timers(customer, customer.recovery.open) if customer.clocks and customer.recovery is not None else ()


def _timers(customer: Customer, tasks: list[Task]) -> Iterator[Timer]:
    for task in tasks:
        life, clock = task.life, customer.clocks.get(task.id)
        if clock is None or clock.missed or life.contacted or life.status == Status.SNOOZED:
            continue  # it does not warn in its sleep; the clock runs on
        yield ResponseMissed(clock.due_at, task.id)
        if not clock.warned and not life.acknowledged:
            yield ResponseWarns(clock.warn_at, task.id)


def on_warns(customer: Customer, timer: ResponseWarns, context: Context) -> Iterator[DueSoon]:
    """Said once; not where it is missed by now, which is said instead."""
    task, clock = _running(customer, timer)
    if clock.due_at <= context.now:
        return
    clock.warned = True
    because = why("due_soon", due_at=moment(clock.due_at), left_hours=(clock.due_at - context.now) / HOUR)
    yield DueSoon(at=context.now, task=task.id, why=because)


def on_missed(customer: Customer, timer: ResponseMissed, context: Context) -> Iterator[Overdue]:
    """Said once."""
    task, clock = _running(customer, timer)
    clock.missed = True
    because = why("overdue", due_at=moment(clock.due_at), over_hours=(context.now - clock.due_at) / HOUR)
    yield Overdue(at=context.now, task=task.id, why=because)


def _running(customer: Customer, timer: Any) -> tuple[Task, Clock]:
    task, _ = recovery.find(customer, timer.about)
    assert task is not None
    return task, customer.clocks[task.id]


def forget(customer: Customer, news: TaskClosed, context: Context) -> None:
    """Clocks of tasks that nobody remembers any more go with them."""
    del news, context
    customer.clocks = recovery.remembered(customer, customer.clocks)


SLA = Aspect(
    "sla",
    {
        TaskRaised: start,
        TaskRegressed: start,
        TaskAmended: on_amended,
        TaskClosed: forget,
        ResponseWarns: on_warns,
        ResponseMissed: on_missed,
    },
    tells=(DueMoved, DueSoon, Overdue),
    state="clocks",
    version=2,
    timers=timers,
)
