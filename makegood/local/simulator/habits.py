"""What customers do on their own account: profiles, orders, deliveries, surveys, tickets, payments, use of the portal."""

from __future__ import annotations

import random
from collections.abc import Iterator

from makegood.local.simulator import words
from makegood.local.simulator.company import Customer
from makegood.local.simulator.facts import Moment, by_email, by_id, by_zendesk, fact, moment
from makegood.local.simulator.rhythm import DAY, HOUR, in_office_hours, season
from makegood.local.simulator.words import Mood
from schemas.message import instant

SHOP, SURVEYS, DESK = "shop", "typeform", "zendesk"
COMMENT_AFTER_S = 20.0
LATE_LINKS = 5
"""So many customers answer before anybody knows whose address it is."""


def introductions(customer: Customer, start: float, chance: random.Random) -> Iterator[Moment]:
    """Who they are, under which names they are known, and until when the contract runs."""
    at = start + customer.number * 2
    profile = {"name": customer.name, "annual_value": customer.annual_value, "language": customer.language, "timezone": customer.zone}
    more = {"owner": customer.owner, "hic_answers": customer.questions, "labels": {"country": customer.country}}
    given = {name: value for name, value in (profile | more).items() if value is not None}
    yield moment(fact("customer.profiled", "crm", customer.id, at, by_id(customer), **given))
    if customer.renews_in_days is not None:
        renews = instant(start + (customer.renews_in_days + 56) * DAY)
        yield moment(fact("renewal.dated", "crm", f"contract-{customer.number}", at, by_id(customer), renews_on=renews))
    linked = at + (chance.uniform(9, 20) * DAY if customer.number % 36 == LATE_LINKS else 1)
    for alias in (f"email:{customer.email}", f"zendesk:{customer.zendesk}"):
        yield moment(fact("alias.linked", "crm", f"{customer.id}-{alias}", linked, by_id(customer), alias=alias, trust=2))


def orders(customer: Customer, start: float, end: float, chance: random.Random) -> Iterator[Moment]:
    """Orders in the customer's rhythm, each delivered two days later, some of them asked about."""
    stops = end if customer.leaves_after is None else start + (end - start) * customer.leaves_after
    at = start + chance.uniform(0.1, customer.every_days) * DAY
    number = 0
    while (at := in_office_hours(at, chance)) < stops:
        number += 1
        order = f"{customer.number}-{number}"
        amount = round(customer.annual_value * customer.every_days / 365 * season(at) * chance.uniform(0.7, 1.3), 2)
        yield moment(fact("purchase.made", SHOP, order, at, by_id(customer), amount=amount))
        yield from _delivered(customer, order, at, end, chance)
        at += customer.every_days * DAY * chance.uniform(0.8, 1.2)


def _delivered(customer: Customer, order: str, at: float, end: float, chance: random.Random) -> Iterator[Moment]:
    promised = at + 2 * DAY
    made = promised + (chance.uniform(26, 60) if chance.random() < 0.006 else chance.uniform(-9, -1)) * HOUR
    yield moment(fact("delivery.promised", SHOP, order, at + 60, by_id(customer), promised_for=instant(promised)))
    if made < end:
        yield moment(fact("delivery.made", SHOP, order, made, by_id(customer), promised_for=instant(promised)))
    asked = made + 3 * HOUR
    if chance.random() < 0.14 and asked < end:
        yield moment(fact("survey.sent", SURVEYS, f"r-{order}", asked, by_email(customer), survey="after delivery"))
        if chance.random() < 0.62:
            yield from answer(customer, f"r-{order}", asked + chance.uniform(0.2, 20) * HOUR, rating(customer, chance), chance, end)


def rating(customer: Customer, chance: random.Random) -> int:
    """0 to 10: content customers give nines and tens, with a bad day now and then."""
    if chance.random() > customer.mood + 0.08:
        return chance.randint(2, 6)
    return chance.choice((8, 9, 9, 9, 10, 10))


