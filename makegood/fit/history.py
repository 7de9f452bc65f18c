"""Purchases as they stand in the company's topics, or in a history in files, made purchase days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from makegood import kafka
from makegood.config.settings import Settings
from makegood.fit.purchase_days import PurchaseDays

DAY = 86_400
EVERY = 10_000
OnProgress = Callable[[int], None]


def from_records(values: Iterable[bytes | None], on_progress: OnProgress) -> PurchaseDays:
    """The purchases among records of input topics; other facts, and what is none, are passed over."""
    days = PurchaseDays()
    for number, value in enumerate(values, 1):
        take(days, value)
        if not number % EVERY:
            on_progress(number)
    return days


async def from_topics(settings: Settings, on_progress: OnProgress) -> PurchaseDays:
    """The same, of all that the topic of commerce still holds. Raises KafkaUnavailable."""
    days, number = PurchaseDays(), 0
    async for record in kafka.read_topic(settings.connection, f"{settings.prefix}commerce"):
        take(days, record.value)
        number += 1
        if not number % EVERY:
            on_progress(number)
    return days


def take(days: PurchaseDays, value: bytes | None) -> None:
    """Note a purchase under the customer's id, else under the first alias. A return is none."""
    if value is None or b"purchase.made" not in value:
        return
    try:
        fact = json.loads(value)
        who, at = fact["customer"], datetime.fromisoformat(fact["occurred_at"]).timestamp()
        if fact["type"] == "purchase.made" and fact["amount"] > 0:
            days.add(who.get("id") or who["aliases"][0], int(at // DAY))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return  # a dead letter for the workers, and no purchase for us
