"""Reasons as data: a code, its values, and what the customer said. Sentences are made of them at the edge, in the reader's language.

A name of a value says what it is. `*_at` is an instant (ISO 8601), `*_days` and `*_hours` are durations, `chance` and `*_share` lie between
0 and 1, money is in the `currency` beside it. A value is never rounded and never a sentence.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.message import Message, Text

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Value = bool | float | Text
Values = Annotated[dict[Slug, Value], Field(max_length=32)]


class Why(Message):
    """One reason. `code` is one of `CODES` or of a later version; `said` is what somebody said or wrote, on one line, bounded."""

    code: Slug
    values: Values = Field(default_factory=dict)
    said: Text | None = None


_SCORE = ("metric", "score", "worst", "best")
_ANSWERED = ("share_of_business?", "risk_of_not_delivering?", "purchase_frequency?", "loyalty?", "level_of_expectation?")
_TASK_HELD = ("status", "by", "since_at")

CODES: dict[str, tuple[str, ...]] = {
    # what customers say and do: evidence of tasks
    "rated_survey": (*_SCORE, "survey?"),
    "rated_ticket": (*_SCORE, "ticket"),
    "corrected_answer": (*_SCORE, "survey?", "ticket?"),
    "comment_added": (),
    "phrase_cancel": ("phrase", "negated?"),
    "phrase_leave": ("phrase", "negated?"),
    "phrase_competitor": ("phrase", "negated?"),
    "phrase_security": ("phrase", "negated?"),
    "phrase_discount": ("phrase", "negated?"),
    "phrase_ignored": ("phrase", "negated?"),
    "ticket_opened_urgent": ("ticket",),
    "ticket_became_urgent": ("ticket",),
    "ticket_target_missed": ("ticket",),
    "ticket_resolved_late": ("ticket",),
    "ticket_reopened": ("ticket", "times"),
    "ticket_reassigned": ("ticket", "times"),
    "not_delivered": ("order", "promised_at", "late_hours"),
    "delivered_late": ("order", "late_hours"),
    "delivered_in_time": ("order",),
    "subscription_cancelled": ("subscription?",),
    "employee_reported": ("employee?",),
    "payment_failed": ("amount?", "currency?"),
    # signals of leaving
    "low_satisfaction": ("satisfaction", "answers"),
    "promoter_turned": ("was", "now", "between_days", "answers", "satisfaction"),
    "falling_satisfaction": ("earlier", "now", "answers", "satisfaction"),
    "silence": ("silent_days", "usual_days", "purchase_days", "as_long", "alive", "chance", "horizon_days", "chance_by_rhythm?"),
    "spend_halved": ("annual_before", "annual_now", "currency"),
    "cancels": ("ends_at", "left_days"),
    "failed_recovery": ("cause", "times"),
    "ticket_burst": ("count", "expected", "window_days", "chance"),
    "long_wait": ("ticket", "waiting_hours"),
    "purchases_halved": ("count", "expected", "window_days", "chance"),
    "usage_halved": ("count", "expected", "window_days", "chance"),
    "survey_unanswered": ("count", "answered", "invited", "chance"),
    "renewal_near": ("renews_at", "satisfaction"),
    "silent_complaint": ("silent_days", "usual_days"),
    # what changed about an alert since its level was told: `chance` and `chance_before` are what the signal alone would mean
    "signal_came": ("signal", "chance"),
    "signal_grew": ("signal", "chance_before", "chance"),
    "signal_faded": ("signal", "chance_before", "chance"),
    "signal_went": ("signal", "chance_before"),
    # who matters, and why: tier, high impact, addends of a priority
    "tier_metrics": (
        "annual_value",
        "currency",
        "business_high",
        "business_middle",
        "satisfaction?",
        "satisfaction_high",
        "satisfaction_middle",
    ),
    "no_business_value": (),
    "named_by_company": (),
    "every_customer": (),
    "five_questions": ("total", "least", *_ANSWERED, "revenue_share?", "every_days?", "over_years?", "contract_penalty?", "currency?"),
    "five_questions_fell": ("least",),
    "lifetime_value": ("lifetime_value", "least", "currency"),
    "acquisition_cost": ("acquisition_cost", "least", "currency"),
    "ambassador": (),
    "top_business": ("annual_value", "currency", "business_high"),
    "company_says_no": (),
    "business_fell": ("annual_value?", "currency", "business_high"),
    "business_lapsed": ("silent_days", "lapsed_days"),
    "no_reason_left": (),
    "tier": ("tier",),
    "severity": ("severity",),
    "value_at_risk": ("annual_value", "currency"),
    "chance_of_leaving": ("chance", "beside?"),
    "renewal": ("left_days",),
    "repeat_failure": ("times",),
    "age": ("open_days",),
    # what happens to tickets that tasks rest on
    "ticket_is_spam": ("ticket",),
    "customer_wrote": ("ticket",),
    "ticket_deleted": ("ticket",),
    "ticket_counts_again": ("ticket",),
    "ticket_merged": ("ticket", "into"),
    "ticket_merged_into_resolved": ("ticket", "into"),
    # what moves a task
    "snooze_ended": ("due_at",),
    "due_soon": ("due_at", "left_hours"),
    "overdue": ("due_at", "over_hours"),
    "unsolved": ("solve_by_at", "over_hours"),
    "verification_due": ("resolved_by", "resolved_at"),
    "acknowledged": (),
    "contacted": (),
    "resolved": ("cause", "action", "outcome"),
    "dismissed": (),
    "snoozed": ("until_at",),
    "taken_back": ("status",),
    "customer_matters_more": (),
    # why a command is refused
    "unknown_task": (),
    "already_so": (*_TASK_HELD, "reason?", "cause?", "action?", "resolved_by?"),
    "not_from_here": ("verb", *_TASK_HELD, "reason?", "cause?", "action?", "resolved_by?"),
    "resolution_incomplete": ("lacks_cause?", "lacks_action?", "lacks_outcome?"),
    "reason_missing": (),
    "snooze_too_long": ("most_days", "latest_at", "until_at"),
    "not_the_last_command": _TASK_HELD,
    "not_yours_to_take_back": ("status", "by"),
    "too_late_to_take_back": ("status", "until_at"),
    "another_task_is_open": (),
    "command_applied_before": (),
    # why an alert ends
    "chance_fell": ("chance",),
    "no_longer_protected": (),
    # who is who, and what is news
    "version_applied_before": ("source", "object", "version", "applied"),
    "time_applied_before": ("source", "object", "occurred_at", "applied_at"),
    "event_applied_before": ("source", "object", "occurred_at"),
    "waits_already": (),
    "nobody_has_linked": ("aliases",),
    "waited_at": ("alias?", "customer"),
    "belongs_to": ("alias", "customer", "before?"),
    "claim_less_trusted": ("alias", "holder", "customer"),
    "claim_older": ("alias", "holder", "customer"),
    "guessed_for_several": ("alias", "holder?", "customer"),
    "erased_at_request": (),
}
"""Every code, with the names of its values; a `?` marks those that may be absent."""
