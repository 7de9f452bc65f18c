"""The second SLA clock: until when a task must be solved, counted from when it was raised or came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.decisions import NoticeKind, Status, Verdict
from streams.decide import recovery
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import TaskClosed, TaskEvent, TaskRaised, TaskRegressed
from streams.decide.sla import HOUR
from streams.decide.state import Customer
from streams.decide.wording import moment, why


class Unsolved(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.ESCALATED
    kind = NoticeKind.TASK_UNSOLVED


class SolvingMissed(Timer, frozen=True):
    """The time for a task is over, and it is not solved."""


def start(customer: Customer, news: TaskEvent, context: Context) -> None:
    """The clock runs anew, and through whatever people do until the task ends."""
    customer.solve_by[news.task] = news.at + context.policy.targets.solved * HOUR


def forget(customer: Customer, news: TaskClosed, context: Context) -> None:
    """Of tasks that nobody remembers any more nothing is waited for."""
    del news, context
    customer.solve_by = recovery.remembered(customer, customer.solve_by)


def timers(customer: Customer) -> Sequence[SolvingMissed]:
    """Of each open task that is awake, until it was said once."""
    if not customer.solve_by or customer.recovery is None:
        return ()
    awake = [(task.id, customer.solve_by.get(task.id, NEVER)) for task in customer.recovery.open if task.life.status != Status.SNOOZED]
    return [SolvingMissed(by, task_id) for task_id, by in awake if by != NEVER]


def on_missed(customer: Customer, timer: SolvingMissed, context: Context) -> Iterator[Unsolved]:
    """Said once, to whoever owns the task by its priority of now."""
    customer.solve_by[timer.about] = NEVER
    because = why("unsolved", solve_by_at=moment(timer.at), over_hours=(context.now - timer.at) / HOUR)
    yield Unsolved(at=context.now, task=timer.about, why=because)


SOLVING = Aspect(
    "solving",
    {TaskRaised: start, TaskRegressed: start, TaskClosed: forget, SolvingMissed: on_missed},
    tells=(Unsolved,),
    state="solve_by",
    timers=timers,
)
