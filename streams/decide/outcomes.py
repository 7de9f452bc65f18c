"""What came of stated chances: each partition counts, partition 0 adds the counts up, and from them follows one correction for all.

A chance is stated, and when its horizon is over it has happened or not: one count more, by the quarter and by how high the chance was, on
the scale of its logarithmic odds. Whole numbers, so neither the order of outcomes nor how customers are spread over partitions matters;
only the last QUARTERS are kept, and older ones weigh less.

The correction is that of Cox 1958 ("Two further applications of a model for binary regression", Biometrika 45): the odds of a chance
become e^offset * odds^slope. The slope is above 0, so whoever stood higher never stands lower. Both are drawn towards "nothing to correct"
(offset 0, slope 1) by normal priors, and an outcome counts for a part of one only: those of one season have much in common. What would
move the chances by little is not corrected at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from msgspec import Struct

from schemas.policy import Policy
from schemas.policy_signals import Recalibrate
from schemas.traffic import OutcomesReported

QUARTER = 91 * 86_400.0
QUARTERS = 8
STEP, MOST = 0.25, 16
"""Chances are counted in steps of their logarithmic odds; beyond 16 steps (1.8 %, 98.2 %) they are counted with those."""
COUNTS_AS, OFFSET_SPREAD, SLOPE_SPREAD, LEAST_SLOPE = 0.25, 0.5, 0.25, 0.2
REPORT_AFTER = 10
CHATTER = 0.02
"""A correction that would move by less, in both of its numbers, is left as it is."""

Quarters = dict[int, dict[int, tuple[int, int]]]
"""By quarter since 1970 and step of the odds: how many chances were stated, and of how many it happened."""


class Outcome(NamedTuple):
    """A chance that was stated by a model, as of when it was settled (seconds since 1970), and whether it happened."""

    model: int
    at: float
    chance: float
    happened: bool


class Correction(Struct, array_like=True, frozen=True, gc=False):
    """What chances of this model are corrected by: the odds become e^offset * odds^slope."""

    model: int = 0
    offset: float = 0.0
    slope: float = 1.0

    def of(self, chance: float) -> float:
        """The corrected chance, 0 to 1: never lower where the chance is higher."""
        if not 0 < chance < 1 or (self.offset == 0 and self.slope == 1):
            return chance
        odds: float = math.exp(self.offset) * (chance / (1 - chance)) ** self.slope
        return odds / (1 + odds)


NONE = Correction()


class Outcomes(Struct, array_like=True):
    """Counts of one partition, for the chances of one model: those of another one say nothing of it."""

    model: int = 0
    quarters: Quarters = {}
    unreported: int = 0

    def add(self, outcome: Outcome) -> None:
        """One more."""
        if outcome.model != self.model:
            self.model, self.quarters, self.unreported = outcome.model, {}, 0
        steps = self.quarters.setdefault(int(outcome.at // QUARTER), {})
        stated, happened = steps.get(step := step_of(outcome.chance), (0, 0))
        steps[step] = stated + 1, happened + outcome.happened
        for quarter in [quarter for quarter in self.quarters if quarter <= max(self.quarters) - QUARTERS]:
            del self.quarters[quarter]
        self.unreported += 1

    def report(self, partition: int) -> OutcomesReported | None:
        """What partition 0 is sent after every so many: counted, not timed, so that a replay reports at the same points."""
        if self.unreported < REPORT_AFTER:
            return None
        self.unreported = 0
        return OutcomesReported(partition=partition, model=self.model, quarters=self.quarters)


def model_of(policy: Policy) -> int:
    """A number for how chances are stated: another rhythm or another horizon is another model."""
    rhythm = policy.churn.silence.rhythm
    said = (rhythm.k, rhythm.r, rhythm.alpha, rhythm.a, rhythm.b, rhythm.back, rhythm.odds, policy.churn.silence.horizon_days)
    return crc32(repr(tuple(map(float, said))).encode()) or 1  # 0 is none


def step_of(chance: float) -> int:
    """The step of its logarithmic odds in which a chance is counted."""
    if not 0 < chance < 1:
        return MOST if chance >= 1 else -MOST
    return max(-MOST, min(MOST, round(math.log(chance / (1 - chance)) / STEP)))


def in_force(correction: Correction, policy: Policy) -> Correction:
    """The correction, where the policy wants one and states its chances as those were that it was found for."""
    nothing = (correction.offset, correction.slope) == (NONE.offset, NONE.slope)
    return NONE if nothing or not policy.churn.recalibrate.on or correction.model != model_of(policy) else correction


def on_counted(partitions: Iterable[Outcomes], policy: Policy, current: Correction) -> Correction | None:
    """The correction that follows from the counts of every partition; None where the one that is there will do."""
    model = model_of(policy)
    counts = weighed(_added(one.quarters for one in partitions if one.model == model), policy.churn.recalibrate)
    new = correction_of(model, counts, policy.churn.recalibrate)
    before = current if current.model == model else Correction(model)
    differs = abs(new.offset - before.offset) >= CHATTER or abs(new.slope - before.slope) >= CHATTER
    return new if differs else None


def _added(partitions: Iterable[Quarters]) -> Quarters:
    total: Quarters = {}
    for quarters in partitions:
        for quarter, steps in quarters.items():
            sums = total.setdefault(quarter, {})
            for step, (stated, happened) in steps.items():
                before = sums.get(step, (0, 0))
                sums[step] = before[0] + stated, before[1] + happened
    return total


def weighed(quarters: Quarters, rules: Recalibrate) -> dict[int, tuple[float, float]]:
    """By step, what was stated and what happened; a quarter weighs half of one that is a half-life younger."""
    total: dict[int, tuple[float, float]] = {}
    newest = max(quarters, default=0)
    for quarter in sorted(quarter for quarter in quarters if quarter > newest - QUARTERS):
        weight = 0.5 ** ((newest - quarter) * QUARTER / (rules.half_life_days * 86_400))
        for step, (stated, happened) in sorted(quarters[quarter].items()):
            before = total.get(step, (0.0, 0.0))
            total[step] = before[0] + weight * stated, before[1] + weight * happened
    return total


def correction_of(model: int, counts: Mapping[int, tuple[float, float]], rules: Recalibrate) -> Correction:
    """The likeliest correction; none of few outcomes, nor where chances were off by little (as root of the mean square)."""
    total = sum(stated for stated, _ in counts.values())
    if total < rules.least_outcomes:
        return Correction(model)
    offset, slope = _likeliest([(step * STEP, COUNTS_AS * stated, COUNTS_AS * happened) for step, (stated, happened) in counts.items()])
    off = sum(stated * (_chance(offset + slope * step * STEP) - _chance(step * STEP)) ** 2 for step, (stated, _) in counts.items())
    return Correction(model, round(offset, 4), round(slope, 4)) if math.sqrt(off / total) >= rules.least_off else Correction(model)


def _likeliest(counts: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Offset and slope of the greatest posterior, by Newton's method; the logarithm of the posterior is concave."""
    offset, slope = 0.0, 1.0
    for _ in range(40):
        up, curve = [-offset / OFFSET_SPREAD**2, -(slope - 1) / SLOPE_SPREAD**2], [1 / OFFSET_SPREAD**2, 1 / SLOPE_SPREAD**2, 0.0]
        for odds, stated, happened in counts:
            chance = _chance(offset + slope * odds)
            rest, weight = happened - stated * chance, stated * chance * (1 - chance)
            up[0], up[1] = up[0] + rest, up[1] + rest * odds
            curve[0], curve[1], curve[2] = curve[0] + weight, curve[1] + weight * odds * odds, curve[2] + weight * odds
        area = curve[0] * curve[1] - curve[2] ** 2
        moved = (curve[1] * up[0] - curve[2] * up[1]) / area, (curve[0] * up[1] - curve[2] * up[0]) / area
        if slope <= LEAST_SLOPE and moved[1] < 0:
            moved = up[0] / curve[0], 0.0  # the slope stays at its least: the offset is the likeliest with that one
        offset, slope = offset + max(-1.0, min(1.0, moved[0])), max(LEAST_SLOPE, slope + max(-0.5, min(0.5, moved[1])))
        if abs(moved[0]) + abs(moved[1]) < 1e-9:  # noqa: PLR2004  it stands still
            break
    return offset, slope


def _chance(odds: float) -> float:
    """Of logarithmic odds."""
    return 1 / (1 + math.exp(-odds))
