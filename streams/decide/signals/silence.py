"""Silence: no purchase for much longer than this customer's own rhythm explains.

The gaps between purchases are taken as log-normal. With n gaps of mean m and variance v (of their natural logarithms, in seconds), the
spread is drawn towards a common one while gaps are few: s2 = ((n - 1) * v + K * SPREAD ** 2) / (n - 1 + K). A new gap of g seconds or
more then has the chance P = 1 - Phi((ln g - m) / (s * sqrt(1 + 1/n))), the predictive tail of a normal sample with the spread as known.
MBG/CNBD-k with a fit over the population is to come; this one needs nobody but the customer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist
from typing import Any

from schemas.policy import Policy
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import EVERY_MOMENT
from streams.decide.segment import may_leave
from streams.decide.signals import gone, rarity
from streams.decide.state import Customer, Spend
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "silence"
SPREAD, K = 0.8, 3.0


class SilenceCounts(Timer, frozen=True):
    """Nobody lists it: that every aspect looks at the customer once the timer is due is all that it is for."""


def rhythm(spend: Spend) -> tuple[float, float]:
    """Mean and predictive standard deviation of the logarithm of the next gap (seconds)."""
    n = spend.gaps
    mean = spend.sum_log_gap / n
    squares = max(0.0, spend.sum_log_gap_squared - n * mean * mean)
    variance = (squares + K * SPREAD * SPREAD) / (n - 1 + K)
    return mean, math.sqrt(variance * (1 + 1 / n))


def chance_of(gap_s: float, spend: Spend) -> float:
    """The chance of a gap of so many seconds or more, were the customer still here."""
    mean, deviation = rhythm(spend)
    return 0.5 * math.erfc((math.log(max(gap_s, 1.0)) - mean) / (deviation * math.sqrt(2)))


@lru_cache(maxsize=64)
def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(1 - share)


def reaches(spend: Spend, policy: Policy) -> tuple[float, float]:
    """The event times at which the silence begins to count, and at which it is as telling as it can be; NEVER for too few purchases."""
    rules = policy.churn.silence
    if spend.count < rules.least_purchases or spend.gaps < 2 or not 0 < rules.rarer_than < 1:  # noqa: PLR2004  a spread needs two gaps
        return NEVER, NEVER
    mean, deviation = rhythm(spend)
    # a second later, so that rounding never has it looked at just before it counts
    first, full = (math.exp(mean + _quantile(share) * deviation) for share in (rules.rarer_than, rules.rarer_than**2))
    return spend.last_at + first + 1, spend.last_at + full + 1


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times the rarity of the gap. A purchase ends the silence and sets the next time to look."""
    del message
    spend, at, policy = customer.spend, context.now, context.policy
    if spend is None or not may_leave(customer, context):
        customer.silence_at = NEVER
        return None
    counts, full = reaches(spend, policy)
    customer.silence_at = counts if counts > at else full if full > at else NEVER
    if counts <= at:
        return _seen(spend, at, policy)
    known = customer.signals.get(NAME)
    return gone(customer, NAME, at) if known is not None and spend.last_at > known.seen_at else None


def _seen(spend: Spend, at: float, policy: Policy) -> Iterator[SignalSeen]:
    gap, rules = at - spend.last_at, policy.churn.silence
    chance, usual = chance_of(gap, spend), math.exp(rhythm(spend)[0])
    because = why(NAME, silent_days=gap / DAY, usual_days=usual / DAY, gaps=spend.gaps, chance=chance)
    yield SignalSeen(at=at, name=NAME, strength=rules.most_strength * rarity(chance, rules.rarer_than), why=because)


def timers(customer: Customer) -> tuple[SilenceCounts, ...]:
    """When the silence will be worth a look."""
    return (SilenceCounts(customer.silence_at),) if customer.silence_at != NEVER else ()


SILENCE = Aspect(NAME, dict.fromkeys(EVERY_MOMENT, look), tells=(SignalSeen, SignalGone), state="silence_at", timers=timers)
