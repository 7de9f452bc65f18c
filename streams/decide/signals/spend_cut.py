"""Spend cut or cancelled: of all that the customer has subscribed to, the value is halved, about to end, or ended."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.facts import SubscriptionCancelled, SubscriptionChanged
from schemas.message import seconds
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context, object_hash
from streams.decide.events import BusinessHalved, SignalGone, SignalSeen
from streams.decide.signal_state import Subscription
from streams.decide.signals import gone, seen
from streams.decide.state import Customer, Why
from streams.decide.tier import DAY
from streams.decide.wording import moment, name, why

HALVED, CANCELS, CANCELLED = "spend_halved", "cancels", "cancelled"
STRENGTH = {HALVED: 0.4, CANCELS: 0.7, CANCELLED: 0.9}
"""Where it is all that the customer has; in proportion to the value, or the number where a value is unknown, where it is a part of it."""
MOST_KNOWN = 16
News = Iterator[SignalSeen | SignalGone | BusinessHalved]


class SubscriptionEnds(Timer, frozen=True):
    """The end that was set has come. `about` is the key of the subscription."""


def on_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> News:
    """Take in how the subscription stands; that it goes on after its end takes the end back."""
    before = value_before(customer, fact)
    known = _known(customer, fact)
    if fact.annual_value is not None:
        known.before = _before(known, before, fact.annual_value)
        known.value, known.moved = fact.annual_value, 0.0 if before is None else fact.annual_value - before
    if known.ended_at == NEVER or fact.at >= known.ended_at:
        known.ends_at, known.ended_at, known.said = (NEVER if fact.cancels_at is None else seconds(fact.cancels_at)), NEVER, None
    yield from _halved(customer, fact, context)
    yield from _going(customer, fact.at)


def value_before(customer: Customer, fact: SubscriptionChanged) -> float | None:
    """What the subscription was worth a year before this fact: as it says, or as it was told of last; None where nobody said."""
    known = customer.subscriptions.get(object_hash(fact.source, fact.object))
    last = known.value if known is not None else None
    return last if fact.previous_annual_value is None else fact.previous_annual_value


def on_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> News:
    """The subscription has ended."""
    known = _known(customer, fact)
    if fact.at >= known.at:
        known.ended_at, known.ends_at, known.at = min(known.ended_at, fact.at), NEVER, fact.at
        known.said = fact.reason or known.said
    yield from _halved(customer, fact, context)
    yield from _going(customer, fact.at)


def on_end(customer: Customer, timer: SubscriptionEnds, context: Context) -> News:
    """What was to end has ended, and nobody said otherwise."""
    known = customer.subscriptions[int(timer.about)]
    known.ended_at, known.ends_at = known.ends_at, NEVER
    yield from _going(customer, context.now)


def _known(customer: Customer, fact: SubscriptionChanged | SubscriptionCancelled) -> Subscription:
    """The subscription, as the one told of last."""
    key, names = object_hash(fact.source, fact.object), name(fact.object)
    known = customer.subscriptions.pop(key, None) or Subscription(names, fact.at, fact.at)
    known.first_at = min(known.first_at, fact.at)
    if len(customer.subscriptions) >= MOST_KNOWN:
        del customer.subscriptions[next(iter(customer.subscriptions))]
    customer.subscriptions[key] = known
    if fact.type == "subscription.changed":
        known.at = max(known.at, fact.at)
    return known


def _before(known: Subscription, before: float | None, now: float) -> float | None:
    """What it was worth before it was cut, through several cuts; None where it was raised."""
    if before is None or now > before:
        return None
    return before if known.before is None else max(known.before, before)


# -- what it comes to -------------------------------------------------------------------------------------------------------------------


def _halved(customer: Customer, fact: SubscriptionChanged | SubscriptionCancelled, context: Context) -> News:
    """All that goes on is worth half of what it was, or less. What has ended is no cut, it is an end."""
    going_on = [known for known in customer.subscriptions.values() if known.ended_at == NEVER and known.value is not None]
    now = sum(known.value or 0.0 for known in going_on)
    before = sum(known.value or 0.0 if known.before is None else known.before for known in going_on)
    if before <= 0 or not 0 <= now <= before / 2:
        yield from gone(customer, HALVED, fact.at) or ()
        return
    because = why(HALVED, annual_before=before, annual_now=now, currency=context.policy.currency)
    was = customer.signals.get(HALVED)
    if was is None or was.why != because:
        yield SignalSeen(at=fact.at, name=HALVED, strength=STRENGTH[HALVED], why=because)
        yield BusinessHalved(at=fact.at, fact=fact, why=because)


def _going(customer: Customer, at: float) -> News:
    """What has ended, and what is about to. Who took out another one after the end of one has come back."""
    every = customer.subscriptions.values()
    new = max(
        (known.first_at for known in every if known.ended_at == NEVER and (known.value or 0) > 0 and known.before is None), default=0.0
    )
    ended = [known for known in every if known.ended_at != NEVER and known.ended_at >= new]
    ending = [known for known in every if known.ends_at != NEVER]
    yield from _told(customer, CANCELLED, max(ended, key=lambda known: known.ended_at, default=None), ended, at)
    yield from _told(customer, CANCELS, min(ending, key=lambda known: known.ends_at, default=None), ending, at)


def _told(customer: Customer, signal: str, worst: Subscription | None, those: list[Subscription], at: float) -> News:
    if worst is None:
        yield from gone(customer, signal, at) or ()
        return
    strength, since = STRENGTH[signal] * _share(customer, those), worst.ended_at if signal == CANCELLED else worst.at
    news = SignalSeen(at=since, name=signal, strength=strength, why=_because(signal, worst), lasts=signal == CANCELS)
    yield from seen(customer, news) or ()


def _because(signal: str, known: Subscription) -> Why:
    if signal == CANCELLED:
        return why("subscription_cancelled", known.said, subscription=known.name)
    return why(CANCELS, ends_at=moment(known.ends_at), left_days=(known.ends_at - known.at) / DAY)


def _share(customer: Customer, those: list[Subscription]) -> float:
    """Of the customer's whole value; of the number, where a value is unknown."""
    every = list(customer.subscriptions.values())
    values = [known.value for known in every if known.value is not None and known.value > 0]
    if len(values) < len(every):
        return len(those) / len(every)
    return sum(known.value or 0.0 for known in those) / sum(values)


def timers(customer: Customer) -> list[SubscriptionEnds] | tuple[()]:
    """When each end that is set comes."""
    if not customer.subscriptions:
        return ()
    return [SubscriptionEnds(known.ends_at, str(key)) for key, known in customer.subscriptions.items() if known.ends_at != NEVER]


SPEND_CUT = Aspect(
    "spend_cut",
    {SubscriptionChanged: on_changed, SubscriptionCancelled: on_cancelled, SubscriptionEnds: on_end},
    tells=(SignalSeen, SignalGone, BusinessHalved),
    state="subscriptions",
    version=2,
    timers=timers,
)
