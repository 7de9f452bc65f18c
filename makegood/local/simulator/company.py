"""The roastery's customers: names, countries, contracts, owners, habits; some of them high-impact, a few about to leave."""

from __future__ import annotations

import random
from dataclasses import dataclass

SIZE = 180
"""Below 200 the policy's fixed thresholds hold, so that tiers do not depend on who is heard of first."""
KEY, MIDDLE = 14, 62
"""So many of the first are key accounts, and so many more are of middling size."""
STAFF = ("carla", "jonas", "mira", "tomasz")
"""Who answers tasks. The first three own key accounts."""
OWNERS = {"carla": "Carla Brandt", "jonas": "Jonas Petersen", "mira": "Mira Okafor"}

_COUNTRIES = {
    "DE": ("de", "Europe/Berlin", ("Elbblick", "Lindenhof", "Alter Hafen", "Sonneck", "Moorweide", "Kranich", "Wiesengrund", "Speicher 9")),
    "AT": ("de", "Europe/Vienna", ("Donaublick", "Rosengasse", "Kaiserhof", "Zirbelstube")),
    "CH": ("de", "Europe/Zurich", ("Seehof", "Matterlicht", "Limmatgarten")),
    "FR": ("fr", "Europe/Paris", ("Saint-Aubin", "Belle Rive", "Deux Ponts", "Lavandin", "Petit Quai")),
    "IT": ("it", "Europe/Rome", ("Da Ornella", "Porta Nuova", "Belvedere", "San Rocco")),
    "ES": ("es", "Europe/Madrid", ("La Alameda", "Dos Hermanas", "El Faro")),
    "NL": ("nl", "Europe/Amsterdam", ("De Zwaan", "Waterkant", "Oude Molen", "Prinsenhof")),
    "PL": ("pl", "Europe/Warsaw", ("Pod Lipami", "Stary Młyn", "Bursztyn")),
    "GB": ("en", "Europe/London", ("Harbour Lane", "The Copper Pot", "Ashdown", "Mill Street", "Foxglove")),
    "PT": ("pt", "Europe/Lisbon", ("Ribeira Alta", "Dona Amélia", "Miradouro")),
}
_KINDS = ("Hotel", "Café", "Bistro", "Canteen", "Bakery", "Restaurant", "Roast Bar", "Deli")
_FIRST_CONTACT, _CONTACTS_APART = 9_400_000_000, 37
_QUESTIONS = ("share_of_business", "risk_of_not_delivering", "purchase_frequency", "loyalty", "level_of_expectation")


@dataclass(frozen=True)
class Customer:
    """`every_days` is the rhythm of orders; `mood` from 0 to 1 is how content they are on a usual day; `leaves_after` is the share of the
    history after which they order no more.
    """

    number: int
    name: str
    country: str
    language: str
    zone: str
    annual_value: int
    every_days: float
    mood: float
    owner: str | None
    questions: dict[str, int] | None
    renews_in_days: int | None
    leaves_after: float | None = None

    @property
    def id(self) -> str:
        """As the roastery's systems know it."""
        return id_of(self.number)

    @property
    def zendesk(self) -> int:
        """The id of their contact in the ticketing system."""
        return _FIRST_CONTACT + self.number * _CONTACTS_APART

    @property
    def email(self) -> str:
        """Where they write from."""
        return f"office{self.number}@customer{self.number}.example"

    @property
    def is_key(self) -> bool:
        """Whether they are one of the accounts that everybody in the company knows."""
        return self.number < KEY or self.questions is not None


def id_of(number: int) -> str:
    """The id of the customer of a number."""
    return f"NL-{1000 + number}"


def number_of(contact: int) -> int:
    """The number of the customer of a contact in the ticketing system."""
    return (contact - _FIRST_CONTACT) // _CONTACTS_APART


def customers(seed: int) -> list[Customer]:
    """The same for the same seed. No two have the same name."""
    chance, names = random.Random(f"company {seed}"), set[str]()
    return [_customer(number, chance, names) for number in range(SIZE)]


def _customer(number: int, chance: random.Random, names: set[str]) -> Customer:
    country = chance.choices(tuple(_COUNTRIES), weights=(7, 2, 2, 4, 3, 2, 3, 2, 4, 2))[0]
    language, zone, places = _COUNTRIES[country]
    key, middle = number < KEY, KEY <= number < KEY + MIDDLE
    value = chance.uniform(58_000, 240_000) if key else chance.uniform(6_000, 38_000) if middle else chance.uniform(400, 4_400)
    wants = KEY <= number < KEY + 4
    return Customer(
        number,
        _name(places, chance, names),
        country,
        language,
        zone,
        int(round(value, -2 if value < 10_000 else -3)),
        chance.uniform(3, 6) if key else chance.uniform(5, 9) if middle else chance.uniform(8, 18),
        min(0.98, chance.betavariate(9, 2)),
        tuple(OWNERS.values())[number % 3] if key or wants else None,
        dict.fromkeys(_QUESTIONS, 2) | {"share_of_business": 1} if wants else None,
        chance.randint(10, 240) if key or (middle and number % 3 == 0) else None,
        chance.uniform(0.3, 0.6) if number in {3, 9} or (middle and number % 13 == 0) else None,
    )


def _name(places: tuple[str, ...], chance: random.Random, names: set[str]) -> str:
    while True:
        name = f"{chance.choice(_KINDS)} {chance.choice(places)}"
        if name in names:
            name = f"{name} {chance.choice(('Süd', 'Nord', '& Co', 'II', 'Garden', 'Centraal', 'am Markt', 'Station'))}"
        if name not in names:
            names.add(name)
            return name
