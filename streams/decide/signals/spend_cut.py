"""Spend cut or cancelled: the subscription is halved, about to end, or ended."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.facts import SubscriptionCancelled, SubscriptionChanged
from schemas.message import seconds
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.state import Customer
from streams.decide.tier import DAY
from streams.decide.wording import moment, name, why

HALVED, CANCELS, CANCELLED = "spend_halved", "cancels", "cancelled"
STRENGTH = {HALVED: 0.4, CANCELS: 0.7, CANCELLED: 0.9}


def on_subscription_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> Iterator[SignalSeen | SignalGone]:
    """Strength: 0.4 for a value cut to half or less, 0.7 for an end that is set. Neither any longer: the signals go."""
    at, now, before = fact.at, fact.annual_value, fact.previous_annual_value
    if now is not None and before is not None:
        if 0 <= now <= before / 2:
            because = why(HALVED, annual_before=before, annual_now=now, currency=context.policy.currency)
            yield SignalSeen(at=at, name=HALVED, strength=STRENGTH[HALVED], why=because)
        elif HALVED in customer.signals:
            yield SignalGone(at=at, name=HALVED)
    if fact.cancels_at is not None:
        ends = seconds(fact.cancels_at)
        because = why(CANCELS, ends_at=moment(ends), left_days=(ends - at) / DAY)
        yield SignalSeen(at=at, name=CANCELS, strength=STRENGTH[CANCELS], why=because)
    elif CANCELS in customer.signals:
        yield SignalGone(at=at, name=CANCELS)


def on_subscription_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> Iterator[SignalSeen]:
    """Strength: 0.9."""
    del customer, context
    because = why("subscription_cancelled", fact.reason, subscription=name(fact.object))
    yield SignalSeen(at=fact.at, name=CANCELLED, strength=STRENGTH[CANCELLED], why=because)


SPEND_CUT = Aspect(
    "spend_cut",
    {SubscriptionChanged: on_subscription_changed, SubscriptionCancelled: on_subscription_cancelled},
    tells=(SignalSeen, SignalGone),
)
