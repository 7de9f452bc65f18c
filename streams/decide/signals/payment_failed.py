"""Failed payment: who does not mean to leave may still be lost. It is told to billing; here it is only a faint sign."""

from __future__ import annotations

from schemas.facts import PaymentFailed
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalSeen
from streams.decide.state import Customer
from streams.decide.wording import why

NAME = "payment_failed"


def on_failed(customer: Customer, fact: PaymentFailed, context: Context) -> list[SignalSeen] | None:
    """Strength: the policy's. The newest counts, in whatever order they come."""
    known = customer.signals.get(NAME)
    if known is not None and known.seen_at > fact.at:
        return None
    currency = context.policy.currency if fact.amount is not None else None
    because = why(NAME, fact.reason, amount=fact.amount, currency=currency)
    return [SignalSeen(at=fact.at, name=NAME, strength=context.policy.churn.payment_failed.strength, why=because)]


PAYMENT_FAILED = Aspect(NAME, {PaymentFailed: on_failed}, tells=(SignalSeen,))
