"""One open forecast a customer: what the rhythm says of the next horizon, and when that is over, what came of it.

It is taken at a moment that has nothing to do with what the customer does (each has their own, every horizon anew), of whom an alert would
be raised, by the chance as the rhythm states it: what is found corrects that one, and never itself. Who is erased takes it along.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from zlib import crc32

from schemas.facts import PurchaseMade
from schemas.policy import Policy
from streams.decide.aspect import Aspect, Timer
from streams.decide.context import Context
from streams.decide.outcomes import Outcome, model_of
from streams.decide.purchases import WINDOW
from streams.decide.segment import may_leave
from streams.decide.signal_state import Forecast
from streams.decide.signals import silence
from streams.decide.state import Customer, Spend
from streams.decide.tier import DAY

MOST_HORIZONS = 2
"""Who has bought nothing for so many horizons tells nothing more; the next purchase begins anew."""
ENOUGH = 12_000
"""Of more customers than this only so many are looked at, by their ids: each look costs a timer, and no more are needed to learn from."""


class HorizonOver(Timer, frozen=True):
    """The horizon of the customer's forecast is over, or it is time for their first one."""


def on_purchase(customer: Customer, fact: Any, context: Context) -> None:
    """Who has a rhythm is looked at from their next own moment on."""
    del fact
    if customer.forecast is None and _is_watched(customer, context):
        horizon = context.policy.churn.silence.horizon_days * DAY
        phase = crc32(customer.id.encode()) % max(1, int(horizon))
        customer.forecast = Forecast(due_at=context.now + horizon - (context.now - phase) % horizon)


def _is_watched(customer: Customer, context: Context) -> bool:
    rules, spend = context.policy.churn, customer.spend
    known = spend is not None and spend.days >= rules.silence.least_purchase_days
    return rules.recalibrate.on and known and may_leave(customer, context) and is_asked(customer.id, context.thresholds.population)


def is_asked(customer: str, population: int) -> bool:
    """Whether this customer is among those who are enough to learn from. Who is not among them does not come in as the population grows."""
    return population <= ENOUGH or crc32(customer.encode()) * population < ENOUGH * 2**32


def on_over(customer: Customer, timer: HorizonOver, context: Context) -> None:
    """Count what came of it, where chances are still stated as that one was; and take the next."""
    known, spend, at, policy = customer.forecast, customer.spend, context.now, context.policy
    if known is None or spend is None:
        return
    model = model_of(policy)
    if known.model == model and policy.churn.recalibrate.on:
        bought = has_bought(spend, known, policy)
        if bought is not None:
            context.effects.outcomes.append(Outcome(model, timer.at, known.chance, not bought))
    customer.forecast, horizon = None, policy.churn.silence.horizon_days * DAY
    if _is_watched(customer, context) and at - spend.last_day * DAY <= MOST_HORIZONS * horizon:
        chance = silence.chance_of_nothing(spend, at, policy)
        customer.forecast = Forecast(at + horizon, model, chance, at)


def has_bought(spend: Spend, forecast: Forecast, policy: Policy) -> bool | None:
    """Whether anything was bought after the day of the forecast and within its horizon; None where that is not known any more.

    By the days themselves, not by how many more there are than then: purchases of before may have been told since.
    """
    begin, end = int(forecast.at // DAY), int(forecast.at // DAY + policy.churn.silence.horizon_days)
    if spend.last_day <= end:
        return spend.last_day > begin
    since, after = spend.last_day - begin, spend.last_day - end  # bit n of recent_days is the day n before the last
    if spend.recent_days & ((1 << since) - 1) >> after << after:
        return True
    return False if since <= WINDOW else None


def timers(customer: Customer) -> tuple[HorizonOver, ...]:
    """When it is over."""
    return (HorizonOver(customer.forecast.due_at),) if customer.forecast is not None else ()


FORECAST = Aspect(
    "forecast",
    {PurchaseMade: on_purchase, HorizonOver: on_over},
    state="forecast",
    timers=timers,
    earliest=attrgetter("due_at"),
)
