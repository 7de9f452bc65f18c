"""How far a start has come: a stage, and within it how far."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """Reads as `fetching Apache Kafka: 3 of 12 files`."""

    stage: str
    far: str = ""

    def __str__(self) -> str:
        return f"{self.stage}: {self.far}" if self.far else self.stage


Progress = Callable[[Step], None]


def stages(say: Callable[[str], None]) -> Progress:
    """For a log: a line for each stage, not for each step of it."""
    seen: set[str] = set()

    def on_step(step: Step) -> None:
        if step.stage not in seen:
            seen.add(step.stage)
            say(step.stage)

    return on_step
