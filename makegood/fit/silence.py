"""The rhythm of a population, fitted: the parameters of MBG/CNBD-k by maximum likelihood, its regularity k among them.

Then, by what came of those who had a rhythm in the last weeks whose horizon is over: how soon they come back who left, and by which
odds the chance of buying nothing is off (streams/decide/rhythm.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from makegood.errors import UserError
from makegood.fit.maximum import STEP, Point, maximum
from makegood.fit.purchase_days import Group, Outcome, PurchaseDays
from schemas.policy import Rhythm
from streams.decide.rhythm import Bought, Population, left_per_stayed, longer, nothing_within

LEAST_REPEATS = 50
"""So few customers who came again leave five parameters open."""
MOST_REGULAR = 12
LOW, HIGH = math.log(1e-3), math.log(1e4)
"""Between these every parameter is sought: beyond them the likelihood is flat."""
STARTS = ((1.0, 1.0, 0.8, 2.5), (0.5, 1.0, 0.2, 2.0), (3.0, 1.0, 0.1, 5.0))
"""Where the search begins: r, the mean gap as a share of the observed one, a, b."""


RHYTHM_DAYS = 3
"""From so many purchase days on a customer has a rhythm of which the outcome tells."""
WEEKS, LEAST_OUTCOMES = 8, 50
USUAL_BACK, BACK_SPREAD, ODDS_SPREAD = 0.06, 1.0, 0.5
"""Before anything came out: what is usual, and a normal prior on the logarithms of both."""


@dataclass(frozen=True)
class Fit:
    """What came out, and of how much: the log-likelihood of each k that was tried, and how many outcomes corrected it."""

    population: Population
    horizon_days: float
    customers: int
    repeats: int
    by_k: dict[int, float]
    outcomes: int


def fit(days: PurchaseDays, end: float, horizon_days: float, on_progress: Callable[[int, float], None] = lambda *_: None) -> Fit:
    """Fit to everything before day `end` (days since 1970). `on_progress` hears each k and its log-likelihood.

    Raises UserError where too few customers came again.
    """
    if (repeats := days.repeats()) < LEAST_REPEATS:
        raise UserError(
            f"only {repeats} customers bought on more than one day: at least {LEAST_REPEATS} are needed to fit their rhythm; "
            "the built-in values serve until then"
        )
    found = _by_k(days, end, on_progress)
    best = max(found.values())[1]
    weeks = [list(days.outcomes(end - horizon_days - 7 * week, horizon_days, RHYTHM_DAYS)) for week in range(WEEKS)]
    known = [week for week in weeks if len(week) >= LEAST_OUTCOMES]
    population = corrected(best, known, horizon_days)
    return Fit(
        population, horizon_days, len(days.by_customer), repeats, {k: value for k, (value, _) in found.items()}, sum(map(len, known))
    )


def _by_k(days: PurchaseDays, end: float, on_progress: Callable[[int, float], None]) -> dict[int, tuple[float, Population]]:
    """The likeliest of each k; k rises until it is worse twice in a row."""
    groups, log_gaps = days.groups(end), days.log_gaps()
    found: dict[int, tuple[float, Population]] = {}
    for k in range(1, MOST_REGULAR + 1):
        found[k] = best_of(k, groups, log_gaps, found[k - 1][1] if k > 1 else None)
        on_progress(k, found[k][0])
        if k > 2 and found[k][0] < found[k - 1][0] < found[k - 2][0]:  # noqa: PLR2004
            break
    return found


def corrected(population: Population, weeks: Sequence[Sequence[Outcome]], horizon_days: float) -> Population:
    """With `back` and `odds` of the greatest posterior. The weeks hold nearly the same customers, so together they count as one.

    `odds` only lower: a chance stated too high wakes people for nothing, and where the first months of a history ask for more, what came
    after them did not bear that out.
    """

    def value(point: Point) -> float:
        back, odds = point
        if odds > 0:
            return -math.inf
        tried = population._replace(back=USUAL_BACK * math.exp(back), odds=math.exp(odds))
        prior = (back / BACK_SPREAD) ** 2 + (odds / ODDS_SPREAD) ** 2
        return sum(_outcome_likelihood(tried, week, horizon_days) for week in weeks) / max(1, len(weeks)) - prior / 2

    back, odds = maximum(value, (0.0, -STEP))[1] if weeks else (0.0, 0.0)
    return population._replace(back=USUAL_BACK * math.exp(back), odds=math.exp(odds))


def _outcome_likelihood(population: Population, outcomes: Sequence[Outcome], horizon_days: float) -> float:
    total = 0.0
    for x, recency, age, nothing in outcomes:
        chance = nothing_within(population, Bought(x, recency), age, horizon_days)
        total += math.log(max(1e-9, chance if nothing else 1 - chance))
    return total


def best_of(k: int, groups: Sequence[Group], log_gaps: float, like: Population | None) -> tuple[float, Population]:
    """The likeliest population of regularity k: from every start, or from what was found for the k before."""
    gap = _mean_gap(groups)
    starts = [(r, gap * share * r / k, a, b) for r, share, a, b in STARTS]
    if like is not None:
        starts = [(like.r, like.alpha * like.k / k, like.a, like.b), starts[0]]

    def value(point: Point) -> float:
        if not all(LOW <= x <= HIGH for x in point):
            return -math.inf
        return likelihood(_population(k, point), groups, log_gaps)

    found = max(maximum(value, [min(max(math.log(x), LOW), HIGH) for x in start]) for start in starts)
    return found[0], _population(k, found[1])


def _population(k: int, point: Point) -> Population:
    r, alpha, a, b = map(math.exp, point)
    return Population(k, r, alpha, a, b)


def _mean_gap(groups: Sequence[Group]) -> float:
    gaps = sum(group.x * group.customers for group in groups)
    return sum(group.recency * group.customers for group in groups) / max(1, gaps) or 1.0


def likelihood(population: Population, groups: Sequence[Group], log_gaps: float) -> float:
    """The log-likelihood of all that was seen."""
    counted = {group.x: 0.0 for group in groups}
    for x in counted:
        counted[x] = _of_count(population, x)
    total = (population.k - 1) * log_gaps
    for x, recency, age, customers in groups:
        order = population.r + population.k * x
        gone_or_waiting = left_per_stayed(population, x) + longer(population, Bought(x, recency), age)
        total += customers * (counted[x] - order * math.log(population.alpha + recency) + math.log(gone_or_waiting))
    return total


def _of_count(population: Population, x: int) -> float:
    """The part that only x tells: the normalisations of Erlang, Gamma and Beta."""
    k, r, alpha, a, b = population[:5]
    rate = math.lgamma(r + k * x) - math.lgamma(r) + r * math.log(alpha) - x * math.lgamma(k)
    stays = math.lgamma(b + x + 1) + math.lgamma(a + b) - math.lgamma(a + b + x + 1) - math.lgamma(b)
    return rate + stays


def rhythm_of(found: Fit) -> Rhythm:
    """As the policy holds it: four digits are more than the data tell."""
    values = {name: float(f"{value:.4g}") for name, value in found.population._asdict().items()}
    return Rhythm(**{**values, "k": found.population.k})
