"""Tasks, with what was asked for and who was told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from console.answers.shown import Instant, Reason, Shown
from console.answers.standing import ChanceStep, OfCustomer, Rhythm, Standing, TimelineEntry
from console.command_api import Verb
from schemas.decisions import About, Priority, Status


class PendingCommand(Shown):
    """What was asked for and is not decided yet."""

    command: str
    verb: Verb
    actor: str
    at: Instant


class Command(Shown):
    """What somebody asked for, and what was decided."""

    id: str
    task: str
    verb: Verb
    actor: str
    at: Instant
    state: Literal["sent", "done", "refused"]
    why: Reason | None = Field(description="Why it was decided so; null before.")
    sentence: str = Field(
        description="What was said with it; then what was decided, of a refusal as a predicate: `is already acknowledged by ann`."
    )


class LastDelivery(Shown):
    """What became of the last attempt to tell people."""

    outcome: str
    destination: str
    at: Instant


class Delivery(Shown):
    """An attempt to tell people."""

    id: str
    notice: str
    kind: str | None = Field(description="What the notice tells: a slug, as `task_raised`; null where it could not be read.")
    about: str
    about_kind: About | None
    destination: str
    channel: str | None
    attempt: int
    outcome: str
    detail: str
    at: Instant
    next_at: Instant | None


class Task(OfCustomer):
    """A row of the queue."""

    cause: str
    status: Status
    priority: Priority
    score: float
    why: Reason
    sentence: str = Field(description="What the customer said or did, without naming them.")
    owner: str
    next_step: str
    opened_at: Instant
    due_at: Instant
    snoozed_until: Instant | None
    changed_at: Instant
    changed_by: str
    moved_at: Instant = Field(description="When it came into its status.")
    moved_by: str
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    regressions: int
    responded: bool
    pending: PendingCommand | None
    delivery: LastDelivery | None


class Addend(Shown):
    """A part of the priority's score."""

    name: str
    called: str
    points: float
    why: Reason
    because: str


class Evidence(Shown):
    fact: str
    occurred_at: Instant
    severity: float
    why: Reason
    sentence: str


class Resolution(Shown):
    """How a task ended."""

    by: str
    at: Instant
    cause: str | None = None
    action: str | None = None
    outcome: str | None = None
    reason: str | None = None
    why: Reason | None = None
    because: str | None = Field(description="Why we closed it ourselves.")


class Basis(Shown):
    """Where a decision comes from: which input, under which policy and thresholds."""

    input: str
    policy: str
    thresholds: int


class TaskPage(Task):
    """Everything about a task."""

    change: int
    standing: Standing
    rhythm: Rhythm | None
    chances: list[ChanceStep]
    addends: list[Addend]
    evidence: list[Evidence]
    follows: str | None
    followed_by: str | None
    resolution: Resolution | None
    basis: Basis
    history: list[TimelineEntry]
    deliveries: list[Delivery]
    commands: list[Command]


class Counts(Shown):
    """Of the tasks that fit the filter, whatever their priority."""

    P1: int
    P2: int
    P3: int
    P4: int
    overdue: int


class TaskList(Shown):
    """A page of the queue; `next` is the cursor of the one after it."""

    tasks: list[Task]
    total: int
    next: str | None
    counts: Counts
    owners: list[str]
    change: int
    last_event_at: Instant | None
