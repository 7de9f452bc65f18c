"""Which facts concern recovery tasks: each is judged by the triggers, and what is a reason is brought to a task."""

from __future__ import annotations

from typing import Any

from schemas.decisions import Notice, NoticeKind, Priority, Verdict
from schemas.facts import DeliveryMade, EmployeeFeedback, PaymentFailed, SubscriptionCancelled, TicketMerged, TicketUpdated
from schemas.message import instant
from streams.decide import recovery, segment, tickets, triggers
from streams.decide.context import Context, deterministic_id
from streams.decide.state import Customer
from streams.decide.tier import tier_at
from streams.decide.triggers import Reason
from streams.decide.wording import said, who


def on_answer(customer: Customer, fact: Any, context: Context) -> None:
    """A poor answer is a reason for a task; a good one takes back what the same answer said before, or verifies a recovery.

    A later version of an answer that a task rests on amends that task, whatever it says now.
    """
    if not _concerns(customer, fact.at, context):
        return
    reason = triggers.of_answer(customer, fact, context)
    if fact.score is None and recovery.add_comment(customer, fact, reason, context):
        return
    if reason is not None:
        recovery.bring(customer, fact, reason, context)
    elif fact.score is not None:
        recovery.correct(customer, fact, context)
        recovery.verify(customer, fact, context)


def on_ticket(customer: Customer, fact: Any, context: Context) -> None:
    """A bad interaction is a reason for a task."""
    if _concerns(customer, fact.at, context):
        _maybe(customer, fact, triggers.of_ticket(customer, fact, context), context)


def on_ticket_updated(customer: Customer, fact: TicketUpdated, context: Context) -> None:
    """Spam takes back whatever was concluded from the ticket; anything else may be a bad interaction."""
    if not tickets.is_spam(tickets.of_fact(customer, fact)):
        on_ticket(customer, fact, context)
        return
    key = tickets.key_of_fact(customer, fact)
    for name in [name for name, signal in customer.signals.items() if signal.ticket == key]:
        del customer.signals[name]
    recovery.drop_ticket(customer, key, fact.at, f"{triggers.ticket_text(fact.object)} is spam", context)


def on_ticket_merged(customer: Customer, fact: TicketMerged, context: Context) -> None:
    """Tasks follow the ticket into the other one; where that is done with, they end."""
    name = tickets.name_of(customer, fact.source, fact.into)
    key, into = tickets.key_of(fact.source, fact.object), tickets.key_of(fact.source, name)
    because = f"{triggers.ticket_text(fact.object)} was merged into {triggers.ticket_text(fact.into)}"
    target = customer.tickets.known.get(into) if customer.tickets is not None else None
    if target is not None and not target.open:
        recovery.drop_ticket(customer, key, fact.at, f"{because}, which is resolved", context)
    elif key != into:
        recovery.follow_ticket(customer, key, into, fact.at, because, context)


def on_delivery(customer: Customer, fact: DeliveryMade, context: Context) -> None:
    """A late delivery is a reason for a task."""
    if _concerns(customer, fact.at, context):
        _maybe(customer, fact, triggers.of_delivery(fact, context), context)


def on_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> None:
    """A cancelled subscription is a reason for a task."""
    if _concerns(customer, fact.at, context):
        _maybe(customer, fact, triggers.of_cancelled(fact), context)


def on_employee_feedback(customer: Customer, fact: EmployeeFeedback, context: Context) -> None:
    """A serious report of an employee is a reason for a task."""
    if _concerns(customer, fact.at, context):
        _maybe(customer, fact, triggers.of_employee(fact, context), context)


def on_payment_failed(customer: Customer, fact: PaymentFailed, context: Context) -> None:
    """A failed payment is billing's business, not a recovery task."""
    at, amount = fact.at, "" if fact.amount is None else f" of {fact.amount:,.2f} {context.policy.currency}"
    sentence = said(f"{who(customer, at)}: a payment{amount} failed", fact.reason)
    context.log(Verdict.SENT_TO_BILLING, customer.id, fact.id, at, sentence)
    context.send(
        Notice(
            id=deterministic_id("N-", customer.id, fact.source, fact.id),
            kind=NoticeKind.PAYMENT_FAILED,
            priority=Priority.P4,
            customer=customer.id,
            customer_name=customer.profile.name if customer.profile is not None else None,
            tier=tier_at(customer.segment, at),
            hic=customer.segment is not None and customer.segment.hic,
            about=fact.id,
            route=context.policy.routes.billing,
            sentence=sentence,
            at=instant(at),
            basis=context.basis,
        )
    )


def _concerns(customer: Customer, at: float, context: Context) -> bool:
    """Whether a fact of this customer can change any task. Most cannot, and are done with here."""
    # The tier of this very fact is settled after it; a customer without a segment gets one now.
    if customer.segment is None:
        segment.review(customer, context)
    return bool(customer.tasks or customer.closed) or segment.is_protected(customer, at, context.policy)


def _maybe(customer: Customer, fact: Any, reason: Reason | None, context: Context) -> None:
    if reason is not None:
        recovery.bring(customer, fact, reason, context)
