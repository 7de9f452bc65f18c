"""Decisions: what streams concluded. Snapshots of tasks and alerts, the decision log, and notices for handlers to deliver. No sentences."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.facts import Behaviour, Pillars
from schemas.message import Count, Instant, Message, Name, Text
from schemas.reasons import Slug, Values, Why
from schemas.slugs import Open

Share = Annotated[float, Field(ge=0, le=1)]


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

    POOR_SURVEY = "poor_survey"
    BAD_SERVICE = "bad_service"
    LATE_DELIVERY = "late_delivery"
    WANTS_TO_LEAVE = "wants_to_leave"
    SECURITY = "security"
    EMPLOYEE_REPORT = "employee_report"
    UNDELIVERED = "undelivered"
    BUSINESS_HALVED = "business_halved"


class Level(StrEnum):
    """How likely a customer is to leave."""

    WATCH = "watch"
    WARNING = "warning"
    CRITICAL = "critical"


class About(StrEnum):
    """What kind of thing a decision or notice is about; its id says nothing."""

    CUSTOMER = "customer"
    TASK = "task"
    ALERT = "alert"
    COMMAND = "command"
    FACT = "fact"
    ALIAS = "alias"


class Addend(Message):
    """One summand of a priority: its points and why."""

    name: Slug
    points: float
    why: Why


class Evidence(Message):
    """One thing that a task rests on: the fact, when it happened, how grave it is (0 to 1), and what it says."""

    fact: Name
    occurred_at: Instant
    severity: Share
    why: Why


class Basis(Message):
    """Where a decision comes from: the input `topic-partition-offset`, and the versions it was decided under."""

    input: Name
    policy: Name
    thresholds: Count = 0


class Resolution(Message):
    """How a task ended: what caused it, what was done, what came of it; or why it was dismissed, by a person (`reason`) or by us (`why`)."""

    by: Name
    at: Instant
    cause: Text | None = None
    action: Text | None = None
    outcome: Text | None = None
    reason: Text | None = None
    why: Why | None = None


class TaskSnapshot(Message):
    """A recovery task as it stands after a decision. `version` rises by one with each change.

    `why` is what the task is about: the worst of its evidence, or what brought it back. `chance` is the customer's chance of leaving, the
    same number in whatever is sent about them. `next_step` is what the policy says; where it says nothing, readers have one for each cause.
    `moved_by` and `moved_at` say who brought it into its status, and when. `pillars` and `behaviour` are how people describe the customer.
    """

    type: Literal["task.snapshot"] = "task.snapshot"
    id: Name
    version: Annotated[Count, Field(ge=1)]
    customer: Name
    customer_name: Text | None = None
    tier: Open[Tier]
    hic: bool
    hic_why: Why | None = None
    chance: Share = 0.0
    cause: Open[Cause]
    status: Open[Status]
    priority: Open[Priority]
    score: float
    addends: tuple[Addend, ...]
    why: Why
    evidence: tuple[Evidence, ...]
    owner: Text
    next_step: Text | None = None
    opened_at: Instant
    due_at: Instant
    snoozed_until: Instant | None = None
    changed_at: Instant
    changed_by: Text
    moved_at: Instant
    moved_by: Text
    acknowledged_at: Instant | None = None
    acknowledged_by: Text | None = None
    regressions: Count = 0
    follows: Name | None = None
    resolution: Resolution | None = None
    pillars: Pillars | None = None
    behaviour: Behaviour | None = None
    basis: Basis


class SignalShown(Message):
    """A signal of leaving: its strength (the chance of leaving that it alone would mean), and why, with the numbers to recompute it from.

    `share` is what it adds to the chance of the alert: the shares of all signals and the alert's `without_signals` sum to that chance. Of
    signals of one cause only the strongest adds anything.
    """

    name: Slug
    strength: Share
    share: Share = 0.0
    seen_at: Instant
    why: Why


class AlertSnapshot(Message):
    """The churn alert of a customer as it stands after a decision; the strongest signal comes first. `resolved_why` once it has ended.

    `without_signals` is the part of the chance that no signal adds. `changes` are the signals that came, went, grew or faded since people
    were told a level the last time, the greatest change first. `newest_at` is when the newest evidence was seen: its age is how far
    `changed_at` lies behind it.
    """

    type: Literal["alert.snapshot"] = "alert.snapshot"
    id: Name
    version: Annotated[Count, Field(ge=1)]
    customer: Name
    customer_name: Text | None = None
    tier: Open[Tier]
    hic: bool
    hic_why: Why | None = None
    active: bool
    level: Open[Level]
    chance: Share
    value_at_risk: float | None = None
    currency: Name | None = None
    signals: tuple[SignalShown, ...]
    without_signals: Share = 0.0
    changes: tuple[Why, ...] = ()
    newest_at: Instant | None = None
    raised_at: Instant
    changed_at: Instant
    resolved_why: Why | None = None
    pillars: Pillars | None = None
    behaviour: Behaviour | None = None
    basis: Basis


class Verdict(StrEnum):
    """What was decided."""

    TASK_RAISED = "task_raised"
    TASK_AMENDED = "task_amended"
    TASK_MOVED = "task_moved"
    TASK_REGRESSED = "task_regressed"
    TASK_VERIFIED = "task_verified"
    COMMAND_REFUSED = "command_refused"
    ALERT_RAISED = "alert_raised"
    ALERT_AMENDED = "alert_amended"
    ALERT_RESOLVED = "alert_resolved"
    TIER_CHANGED = "tier_changed"
    HIC_CHANGED = "hic_changed"
    PROTECTION_CHANGED = "protection_changed"
    DUPLICATE_IGNORED = "duplicate_ignored"
    STALE_IGNORED = "stale_ignored"
    FACT_PARKED = "fact_parked"
    FACT_RELEASED = "fact_released"
    ALIAS_LINKED = "alias_linked"
    ALIAS_KEPT = "alias_kept"
    ESCALATED = "escalated"
    CUSTOMER_ERASED = "customer_erased"
    SENT_TO_BILLING = "sent_to_billing"
    VERIFICATION_DUE = "verification_due"


DETAILS: dict[str, tuple[str, ...]] = {
    "task_raised": ("priority", "due_at", "follows?"),
    "task_amended": ("priority", "priority_before", "evidence?", "roused_from?", "late?"),
    "task_regressed": ("closed_by", "closed_at"),
    "task_verified": ("closed_by", "closed_at"),
    "alert_raised": ("chance",),
    "alert_amended": ("chance",),
    "alert_worsened": ("chance",),
    "task_worsened": ("priority?", "priority_before", "evidence", "roused_from?"),
    "snooze_ended": ("priority?", "priority_before?", "evidence?", "roused_from?"),
    "task_regressed_notice": ("closed_by?", "closed_at?", "taken_back?"),
}
"""What `values` of a decision (by verdict) or of a notice (by kind) holds; others hold nothing. A `?` marks what may be absent."""


class Decision(Message):
    """One line of the decision log: what was decided, about what, by whom, and why.

    `by` is the person whose command it was, or `makegood`. `was` and `now` say from where to where, as slugs: the status of a task, the
    level of an alert, a tier. `task` is the task that a refused command asked about. `tier`, `hic` and `protected` (HIC, or in the
    top business row) are the customer's new ones, where the decision is about these. `values`: see DETAILS.
    """

    type: Literal["decision"] = "decision"
    id: Name
    verdict: Open[Verdict]
    customer: Name
    about: Name
    about_kind: Open[About]
    at: Instant
    by: Text
    was: Name | None = None
    now: Name | None = None
    task: Name | None = None
    why: Why
    values: Values = Field(default_factory=dict)
    tier: Open[Tier] | None = None
    hic: bool | None = None
    protected: bool | None = None
    basis: Basis


class NoticeKind(StrEnum):
    TASK_RAISED = "task_raised"
    TASK_WORSENED = "task_worsened"
    TASK_REGRESSED = "task_regressed"
    TASK_DUE_SOON = "task_due_soon"
    TASK_OVERDUE = "task_overdue"
    TASK_CLOSED = "task_closed"
    SNOOZE_ENDED = "snooze_ended"
    ALERT_RAISED = "alert_raised"
    ALERT_WORSENED = "alert_worsened"
    ALERT_RESOLVED = "alert_resolved"
    PAYMENT_FAILED = "payment_failed"
    TASK_UNSOLVED = "task_unsolved"
    VERIFICATION_DUE = "verification_due"
    PROTECTION_LOST = "protection_lost"


class Notice(Message):
    """Something to tell people. `id` is the idempotency key: every delivery of this notice carries it.

    `why` is what the task or alert is about (of an alert: its strongest signal), `change` what has just happened to it, where that is
    something else. `newest` is what the customer said or did last, `matters` why they matter, the heaviest first. `by`, `was`, `now` and
    `values` as in a decision. `version` is that of the snapshot that it tells of; 0 where there is none.
    """

    type: Literal["notice"] = "notice"
    id: Name
    kind: Open[NoticeKind]
    priority: Open[Priority]
    customer: Name
    customer_name: Text | None = None
    tier: Open[Tier]
    hic: bool = False
    hic_why: Why | None = None
    chance: Share = 0.0
    about: Name
    about_kind: Open[About]
    route: Name
    owner: Text | None = None
    cause: Open[Cause] | None = None
    level: Open[Level] | None = None
    by: Text
    was: Name | None = None
    now: Name | None = None
    why: Why | None = None
    change: Why | None = None
    newest: Why | None = None
    matters: tuple[Addend, ...] = ()
    values: Values = Field(default_factory=dict)
    next_step: Text | None = None
    at: Instant
    due_at: Instant | None = None
    version: Count = 0
    basis: Basis


AnyDecision = TaskSnapshot | AlertSnapshot | Decision | Notice
