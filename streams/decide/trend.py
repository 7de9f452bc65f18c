"""Whether days of use or of purchase have become half as frequent as they were, against the customer's own earlier rate."""

from __future__ import annotations

from typing import NamedTuple

from schemas.policy_signals import Halved
from streams.decide.signal_state import Days
from streams.decide.state import Spend


class Fewer(NamedTuple):
    """So many days in the window where so many were usual; so few of them had this chance at the usual rate."""

    days: int
    usual: float
    chance: float


def halved(known: Spend | Days, day: int, rules: Halved) -> Fewer | None:
    """What became of the rate by a day (counted from 1970): None unless the window up to it, that day too, holds half of the usual number or
    less, by more than chance. What is known must reach as far back before the window as the window is long.
    """
    window = rules.window_days
    before = day - window + 1 - known.first_day
    if before < window:
        return None
    count = within(known, day, window)
    usual = (known.days - count) / before * window
    if 2 * count > usual:
        return None
    chance = so_few(known.days - count, before, count, window)
    return Fewer(count, usual, chance) if chance <= rules.rarer_than else None


def within(known: Spend | Days, day: int, window: int) -> int:
    """On how many of the last `window` days up to this one there was anything; no more than 64 days back from the last such day."""
    left = window - (day - known.last_day)
    return (known.recent_days & (1 << left) - 1).bit_count() if left > 0 else 0


def so_few(days: int, before: int, count: int, window: int) -> float:
    """P(X <= count) in `window` days, for a customer who came on `days` of the `before` days.

    The rate is Gamma(days, before), the number of days in the window Poisson: a negative binomial of size `days` and chance
    before / (before + window), see any text on the Gamma-Poisson model. With `before` >= `days` and `window` nothing underflows.
    """
    stays = before / (before + window)
    term = total = stays**days
    for k in range(1, count + 1):
        term *= (days + k - 1) / k * (1 - stays)
        total += term
    return min(1.0, total)
