"""Customers, and what a search finds."""

from __future__ import annotations

from pydantic import Field

from console.answers.alerts import Alert
from console.answers.shown import Day, Reason, Shown
from console.answers.standing import ChanceStep, Rhythm, Standing, TimelineEntry
from console.answers.tasks import Task
from schemas.decisions import Level, Priority, Status, Tier


class FoundCustomer(Shown):
    id: str
    name: str | None
    tier: Tier
    hic: bool
    open_tasks: int
    level: Level | None


class FoundTask(Shown):
    id: str
    customer: str
    customer_name: str | None
    sentence: str
    priority: Priority
    status: Status


class FoundCustomers(Shown):
    customers: list[FoundCustomer]


class SearchResults(FoundCustomers):
    tasks: list[FoundTask]


class Timeline(Shown):
    timeline: list[TimelineEntry]
    next: str | None


class Customer(Timeline):
    """Everything about a customer."""

    change: int
    id: str
    name: str | None
    tier: Tier
    tier_why: Reason | None
    tier_because: str | None
    hic: bool
    hic_why: Reason | None
    hic_because: str | None
    chance: float | None = Field(description="Of leaving; null where nothing was decided yet.")
    owner: str | None
    annual_value: float | None
    renews_on: Day | None
    currency: str
    labels: dict[str, str]
    pillars: dict[str, str] = Field(description="What people say of the customer: demanding, distinct, dedicated, delivery.")
    behaviour: str | None = Field(description="How the customer decides, as people say.")
    aliases: list[str]
    standing: Standing
    rhythm: Rhythm | None
    chances: list[ChanceStep]
    tasks: list[Task]
    alert: Alert | None
