"""Alerts: who may leave, by which signs."""

from __future__ import annotations

from pydantic import Field

from console.answers.shown import Instant, Reason, Shown
from console.answers.standing import ChanceStep, OfCustomer, Rhythm, Standing, TimelineEntry
from schemas.decisions import Level


class Signal(Shown):
    """A sign of leaving."""

    name: str
    called: str
    strength: float
    share: float | None = Field(
        default=None,
        description="What it adds to the chance; 0 where a stronger signal has the same cause, absent where it was not said yet.",
    )
    seen_at: Instant
    why: Reason
    sentence: str


class Alert(OfCustomer):
    """A row of the alerts."""

    active: bool
    level: Level
    value_at_risk: float | None
    currency: str
    signals: list[Signal]
    without_signals: float | None = Field(description="Of the chance what no signal adds.")
    newest_at: Instant | None
    changed: list[str] = Field(description="Which signals came, went, grew or faded since people were told a level, as sentences.")
    sentence: str
    raised_at: Instant
    changed_at: Instant
    resolved_why: Reason | None
    resolved_because: str | None


class AlertPage(Alert):
    """Everything about an alert."""

    change: int
    standing: Standing
    rhythm: Rhythm | None
    chances: list[ChanceStep]
    history: list[TimelineEntry]


class AlertList(Shown):
    alerts: list[Alert]
    total: int
    change: int
