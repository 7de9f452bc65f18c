"""How much each sign of leaving weighs: a logistic regression on moments of which it is known who left, drawn towards nothing.

By Newton's method, in plain Python. A sign that labels would have speak for staying weighs nothing, and is named. Half of the customers teach,
the other half judge: beside the noisy-or, by how well who left is told from who stayed, and by how near stated chances come.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from makegood.errors import UserError
from makegood.fit.moments import Moment
from schemas.policy import Policy
from streams.decide import logistic

LEAST_OF_EACH = 30
"""So many who left, and who stayed, each half needs at least."""
LEAST_SEEN = 20
"""At so many moments a sign must have been seen among those that teach; else it keeps what the noisy-or makes of it."""
RIDGE = 1.0
"""The precision of the normal prior on each weight."""
MOST_WEIGHT = 100.0
FIFTHS = 5


class Judged(NamedTuple):
    """On the half that did not teach: the chance that one who left stood higher than one who stayed, and [stated, happened] by fifths."""

    auc: float
    fifths: list[tuple[float, float]]

    @property
    def worst(self) -> float:
        """The fifth that is furthest off."""
        return max(abs(stated - happened) for stated, happened in self.fifths)


class Fit(NamedTuple):
    """What came out, of how many moments and customers who left; `clipped` would have spoken for staying, `rare` was seen too seldom."""

    leak: float
    weights: dict[str, float]
    clipped: list[str]
    rare: list[str]
    moments: int
    left: int
    held_out: int
    logistic: Judged
    noisy_or: Judged


def fit(moments: Sequence[Moment]) -> Fit:
    """Raises UserError where too few left, or stayed."""
    teach, judge = _halves(moments)
    leak, weights, clipped = learnt(teach)
    if not any(weights.values()):
        raise UserError(f"no sign of leaving was seen at {LEAST_SEEN} moments and spoke for leaving: there is nothing to learn from")
    policy = Policy.model_validate({"version": "fitted", "churn": {"leak": leak, "logistic": {"weights": weights}}})
    chances = [logistic.chance(moment.strengths.items(), policy) for moment in judge]
    happened, stated = [moment.left for moment in judge], [moment.stated for moment in judge]
    rare = sorted({name for moment in moments for name in moment.strengths} - weights.keys())
    left = sum(moment.left for moment in moments)
    return Fit(leak, weights, clipped, rare, len(moments), left, len(judge), judged(chances, happened), judged(stated, happened))


def _halves(moments: Sequence[Moment]) -> tuple[list[Moment], list[Moment]]:
    """By customer, so that none teaches and judges."""
    teach = [moment for moment in moments if crc32(moment.customer.encode()) % 2]
    judge = [moment for moment in moments if not crc32(moment.customer.encode()) % 2]
    for half in (teach, judge):
        left = sum(moment.left for moment in half)
        if min(left, len(half) - left) < LEAST_OF_EACH:
            raise UserError(
                f"in half of the history customers left after {left} of {len(half)} moments: at least {LEAST_OF_EACH} after which they left, and "
                "as many after which they stayed, are needed to learn how signs weigh; the noisy-or serves until then"
            )
    return teach, judge


def learnt(teach: Sequence[Moment]) -> tuple[float, dict[str, float], list[str]]:
    """The chance without any sign, the weights, and which of them were below nothing."""
    seen = Counter(name for moment in teach for name in moment.strengths)
    names, clipped = sorted(name for name, count in seen.items() if count >= LEAST_SEEN), list[str]()
    while True:
        base, *weights = newton([([moment.strengths.get(name, 0.0) for name in names], moment.left) for moment in teach])
        wrong = [name for name, weight in zip(names, weights, strict=True) if weight < 0]
        if not wrong:
            break
        clipped, names = sorted([*clipped, *wrong]), [name for name in names if name not in wrong]
    found = {name: float(f"{min(weight, MOST_WEIGHT):.4g}") for name, weight in zip(names, weights, strict=True)}
    return float(f"{_chance(base):.4g}"), found | dict.fromkeys(clipped, 0.0), clipped


def newton(rows: Sequence[tuple[Sequence[float], bool]]) -> list[float]:
    """The likeliest intercept and weights, the weights under the prior. Rows that are the same are counted together."""
    counts = Counter((tuple(values), left) for values, left in rows)
    size = len(rows[0][0]) + 1
    found = [0.0] * size
    for _ in range(50):
        up, curve = [-RIDGE * (n > 0) * x for n, x in enumerate(found)], [[RIDGE * (n == m > 0) for m in range(size)] for n in range(size)]
        for (values, left), count in counts.items():
            there = [(0, 1.0), *((n, x) for n, x in enumerate(values, 1) if x)]
            chance = _chance(sum(found[n] * x for n, x in there))
            for n, x in there:
                up[n] += count * (left - chance) * x
                for m, y in there:
                    curve[n][m] += count * chance * (1 - chance) * x * y
        step = solved(curve, up)
        found = [x + max(-2.0, min(2.0, by)) for x, by in zip(found, step, strict=True)]
        if max(map(abs, step)) < 1e-8:  # noqa: PLR2004  it stands still
            break
    return found


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The x of matrix x = right, for a positive definite matrix (by elimination)."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for n, pivot in enumerate(rows):
        for row in rows[n + 1 :]:
            share = row[n] / pivot[n]
            row[n:] = [x - share * y for x, y in zip(row[n:], pivot[n:], strict=True)]
    found = [0.0] * len(rows)
    for n in reversed(range(len(rows))):
        found[n] = (rows[n][-1] - sum(rows[n][m] * found[m] for m in range(n + 1, len(rows)))) / rows[n][n]
    return found


def judged(chances: Sequence[float], left: Sequence[bool]) -> Judged:
    """Rank and nearness of stated chances. Equal chances stand in one fifth, that of their middle rank: there may be fewer than five."""
    ordered = sorted(zip(chances, left, strict=True), key=_stated)
    parts, below = defaultdict[int, list[tuple[float, bool]]](list), 0
    for _, tied in groupby(ordered, key=_stated):
        group = list(tied)
        parts[FIFTHS * (2 * below + len(group)) // (2 * len(ordered))] += group
        below += len(group)
    means = [(sum(c for c, _ in part) / len(part), sum(gone for _, gone in part) / len(part)) for part in parts.values()]
    return Judged(auc(ordered), means)


def _stated(one: tuple[float, bool]) -> float:
    return one[0]


def auc(ordered: Sequence[tuple[float, bool]]) -> float:
    """Of chances in rising order; ties count half (Mann and Whitney 1947)."""
    below = wins = 0.0
    gone = sum(left for _, left in ordered)
    for _, tied in groupby(ordered, key=_stated):
        group = [left for _, left in tied]
        wins += sum(group) * (below + (len(group) - sum(group)) / 2)
        below += len(group) - sum(group)
    return wins / gone / (len(ordered) - gone)


def _chance(odds: float) -> float:
    """Of logarithmic odds."""
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
