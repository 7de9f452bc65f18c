"""Spend cut or cancelled: the subscription is halved, about to end, or ended."""

from __future__ import annotations

from schemas.facts import SubscriptionCancelled, SubscriptionChanged
from schemas.message import seconds
from streams.decide.context import Context
from streams.decide.state import Customer, Signal
from streams.decide.wording import quote, when

HALVED, CANCELS, CANCELLED = "spend_halved", "cancels", "cancelled"
STRENGTH = {HALVED: 0.4, CANCELS: 0.7, CANCELLED: 0.9}


def on_subscription_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> None:
    """Strength: 0.4 for a value cut to half or less, 0.7 for an end that is set. Neither any longer: the signals go."""
    del context
    at, signals = fact.at, customer.signals
    now, before = fact.annual_value, fact.previous_annual_value
    if now is not None and before is not None:
        signals.pop(HALVED, None)
        if 0 <= now <= before / 2:
            sentence = f"cut the subscription from {before:,.0f} to {now:,.0f} a year"
            signals[HALVED] = Signal(STRENGTH[HALVED], at, sentence, {"before": before, "now": now})
    if fact.cancels_at is None:
        signals.pop(CANCELS, None)
        return
    ends = seconds(fact.cancels_at)
    days = round((ends - at) / 86_400, 2)
    signals[CANCELS] = Signal(STRENGTH[CANCELS], at, f"lets the subscription end at {when(ends)}", {"days_left": days})


def on_subscription_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> None:
    """Strength: 0.9."""
    del context
    said = quote(fact.reason)
    sentence = f"cancelled the subscription{f': {said}' if said else ''}"
    customer.signals[CANCELLED] = Signal(STRENGTH[CANCELLED], fact.at, sentence, {})
