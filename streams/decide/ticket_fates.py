"""What becomes of tasks with the ticket that they rest on: it is spam, or deleted, or merged into another, or counts after all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from schemas.decisions import Status
from schemas.facts import TicketCommented
from streams.decide import recovery, triggers
from streams.decide.context import Context
from streams.decide.events import MAKEGOOD, TaskAmended, TaskEvent, TaskMoved, TaskTakenBack, TicketFollowed, TicketRestored, TicketVoided
from streams.decide.lifecycle import Verb, after
from streams.decide.state import Customer, Evidence, Life, Task
from streams.decide.wording import name, why

News = Iterator[TaskEvent]


def drop(customer: Customer, news: TicketVoided, context: Context) -> News:
    """A ticket counts no longer. A task that rests on nothing else ends, whoever has taken it up, and says why."""
    for task in list(recovery.of(customer).open):
        rest = [e for e in task.evidence if e.ticket != news.ticket]
        if len(rest) == len(task.evidence):
            continue
        if any(e.severity > 0 for e in rest) or after(task.life.status, Verb.VOID) is None:
            yield from recovery.rest_on(customer, task, rest, news.at, news.why)
        else:
            yield from recovery.end(customer, task, news.at, Verb.VOID, news.why, context)


def restore(customer: Customer, news: TicketRestored) -> News:
    """A ticket counts after all: the task that ended with it is open again, by the clock that it had. Where another of its cause was raised
    meanwhile, that one rests on the ticket, too, and stands for both.
    """
    tasks = recovery.of(customer)
    for closed in [entry for entry in tasks.closed if recovery.was_nothing(entry)]:
        task, was = closed.task, closed.task.life.status
        now = after(was, Verb.RESTORE)
        if now is None or any(e.ticket != news.ticket and e.severity > 0 for e in task.evidence):
            continue
        tasks.closed.remove(closed)
        if (other := recovery.of_cause(customer, task.cause)) is not None:
            yield from _join(customer, other, task, news)
            continue
        tasks.open.append(task)
        task.life = Life(now.value, MAKEGOOD, news.at)
        yield TaskTakenBack(at=max(news.at, recovery.changed_at(customer, task)), task=task.id, why=news.why, was=was, now=now.value)


def _join(customer: Customer, task: Task, ended: Task, news: TicketRestored) -> News:
    """Let a task rest on what one that ended with a ticket did, too, as far as nothing was said of the same since."""
    known = {e.object_key for e in task.evidence}
    more = [e for e in ended.evidence if e.ticket == news.ticket and e.object_key not in known]
    return recovery.rest_on(customer, task, [*more, *task.evidence], news.at, news.why) if more else iter(())


def follow(customer: Customer, news: TicketFollowed) -> News:
    """What was said in one ticket goes on in another, and the tasks that rest on it with it. What was nothing stays so."""
    tasks, rests = recovery.of(customer), partial(_following, news)
    tasks.early = [replace(one, evidence=rests(one.evidence)) for one in tasks.early]
    for task in (*tasks.open, *(closed.task for closed in tasks.closed if not recovery.was_nothing(closed))):
        if any(e.ticket == news.ticket for e in task.evidence):
            task.evidence = _one_each([rests(e) for e in task.evidence])
            if task in tasks.open:
                yield TaskAmended(at=max(news.at, recovery.changed_at(customer, task)), task=task.id, why=news.why)


def answered(customer: Customer, fact: TicketCommented, ticket: int, amends: str | None) -> News:
    """The customer writes in a ticket that a snoozed task rests on: it is awake, and its clock ran on. The task of the cause that their
    words `amends` is roused by them instead.
    """
    for task in recovery.of(customer).open:
        asleep = task.life.status == Status.SNOOZED and fact.at > task.life.moved_at
        if asleep and task.cause != amends and any(e.ticket == ticket for e in task.evidence):
            recovery.wake(task, fact.at)
            because = why("customer_wrote", fact.comment, ticket=name(fact.object))
            yield TaskMoved(at=fact.at, task=task.id, why=because, was=Status.SNOOZED.value, now=task.life.status)


def _one_each(evidence: list[Evidence]) -> list[Evidence]:
    """Of what was said of both tickets, the worse; where both are as bad, the later."""
    worst = {e.object_key: e for e in sorted(evidence, key=lambda e: (e.severity, e.at))}
    return [e for e in evidence if worst[e.object_key] is e]


def _following(news: TicketFollowed, evidence: Evidence) -> Evidence:
    """The same, as said of the other ticket: what is said there again replaces it."""
    if evidence.ticket != news.ticket:
        return evidence
    keys = zip(triggers.said_in(news.source, news.named), triggers.said_in(news.source, news.into_named), strict=True)
    return replace(evidence, ticket=news.into, object_key=dict(keys).get(evidence.object_key, evidence.object_key))
