"""Ageing: the points of an open task that grow with time grow, day by day, and those of the customer's standing with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.decisions import Status
from schemas.facts import RenewalDated
from schemas.message import seconds
from streams.decide import recovery
from streams.decide.aspect import Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import (
    HicChanged,
    TaskClosed,
    TaskEvent,
    TaskRaised,
    TaskRegressed,
    TaskTakenBack,
    TaskWeighedAgain,
    TierChanged,
)
from streams.decide.lifecycle import CLOSED
from streams.decide.state import Customer, Task, Why
from streams.decide.tier import DAY, OF, RANK
from streams.decide.wording import why


class WeighsMore(Timer, frozen=True):
    """A task has been open for another day."""


def start(customer: Customer, news: TaskEvent, context: Context) -> None:
    """From when it was raised, or came back."""
    del context
    customer.weigh_at[news.task] = news.at + DAY


def on_taken_back(customer: Customer, news: TaskTakenBack, context: Context) -> None:
    """What is open again after all grows older again."""
    if Status(news.was) in CLOSED:
        start(customer, news, context)


def forget(customer: Customer, news: TaskClosed, context: Context) -> None:
    """What has ended grows no older."""
    del context
    customer.weigh_at.pop(news.task, None)


def on_standing(customer: Customer, news: TierChanged | HicChanged, context: Context) -> Iterator[TaskWeighedAgain] | None:
    """Who matters more by now is told of at once. That one matters less is not: a fall alone makes nothing less urgent."""
    del context
    rises = news.hic if isinstance(news, HicChanged) else RANK[OF[news.now]] > RANK[OF[news.was]]
    return _weighed_again(customer, news.at, news.why) if rises and customer.recovery is not None else None


def on_renewal(customer: Customer, fact: RenewalDated, context: Context) -> Iterator[TaskWeighedAgain] | None:
    """A renewal adds to every open task from now on, the older ones too."""
    if customer.recovery is None or not customer.recovery.open:
        return None
    for task in customer.recovery.open:
        customer.weigh_at.setdefault(task.id, context.now + DAY)
    return _weighed_again(customer, context.now, why("renewal", left_days=max(0.0, (seconds(fact.renews_on) - context.now) / DAY)))


def _weighed_again(customer: Customer, at: float, because: Why) -> Iterator[TaskWeighedAgain]:
    for task in recovery.of(customer).open:
        if task.life.status != Status.SNOOZED:
            yield TaskWeighedAgain(at=at, task=task.id, why=because)


def timers(customer: Customer) -> Sequence[WeighsMore]:
    """Of each task whose points still grow."""
    return [WeighsMore(at, task) for task, at in customer.weigh_at.items()] if customer.weigh_at else ()


def on_day(customer: Customer, timer: WeighsMore, context: Context) -> Iterator[TaskWeighedAgain]:
    """It is weighed again, and the next day again, while age or a renewal can add to it. A snoozed one grows unseen."""
    task, closed = recovery.find(customer, timer.about)
    del customer.weigh_at[timer.about]
    if task is None or closed is not None:
        return
    if _grows(customer, task, context):
        customer.weigh_at[task.id] = context.now + DAY
    if task.life.status != Status.SNOOZED:
        yield TaskWeighedAgain(at=context.now, task=task.id, why=why("age", open_days=(context.now - task.opened_at) / DAY))


def _grows(customer: Customer, task: Task, context: Context) -> bool:
    weights, profile = context.policy.weights, customer.profile
    ages = weights.age_per_day * (context.now - task.opened_at) / DAY < weights.age_most
    return ages or (profile is not None and profile.renews_at is not None and profile.renews_at > context.now)


AGEING = Aspect(
    "ageing",
    {
        **dict.fromkeys((TierChanged, HicChanged), on_standing),
        RenewalDated: on_renewal,
        TaskRaised: start,
        TaskRegressed: start,
        TaskTakenBack: on_taken_back,
        TaskClosed: forget,
        WeighsMore: on_day,
    },
    tells=(TaskWeighedAgain,),
    state="weigh_at",
    timers=timers,
)
