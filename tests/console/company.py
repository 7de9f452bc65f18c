"""A company with customers who are real enough to look at: facts of some weeks, and one bad day at the end. Always the same for a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from schemas.message import instant

DAY, HOUR = 86_400.0, 3_600.0
FIRST = ("Hotel", "Café", "Bistro", "Klinik", "Studio", "Atelier", "Brasserie", "Pension", "Museum", "Office Park", "Trattoria", "Bäckerei")
LAST = ("Adlon Nord", "Morgenrot", "Lumière", "am See", "Kino", "Hansen", "Paul", "Möwe", "Alster", "West", "Nonna", "Süd", "Ōsaka", "Łódź")
OWNERS = ("Carla Brandt", "Jonas Weber", "Amélie Dubois", "Mehmet Öztürk")
SAID = (
    ("Third delivery in a row that came late. Nobody called us back.", "en"),
    ("Wenn das so weitergeht, kündigen wir den Vertrag.", "de"),
    ("On attend toujours une réponse, personne ne rappelle.", "fr"),
    ("Somebody else was able to log in to our account!", "en"),
    ("We are looking at alternatives to you, the last batch was stale.", "en"),
    ("The invoice is wrong again, and your <b>portal</b> shows nothing & answers nothing.", "en"),
    ("Nobody answered for two days.", "en"),
    ("最近のサポートはとても遅いです。", "ja"),
)
QUIET = ("Always on time, thank you!", "Danke, wie immer gut.", "Très bon café, merci.")
SOURCES = ("typeform", "zendesk", "shopify", "hubspot")


@dataclass
class Company:
    """Facts and who they are about. `now` in seconds since 1970; about `tasks` tasks come of it."""

    now: float
    tasks: int = 120
    seed: int = 7
    facts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.customers = max(12, self.tasks * 2 // 3)
        for number in range(self.customers):
            self._knows(number)
        for number in range(self.tasks):
            self._suffers(number)
        self._strangers()
        self.facts.sort(key=lambda fact: fact["occurred_at"])

    def name(self, number: int) -> str:
        second = LAST[number // len(FIRST) % len(LAST)]
        return f"{FIRST[number % len(FIRST)]} {second}{f' {number // 168 + 1}' if number >= 168 else ''}"

    def tell(self, kind: str, customer: int | dict[str, Any], at: float, source: str = "", **fields: Any) -> dict[str, Any]:
        number = len(self.facts)
        reference = {"id": f"C-{customer:05d}"} if isinstance(customer, int) else customer
        fact = {
            "type": kind,
            "id": f"f{number}",
            "source": source or SOURCES[number % 2],
            "object": f"o{number}",
            "occurred_at": instant(at).isoformat(),
            "customer": reference,
            **fields,
        }
        self.facts.append(fact)
        return fact

    def _knows(self, number: int) -> None:
        began = self.now - 45 * DAY
        aliases = {"id": f"C-{number:05d}", "aliases": [f"email:office{number}@example.com"]}
        value = round(400_000 / (number % 200 + 1) ** 0.9, -2)
        hic = {"hic_answers": dict.fromkeys(QUESTIONS, 2)} if number % 17 == 0 else {}
        owner = {"owner": OWNERS[number % 4]} if number % 3 == 0 else {"team": "Key accounts"} if number % 3 == 1 else {}
        labels = {"labels": {"sales": "strategic", "service": "silver"}} if number % 5 == 0 else {}
        more = {"name": self.name(number), "annual_value": value, **owner, **hic, **labels}
        self.tell("customer.profiled", aliases, began, "hubspot", **more)
        if number % 7 == 0:
            renews = instant(self.now + (5 + number % 60) * DAY).isoformat()
            self.tell("renewal.dated", number, began + HOUR, "hubspot", renews_on=renews)
        if number < 40:
            self._buys(number, began)

    def _buys(self, number: int, began: float) -> None:
        """Every few days; some have stopped of late."""
        at, every = began + (number % 5) * DAY, 3 + number % 3
        while at < self.now - (16 * DAY if number % 6 == 0 else 0):
            self.tell("purchase.made", number, at, "shopify", amount=round(self.random.uniform(80, 900), 2))
            if self.random.random() < 0.2:
                score = {"metric": "nps", "raw": self.random.choice((8, 9, 10))}
                self.tell("survey.answered", number, at + HOUR, survey="after delivery", score=score, comment=self.random.choice(QUIET))
            at += every * DAY * self.random.uniform(0.8, 1.2)

    def _suffers(self, number: int) -> None:
        """One thing that goes wrong within the last day."""
        customer, at = number % self.customers, self.now - self.random.uniform(0.02, 22) * HOUR
        words, language = SAID[number % len(SAID)]
        match (number // self.customers + number) % 4:
            case 0:
                score = {"metric": "nps", "raw": number % 6}
                said = self.tell("survey.answered", customer, at, survey="after delivery", score=score, language=language)
                self.tell(
                    "survey.amended", customer, at + 20, survey="after delivery", comment=words, language=language, object=said["object"]
                )
            case 1:
                severity = "urgent" if number % 3 else "high"
                self.tell("ticket.opened", customer, at, "zendesk", subject="Where is our delivery?", comment=words, severity=severity)
            case 2:
                promised = instant(at - (25 + number % 50) * HOUR).isoformat()
                self.tell("delivery.made", customer, at, "shopify", promised_for=promised)
            case _:
                self.tell("employee.feedback", customer, at, "intranet", comment=words, employee="Jo Park", severity="high")

    def _strangers(self) -> None:
        for number in range(3):
            nobody = {"aliases": [f"email:somebody{number}@example.org"]}
            score = {"metric": "csat", "raw": 1 + number}
            self.tell("survey.answered", nobody, self.now - number * HOUR, score=score, comment="Who are you?")


QUESTIONS = ("share_of_business", "risk_of_not_delivering", "purchase_frequency", "loyalty", "level_of_expectation")
