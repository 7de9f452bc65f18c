"""Decisions: what streams concluded. Snapshots of tasks and alerts, the decision log, and notices for handlers to deliver."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.message import Count, Instant, Message, Name, Text


class Tier(StrEnum):
    """The customer's place in the hierarchy. Unknown is a tier of its own, not C."""

    A = "A"
    B = "B"
    C = "C"
    UNKNOWN = "unknown"


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Status(StrEnum):
    """The life cycle of a task; streams/decide/lifecycle.py holds the transitions."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    REGRESSED = "regressed"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"


class Cause(StrEnum):
    """What went wrong. One open task per customer and cause."""

    POOR_SURVEY = "poor survey"
    BAD_SERVICE = "bad service"
    LATE_DELIVERY = "late delivery"
    WANTS_TO_LEAVE = "wants to leave"
    SECURITY = "security at risk"
    EMPLOYEE_REPORT = "employee report"


class Level(StrEnum):
    """How likely a customer is to leave, in words."""

    WATCH = "watch"
    WARNING = "warning"
    CRITICAL = "critical"


class Addend(Message):
    """One summand of a priority: its points and why, with numbers."""

    name: Name
    points: float
    because: Text


class Evidence(Message):
    """One thing that a decision rests on: the fact, when it happened, and a sentence that quotes it."""

    fact: Name
    occurred_at: Instant
    sentence: Text


class Basis(Message):
    """Where a decision comes from: the input `topic-partition-offset`, and the versions it was decided under."""

    input: Name
    policy: Name
    thresholds: Count = 0


class TaskSnapshot(Message):
    """A recovery task as it stands after a decision. `version` rises by one with each change."""

    type: Literal["task.snapshot"] = "task.snapshot"
    id: Name
    version: Annotated[Count, Field(ge=1)]
    customer: Name
    customer_name: Text | None = None
    tier: Tier
    hic: bool
    hic_because: Text | None = None
    cause: Cause
    status: Status
    priority: Priority
    score: float
    addends: tuple[Addend, ...]
    sentence: Text
    evidence: tuple[Evidence, ...]
    owner: Text
    next_step: Text
    opened_at: Instant
    due_at: Instant
    snoozed_until: Instant | None = None
    changed_at: Instant
    changed_by: Text
    regressions: Count = 0
    follows: Name | None = None
    resolution: Resolution | None = None
    basis: Basis


class Resolution(Message):
    """How a task ended: what caused it, what was done, what came of it; or why it was dismissed."""

    by: Name
    at: Instant
    cause: Text | None = None
    action: Text | None = None
    outcome: Text | None = None
    reason: Text | None = None


class SignalShown(Message):
    """A churn signal: its strength (chance of leaving that it alone would mean, 0 to 1), a sentence, and the numbers behind it."""

    name: Name
    strength: Annotated[float, Field(ge=0, le=1)]
    seen_at: Instant
    sentence: Text
    numbers: dict[str, float]


class AlertSnapshot(Message):
    """The churn alert of a customer as it stands after a decision."""

    type: Literal["alert.snapshot"] = "alert.snapshot"
    id: Name
    version: Annotated[Count, Field(ge=1)]
    customer: Name
    customer_name: Text | None = None
    tier: Tier
    hic: bool
    active: bool
    level: Level
    chance: Annotated[float, Field(ge=0, le=1)]
    value_at_risk: float | None = None
    signals: tuple[SignalShown, ...]
    sentence: Text
    raised_at: Instant
    changed_at: Instant
    resolved_because: Text | None = None
    basis: Basis


class Verdict(StrEnum):
    """What was decided; each reads as a sentence with its subject before it."""

    TASK_RAISED = "task raised"
    TASK_AMENDED = "task amended"
    TASK_MOVED = "task moved"
    TASK_REGRESSED = "task regressed"
    TASK_VERIFIED = "task verified"
    COMMAND_REFUSED = "command refused"
    ALERT_RAISED = "alert raised"
    ALERT_AMENDED = "alert amended"
    ALERT_RESOLVED = "alert resolved"
    TIER_CHANGED = "tier changed"
    HIC_CHANGED = "high-impact status changed"
    DUPLICATE_IGNORED = "duplicate ignored"
    STALE_IGNORED = "older version ignored"
    FACT_PARKED = "parked until the customer is known"
    FACT_RELEASED = "released to its customer"
    ALIAS_LINKED = "alias linked"
    ALIAS_KEPT = "alias kept with its customer"
    ESCALATED = "escalated"
    CUSTOMER_ERASED = "customer erased"
    SENT_TO_BILLING = "sent to billing"


class Decision(Message):
    """One line of the decision log: what was decided about whom, and why, in one sentence with numbers.

    `tier` and `hic` are the customer's new ones, where the decision is about these.
    """

    type: Literal["decision"] = "decision"
    id: Name
    verdict: Verdict
    customer: Name
    about: Name
    at: Instant
    because: Text
    tier: Tier | None = None
    hic: bool | None = None
    basis: Basis


class NoticeKind(StrEnum):
    TASK_RAISED = "task raised"
    TASK_WORSENED = "task worsened"
    TASK_REGRESSED = "task regressed"
    TASK_DUE_SOON = "task due soon"
    TASK_OVERDUE = "task overdue"
    TASK_CLOSED = "task closed"
    SNOOZE_ENDED = "snooze ended"
    ALERT_RAISED = "alert raised"
    ALERT_WORSENED = "alert worsened"
    ALERT_RESOLVED = "alert resolved"
    PAYMENT_FAILED = "payment failed"


class Notice(Message):
    """Something to tell people. `id` is the idempotency key: every delivery of this notice carries it.

    `sentence` says what happened; `said` is what the customer said or did last, `why` is why it matters, `next_step` what to do now.
    `version` is that of the task's or alert's snapshot that it tells of; 0 where there is none.
    """

    type: Literal["notice"] = "notice"
    id: Name
    kind: NoticeKind
    priority: Priority
    customer: Name
    customer_name: Text | None = None
    tier: Tier
    hic: bool = False
    about: Name
    route: Name
    owner: Text | None = None
    sentence: Text
    said: Text | None = None
    why: Text | None = None
    next_step: Text | None = None
    at: Instant
    due_at: Instant | None = None
    version: Count = 0
    basis: Basis


TaskSnapshot.model_rebuild()
AnyDecision = TaskSnapshot | AlertSnapshot | Decision | Notice