def answer(customer: Customer, object_id: str, at: float, raw: int, chance: random.Random, end: float) -> Iterator[Moment]:
    """The score first; whoever has something to say adds it 20 seconds later."""
    if at >= end - COMMENT_AFTER_S:
        return
    score = {"metric": "nps", "raw": raw}
    yield moment(fact("survey.answered", SURVEYS, object_id, at, by_email(customer), survey="after delivery", score=score))
    if chance.random() < 0.6:
        text = words.said(customer.language, mood_of(raw, chance), chance.random())
        yield moment(
            fact("survey.amended", SURVEYS, object_id, at + COMMENT_AFTER_S, by_email(customer), survey="after delivery", comment=text,
                 language=customer.language)
        )  # fmt: skip


def mood_of(raw: int, chance: random.Random) -> Mood:
    """How somebody who gives such a score writes."""
    if raw > 6:  # an NPS of 7 and more is no detractor
        return Mood.GLAD
    return chance.choices((Mood.CROSS, Mood.LEAVING, Mood.RIVAL, Mood.HAGGLING), weights=(72, 10, 8, 10))[0]


def tickets(customer: Customer, start: float, end: float, chance: random.Random) -> Iterator[Moment]:
    """About one in two months; those less content write more."""
    at = start + chance.expovariate(1 / (45 * DAY))
    while (at := in_office_hours(at, chance)) < end:
        yield from ticket(customer, f"{7000 + customer.number}{int(at) % 1000:03d}", at, end, chance)
        at += chance.expovariate((1.5 - customer.mood) / (45 * DAY))


def ticket(customer: Customer, number: str, at: float, end: float, chance: random.Random, severity: str | None = None) -> Iterator[Moment]:
    """Opened, answered, solved; sometimes opened again, sometimes rated."""
    grade = severity or chance.choices(("low", "normal", "high", "urgent"), weights=(30, 55, 13, 2))[0]
    text = words.said(customer.language, Mood.CROSS, chance.random())
    whose, subject = by_zendesk(customer), chance.choice(words.SUBJECTS)
    yield moment(fact("ticket.opened", DESK, number, at, whose, subject=subject, comment=text, severity=grade, channel="email"))
    replied, solved = at + chance.uniform(0.3, 5) * HOUR, at + chance.uniform(6, 40) * HOUR
    later = [fact("ticket.commented", DESK, number, replied, whose, comment=chance.choice(words.ANSWERS), by_customer=False)]
    later.append(fact("ticket.resolved", DESK, number, solved, whose, resolution="solved"))
    if chance.random() < 0.06:
        later.append(fact("ticket.reopened", DESK, number, solved + chance.uniform(2, 20) * HOUR, whose, times=1))
    elif chance.random() < 0.35:
        stars = {"metric": "csat", "raw": chance.choice((2, 4, 4, 5, 5, 5))}
        later.append(fact("ticket.rated", DESK, number, solved + chance.uniform(1, 20) * HOUR, whose, score=stars))
    yield from (moment(made) for made in later if made.at < end)


def oddments(customer: Customer, start: float, end: float, chance: random.Random) -> Iterator[Moment]:
    """A card that expired; how often the portal is used."""
    if chance.random() < 0.06:
        at = in_office_hours(chance.uniform(start, end - DAY), chance)
        if at < end:
            reason = chance.choice(("card expired", "account not covered", "bank refused the debit"))
            amount = round(customer.annual_value / 40, 2)
            yield moment(fact("payment.failed", "billing", f"invoice-{customer.number}", at, by_id(customer), amount=amount, reason=reason))
    if customer.number % 45 == 7:
        yield from _reported(customer, end - chance.uniform(0.1, 3) * DAY, chance)
    if customer.is_key:
        for week in range(int((end - start) / (7 * DAY))):
            at = start + (week * 7 + chance.uniform(0, 5)) * DAY
            yield moment(
                fact("usage.recorded", "portal", f"week-{week}-{customer.number}", at, by_id(customer), quantity=chance.randint(3, 30))
            )


def _reported(customer: Customer, at: float, chance: random.Random) -> Iterator[Moment]:
    """A driver noticed something."""
    driver = chance.choice(("Aylin (driver)", "Piet (technician)"))
    said = "Their machine leaks and they brew with a borrowed one; nobody of us has been there."
    report = fact(
        "employee.feedback", "drivers", f"note-{customer.number}", at, by_id(customer), comment=said, severity="high", employee=driver
    )
    yield moment(report)
