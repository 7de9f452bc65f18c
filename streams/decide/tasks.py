"""Which messages concern recovery tasks: facts are judged by the triggers, commands by the life cycle, and snoozes end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from schemas.commands import AcknowledgeTask, ContactTask, DismissTask, ResolveTask, SnoozeTask, UndoTask
from schemas.customers import Reference
from schemas.decisions import Status
from schemas.facts import (
    DeliveryMade,
    DeliveryPromised,
    EmployeeFeedback,
    PaymentFailed,
    PurchaseMade,
    SubscriptionCancelled,
    TicketCommented,
    TicketOpened,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
    UsageRecorded,
)
from schemas.message import instant
from schemas.traffic import TimerDue
from streams.decide import commands, early, recovery, satisfaction, segment, ticket_fates, tickets, triggers, undo
from streams.decide.aspect import Aspect, Event, Timer
from streams.decide.context import Context, deterministic_id
from streams.decide.events import (
    BusinessHalved,
    CommandRefused,
    OrderUndelivered,
    PaymentRefused,
    ProtectionChanged,
    TaskAmended,
    TaskClosed,
    TaskMoved,
    TaskRaised,
    TaskRegressed,
    TaskTakenBack,
    TaskVerified,
    TicketFollowed,
    TicketRestored,
    TicketVoided,
    TierChanged,
)
from streams.decide.facts import ANSWERS
from streams.decide.lifecycle import Verb, after
from streams.decide.state import Customer, Task
from streams.decide.triggers import Reason
from streams.decide.wording import moment, shortened, why

News = Iterator[Event] | None
_COMMANDS = Task.__struct_fields__.index("commands")
_WHY = Task.__struct_fields__.index("why")  # its evidence follows it


class SnoozeEnds(Timer, frozen=True):
    """A task has rested as long as it was to."""


def _concerns(customer: Customer, at: float, context: Context) -> bool:
    """Whether a fact of this customer can change any task. Most cannot, and are done with here."""
    tasks = customer.recovery
    return (tasks is not None and bool(tasks.open or tasks.closed)) or segment.is_protected(customer, at, context.policy)


def on_answer(customer: Customer, fact: Any, context: Context) -> News:
    """A poor answer is a reason for a task; a good one takes back what the same answer said before, or verifies a recovery.

    A later version of an answer that a task rests on amends that task, whatever it says now.
    """
    if not _concerns(customer, fact.at, context):
        return _early_answer(customer, fact, context)
    reason = triggers.of_answer(customer, fact, context)
    if reason is not None and recovery.turn(customer, satisfaction.key_of(fact), reason.cause):
        return _brought(customer, fact, reason, context)
    if fact.score is None and (added := recovery.add_comment(customer, fact, reason)) is not None:
        return added
    if reason is not None:
        return _brought(customer, fact, reason, context)
    return _good(customer, fact, context) if fact.score is not None else None


def _early_answer(customer: Customer, fact: Any, context: Context) -> News:
    reason = triggers.of_answer(customer, fact, context)
    if reason is not None:
        early.remember(customer, fact, reason, context)
        return None
    early.forget_old(customer, context)
    if fact.score is not None:
        early.take_back(customer, satisfaction.key_of(fact))
    return None


def _good(customer: Customer, fact: Any, context: Context) -> Iterator[Event]:
    yield from recovery.correct(customer, fact, context)
    yield from recovery.verify(customer, fact, context)


def on_ticket(customer: Customer, fact: Any, context: Context) -> News:
    """A bad interaction is a reason for a task."""
    return _maybe(customer, fact, triggers.of_ticket(customer, fact, context), context)


def on_comment(customer: Customer, fact: TicketCommented, context: Context) -> News:
    """Words of the customer may be a reason; and whatever they write in the ticket of a task that is snoozed wakes it, also where it is a
    reason for another task. What others write wakes none, nor what was written before the snooze.
    """
    reason = triggers.of_ticket(customer, fact, context)
    brought = _maybe(customer, fact, reason, context)
    if not fact.by_customer or customer.recovery is None or not customer.recovery.open:
        return brought
    amends = reason.cause if reason is not None else None
    return chain(ticket_fates.answered(customer, fact, tickets.key_of_fact(customer, fact), amends), brought or ())


def on_delivery(customer: Customer, fact: DeliveryMade, context: Context) -> News:
    """A late delivery is a reason for a task; one that was in time takes back that it had not come."""
    reason = triggers.of_delivery(fact, context)
    if reason is None and customer.recovery is not None and (taken_back := recovery.arrived_in_time(customer, fact, context)) is not None:
        return taken_back
    return _maybe(customer, fact, reason, context)


def on_undelivered(customer: Customer, news: OrderUndelivered, context: Context) -> News:
    """An order that has not come is a reason for a task: as of when it was too late."""
    promise = news.promise
    reference = Reference(id=customer.id, aliases=tuple(promise.people))
    fact = DeliveryPromised(
        id=promise.fact,
        source=promise.source,
        object=promise.order,
        occurred_at=instant(news.at),
        customer=reference,
        promised_for=instant(promise.promised_for),
    )
    return _maybe(customer, fact, triggers.of_undelivered(news), context)


def on_halved(customer: Customer, news: BusinessHalved, context: Context) -> News:
    """That a customer does half the business with us is a reason for a task."""
    return _maybe(customer, news.fact, triggers.of_halved(news), context)


def on_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> News:
    """A cancelled subscription is a reason for a task."""
    return _maybe(customer, fact, triggers.of_cancelled(customer, fact), context)


def on_employee_feedback(customer: Customer, fact: EmployeeFeedback, context: Context) -> News:
    """A serious report of an employee is a reason for a task."""
    return _maybe(customer, fact, triggers.of_employee(fact, context), context)


def _maybe(customer: Customer, fact: Any, reason: Reason | None, context: Context) -> News:
    if reason is None:
        early.forget_old(customer, context)
        return None
    return _brought(customer, fact, reason, context)


def _brought(customer: Customer, fact: Any, reason: Reason, context: Context) -> News:
    """What it changes of tasks; where they are not for this customer, it is remembered for a while."""
    brought = recovery.bring(customer, fact, reason, context) if _concerns(customer, fact.at, context) else None
    if brought is None:
        early.remember(customer, fact, reason, context)
    return brought


def on_payment_failed(customer: Customer, fact: PaymentFailed, context: Context) -> Iterator[PaymentRefused]:
    """A failed payment is billing's business, not a recovery task."""
    currency = context.policy.currency if fact.amount is not None else None
    because = why("payment_failed", fact.reason, amount=fact.amount, currency=currency)
    yield PaymentRefused(at=fact.at, fact=fact.id, notice=deterministic_id("N-", customer.id, fact.source, fact.id), why=because)


