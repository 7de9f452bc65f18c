"""Silence: no purchase for much longer than this customer's own rhythm explains, so that none in the next days is likely.

The chances are those of streams/decide/rhythm.py. A gap counts from the beginning of the last purchase day (UTC).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from schemas.policy import Churn, Policy, Silence
from streams.decide import logistic
from streams.decide.aspect import NEVER, Aspect, Timer, as_held
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import EVERY_MOMENT
from streams.decide.outcomes import NONE, Correction
from streams.decide.rhythm import Bought, Population, alive, longer, nothing_within
from streams.decide.segment import may_leave
from streams.decide.signals import gone
from streams.decide.state import Customer, Spend
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "silence"
STEP = 0.1
"""The chance is looked at again where it crosses a level by itself, and at each so much more: what people see follows it."""
MOST_DAYS = 3_650
"""Nothing is looked for later than so many days from now."""
MOST_KNOWN = 4_096


class SilenceCounts(Timer, frozen=True):
    """Nobody lists it: that every aspect looks at the customer once the timer is due is all that it is for."""


class Watch(Struct):
    """The policy's rules, worked out: the chances at which to look, rising, and how long a gap is rare, by repeated purchase days."""

    churn: Churn
    rules: Silence
    population: Population
    marks: list[float]
    rare: dict[int, float] = {}
    """As a multiple of alpha + recency: on that scale the chance of a gap depends on the number of purchase days alone."""

    def rare_from(self, x: int) -> float:
        """That multiple, found once for each number."""
        if x not in self.rare:
            if len(self.rare) >= MOST_KNOWN:
                self.rare.clear()
            self.rare[x] = _rare_from(self.population, x, self.rules.rarer_than)
        return self.rare[x]


def _rare_from(population: Population, x: int, limit: float) -> float:
    """From which gap on, as a multiple of alpha + recency, so long a one has no more than this chance."""
    low, high, known = 0.0, 1.0, Bought(x, 0.0)
    while longer(population, known, high * population.alpha) > limit:
        low, high = high, 2 * high
        if high > 1e9:  # noqa: PLR2004  a limit of nothing is never reached
            return NEVER
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if longer(population, known, middle * population.alpha) > limit else (low, middle)
    return high


def _alone(policy: Policy) -> list[float]:
    """How strong silence must be to bring the chance of leaving to each level by itself."""
    return [logistic.alone(limit, NAME, policy) for limit in policy.churn.raise_at.values() if policy.churn.leak < 1]


def _worked_out(policy: Policy) -> Watch:
    rules, rhythm = policy.churn.silence, policy.churn.silence.rhythm
    population = Population(rhythm.k, rhythm.r, rhythm.alpha, rhythm.a, rhythm.b, rhythm.back, rhythm.odds)
    alone = _alone(policy)
    steps = (STEP * number for number in range(1, round(1 / STEP)))
    marks = sorted({rules.least_chance, *(mark for mark in (*alone, *steps) if mark > rules.least_chance)})
    return Watch(policy.churn, rules, population, marks)


_latest: list[Watch] = []


def watch_of(policy: Policy) -> Watch:
    """The rules of a policy, worked out; those that were asked for last are remembered. The levels of alerts and what labels taught count, too."""
    known = _latest[0] if _latest else None
    if known is None or known.churn is not policy.churn:
        _latest[:] = [known := _worked_out(policy)]
    return known


# -- what is asked of a customer --------------------------------------------------------------------------------------------------------


def bought(spend: Spend) -> Bought:
    """What the model needs to know of the purchases."""
    return Bought(spend.days - 1, spend.last_day - spend.first_day)


def chance_of_nothing(spend: Spend, at: float, policy: Policy, correction: Correction = NONE) -> float:
    """The chance that nothing is bought within the policy's horizon from an event time on."""
    return _chance(spend, at, watch_of(policy), correction)


def _by_rhythm(spend: Spend, at: float, watch: Watch) -> float:
    return nothing_within(watch.population, bought(spend), at / DAY - spend.first_day, watch.rules.horizon_days)


def _chance(spend: Spend, at: float, watch: Watch, correction: Correction) -> float:
    return correction.of(_by_rhythm(spend, at, watch))


