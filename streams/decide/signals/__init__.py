"""Churn signals, one a file: each is noted with its strength, a sentence, and the numbers from which a person can recompute it."""

from __future__ import annotations

import math


def rarity(chance: float, limit: float) -> float:
    """How telling a chance is, 0 to 1: one half at the limit, one at its square, on the scale of its logarithm."""
    return min(1.0, math.log(max(chance, 1e-300)) / (2 * math.log(limit))) if limit > 0 else 0.0
