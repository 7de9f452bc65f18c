"""What hits many at once: a carrier that stands still, a batch that was burnt, a web shop that is down. Each has its wave of tickets."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from makegood.local.simulator import habits
from makegood.local.simulator.company import Customer
from makegood.local.simulator.facts import Moment, by_id, fact, moment
from makegood.local.simulator.rhythm import DAY, HOUR
from schemas.message import instant


class Incident(NamedTuple):
    """`before_end_days` before the history ends; it hits `share` of the customers within `hours`, of key accounts too."""

    name: str
    before_end_days: float
    hours: float
    share: float
    key_share: float


INCIDENTS = (
    Incident("the carrier stands still", 41, 60, 0.12, 0.25),
    Incident("a batch was burnt", 20, 48, 0.10, 0.25),
    Incident("the web shop is down", 1.1, 22, 0.20, 0.55),
)


def waves(company: Sequence[Customer], end: float, chance: random.Random) -> Iterator[Moment]:
    """Every incident of the history."""
    for number, incident in enumerate(INCIDENTS):
        begins = end - incident.before_end_days * DAY
        for customer in company:
            if chance.random() < (incident.key_share if customer.is_key else incident.share):
                at = begins + chance.uniform(0, incident.hours) * HOUR
                yield from _hit(customer, f"{number}{customer.number:03d}", at, end, chance)


def _hit(customer: Customer, number: str, at: float, end: float, chance: random.Random) -> Iterator[Moment]:
    """One of three: a late delivery, a ticket, a poor answer; unlucky ones get two."""
    ways = chance.sample(("late", "ticket", "survey"), k=2 if chance.random() < 0.25 else 1)
    if "late" in ways and at < end:
        promised = instant(at - chance.uniform(26, 110) * HOUR)
        yield moment(fact("delivery.made", habits.SHOP, f"late-{number}", at, by_id(customer), promised_for=promised))
    if "ticket" in ways and at < end:
        grade = chance.choices(("normal", "high", "urgent"), weights=(3, 4, 3))[0]
        yield from habits.ticket(customer, f"88{number}", at, end, chance, grade)
    if "survey" in ways:
        yield from habits.answer(customer, f"r-w{number}", at, chance.randint(1, 6), chance, end)


def strangers(end: float, chance: random.Random) -> Iterator[Moment]:
    """People of whom nobody knows which customer they are: what they say waits, in sight."""
    for number in range(3):
        whose = {"aliases": [f"email:barista{number}@somewhere.example"]}
        at, score = end - chance.uniform(0.3, 20) * DAY, {"metric": "csat", "raw": number + 1}
        yield moment(fact("survey.answered", habits.SURVEYS, f"r-stranger-{number}", at, whose, survey="tasting", score=score))