def counts_from(spend: Spend, watch: Watch) -> float:
    """The event time before which no silence counts; NEVER for too few purchase days.

    So long a gap must be rare for this customer, and the policy's least gap and floor are over. These two count whole days without a
    purchase, which begin when the last purchase day is over.
    """
    rules, x, recency = watch.rules, spend.days - 1, spend.last_day - spend.first_day
    if x < 1 or spend.days < rules.least_purchase_days:
        return NEVER
    whole = 1 + max(rules.floor_days, rules.least_gaps * recency / x)
    gap = max(whole, watch.rare_from(x) * (watch.population.alpha + recency))
    return (spend.last_day + gap) * DAY + 1  # a second later, so that rounding never has it looked at just before it counts


def reaches(spend: Spend, mark: float, at: float, watch: Watch, correction: Correction = NONE) -> float:
    """The event time, later than `at`, from which on the chance is at least `mark`, to the hour; NEVER where that is years away."""
    low, step = at, DAY
    while _chance(spend, at + step, watch, correction) < mark:
        low, step = at + step, 2 * step
        if step > MOST_DAYS * DAY:
            return NEVER
    high = at + step
    while high - low > 3_600:  # noqa: PLR2004  an hour
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(spend, middle, watch, correction) < mark else (low, middle)
    return high + 1


# -- the signal -------------------------------------------------------------------------------------------------------------------------


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: the chance that nothing is bought within the horizon. It lasts until a purchase ends it, whenever that is heard of.

    Only a purchase, or the timer, moves anything: a new policy takes hold with the next of them.
    """
    spend, at = customer.spend, context.now
    if spend is None:
        return None
    if not may_leave(customer, context):
        customer.silence_at = None
        return gone(customer, NAME, at)
    if customer.silence_at is not None and at < customer.silence_at and message.type != "purchase.made":
        return None  # most facts are no purchase, and find it not yet time to look
    watch = watch_of(context.policy)
    counts = counts_from(spend, watch)
    if counts > at:
        customer.silence_at = as_held(counts)
        return gone(customer, NAME, at)
    known = customer.signals.get(NAME)
    if (
        known is not None
        and (customer.silence_at is None or customer.silence_at > at)
        and known.why.values.get("purchase_days") == spend.days
    ):
        return None  # the same silence, and not yet time to look again
    return _judged(customer, spend, at, watch, context.correction)


def _judged(customer: Customer, spend: Spend, at: float, watch: Watch, correction: Correction) -> Iterator[SignalSeen | SignalGone] | None:
    chance = _chance(spend, at, watch, correction)
    mark = next((mark for mark in watch.marks if mark > chance), None)
    customer.silence_at = as_held(reaches(spend, mark, at, watch, correction)) if mark is not None else None
    if chance < watch.rules.least_chance:
        return gone(customer, NAME, at)
    return iter((_seen(spend, at, chance, watch, corrected=correction is not NONE),))


def _seen(spend: Spend, at: float, chance: float, watch: Watch, *, corrected: bool) -> SignalSeen:
    known, age = bought(spend), at / DAY - spend.first_day
    because = why(
        NAME,
        silent_days=at / DAY - spend.last_day,
        usual_days=known.recency / known.x,
        purchase_days=spend.days,
        as_long=longer(watch.population, known, age),
        alive=alive(watch.population, known, age),
        chance=chance,
        horizon_days=watch.rules.horizon_days,
        chance_by_rhythm=_by_rhythm(spend, at, watch) if corrected else None,
    )
    return SignalSeen(at=at, name=NAME, strength=chance, why=because, lasts=True)


def timers(customer: Customer) -> tuple[SilenceCounts, ...]:
    """When the silence will be worth a look."""
    return (SilenceCounts(customer.silence_at),) if customer.silence_at is not None else ()


SILENCE = Aspect(
    NAME,
    dict.fromkeys(EVERY_MOMENT, look),
    tells=(SignalSeen, SignalGone),
    state="silence_at",
    version=2,
    migrate={1: as_held},
    timers=timers,
    earliest=float,  # the slice is the time
)
