"""Verification: some time after a task was resolved, somebody asks the customer whether it is well; a good answer verifies it (recovery)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.decisions import NoticeKind, Status, Verdict
from streams.decide import recovery, tickets
from streams.decide.aspect import Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import TaskClosed, TaskEvent
from streams.decide.sla import HOUR
from streams.decide.state import Customer, Task
from streams.decide.wording import moment, why


class VerificationDue(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.VERIFICATION_DUE
    kind = NoticeKind.VERIFICATION_DUE
    route = "verification"


class AskTime(Timer, frozen=True):
    """The customer has had time to see whether what was done helps."""


def on_closed(customer: Customer, news: TaskClosed, context: Context) -> None:
    """Only what was resolved is asked about; to dismissed tasks there is nothing to say."""
    if news.now == Status.RESOLVED:
        customer.ask_at = recovery.remembered(customer, customer.ask_at)
        customer.ask_at[news.task] = news.at + context.policy.verification.ask_after_hours * HOUR


def timers(customer: Customer) -> Sequence[AskTime]:
    """Of each task that was resolved, until somebody was told to ask."""
    return [AskTime(at, task_id) for task_id, at in customer.ask_at.items()] if customer.ask_at else ()


def on_ask_time(customer: Customer, timer: AskTime, context: Context) -> Iterator[VerificationDue]:
    """Nobody is told where the customer has answered meanwhile, or the task is open again, or is about nothing but spam by then: whoever
    sent that is not asked. It is a person who asks, never we.
    """
    del customer.ask_at[timer.about]
    task, closed = recovery.find(customer, timer.about)
    if task is not None and closed is not None and task.life.status == Status.RESOLVED and not _is_of_spam(customer, task):
        because = why("verification_due", resolved_by=closed.by, resolved_at=moment(closed.closed_at))
        yield VerificationDue(at=context.now, task=task.id, why=because)


def _is_of_spam(customer: Customer, task: Task) -> bool:
    """Whether all that it rests on was said in tickets that count for nothing as of now."""
    known = customer.tickets.known if customer.tickets is not None else {}
    return all(tickets.is_spam(known.get(e.ticket)) for e in task.evidence)


VERIFICATION = Aspect(
    "verification",
    {TaskClosed: on_closed, AskTime: on_ask_time},
    tells=(VerificationDue,),
    state="ask_at",
    timers=timers,
)
