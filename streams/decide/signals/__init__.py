"""Churn signals, one a file: each is told with its strength and why, with the numbers from which a person can recompute it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from streams.decide.events import SignalGone, SignalSeen
from streams.decide.state import Customer, Signal
from streams.decide.wording import short


def rarity(chance: float, limit: float) -> float:
    """How telling a chance is, 0 to 1: one half at the limit, one at its square, on the scale of its logarithm."""
    return min(1.0, math.log(max(chance, 1e-300)) / (2 * math.log(limit))) if limit > 0 else 0.0


def as_state(seen: SignalSeen) -> Signal:
    """A signal as it is remembered."""
    return Signal(seen.strength, seen.at, short(seen.why), seen.ticket, seen.lasts)


def seen(customer: Customer, news: SignalSeen) -> Iterator[SignalSeen] | None:
    """The signal, where it is another one than is known: most looks find what the last one found."""
    return iter((news,)) if customer.signals.get(news.name) != as_state(news) else None


def gone(customer: Customer, name: str, at: float) -> Iterator[SignalGone] | None:
    """That a signal is gone, where it was there."""
    return iter((SignalGone(at=at, name=name),)) if name in customer.signals else None
