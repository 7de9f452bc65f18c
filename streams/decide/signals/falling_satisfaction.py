"""Falling satisfaction: the customer's moving average lies well below where it used to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import EVERY_MOMENT
from streams.decide.satisfaction import total
from streams.decide.segment import may_leave
from streams.decide.signals import gone, seen
from streams.decide.state import Customer
from streams.decide.wording import why

NAME = "falling_satisfaction"


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times min(1, fall / (2 * drop)), fall being the slow average less the fast one, from `drop` on."""
    del message
    answers = customer.answers
    if answers is None:
        return None
    rules = context.policy.churn.falling_satisfaction
    if total(answers) < rules.least_answers or not may_leave(customer, context):
        return None
    fall, at = answers.earlier - answers.now, answers.recent[-1][0]
    if fall < rules.drop:
        return gone(customer, NAME, at)
    because = why(NAME, earlier=answers.earlier, now=answers.now, answers=total(answers))
    return seen(customer, SignalSeen(at=at, name=NAME, strength=rules.most_strength * min(1.0, fall / (2 * rules.drop)), why=because))


FALLING_SATISFACTION = Aspect(NAME, dict.fromkeys(EVERY_MOMENT, look), tells=(SignalSeen, SignalGone))
