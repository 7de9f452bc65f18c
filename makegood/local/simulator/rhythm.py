"""When things happen: weekdays more than Sundays, mornings more than nights, winter more than summer."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime

DAY = 86_400.0
HOUR = 3600.0
BY_WEEKDAY = (1.25, 1.1, 1.0, 1.05, 1.2, 0.5, 0.15)
"""Monday to Sunday."""
OPENS, CLOSES = 6, 19


def season(at: float) -> float:
    """Coffee is drunk in winter: 1.15 in January, 0.85 in July."""
    day = datetime.fromtimestamp(at, UTC).timetuple().tm_yday
    return 1 + 0.15 * math.cos(2 * math.pi * (day - 15) / 365)


def lively(at: float) -> float:
    """How much goes on at a time, against a usual hour of a usual day."""
    moment = datetime.fromtimestamp(at, UTC)
    hour = moment.hour + moment.minute / 60
    by_day = 0.4 + 0.8 * math.exp(-(((hour - 10.5) / 4.5) ** 2))
    return by_day * max(0.5, BY_WEEKDAY[moment.weekday()])


def in_office_hours(at: float, chance: random.Random) -> float:
    """The same moment where people work, else one in the coming morning."""
    moment = datetime.fromtimestamp(at, UTC)
    while moment.hour < OPENS or moment.hour >= CLOSES or chance.random() > min(1.0, BY_WEEKDAY[moment.weekday()]):
        midnight = at - at % DAY
        at = midnight + (DAY if moment.hour >= OPENS else 0) + OPENS * HOUR + chance.uniform(0, 6 * HOUR)
        moment = datetime.fromtimestamp(at, UTC)
    return at
