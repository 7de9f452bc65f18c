"""Usage halved: the product is used on half as many days as was usual for this customer, or fewer. How much on a day is no part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import UsageRecorded
from streams.decide.aspect import Aspect, Timer, as_held
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.purchases import DAY, WINDOW, came
from streams.decide.segment import may_leave
from streams.decide.signal_state import Days, Usage
from streams.decide.signals import gone, rarity, seen
from streams.decide.state import Customer
from streams.decide.trend import halved
from streams.decide.wording import why

NAME = "usage_halved"
LOOK_EVERY = 7 * DAY
"""While nothing is used, the clock looks so often, for as long as single days are known."""
News = Iterator[SignalSeen | SignalGone]


class UsageRare(Timer, frozen=True):
    """The product was not used for so long that its use must be looked at again."""


def on_usage(customer: Customer, fact: UsageRecorded, context: Context) -> News | None:
    """Note the day; a day that was known already says nothing new."""
    if fact.quantity <= 0:
        return None
    usage = customer.usage = customer.usage or Usage(Days())
    before = usage.days.days
    came(usage.days, int(fact.at // DAY))
    if usage.days.days == before:
        return None
    window = context.policy.churn.usage_halved.window_days
    if usage.days.last_day - usage.days.first_day < window or not may_leave(customer, context):
        usage.look_at = None  # no trend yet, or none that anybody looks at
        return gone(customer, NAME, context.now)
    usage.look_at = usage.days.last_day * DAY + window * DAY / 2
    return _judged(customer, usage, context)


def on_rare(customer: Customer, timer: UsageRare, context: Context) -> News | None:
    """Look again, and once a week from then on; what is found last fades."""
    usage = customer.usage
    if usage is None:
        return None
    later = timer.at + LOOK_EVERY
    usage.look_at = later if later < (usage.days.last_day + WINDOW) * DAY else None
    return _judged(customer, usage, context)


def _judged(customer: Customer, usage: Usage, context: Context) -> News | None:
    """Strength: `most_strength` times the rarity of so few days in the window at the customer's own usual rate."""
    rules = context.policy.churn.usage_halved
    found = halved(usage.days, int(context.now // DAY), rules) if may_leave(customer, context) else None
    if found is None:
        return gone(customer, NAME, context.now)
    because = why(NAME, count=found.days, expected=found.usual, window_days=rules.window_days, chance=found.chance)
    strength = rules.most_strength * rarity(found.chance, rules.rarer_than)
    return seen(customer, SignalSeen(at=context.now, name=NAME, strength=strength, why=because))


def timers(customer: Customer) -> tuple[UsageRare, ...]:
    """When the clock looks next."""
    return (UsageRare(customer.usage.look_at),) if customer.usage is not None and customer.usage.look_at is not None else ()


def _look_or_none(fields: list[Any]) -> list[Any]:
    """Version 1 held NEVER where the clock does not look."""
    days, look_at = fields
    return [days, as_held(look_at)]


USAGE_HALVED = Aspect(
    NAME,
    {UsageRecorded: on_usage, UsageRare: on_rare},
    tells=(SignalSeen, SignalGone),
    state="usage",
    version=2,
    migrate={1: _look_or_none},
    timers=timers,
)
