"""Undelivered: what was promised for a day has not come. The clock finds it, not the delivery that comes too late, or never."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.facts import DeliveryMade, DeliveryPromised
from schemas.message import seconds
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context, object_hash
from streams.decide.events import OrderUndelivered, SignalGone, SignalSeen
from streams.decide.signal_state import Promise
from streams.decide.signals import gone
from streams.decide.state import Customer
from streams.decide.wording import moment, name, why

NAME = "undelivered"
HOUR = 3_600.0
MOST_PROMISES = 32


class DeliveryLate(Timer, frozen=True):
    """An order is so late that it counts. `about` is its key."""


def on_promised(customer: Customer, fact: DeliveryPromised, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Wait for it; a later promise moves the day."""
    promised_for, key = seconds(fact.promised_for), object_hash(fact.source, fact.object)
    late_at = promised_for + context.policy.triggers.delivery_late_hours * HOUR
    known = customer.promises.pop(key, None)
    if known is not None and known.late_at == NEVER and known.promised_for >= promised_for:
        late_at = NEVER  # it was told already
    if len(customer.promises) >= MOST_PROMISES:
        del customer.promises[next(iter(customer.promises))]
    customer.promises[key] = Promise(fact.object, fact.source, fact.id, promised_for, late_at, list(fact.customer.aliases[:4]))
    return _unless_others(customer, fact.at)


def on_delivered(customer: Customer, fact: DeliveryMade, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """It has come. Whether too late is judged of the delivery itself."""
    del context
    customer.promises.pop(object_hash(fact.source, fact.object), None)
    return _unless_others(customer, fact.at)


def _unless_others(customer: Customer, at: float) -> Iterator[SignalGone] | None:
    if NAME not in customer.signals or any(promise.late_at == NEVER for promise in customer.promises.values()):
        return None
    return gone(customer, NAME, at)


def on_late(customer: Customer, timer: DeliveryLate, context: Context) -> Iterator[SignalSeen | OrderUndelivered]:
    """Strength: the policy's, for as long as anything that is due has not come."""
    promise = customer.promises[int(timer.about)]
    promise.late_at = NEVER
    over = (timer.at - promise.promised_for) / HOUR
    because = why("not_delivered", order=name(promise.order), promised_at=moment(promise.promised_for), late_hours=over)
    yield SignalSeen(at=timer.at, name=NAME, strength=context.policy.churn.undelivered.strength, why=because, lasts=True)
    yield OrderUndelivered(at=timer.at, promise=promise, why=because)


def timers(customer: Customer) -> list[DeliveryLate] | tuple[()]:
    """When each order will be too late, until that was told."""
    if not customer.promises:
        return ()
    return [DeliveryLate(promise.late_at, str(key)) for key, promise in customer.promises.items() if promise.late_at != NEVER]


UNDELIVERED = Aspect(
    NAME,
    {DeliveryPromised: on_promised, DeliveryMade: on_delivered, DeliveryLate: on_late},
    tells=(SignalSeen, SignalGone, OrderUndelivered),
    state="promises",
    timers=timers,
)
