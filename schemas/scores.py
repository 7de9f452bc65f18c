"""Scores: the raw value, its scale and metric as the source gave them, and one normalised value computed by us."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, computed_field, model_validator

from schemas.message import Message, Number


class Metric(StrEnum):
    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    STARS = "stars"
    SENTIMENT = "sentiment"

    @property
    def label(self) -> str:
        """As people write it: `NPS`, `stars`."""
        return self.value if self in {Metric.STARS, Metric.SENTIMENT} else self.value.upper()


SCALES: dict[str, tuple[float, float]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5), "sentiment": (-1, 1)}
"""The usual scale of each metric, taken when the source gives none: lowest and highest value."""


class Score(Message):
    """A rating on a scale. `best` is the value that a delighted customer gives: it may be the lower end (effort scores)."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["metric", "raw"], "dependentRequired": {"worst": ["best"], "best": ["worst"]}},
    )

    metric: Metric
    raw: Number
    worst: Number
    best: Number

    @model_validator(mode="before")
    @classmethod
    def _usual_scale(cls, data: Any) -> Any:
        if isinstance(data, dict) and "worst" not in data and "best" not in data and str(data.get("metric")) in SCALES:
            worst, best = SCALES[str(data["metric"])]
            return {**data, "worst": worst, "best": best}
        return data

    @model_validator(mode="after")
    def _on_scale(self) -> Score:
        if self.worst == self.best:
            raise ValueError("a scale needs two different ends")
        if not min(self.worst, self.best) <= self.raw <= max(self.worst, self.best):
            raise ValueError(f"{self.raw:g} is not on the scale from {self.worst:g} to {self.best:g}")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def normalised(self) -> float:
        """0 (worst) to 100 (best), linear in the raw value."""
        return round((self.raw - self.worst) / (self.best - self.worst) * 100, 6)

    def in_words(self) -> str:
        """As the source gave it: `2 of 10 (NPS)`, `3 of 5 stars`; where the best value is not the greatest, with both ends of the scale."""
        if not self.best > self.worst >= 0:
            return f"{self.raw:g} on the {self.metric.label} scale from {self.worst:g} (worst) to {self.best:g} (best)"
        if self.metric is Metric.STARS:
            return f"{self.raw:g} of {self.best:g} {'star' if self.best == 1 else 'stars'}"
        return f"{self.raw:g} of {self.best:g} ({self.metric.label})"