def on_ticket_voided(customer: Customer, news: TicketVoided, context: Context) -> News:
    """What rests on a ticket that counts no longer, rests on nothing."""
    early.drop_ticket(customer, news.ticket)
    return ticket_fates.drop(customer, news, context) if customer.recovery is not None else None


def on_ticket_followed(customer: Customer, news: TicketFollowed, context: Context) -> News:
    """Tasks follow the ticket that they rest on."""
    del context
    return ticket_fates.follow(customer, news) if customer.recovery is not None else None


def on_ticket_restored(customer: Customer, news: TicketRestored, context: Context) -> News:
    """What ended with a ticket goes on with it."""
    del context
    return ticket_fates.restore(customer, news) if customer.recovery is not None else None


def on_no_trouble(customer: Customer, fact: PurchaseMade | UsageRecorded, context: Context) -> None:
    """Time has gone by."""
    del fact
    early.forget_old(customer, context)


# -- time ---------------------------------------------------------------------------------------------------------------------------


def timers(customer: Customer) -> Sequence[SnoozeEnds]:
    """When each snooze ends."""
    if customer.recovery is None or not customer.recovery.open:
        return ()
    return [SnoozeEnds(task.life.snoozed_until, task.id) for task in customer.recovery.open if task.life.status == Status.SNOOZED]


