"""How a customer stands, and what has happened, as every page shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from console.answers.shown import Instant, Reason, Shown
from schemas.decisions import About, Level, Tier


class TierSince(Shown):
    """What was decided, since when, and why."""

    now: Tier
    since: Instant
    because: str | None


class YesSince(Shown):
    """The same of a yes or no."""

    now: bool
    since: Instant
    because: str | None


class Worth(Shown):
    """A year; `said` by the company, else reckoned from purchases."""

    now: float
    currency: str
    at: Instant
    said: bool


class Satisfaction(Shown):
    now: float = Field(description="0 to 100.")
    at: Instant


class LastAnswer(Shown):
    at: Instant
    sentence: str = Field(description="With a score, said on its own scale.")


class Standing(Shown):
    """How a customer stands; null where nobody has decided or said so."""

    tier: TierSince | None
    hic: YesSince | None
    protected: YesSince | None
    value: Worth | None
    satisfaction: Satisfaction | None
    last_answer: LastAnswer | None


class Rhythm(Shown):
    """The own gap between purchase days against the present one, in days."""

    purchase_days: int
    usual_days: float | None = Field(description="The mean gap; null after one purchase day.")
    silent_days: float
    last_on: Instant
    alert_from_days: float | None = Field(
        description="The least silence that may raise an alert; null where there are too few purchase days."
    )
    least_purchase_days: int


class SignalStrength(Shown):
    name: str
    called: str
    strength: float


class ChanceStep(Shown):
    """From when on which chance of leaving, by which signals; `level` is null where the alert ended."""

    at: Instant
    chance: float
    level: Level | None
    signals: list[SignalStrength]


class TimelineEntry(Shown):
    """Something that happened, was decided, was asked for, or was sent."""

    kind: Literal["fact", "decision", "delivery", "command"]
    type: str
    id: str
    title: str
    detail: str
    at: Instant
    about: str | None
    about_kind: About | None
    link: str | None = Field(description="The page of what it is about.")


class OfCustomer(Shown):
    """What a task and an alert say of whose they are."""

    id: str
    version: int
    customer: str
    customer_name: str | None
    tier: Tier
    hic: bool
    hic_why: Reason | None
    hic_because: str | None
    chance: float = Field(description="The customer's chance of leaving, the same wherever it is shown.")
