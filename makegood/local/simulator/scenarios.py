"""Scenarios: small stories of the roastery's day, from now on. A pure function of seed and time; somebody else sends them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from makegood.local.simulator import habits, vendors, words
from makegood.local.simulator.company import Customer
from makegood.local.simulator.facts import by_id, fact
from makegood.local.simulator.rhythm import HOUR, lively
from makegood.local.simulator.words import Mood
from schemas.message import instant

USUAL_PAUSE_S, LEAST_PAUSE_S, MOST_PAUSE_S = 1.6, 0.4, 4.0
TROUBLE_EVERY_S = 75.0
INCIDENT_EVERY_S = 900.0
FIRST_INCIDENT_S = 150.0


class Sent(NamedTuple):
    """What is sent to the gateway, `after_s` seconds from now: facts as JSON, or a vendor's webhook, or raw bytes."""

    after_s: float
    to: str
    body: Any


Story = Callable[[Customer, float, random.Random, str], list[Sent]]


def facts(after_s: float, *made: Any) -> Sent:
    """Through the JSON API."""
    return Sent(after_s, "facts", [one.model_dump(mode="json", exclude_none=True) for one in made])


# -- stories ------------------------------------------------------------------------------------------------------------------------


def _order(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    amount = round(customer.annual_value * customer.every_days / 365 * chance.uniform(0.7, 1.3), 2)
    promised = instant(now + 48 * HOUR)
    bought = fact("purchase.made", habits.SHOP, number, now, by_id(customer), amount=amount)
    return [facts(0, bought, fact("delivery.promised", habits.SHOP, number, now, by_id(customer), promised_for=promised))]


def _delivery(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    promised = instant(now + chance.uniform(0.5, 6) * HOUR)
    return [facts(0, fact("delivery.made", habits.SHOP, number, now, by_id(customer), promised_for=promised))]


def _portal(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    return [facts(0, fact("usage.recorded", "portal", number, now, by_id(customer), quantity=chance.randint(1, 9)))]


def _praise(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    text = words.said(customer.language, Mood.GLAD, chance.random())
    return [Sent(0, "typeform", vendors.typeform(customer, number, now, chance.choice((8, 9, 9, 10)), text))]


def _small_ticket(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    object_id, text = vendors.ticket_number(number), words.said(customer.language, Mood.CROSS, chance.random())
    opened = vendors.ticket_created(customer, object_id, now, chance.choice(words.SUBJECTS), text, chance.choice(("LOW", "NORMAL")))
    after = chance.uniform(60, 400)
    return [Sent(0, "zendesk", opened), Sent(after, "zendesk", vendors.ticket_solved(customer, object_id, now + after))]


def _payment(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    amount = round(customer.annual_value / 40, 2)
    return [facts(0, fact("payment.failed", "billing", number, now, by_id(customer), amount=amount, reason="card expired"))]


def _again(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    """The survey tool sends the same twice."""
    (first,) = _praise(customer, now, chance, number)
    return [first, first._replace(after_s=6.0)]


def _late(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    return _order(customer, now - chance.uniform(2, 30) * HOUR, chance, number)


def _rubbish(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    """A system that writes to Kafka by itself, and was deployed on a Friday."""
    return [Sent(0, "rubbish", chance.choice((b'{"type":"usage.recorded","id":', b'{"type":"purchase.made","amount":"12,50"}')))]


USUAL: tuple[tuple[float, Story], ...] = (
    (34, _order),
    (28, _delivery),
    (14, _portal),
    (12, _praise),
    (5, _small_ticket),
    (0.8, _payment),
    (2.5, _again),
    (2.5, _late),
    (0.5, _rubbish),
)


def _cross_survey(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    """The score first, the words 20 seconds later."""
    raw = chance.randint(0, 6)
    score, later = {"metric": "nps", "raw": raw}, now + habits.COMMENT_AFTER_S
    text = words.said(customer.language, habits.mood_of(raw, chance), chance.random())
    first = fact("survey.answered", "delight", number, now, by_id(customer), survey="after delivery", score=score)
    then = fact("survey.amended", "delight", number, later, by_id(customer), comment=text, language=customer.language)
    return [facts(0, first), facts(habits.COMMENT_AFTER_S, then)]


def _urgent_ticket(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    text = words.said(customer.language, chance.choice((Mood.CROSS, Mood.CROSS, Mood.LEAVING, Mood.RIVAL)), chance.random())
    opened = vendors.ticket_created(customer, vendors.ticket_number(number), now, chance.choice(words.SUBJECTS), text, "URGENT")
    return [Sent(0, "zendesk", opened)]


def _too_late(customer: Customer, now: float, chance: random.Random, number: str) -> list[Sent]:
    promised = instant(now - chance.uniform(26, 90) * HOUR)
    return [facts(0, fact("delivery.made", habits.SHOP, number, now, by_id(customer), promised_for=promised))]


TROUBLE: tuple[Story, ...] = (_cross_survey, _urgent_ticket, _too_late)


# -- the day ------------------------------------------------------------------------------------------------------------------------


def day(company: Sequence[Customer], seed: int, began: float) -> Iterator[Callable[[float], tuple[list[Sent], float]]]:
    """For ever: a function of the time now that gives what is sent, and the pause until the next. `began` names the run in all ids."""
    chance, number = random.Random(f"live {seed} {began:.0f}"), 0
    trouble_at, incident_at = began + 20, began + FIRST_INCIDENT_S
    small = [customer for customer in company if customer.annual_value < 5_000]
    cared_for = [customer for customer in company if customer.annual_value >= 5_000]

    def next_one(now: float) -> tuple[list[Sent], float]:
        nonlocal trouble_at, incident_at
        name = f"{int(began) % 10_000_000}{number:05d}"
        pause = min(MOST_PAUSE_S, max(LEAST_PAUSE_S, chance.expovariate(lively(now) / USUAL_PAUSE_S)))
        if now >= incident_at:
            incident_at = now + chance.uniform(0.7, 1.3) * INCIDENT_EVERY_S
            return _incident(company, now, chance, name), pause
        if now >= trouble_at:
            trouble_at = now + chance.expovariate(1 / TROUBLE_EVERY_S)
            return chance.choice(TROUBLE)(chance.choice(cared_for), now, chance, name), pause
        story = chance.choices([one for _, one in USUAL], weights=[weight for weight, _ in USUAL])[0]
        customer = chance.choice(small if story is _small_ticket else company)
        return story(customer, now, chance, name), pause

    while True:
        number += 1
        yield next_one


def _incident(company: Sequence[Customer], now: float, chance: random.Random, name: str) -> list[Sent]:
    """The web shop is down: a wave of tickets within two minutes, most of them from those who are small."""
    hit, sent = chance.sample(list(company), 9), []
    for number, customer in enumerate(hit):
        after = chance.uniform(0, 120)
        text = words.said(customer.language, Mood.CROSS, chance.random())
        priority = chance.choice(("NORMAL", "HIGH", "URGENT")) if customer.is_key else "HIGH"
        object_id = vendors.ticket_number(f"{name}{number}")
        sent.append(
            Sent(after, "zendesk", vendors.ticket_created(customer, object_id, now + after, "The web shop is down", text, priority))
        )
    return sent
