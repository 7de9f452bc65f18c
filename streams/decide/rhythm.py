"""When customers buy, and whether they still do: the model MBG/CNBD-k in closed form. Times are days, chances 0 to 1.

As long as customers are with us, the gaps between their purchase days are Erlang-k with a rate of their own; after each purchase day, the
first too, they leave with a chance of their own. Rates are Gamma(r, alpha) over the population, the chances to leave Beta(a, b). Of a
customer only three numbers count: x repeated purchase days, the last of them `recency` days after the first, and the `age` of the
customer now, counted from the first.

Source: Reutterer, Platzer, Schroeder 2021, "Leveraging purchase regularity for predicting customer behavior the easy way", International
Journal of Research in Marketing 38(1); with k = 1 it is the MBG/NBD of Batislam, Denizel, Filiztekin 2007. What each chance is, follows
from their likelihood: with m = r + k x, of those who stay the share whose next gap is longer than the present one is

    g(age) = ((alpha + recency) / (alpha + age))^m * sum over j < k of C(m + j - 1, j) * ((age - recency) / (alpha + age))^j

to which those who left after the last purchase stand as d = a / (b + x) to 1.

Two things are ours, and off with `back` 0 and `odds` 1. Nobody leaves quite for good: who left comes back, at first at `back` times the
own rate, and the longer away the less: after a time t they are still away with the chance 1 / (1 + back t / own mean gap). And `odds`
correct the chance of buying nothing by what happened in a company's own past: a season, a kind of customer that the five parameters know
nothing of.
"""

from __future__ import annotations

from typing import NamedTuple


class Population(NamedTuple):
    """What was fitted: regularity k (1: none), the rate's r and alpha (alpha in days), the chance to leave's a and b; `back`, `odds`."""

    k: int
    r: float
    alpha: float
    a: float
    b: float
    back: float = 0.0
    odds: float = 1.0


class Bought(NamedTuple):
    """A customer: x repeated purchase days, the last one `recency` days after the first. `age` is not before that."""

    x: int
    recency: float


def longer(population: Population, bought: Bought, age: float) -> float:
    """The chance that a gap lasts as long as the present one does already, were the customer still with us: the surprise against the own
    rhythm. 1 at the last purchase, and falling.
    """
    k, alpha = population.k, population.alpha
    order, width = population.r + k * bought.x, alpha + age
    share = (age - bought.recency) / width
    term = total = 1.0
    for j in range(1, k):
        term *= (order + j - 1) / j * share
        total += term
    return float(min(1.0, (1 - share) ** order * total))


def left_per_stayed(population: Population, x: int) -> float:
    """How many left after their last purchase, for each who stayed."""
    return population.a / (population.b + x)


def away(population: Population, bought: Bought, days: float) -> float:
    """The chance that who left has not come back after so many days."""
    mean_gap = population.k * (population.alpha + bought.recency) / (population.r + population.k * bought.x)
    return 1 / (1 + population.back * days / mean_gap)


def alive(population: Population, bought: Bought, age: float) -> float:
    """P(alive): the chance that the customer is still with us."""
    left = left_per_stayed(population, bought.x) * away(population, bought, age - bought.recency)
    stayed = longer(population, bought, age)
    return stayed / (stayed + left) if stayed else 0.0


def nothing_within(population: Population, bought: Bought, age: float, horizon: float) -> float:
    """The chance that nothing is bought within the next `horizon` days: the customer has left and stays away, or takes longer."""
    left, gap = left_per_stayed(population, bought.x), age - bought.recency
    now = left * away(population, bought, gap) + longer(population, bought, age)
    if not now:
        return 1.0
    then = left * away(population, bought, gap + horizon) + longer(population, bought, age + horizon)
    chance = min(1.0, then / now)
    return chance * population.odds / (chance * population.odds + (1 - chance))
