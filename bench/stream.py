"""A believable stream of facts: surveys with comments, tickets and what becomes of them, purchases, profiles, aliases, commands."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bench.customers import customer_id
from schemas.topics import topic_of
from streams.decide.context import deterministic_id

START = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = timedelta(days=120)

CONTENT = (
    "Everything arrived on time and the people on the phone were kind, thank you.",
    "Works as described. Setting it up took me ten minutes.",
    "The new portal is clear, I find my invoices at once.",
    "Good advice from your colleague in Leipzig, she called back the same day.",
    "Alles bestens, schnelle Lieferung, gerne wieder.",
    "Très satisfait du service, merci.",
    "No complaints this quarter.",
)
ANNOYED = (
    "I was on hold for forty minutes and then the line went dead. Nobody called me back.",
    "This is the third time that the delivery is late, and still no answer to my ticket.",
    "We are looking at another supplier, their offer is better.",
    "If this is not put right this week we will cancel our contract.",
    "Seit zwei Wochen keine Antwort, wir kündigen.",
    "The invoice is wrong again and support keeps sending me from one desk to the next.",
    "Your prices went up by a fifth. We expect a discount or we leave.",
    "Personne ne répond, je vais résilier.",
    "My account was hacked and your hotline has closed at five.",
)
SUBJECTS = (
    "Delivery is late",
    "Invoice wrong",
    "Cannot sign in",
    "Question about the contract",
    "Part is broken",
    "Access for a colleague",
)


class Stream:
    """Deterministic for a seed. One customer in fifteen matters: a high annual value, or high-impact by the five questions.

    `key` says which facts are anonymous: three in a hundred surveys know the customer only by an e-mail address.
    """

    def __init__(self, customers: int = 20_000, seed: int = 5, start: datetime = START, span: timedelta = SPAN) -> None:
        self.chance = random.Random(seed)
        self.customers = customers
        self.start, self.span = start, span
        self.number = 0
        self.at = start
        self.tickets: list[tuple[str, str]] = []
        self.answers: list[tuple[str, str]] = []
        self.tasks: list[tuple[str, str]] = []

    def records(self, count: int, *, profiles: bool = True) -> Iterator[tuple[str, bytes, bytes]]:
        """(topic, key, value) of `count` facts and commands; the profiles come first where they are asked for."""
        known = min(self.customers, count // 5) if profiles else 0
        step = self.span / max(1, count)
        for number in range(known):
            self.at = self.start + step * number
            yield self.profile(number)
        for number in range(known, count):
            self.at = self.start + step * number
            yield self.one()

    def one(self) -> tuple[str, bytes, bytes]:
        """The next fact, whatever it is."""
        who = self._somebody()
        return self.chance.choices(_KINDS, _WEIGHTS)[0](self, who)

    def _somebody(self) -> int:
        # Those who matter are heard of more often.
        number = self.chance.randrange(self.customers)
        return number - number % 15 if self.chance.random() < 0.05 else number

    # -- one method a fact --------------------------------------------------------------------------------------------------------

    def profile(self, number: int) -> tuple[str, bytes, bytes]:
        """Annual values have a long tail."""
        matters = number % 15 == 0
        value = round(self.chance.paretovariate(1.5) * (40_000 if matters else 900), 2)
        fields: dict[str, Any] = {"annual_value": value, "name": f"Customer {number}", "language": self.chance.choice(("en", "de", "fr"))}
        if matters:
            fields |= {"owner": f"owner-{number % 40}", "team": "key accounts"}
        if number % 150 == 0:
            questions = ("share_of_business", "risk_of_not_delivering", "purchase_frequency", "loyalty", "level_of_expectation")
            fields["hic_answers"] = dict.fromkeys(questions, 2)
        return self._fact("customer.profiled", number, f"crm-{number}", **fields)

    def survey(self, who: int) -> tuple[str, bytes, bytes]:
        """An answer with score and, mostly, a comment; some by e-mail address only."""
        raw = self.chance.choices(range(11), (4, 2, 2, 3, 3, 6, 7, 12, 20, 21, 20))[0]
        fields = {"survey": "relationship", "score": {"metric": "nps", "raw": raw}, "language": "en"}
        if self.chance.random() < 0.7:
            fields["comment"] = self.chance.choice(ANNOYED if raw < 6 else CONTENT)
        alias = f"email:{customer_id(who)}@example.com" if self.chance.random() < 0.03 else None
        record = self._fact("survey.answered", who, f"response-{self.number}", alias=alias, **fields)
        if alias is None:
            self._remember(self.answers, customer_id(who), f"response-{self.number - 1}")
            if raw <= 6 and who % 15 == 0:
                task = deterministic_id("T-", customer_id(who), "poor_survey", "bench", f"f{self.number - 1}")
                self._remember(self.tasks, customer_id(who), task)
        return record

    def amended(self, who: int) -> tuple[str, bytes, bytes]:
        """The comment that comes after the score."""
        if not self.answers:
            return self.survey(who)
        customer, response = self.chance.choice(self.answers)
        return self._fact("survey.amended", customer, response, comment=self.chance.choice(ANNOYED + CONTENT))

    def ticket(self, who: int) -> tuple[str, bytes, bytes]:
        """A ticket is opened."""
        severity = self.chance.choices(("low", "normal", "high", "urgent"), (20, 60, 15, 5))[0]
        comment = self.chance.choice(ANNOYED if severity in {"high", "urgent"} else CONTENT)
        name = f"ticket-{self.number}"
        self._remember(self.tickets, customer_id(who), name)
        subject = self.chance.choice(SUBJECTS)
        return self._fact("ticket.opened", who, name, subject=subject, comment=comment, severity=severity, channel="mail")

    def of_ticket(self, who: int) -> tuple[str, bytes, bytes]:
        """Something becomes of a ticket."""
        if not self.tickets:
            return self.ticket(who)
        customer, name = self.chance.choice(self.tickets)
        kind, fields = self.chance.choices(
            (
                ("ticket.commented", {"comment": self.chance.choice(CONTENT + ANNOYED), "by_customer": True}),
                ("ticket.resolved", {"resolution": "solved"}),
                ("ticket.updated", {"status": "in progress"}),
                ("ticket.reassigned", {"assignee": "second level", "times": self.chance.randrange(1, 4)}),
                ("ticket.reopened", {"times": 1}),
                ("ticket.rated", {"score": {"metric": "csat", "raw": self.chance.randrange(1, 6)}}),
            ),
            (35, 30, 15, 6, 4, 10),
        )[0]
        return self._fact(kind, customer, name, **fields)

    def purchase(self, who: int) -> tuple[str, bytes, bytes]:
        """An order, or now and then a return."""
        amount = self.chance.lognormvariate(5 if who % 15 else 7, 1) * (-1 if self.chance.random() < 0.03 else 1)
        return self._fact("purchase.made", who, f"order-{self.number}", amount=round(amount, 2))

    def delivery(self, who: int) -> tuple[str, bytes, bytes]:
        """Delivered, on time or late."""
        promised = self.at - timedelta(hours=self.chance.choices((-20, 2, 30, 80), (60, 25, 10, 5))[0])
        return self._fact("delivery.made", who, f"parcel-{self.number}", promised_for=promised.isoformat())

    def usage(self, who: int) -> tuple[str, bytes, bytes]:
        """The product was used."""
        return self._fact("usage.recorded", who, f"session-{self.number}", feature="report", quantity=self.chance.randrange(1, 30))

    def link(self, who: int) -> tuple[str, bytes, bytes]:
        """An e-mail address is linked to its customer."""
        alias = f"email:{customer_id(who)}@example.com"
        return self._fact("alias.linked", who, f"link-{self.number}", linked=alias, trust=1)

    def money(self, who: int) -> tuple[str, bytes, bytes]:
        """A payment fails, or a contract changes."""
        if self.chance.random() < 0.5:
            return self._fact("payment.failed", who, f"payment-{self.number}", amount=49.0, reason="card expired")
        value = round(self.chance.uniform(500, 90_000), 2)
        return self._fact("subscription.changed", who, f"contract-{who}", annual_value=value, previous_annual_value=round(value * 1.3, 2))

    def command(self, who: int) -> tuple[str, bytes, bytes]:
        """Somebody in the console works on a task."""
        if not self.tasks:
            return self.survey(who)
        customer, task = self.chance.choice(self.tasks)
        verb, fields = self.chance.choice(
            (
                ("acknowledge", {}),
                ("contact", {"note": "spoke with the customer"}),
                ("resolve", {"cause": "late parcel", "action": "sent again, apologised", "outcome": "satisfied"}),
            )
        )
        self.number += 1
        command = {"type": f"task.{verb}", "id": f"k{self.number}", "customer": {"id": customer}, "task": task, "actor": "ann"}
        return "commands", customer.encode(), msgspec.json.encode(command | {"issued_at": self.at.isoformat()} | fields)

    # -- what they share ----------------------------------------------------------------------------------------------------------

    def _remember(self, things: list[tuple[str, str]], customer: str, thing: str) -> None:
        if len(things) < 2000:
            things.append((customer, thing))
        else:
            things[self.chance.randrange(2000)] = (customer, thing)

    def _fact(
        self, kind: str, who: int | str, thing: str, alias: str | None = None, linked: str | None = None, **fields: Any
    ) -> tuple[str, bytes, bytes]:
        customer = who if isinstance(who, str) else customer_id(who)
        occurred = self.at - timedelta(seconds=self.chance.randrange(60))
        fact = {"type": kind, "id": f"f{self.number}", "source": "bench", "object": thing, "occurred_at": occurred.isoformat()}
        fact["customer"] = {"aliases": [alias]} if alias else {"id": customer}
        if linked:
            fact["alias"] = linked
        self.number += 1
        return topic_of(kind), (alias or customer).encode(), msgspec.json.encode(fact | fields)


_TABLE = (
    (Stream.survey, 30),
    (Stream.amended, 4),
    (Stream.ticket, 9),
    (Stream.of_ticket, 18),
    (Stream.purchase, 22),
    (Stream.delivery, 5),
    (Stream.usage, 7),
    (Stream.link, 2),
    (Stream.money, 1),
    (Stream.command, 2),
)
_KINDS, _WEIGHTS = zip(*_TABLE, strict=True)