def on_snooze_ends(customer: Customer, timer: SnoozeEnds, context: Context) -> Iterator[TaskMoved]:
    """It is again what it was. Its clock ran on."""
    task, _ = recovery.find(customer, timer.about)
    if task is None or after(task.life.status, Verb.WAKE) is None:
        return
    recovery.wake(task, context.now)
    because = why("snooze_ended", due_at=moment(customer.clocks[task.id].due_at))
    yield TaskMoved(at=context.now, task=task.id, why=because, was=Status.SNOOZED.value, now=task.life.status)


def on_time(customer: Customer, due: TimerDue, context: Context) -> None:
    """What was closed long ago by the customer's own time is forgotten: where old facts are heard now, the clock is far ahead of them."""
    del due
    recovery.forget_old(customer, customer.heard_at, context)
    early.forget_old(customer, context)


# -- what older versions held -------------------------------------------------------------------------------------------------------


def _shorter(fields: list[Any]) -> list[Any]:
    """Reasons by number where they were held with code and names: what is said again has its reason by number, and is the same evidence."""
    tasks, closed, *early = fields  # versions 1 and 2 held none of these
    return [
        [_shorter_task(task) for task in tasks],
        [[_shorter_task(task), *more] for task, *more in closed],
        *([[cause, source, _shorter_evidence(evidence), *more] for cause, source, evidence, *more in known] for known in early),
    ]


def _shorter_task(task: list[Any]) -> list[Any]:
    return [*task[:_WHY], shortened(task[_WHY]), [_shorter_evidence(one) for one in task[_WHY + 1]], *task[_WHY + 2 :]]


def _without_last_command(fields: list[Any]) -> list[Any]:
    """Version 6 held the last command alone."""
    tasks, closed, *early = fields
    return [[task[:_COMMANDS] for task in tasks], [[task[:_COMMANDS], *more] for task, *more in closed], *early]


def _shorter_evidence(evidence: list[Any]) -> list[Any]:
    fact, at, because, *more = evidence
    return [fact, at, shortened(because), *more]


RECOVERY = Aspect(
    "recovery",
    {
        **dict.fromkeys(ANSWERS, on_answer),
        **dict.fromkeys((TicketOpened, TicketUpdated, TicketReassigned, TicketResolved, TicketReopened), on_ticket),
        TicketCommented: on_comment,
        DeliveryMade: on_delivery,
        SubscriptionCancelled: on_cancelled,
        EmployeeFeedback: on_employee_feedback,
        **dict.fromkeys((PurchaseMade, UsageRecorded), on_no_trouble),
        OrderUndelivered: on_undelivered,
        BusinessHalved: on_halved,
        TierChanged: early.on_standing,
        ProtectionChanged: early.on_standing,
        TicketVoided: on_ticket_voided,
        TicketFollowed: on_ticket_followed,
        TicketRestored: on_ticket_restored,
        AcknowledgeTask: commands.acknowledge,
        ContactTask: commands.contact,
        ResolveTask: commands.resolve,
        DismissTask: commands.dismiss,
        SnoozeTask: commands.snooze,
        UndoTask: undo.undo,
        SnoozeEnds: on_snooze_ends,
        TimerDue: on_time,
    },
    tells=(TaskRaised, TaskAmended, TaskMoved, TaskClosed, TaskTakenBack, TaskRegressed, TaskVerified, CommandRefused),
    state="recovery",
    version=7,
    migrate={4: _shorter, 6: _without_last_command},  # version 4 took over as it was what version 3 held of a reason
    timers=timers,
)
BILLING = Aspect("billing", {PaymentFailed: on_payment_failed}, tells=(PaymentRefused,))
