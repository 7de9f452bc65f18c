"""Makes first-week.jsonl: three months of a small coffee roaster and its customers, and one bad week at the end. Always the same file."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEKS = 12
NAMES = [
    "Hotel Adlon Nord",
    "Café Morgenrot",
    "Bistro Lumière",
    "Kantine Süd",
    "Tea & Toast",
    "Grand Hotel Alster",
    "Bäckerei Hansen",
    "Trattoria Nonna",
    "Office Park West",
    "Studio Kino",
    "Brasserie Paul",
    "Hafenkantine",
    "Klinik am See",
    "Universität Mensa",
    "Eiscafé Venezia",
    "Buchcafé Lina",
    "Restaurant Ole",
    "Hotel Seeblick",
    "Catering Royal",
    "Stadtwerke Kantine",
    "Café Central",
    "Rösti Bar",
    "Pension Möwe",
    "Museumscafé",
]
PRAISE = ("Best coffee in town, as always.", "Immer pünktlich, danke!", "Great service from Carla.", "Très bon café, merci.")
COMPLAINTS = (
    "Third delivery in a row that came late. Nobody called us back.",
    "Wenn das so weitergeht, kündigen wir den Vertrag.",
    "We are looking at alternatives to you, the last batch was stale.",
    "On attend toujours une réponse, personne ne rappelle.",
)


class Town:
    """Everything that happened, in order."""

    def __init__(self) -> None:
        self.random = random.Random(2026)
        self.facts: list[dict[str, object]] = []

    def tell(self, kind: str, customer: dict[str, object], at: datetime, **fields: object) -> None:
        """Note a fact."""
        number = len(self.facts)
        base = {
            "type": kind,
            "id": f"n{number}",
            "source": "roastery",
            "object": f"o{number}",
            "occurred_at": at.isoformat(),
            "customer": customer,
        }
        self.facts.append(base | fields)

    def live(self) -> None:
        """Three months of quiet, then a week in which the oven breaks."""
        for number, name in enumerate(NAMES):
            value = round(90_000 / (number + 1) ** 0.8, -2)
            reference = {"id": f"C{number:02d}", "aliases": [f"email:office{number}@example.com"]}
            more = {"owner": ("Carla", "Jonas")[number % 2]} if number < 6 else {}
            self.tell("customer.profiled", reference, START, name=name, annual_value=value, **more)
            if number < 4:
                self.tell(
                    "renewal.dated", {"id": f"C{number:02d}"}, START, renews_on=(START + timedelta(weeks=WEEKS + 4 + number)).isoformat()
                )
            self._buys(number)
        self._bad_week(START + timedelta(weeks=WEEKS))
        self.facts.sort(key=lambda fact: str(fact["occurred_at"]))

    def _buys(self, number: int) -> None:
        customer, at = {"id": f"C{number:02d}"}, START + timedelta(days=number % 6, hours=2)
        every = 4 + number % 5
        while at < START + timedelta(weeks=WEEKS - (6 if number == 7 else 0)):
            self.tell("purchase.made", customer, at, amount=round(self.random.uniform(80, 600), 2))
            promised = at + timedelta(days=2)
            late = self.random.choice((0, 0, 0, 3)) if number == 1 else self.random.choice((-10, -6, -2))
            self.tell("delivery.made", customer, promised + timedelta(hours=late), promised_for=promised.isoformat())
            if self.random.random() < 0.12:
                raw, said = self.random.choice((8, 9, 9, 10, 10)), self.random.choice(PRAISE)
                self.tell(
                    "survey.answered",
                    customer,
                    at + timedelta(days=3),
                    survey="after delivery",
                    score={"metric": "nps", "raw": raw},
                    comment=said,
                )
            at += timedelta(days=every + self.random.uniform(-0.7, 0.7))

    def _bad_week(self, monday: datetime) -> None:
        for number in (0, 1, 2, 5, 9):
            customer, said = {"id": f"C{number:02d}"}, COMPLAINTS[number % 4]
            at = monday + timedelta(days=number % 5, hours=number)
            self.tell(
                "ticket.opened",
                customer,
                at,
                subject="Where is our delivery?",
                severity="urgent" if number < 2 else "high",
                object=f"T-{number}",
            )
            self.tell("delivery.made", customer, at + timedelta(hours=30), promised_for=(at - timedelta(hours=20)).isoformat())
            score = {"metric": "nps", "raw": number % 4}
            self.tell("survey.answered", customer, at + timedelta(hours=40), survey="after delivery", score=score, object=f"R-{number}")
            self.tell("survey.amended", customer, at + timedelta(hours=41), survey="after delivery", comment=said, object=f"R-{number}")
        unknown = {"aliases": ["email:chef@adlon.example", "phone:+49 40 1234"]}
        self.tell("survey.answered", unknown, monday + timedelta(hours=5), score={"metric": "csat", "raw": 1}, comment="Is anybody there?")
        self.tell("alias.linked", {"id": "C00"}, monday + timedelta(hours=9), alias="phone:+49401234", trust=2)
        stranger = {"aliases": ["email:somebody@example.org"]}
        self.tell("survey.answered", stranger, monday + timedelta(hours=6), score={"metric": "csat", "raw": 2}, comment="Who are you?")
        self.tell("payment.failed", {"id": "C08"}, monday + timedelta(days=1), amount=412.5, reason="card expired")


if __name__ == "__main__":
    town = Town()
    town.live()
    lines = [json.dumps(fact, ensure_ascii=False) for fact in town.facts]
    lines[40:40] = [
        '{"type": "survey.answered", "id": "broken", "score": 11',
        lines[39],
    ]  # what real feeds have too: rubbish, and a re-delivery
    Path(__file__).with_name("first-week.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
