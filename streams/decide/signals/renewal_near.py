"""Renewal near with a bad level: the contract renews soon, and the satisfaction that counts everywhere lies low."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import RenewalDated, TicketUpdated
from streams.decide.aspect import Aspect, Timer, as_held
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import ANSWERS
from streams.decide.signals import gone, seen
from streams.decide.state import Customer
from streams.decide.tier import DAY
from streams.decide.wording import moment, why

NAME = "renewal_near"


class RenewalNears(Timer, frozen=True):
    """The renewal has come near, or is past."""


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times (below - level) / below, for as long as the renewal lies ahead and no further than the policy's days.

    It shares a cause with low satisfaction: the nearness makes the same level weigh more, and is no second sign.
    """
    del message
    renews_at, rules, at = (
        customer.profile.renews_at if customer.profile is not None else None,
        context.policy.churn.renewal_near,
        context.now,
    )
    if renews_at is None:
        return None
    near_at = renews_at - rules.days * DAY
    customer.renewal_at = next((moment for moment in (near_at, renews_at) if moment > at), None)
    answers = customer.answers
    if not near_at <= at < renews_at or answers is None or answers.level is None or answers.level >= rules.below:
        return gone(customer, NAME, at)
    strength = rules.most_strength * (rules.below - answers.level) / rules.below
    because = why(NAME, renews_at=moment(renews_at), satisfaction=answers.level)
    since = max(near_at, answers.recent[-1][0])
    return seen(customer, SignalSeen(at=since, name=NAME, strength=strength, why=because, lasts=True))


def timers(customer: Customer) -> tuple[RenewalNears, ...]:
    """When the renewal comes near, and when it is past."""
    return (RenewalNears(customer.renewal_at),) if customer.renewal_at is not None else ()


RENEWAL_NEAR = Aspect(
    NAME,
    dict.fromkeys((*ANSWERS, TicketUpdated, RenewalDated, RenewalNears), look),
    tells=(SignalSeen, SignalGone),
    state="renewal_at",
    version=2,
    migrate={1: as_held},
    timers=timers,
    earliest=float,  # the slice is the time
)
