"""A histogram with logarithmic buckets for values of either sign. Counts can be taken out again, which sketches cannot."""

from __future__ import annotations

import math
from functools import lru_cache

GROWTH = 1.04
"""Each bucket's upper bound over its lower one: a quantile is right within 2 %."""
SMALLEST = 0.01
_LOG_GROWTH = math.log(GROWTH)


def bucket(value: float) -> int:
    """The bucket of a value: 0 for what is nearer to zero than SMALLEST, negative for negative values."""
    size = abs(value)
    if size < SMALLEST:
        return 0
    number = int(math.log(size / SMALLEST) / _LOG_GROWTH) + 1
    return number if value > 0 else -number


@lru_cache(maxsize=4096)  # asked for every bucket of every report
def value_of(number: int) -> float:
    """The middle of a bucket (geometric), which lies within 2 % of every value in it."""
    if number == 0:
        return 0.0
    size: float = SMALLEST * GROWTH ** (abs(number) - 0.5)
    return size if number > 0 else -size


def edges(number: int) -> tuple[float, float]:
    """Between which two values a bucket lies, the lower one first."""
    if number == 0:
        return -SMALLEST, SMALLEST
    inner, outer = SMALLEST * GROWTH ** (abs(number) - 1), SMALLEST * GROWTH ** abs(number)
    return (inner, outer) if number > 0 else (-outer, -inner)


def change(counts: dict[int, int], number: int, by: int) -> None:
    """Add to a bucket's count; a bucket that comes to zero is dropped."""
    count = counts.get(number, 0) + by
    if count:
        counts[number] = count
    else:
        counts.pop(number, None)


def quantile(counts: dict[int, int], share: float) -> float:
    """The value below which `share` (0 to 1) of all values lie; 0 where there are none. Source: rank ceil(share * n), as in DDSketch."""
    total = sum(counts.values())
    if total <= 0:
        return 0.0
    rank, seen = max(1, math.ceil(share * total)), 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= rank:
            return value_of(number)
    return value_of(max(counts))


def threshold(counts: dict[int, int], share: float, *, at_least: bool = False) -> float:
    """The edge of a bucket at or above which 1 - `share` (0 to 1) of all values lie; 0 where there are none.

    An edge and not a value, so that equal values are never parted: of customers who all pay the same for the same subscription, either
    all are above the threshold or none is. Where that misses the share, it is as near as can be, or `at_least` so many lie above.
    """
    wanted, above = (1 - share) * sum(counts.values()), 0
    for number in sorted(counts, reverse=True):
        less, above = above, above + counts[number]
        if above >= wanted:
            low, high = edges(number)
            return low if at_least or above - wanted <= wanted - less else high
    return edges(min(counts))[0] if counts else 0.0
